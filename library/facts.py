"""What people know of videos and tags, as plain facts: read, compared, and set back.

A fact has a name, and a value that JSON can hold; a fact that is not so has none, and is left out.

| of a video | value |
| --- | --- |
| `title` | the curator's |
| `added` | when, in ISO 8601 |
| `stars` | [stars, rated at] |
| `views` | [count, last viewed at] |
| `favorite` | [the mark's id, added at] |
| `tag:7` | the tagging's id |
| `withdrawn:7`, `withdrawn:favorite` | the withdrawal's id |

| of a tag | value |
| --- | --- |
| `name` | its name: without it there is no such tag |
| `alias:beach` | [the alias's id, its spelling] |
| `parent:7` | the link's id |

Ids are facts, so that what is set back is the same row as before, in every table.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from library import naming
from library.models import Change, Favorite, Rating, Tag, TagAlias, Video, ViewCount, Withdrawal
from library.querysets import BATCH, MANY_ROWS, batches

Facts = dict[str, Any]
States = dict[int, Facts]
"""Facts by the id of their video or tag."""

VIDEO, TAG = Change.Kind.VIDEO, Change.Kind.TAG
FAVORITE = "favorite"

Rows = Iterable[tuple[int, str, Any]]
"""(id, fact, value)."""

Wanted = list[tuple[int, str, Any]]
"""(id, what a fact is about, value or None)."""


def read(kind: str, ids: Collection[int], groups: Collection[str] = ()) -> States:
    """The facts of these videos or tags, or those of some groups (`tag` holds `tag:7`). Each id has its entry."""
    states: States = {pk: {} for pk in ids}
    for part in batches(sorted(ids), MANY_ROWS):
        for group, rows in _READERS[kind].items():
            if not groups or group in groups:
                for pk, fact, value in rows(part):
                    states[pk][fact] = value
    return states


def write(videos: States, tags: States) -> None:
    """Let these facts be so; None is a fact that is no more."""
    wanted: dict[str, Wanted] = defaultdict(list)
    for states in (videos, tags):
        for pk, facts in states.items():
            for fact, value in facts.items():
                wanted[group_of(fact)].append((pk, about(fact), value))
    for group, writer in _WRITERS:
        if wanted[group]:
            writer(wanted[group])


def differences(before: States, after: States) -> dict[int, dict[str, list[Any]]]:
    """`{id: {fact: [before, after]}}`, of what differs."""
    found = {}
    for pk, now in after.items():
        then = before.get(pk, {})
        changed = {fact: [then.get(fact), now.get(fact)] for fact in {**then, **now} if then.get(fact) != now.get(fact)}
        if changed:
            found[pk] = changed
    return found


def group_of(fact: str) -> str:
    """`tag` of `tag:7`."""
    return fact.partition(":")[0]


def about(fact: str) -> str:
    """`7` of `tag:7`; empty where a group has one fact alone."""
    return fact.partition(":")[2]


def moment(value: datetime | None) -> str | None:
    """As a fact tells it."""
    return value.isoformat() if value else None


def dated(value: int | None, at: datetime | None) -> list[Any] | None:
    """The value of `stars`, `views` and `favorite`."""
    return [value, moment(at)] if value or at else None


def _parsed(value: Any) -> Any:
    return datetime.fromisoformat(value) if value else None


def _titles(ids: list[int]) -> Rows:
    rows = Video.objects.among(ids).order_by().values_list("pk", "custom_title")
    return ((pk, "title", title) for pk, title in rows if title)


def _added(ids: list[int]) -> Rows:
    rows = Video.objects.among(ids).order_by().values_list("pk", "added_at")
    return ((pk, "added", moment(at)) for pk, at in rows)


def _stars(ids: list[int]) -> Rows:
    rows = Rating.objects.among(ids).values_list("pk", "stars", "rated_at")
    return ((pk, "stars", value) for pk, stars, at in rows if (value := dated(stars, at)))


def _views(ids: list[int]) -> Rows:
    rows = ViewCount.objects.among(ids).values_list("pk", "count", "last_viewed_at")
    return ((pk, "views", value) for pk, count, at in rows if (value := dated(count, at)))


def _favorites(ids: list[int]) -> Rows:
    rows = Favorite.objects.of_videos(ids).order_by().values_list("video_id", "pk", "added_at")
    return ((video, FAVORITE, dated(pk, at)) for video, pk, at in rows)


def _taggings(ids: list[int]) -> Rows:
    rows = Video.tags.through.objects.filter(video_id__in=ids).values_list("video_id", "tag_id", "pk")
    return ((video, f"tag:{tag}", pk) for video, tag, pk in rows)


def _withdrawals(ids: list[int]) -> Rows:
    rows = Withdrawal.objects.of_videos(ids).values_list("video_id", "tag_id", "pk")
    return ((video, f"withdrawn:{tag or FAVORITE}", pk) for video, tag, pk in rows)


def _names(ids: list[int]) -> Rows:
    return ((pk, "name", name) for pk, name in Tag.objects.among(ids).order_by().values_list("pk", "name"))


def _aliases(ids: list[int]) -> Rows:
    rows = TagAlias.objects.of_tags(ids).order_by().values_list("tag_id", "key", "pk", "name")
    return ((tag, f"alias:{key}", [pk, name]) for tag, key, pk, name in rows)


def _parents(ids: list[int]) -> Rows:
    rows = Tag.parents.through.objects.filter(from_tag_id__in=ids).values_list("from_tag_id", "to_tag_id", "pk")
    return ((tag, f"parent:{parent}", pk) for tag, parent, pk in rows)


_READERS: dict[str, dict[str, Callable[[list[int]], Rows]]] = {
    VIDEO: {
        "title": _titles, "added": _added, "stars": _stars, "views": _views, FAVORITE: _favorites,
        "tag": _taggings, "withdrawn": _withdrawals,
    },
    TAG: {"name": _names, "alias": _aliases, "parent": _parents},
}  # fmt: skip


def _write_titles(wanted: Wanted) -> None:
    titles = {pk: title or "" for pk, _, title in wanted}
    for part in batches(sorted(titles), MANY_ROWS):
        videos = list(Video.objects.among(part))
        for video in videos:
            video.custom_title = titles[video.pk]
        Video.objects.retitle(videos)


def _write_added(wanted: Wanted) -> None:
    rows = [Video(pk=pk, added_at=_parsed(at)) for pk, _, at in wanted if at]
    Video.objects.bulk_update(rows, ["added_at"], batch_size=BATCH)


def _write_stars(wanted: Wanted) -> None:
    pairs = ((pk, value or (None, None)) for pk, _, value in wanted)
    rows = [Rating(pk=pk, stars=stars, rated_at=_parsed(at)) for pk, (stars, at) in pairs]
    Rating.objects.overwrite(rows, ["stars", "rated_at"])


def _write_views(wanted: Wanted) -> None:
    pairs = ((pk, value or (0, None)) for pk, _, value in wanted)
    rows = [ViewCount(pk=pk, count=count, last_viewed_at=_parsed(at)) for pk, (count, at) in pairs]
    ViewCount.objects.overwrite(rows, ["count", "last_viewed_at"])


def _write_favorites(wanted: Wanted) -> None:
    for part in batches((pk for pk, _, _ in wanted), MANY_ROWS):
        Favorite.objects.of_videos(part).delete()
    marks = ((pk, value) for pk, _, value in wanted if value)
    rows = [Favorite(pk=value[0], video_id=pk, added_at=_parsed(value[1])) for pk, value in marks]
    Favorite.objects.bulk_create(rows, BATCH)


def _write_taggings(wanted: Wanted) -> None:
    through = Video.tags.through
    by_tag: dict[int, list[int]] = defaultdict(list)
    for pk, tag, value in wanted:
        if value is None:
            by_tag[int(tag)].append(pk)
    for tag_id, videos in by_tag.items():
        for part in batches(sorted(videos), MANY_ROWS):
            through.objects.filter(tag_id=tag_id, video_id__in=part).delete()
    rows = [through(pk=value, video_id=pk, tag_id=int(tag)) for pk, tag, value in wanted if value is not None]
    through.objects.bulk_create(rows, BATCH)


def _write_withdrawals(wanted: Wanted) -> None:
    lost: dict[int | None, list[int]] = defaultdict(list)
    rows = []
    for pk, withdrawn, value in wanted:
        tag_id = None if withdrawn == FAVORITE else int(withdrawn)
        if value is None:
            lost[tag_id].append(pk)
        else:
            rows.append(Withdrawal(pk=value, video_id=pk, tag_id=tag_id))
    for tag_id, videos in lost.items():
        for part in batches(sorted(videos), MANY_ROWS):
            Withdrawal.objects.forget(part, tag_id)
    Withdrawal.objects.bulk_create(rows, BATCH)


def _write_names(wanted: Wanted) -> None:
    rows = [Tag(pk=pk, name=name, key=naming.tag_key(name)) for pk, _, name in wanted if name]
    Tag.objects.overwrite(rows)


def _lose_names(wanted: Wanted) -> None:
    Tag.objects.among(pk for pk, _, name in wanted if not name).delete()


def _lose_aliases(wanted: Wanted) -> None:
    TagAlias.objects.at_any(key for _, key, value in wanted if value is None).delete()


def _write_aliases(wanted: Wanted) -> None:
    rows = [TagAlias(pk=value[0], key=key, name=value[1], tag_id=pk) for pk, key, value in wanted if value]
    TagAlias.objects.bulk_create(rows, BATCH)


def _write_parents(wanted: Wanted) -> None:
    through = Tag.parents.through
    for pk, parent, value in wanted:
        if value is None:
            through.objects.filter(from_tag_id=pk, to_tag_id=int(parent)).delete()
    rows = [through(pk=value, from_tag_id=pk, to_tag_id=int(parent)) for pk, parent, value in wanted if value]
    through.objects.bulk_create(rows, BATCH)


_WRITERS: tuple[tuple[str, Callable[[Wanted], None]], ...] = (
    ("alias", _lose_aliases),
    ("name", _write_names),
    ("alias", _write_aliases),
    ("parent", _write_parents),
    ("title", _write_titles),
    ("added", _write_added),
    ("stars", _write_stars),
    ("views", _write_views),
    (FAVORITE, _write_favorites),
    ("tag", _write_taggings),
    ("withdrawn", _write_withdrawals),
    ("name", _lose_names),
)
"""In this order: names are free before tags take them, tags are there before videos bear them, and lost after all."""
