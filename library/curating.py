"""What people do to videos: rate, count, tag, mark, title. Each change is whole, or not at all, and has its entry in
the history, which the functions for many videos return: None where nothing changed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from library import naming
from library.acting import actor
from library.history import Recording, recorded
from library.locking import writing
from library.models import Entry, Favorite, HistoryPause, Rating, Tag, TagAlias, Video, ViewCount, Viewing, Withdrawal
from library.querysets import BATCH

Action = Entry.Action


class EmptyTagError(ValueError):
    """Nothing is left of a tag once its `#`s and blanks are gone, or it is too long, or no valid text."""


class TitleError(ValueError):
    """A title is too long, or no valid text."""


def rate(video: Video, stars: int) -> int:
    """Give 1 to 5 stars; returns them."""
    rate_all([video], stars)
    return stars


def rate_all(videos: Sequence[Video], stars: int | None) -> Entry | None:
    """Give videos the same stars; None takes them away."""
    given = f"{'★' * stars if stars else 'No stars'} for {told(videos)}"
    with recorded(Action.RATE, given, videos=ids(videos), groups=("stars",)) as recording:
        _give(dict.fromkeys(ids(videos), stars))
    return recording.entry


def rate_each(stars: Mapping[Video, int | None]) -> Entry | None:
    """Give each video its stars; None takes them away."""
    if len(set(stars.values())) == 1:
        return rate_all(list(stars), next(iter(stars.values())))
    with recorded(Action.RATE, f"Stars for {told(list(stars))}", videos=ids(stars), groups=("stars",)) as recording:
        _give({video.pk: given for video, given in stars.items()})
    return recording.entry


def _give(stars: Mapping[int, int | None]) -> None:
    now = timezone.now()
    rows = [Rating(pk=pk, stars=given, rated_at=now) for pk, given in stars.items()]
    Rating.objects.overwrite(rows, ["stars", "rated_at"])


def count_view(video: Video) -> int:
    """Count one view, and keep it among what its viewer watched, whose history may be paused; returns the new count."""
    now, viewer = timezone.now(), actor().user_id
    with writing():
        if not HistoryPause.objects.of(viewer).exists():
            Viewing.objects.note(viewer, video, now)
        return ViewCount.objects.count_one(video, now)


def add_tag(video: Video, name: str) -> list[str]:
    """Hang a tag on a video, new or known; returns all of its tags. Raises EmptyTagError."""
    with writing():
        tag_all([video], [name])
        return tag_names(video)


def remove_tag(video: Video, name: str) -> list[str]:
    """Take a tag off a video; one that it doesn't bear is no error. Returns its tags. Raises EmptyTagError."""
    with writing():
        untag_all([video], [name])
        return tag_names(video)


def tag_all(videos: Sequence[Video], names: Sequence[str]) -> Entry | None:
    """Hang tags on videos, new ones or known. Raises EmptyTagError."""
    cleaned = [clean_name(name) for name in names]
    with tags_made(Action.TAG, f"{', '.join(cleaned)} on {told(videos)}", cleaned, ids(videos)) as (recording, tags):
        _hang(tags, ids(videos))
    return recording.entry


def _hang(tags: Iterable[Tag], video_ids: list[int]) -> None:
    for tag in tags:
        Video.objects.hang(tag, video_ids)
        Withdrawal.objects.forget(video_ids, tag.pk)


def untag_all(videos: Sequence[Video], names: Sequence[str]) -> Entry | None:
    """Take tags off videos; those that one doesn't bear are no error. Raises EmptyTagError."""
    if not all(map(naming.clean_tag, names)):
        raise EmptyTagError("Which tag?")
    summary = f"{', '.join(map(naming.clean_tag, names))} off {told(videos)}"
    with recorded(Action.UNTAG, summary, videos=ids(videos), groups=("tag", "withdrawn")) as recording:
        _take_off(Tag.objects.known(names).values(), ids(videos))
    return recording.entry


def _take_off(tags: Iterable[Tag], video_ids: list[int]) -> None:
    for tag in tags:
        bearers = Video.objects.take_off(tag, video_ids)
        Withdrawal.objects.note(bearers, tag.pk)


def tag_names(video: Video) -> list[str]:
    """The video's tags in alphabetical order."""
    return [tag.name for tag in video.tags.all()]


def toggle_favorite(video: Video) -> bool:
    """Mark a video as a favourite, or take the mark off; returns whether it is one now."""
    with writing():
        marked = not Favorite.objects.of_videos([video.pk]).exists()
        favor_all([video], marked)
    return marked


def favor_all(videos: Sequence[Video], marked: bool) -> Entry | None:
    """Mark videos as favourites, in their order, or take the marks off."""
    summary = f"{'Favourite' if marked else 'No favourite any more'}: {told(videos)}"
    with recorded(Action.FAVORITE, summary, videos=ids(videos), groups=("favorite", "withdrawn")) as recording:
        _mark(ids(videos), marked)
    return recording.entry


def _mark(video_ids: list[int], marked: bool) -> None:
    before = Favorite.objects.marked_among(video_ids)
    if marked:
        Favorite.objects.bulk_create([Favorite(video_id=pk) for pk in video_ids if pk not in before], BATCH)
        Withdrawal.objects.forget(video_ids, None)
    else:
        Favorite.objects.take_off(before)
        Withdrawal.objects.note(before, None)


def title_all(titles: Mapping[Video, str]) -> Entry | None:
    """Give each video its title; an empty one lets the file's name speak again."""
    videos = list(titles)
    with recorded(Action.TITLE, f"Title of {told(videos)}", videos=ids(videos), groups=("title",)) as recording:
        for video, title in titles.items():
            video.custom_title = title.strip()[: naming.MAX_TITLE_LENGTH]
        Video.objects.retitle(videos)
    return recording.entry


def retitle(video: Video, title: str) -> str:
    """Give a video a title; an empty one, or the one that its file's name gives, lets that name speak.

    Returns the title that it has now. Raises TitleError.
    """
    cleaned = naming.clean_list_name(title) if naming.is_storable(title) else title
    if len(cleaned) > naming.MAX_TITLE_LENGTH or not naming.is_storable(cleaned):
        raise TitleError(f"A title has {naming.MAX_TITLE_LENGTH} characters at most.")
    with writing():
        there = Video.objects.get(pk=video.pk)
        by_its_file = naming.clean_list_name(naming.title_from(there.path))
        title_all({there: "" if cleaned == by_its_file else cleaned})
        return there.title


def set_views(video: Video, count: int) -> Entry | None:
    """Correct how often a video was watched."""
    summary = f"{count} views of {told([video])}"
    with recorded(Action.VIEWS, summary, videos=[video.pk], groups=("views",)) as recording:
        ViewCount.objects.among([video.pk]).update(count=count)
    return recording.entry


class Edited(NamedTuple):
    """What a curator changed of a video; None is what they left alone."""

    title: str | None = None
    """Empty: from the file's name."""
    added_at: datetime | None = None
    stars: tuple[int | None] | None = None
    """The stars, or None for no stars, in a tuple."""
    is_favorite: bool | None = None
    hung: Collection[Tag] = ()
    taken_off: Collection[Tag] = ()


def edit(video: Video, changed: Edited) -> Entry | None:
    """Let a video be so, with one entry for all of it; what others changed meanwhile is left alone."""
    groups = ("title", "added", "stars", "favorite", "tag", "withdrawn")
    with recorded(Action.EDIT, f"{told([video])} edited", videos=[video.pk], groups=groups) as recording:
        if changed.title is not None:
            there = Video.objects.get(pk=video.pk)
            there.custom_title = changed.title.strip()
            Video.objects.retitle([there])
        if changed.added_at is not None:
            Video.objects.among([video.pk]).update(added_at=changed.added_at)
        if changed.stars is not None:
            _give({video.pk: changed.stars[0]})
        if changed.is_favorite is not None:
            _mark([video.pk], changed.is_favorite)
        _hang(set(changed.hung), [video.pk])
        _take_off(set(changed.taken_off), [video.pk])
    return recording.entry


@contextmanager
def tags_made(
    action: Entry.Action,
    summary: str,
    names: Sequence[str],
    videos: Sequence[int] = (),
    tags: Collection[int] = (),
) -> Iterator[tuple[Recording, list[Tag]]]:
    """A recorded change of videos, and of some tags, with the tags of those names, made where they are not known.

    A retired name is used anew: whoever says it by hand means it.
    """
    with writing():
        known = Tag.objects.known(names)
        new = {naming.tag_key(name) for name in names} - known.keys()
        retired = TagAlias.objects.at_any(new).retired() if new else TagAlias.objects.none()
        touched = {*tags, *retired.values_list("tag_id", flat=True)}
        with recorded(action, summary, videos=videos, tags=touched, groups=("tag", "withdrawn")) as recording:
            if new:
                retired.delete()
                known = Tag.objects.ensure(names)
                recording.tags |= {known[key].pk for key in new}
            yield recording, list(known.values())


def clean_name(name: str) -> str:
    """A tag's name as it is stored. Raises EmptyTagError."""
    cleaned = naming.clean_tag(name)
    if not cleaned or len(cleaned) > naming.MAX_TAG_LENGTH or not naming.is_storable(cleaned):
        raise EmptyTagError(f"A tag needs 1 to {naming.MAX_TAG_LENGTH} characters.")
    return cleaned


def ids(videos: Iterable[Video]) -> list[int]:
    """Their primary keys."""
    return [video.pk for video in videos]


def told(videos: Sequence[Video]) -> str:
    """Which videos, in a few words."""
    return f"“{videos[0].title}”" if len(videos) == 1 else f"{len(videos)} videos"
