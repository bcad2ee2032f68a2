"""Every query of the library is a named method here; views and services never spell a filter."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models, transaction
from django.db.models import Count, Exists, F, Func, Max, Min, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Collate, Left
from django.db.models.lookups import Exact

from library import naming
from library.rows import CARD_COLUMNS, CardRow, KnownFile

if TYPE_CHECKING:
    from library.models import Favorite, FormerPath, Rating, Tag, Video, ViewCount  # noqa: F401 - named in strings

BATCH = 500
"""Rows a statement: SQLite takes 32,766 variables, and a write lock is held for milliseconds."""

MANY_ROWS = 5_000
"""Rows that are held in memory at a time while a whole table is read."""

_BY_CODE_POINTS = {"sqlite": "BINARY", "postgresql": "C"}

SORTS: dict[str, str] = {
    "date": "added_at",
    "rating": "rating__stars",
    "title": "sort_key",
    "views": "view_count__count",
    "duration": "duration",
    "size": "size",
    "viewed": "view_count__last_viewed_at",
}
"""What a visitor may sort by, and the indexed column behind it."""

ASCENDING_BY_HABIT = frozenset({"title"})
"""Sorts whose usual direction is ascending; the others start with the newest, best or largest."""

BEST_OF_STARS = 4
RELATED_LIMIT = 20
MANY_RELATED = 1_000
"""Videos that share as many tags as the last that is shown: beyond these they are found in the order of their stars."""

DEEP = 600
"""Rows before a page that is reached by walking over an index alone."""


class VideoQuerySet(models.QuerySet["Video"]):
    """Videos. Lists that people browse start from `present()`."""

    def present(self) -> VideoQuerySet:
        """Those whose file is there."""
        return self.filter(missing_since=None)

    def missing(self) -> VideoQuerySet:
        """Those whose file is not there: forgotten by the grid, not by the library."""
        return self.exclude(missing_since=None)

    def missing_since_before(self, moment: datetime) -> VideoQuerySet:
        """Those that are missing since before a moment."""
        return self.filter(missing_since__lt=moment)

    def lost(self) -> Iterator[tuple[Any, ...]]:
        """(id, path, title, stars, views, number of tags, missing since), the longest missing first."""
        counted = self.annotate(tag_count=Count("tags")).order_by("missing_since", "path", "pk")
        columns = ("pk", "path", "title", "rating__stars", "view_count__count", "tag_count", "missing_since")
        return counted.values_list(*columns).iterator()

    def among(self, pks: Iterable[int]) -> VideoQuerySet:
        """Those with these primary keys."""
        return self.filter(pk__in=list(pks))

    def at_any(self, paths: Iterable[str]) -> VideoQuerySet:
        """Those at any of these paths."""
        return self.filter(path__in=list(paths))

    def present_last(self) -> VideoQuerySet:
        """The missing first, the longest missing foremost; the present after them."""
        return self.order_by(F("missing_since").asc(nulls_last=True), "pk")

    def files_in_order(self) -> Iterator[KnownFile]:
        """What is known of each one's file, in the order of the paths by code points, whatever the database's habit.

        Some thousand at a time, so that no statement is open while folders are read. Each path must be there once.
        """
        placed = self.annotate(place=Collate("path", _BY_CODE_POINTS[connections[self.db].vendor])).order_by("place")
        columns = ("path", "size", "modified_ns", "pk")
        rows: list[tuple[Any, ...]] = list(placed.values_list(*columns)[:MANY_ROWS])
        while rows:
            yield from map(KnownFile._make, rows)
            rows = list(placed.filter(place__gt=rows[-1][0]).values_list(*columns)[:MANY_ROWS])

    def with_standing(self) -> VideoQuerySet:
        """With stars, views and favourite fetched in the same query."""
        return self.select_related("rating", "view_count", "favorite")

    def with_poster(self) -> VideoQuerySet:
        """With `poster`: what LIBRARY_POSTERS makes a poster of."""
        return self.annotate(poster=F(import_module(settings.LIBRARY_POSTERS).COLUMN))

    def with_tags(self) -> VideoQuerySet:
        """With the tags fetched in one more query."""
        return self.prefetch_related("tags")

    def in_order(self, sort: str, descending: bool) -> VideoQuerySet:
        """Sorted by a key of SORTS, ties by age, every order answered by an index.

        A column of a neighbour table is reached by an inner join, which lets the database walk that table's index;
        each video has a row there.
        """
        column = SORTS[sort]
        ordered = self
        if "__" in column:
            ordered = ordered.filter(**{f"{column.partition('__')[0]}__isnull": False})
            tie = f"{column.partition('__')[0]}__video_id"
        else:
            tie = "pk"
        if column in {"rating__stars", "view_count__last_viewed_at"}:
            primary = F(column).desc(nulls_last=True) if descending else F(column).asc(nulls_first=True)
        else:
            primary = F(column).desc() if descending else F(column).asc()
        return ordered.order_by(primary, F(tie).desc() if descending else F(tie).asc())

    def favorites(self) -> VideoQuerySet:
        """The household's favourites, the latest added first."""
        return self.filter(favorite__isnull=False).order_by("-favorite__pk")

    def best(self) -> VideoQuerySet:
        """Four stars and up, the best first."""
        return self.filter(rating__stars__gte=BEST_OF_STARS).order_by("-rating__stars", "-rating__video_id")

    def with_any_tag(self) -> VideoQuerySet:
        """Those that bear a tag at all."""
        return self.filter(tags__isnull=False).distinct()

    def untagged(self) -> VideoQuerySet:
        """Those without a tag."""
        return self.filter(tags=None)

    def tagged(self, tag: Tag, *, often: bool = False) -> VideoQuerySet:
        """Those that bear a tag.

        Of one that is borne often the first in any order are found by walking over that order, else by sorting all.
        """
        taggings = self.model.tags.through.objects.filter(tag_id=tag.pk)
        if often:
            return self.filter(Exists(taggings.filter(video_id=OuterRef("pk"))))
        return self.filter(pk__in=taggings.values("video_id"))

    def card_rows(self, start: int = 0, stop: int | None = None) -> list[CardRow]:
        """What cards show, from one place of the order to another."""
        if start > DEEP:
            return self.model.objects.card_rows_of(list(self.values_list("pk", flat=True)[start:stop]))
        columns = (*CARD_COLUMNS, import_module(settings.LIBRARY_POSTERS).COLUMN)
        return [CardRow(*row) for row in self.values_list(*columns)[start:stop]]

    def card_rows_of(self, pks: Sequence[int]) -> list[CardRow]:
        """What the cards of those show, in their order."""
        rows = {row.pk: row for row in self.among(pks).order_by().card_rows()}
        return [rows[pk] for pk in pks if pk in rows]

    def total_present(self) -> int:
        """How many files are there."""
        return self.present().count()

    def shared_counts(self, video: Video, tag_ids: Sequence[int]) -> list[tuple[int, int]]:
        """(id, number of shared tags) of the present ones that share the most with a video, MANY_RELATED at most."""
        taggings = self.model.tags.through.objects.filter(tag_id__in=tag_ids).exclude(video_id=video.pk)
        here = taggings.exclude(video_id__in=missing_ids())
        counted = here.values_list("video_id").annotate(shared=Count("tag_id"))
        return list(counted.order_by("-shared")[:MANY_RELATED])  # type: ignore[misc]

    def best_sharing(self, video: Video, tag_ids: Sequence[int], count: int) -> list[int]:
        """The best rated of those that share so many of the tags with a video, the newest of equals first."""
        shared = self.model.tags.through.objects.filter(video_id=OuterRef("pk"), tag_id__in=tag_ids)
        number = Subquery(shared.order_by().values("video_id").values_list(Count("tag_id")))
        sharing = self.present().exclude(pk=video.pk).annotate(shared=number).filter(shared=count)
        by_stars = sharing.filter(rating__isnull=False).order_by(
            F("rating__stars").desc(nulls_last=True), "-added_at", "-pk"
        )
        return list(by_stars.values_list("pk", flat=True)[:RELATED_LIMIT])

    def stars_and_dates(self) -> Iterator[tuple[int, int | None, datetime]]:
        """(id, stars, added at), in no order."""
        return self.order_by().values_list("pk", "rating__stars", "added_at").iterator()

    def newest(self, beside: Video) -> list[CardRow]:
        """The newest others: what stands beside a video that shares no tag."""
        return self.present().exclude(pk=beside.pk).in_order("date", descending=True).card_rows(0, RELATED_LIMIT)

    def pick_at_random(self, avoiding: Collection[int] = ()) -> Video | None:
        """Any present video but those, by a jump into the primary key; None where there is no other."""
        ends = self.aggregate(first=Min("pk"), last=Max("pk"))
        if ends["first"] is None:
            return None
        start = random.randint(ends["first"], ends["last"])  # noqa: S311 - a choice of film, not a secret
        others = self.present().exclude(pk__in=avoiding).order_by("pk")
        return others.filter(pk__gte=start).first() or others.first()

    def at_path(self, path: str) -> Video | None:
        """The video at a path, now or formerly."""
        here = self.filter(path=path).order_by(F("missing_since").desc(nulls_first=True)).first()
        return here or self.filter(former_paths__path=path).first()

    def version(self) -> str:
        """What differs after a scan that found a video added, moved, missing or back. One query, by indexes alone.

        It counts the missing, who are few: 2,000 of 100,000 videos cost 1.5 ms, where counting the others cost 20.
        """
        former = apps.get_model("library", "FormerPath").objects.all()
        newest = self.order_by("-pk").values_list(
            "pk",
            _whole(self.missing(), "COUNT", "pk"),
            _whole(self.missing(), "MAX", "missing_since"),
            _whole(former, "MAX", "pk"),
        )
        return "-".join(re.sub(r"\D", "", str(part)) for part in newest.first() or (0,))

    def under_mount(self, mount: str, other_mounts: Iterable[str]) -> VideoQuerySet:
        """Those below one library root; the first root is the one whose mount is empty."""
        if mount:
            return self.filter(_is_below(mount))
        elsewhere = Q()
        for other in other_mounts:
            if other:
                elsewhere |= Q(_is_below(other))
        return self.exclude(elsewhere) if elsewhere else self.all()

    def view_counts(self) -> Iterator[tuple[str, int]]:
        """(path, count) of every video that was ever watched."""
        return self.filter(view_count__count__gt=0).order_by("path").values_list("path", "view_count__count").iterator()

    def ratings(self) -> Iterator[tuple[str, int]]:
        """(path, stars) of every video that was rated."""
        rated = self.filter(rating__stars__gte=1).order_by("path")
        return ((path, stars or 0) for path, stars in rated.values_list("path", "rating__stars").iterator())

    def taggings(self) -> Iterator[tuple[str, str]]:
        """(path, tag) of every tag on every video, both in order."""
        tagged = self.filter(tags__isnull=False).order_by("path", "tags__key")
        return tagged.values_list("path", "tags__name").iterator()


def _whole(rows: models.QuerySet[Any, Any], function: str, column: str) -> Subquery:
    """One value of all rows, to be fetched beside others."""
    value = Func(F(column), function=function, output_field=TextField())
    return Subquery(rows.order_by().values(value=value)[:1])


def _is_below(mount: str) -> Exact:
    """Whether a path begins with a mount; `startswith` would ignore case on SQLite."""
    return Exact(Left("path", len(mount) + 1), Value(f"{mount}/"))


class TagQuerySet(models.QuerySet["Tag"]):
    """Tags."""

    def named(self, name: str) -> Tag | None:
        """The tag with that name, in whatever case, with or without its `#`."""
        return self.filter(key=naming.tag_key(name)).first() if naming.is_storable(name) else None

    def with_counts(self) -> list[tuple[Tag, int]]:
        """The tags in use, in alphabetical order, each with the number of its present videos.

        Counted over the taggings alone, less those of the missing, who are few: a fifth of the time.
        """
        taggings = apps.get_model("library", "Video").tags.through.objects
        counts = taggings.order_by().values_list("tag_id").annotate(count=Count("video_id"))
        away = dict(counts.filter(video_id__in=missing_ids()))
        here = {tag_id: count - away.get(tag_id, 0) for tag_id, count in counts}
        return [(tag, here[tag.pk]) for tag in self.order_by("key") if here.get(tag.pk)]

    def all_names(self) -> list[str]:
        """Each tag's name, in alphabetical order."""
        return list(self.order_by("key").values_list("name", flat=True))

    def count_of(self, tag: Tag) -> int:
        """How many present videos bear a tag."""
        taggings = apps.get_model("library", "Video").tags.through.objects.filter(tag_id=tag.pk)
        return taggings.count() - taggings.filter(video_id__in=missing_ids()).count()

    def ensure(self, names: Iterable[str]) -> dict[str, Tag]:
        """The tags of those names by key, made where they don't exist; the first spelling of a new one stays."""
        wanted: dict[str, str] = {}
        for name in names:
            wanted.setdefault(naming.tag_key(name), naming.clean_tag(name))
        found = {tag.key: tag for tag in self.all() if tag.key in wanted}
        new = [self.model(name=name, key=key) for key, name in wanted.items() if key and key not in found]
        return found | {tag.key: tag for tag in self.bulk_create(new, batch_size=BATCH)}

    def hang(self, taggings: Sequence[tuple[int, int]]) -> None:
        """Insert taggings, (video id, tag id), with one statement.

        In plain SQL: through the model 300,000 take six seconds longer.
        """
        connection = connections[self.db]
        table = connection.ops.quote_name(self.model.videos.through._meta.db_table)
        rows = ", ".join(["(%s, %s)"] * len(taggings))
        with connection.cursor() as cursor:
            statement = f"INSERT INTO {table} (video_id, tag_id) VALUES {rows}"  # noqa: S608 - a name of ours
            cursor.execute(statement, list(chain.from_iterable(taggings)))


class ViewCountQuerySet(models.QuerySet["ViewCount"]):
    """View counts."""

    def count_one(self, video: Video, now: datetime) -> int:
        """Add one view in the database itself, so that none of many at once is lost; returns the new count."""
        with transaction.atomic():
            self.filter(pk=video.pk).update(count=F("count") + 1, last_viewed_at=now)
            return int(self.values_list("count", flat=True).get(pk=video.pk))

    def overwrite(self, column: str, values: Mapping[int, Any]) -> None:
        """Write one column of several rows, by video. An upsert: `bulk_update` takes ten times as long."""
        rows = [self.model(pk=pk, **{column: value}) for pk, value in values.items()]
        self.bulk_create(rows, BATCH, update_conflicts=True, unique_fields=["pk"], update_fields=[column])


class FavoriteQuerySet(models.QuerySet["Favorite"]):
    """Favourites."""

    def unmark(self, video: Video) -> bool:
        """Take the mark off a video; whether there was one."""
        return bool(self.filter(video=video).delete()[0])

    def count_present(self) -> int:
        """How many of them are there."""
        return self.count() - self.filter(video_id__in=missing_ids()).count()

    def paths(self) -> list[str]:
        """The favourites' paths in the order of adding."""
        return list(self.order_by("pk").values_list("video__path", flat=True))


class FormerPathQuerySet(models.QuerySet["FormerPath"]):
    """Former paths."""

    def at_any(self, paths: Iterable[str]) -> FormerPathQuerySet:
        """Those of these paths."""
        return self.filter(path__in=list(paths))

    def now_at(self) -> dict[str, str]:
        """The present path of each former one."""
        return dict(self.values_list("path", "video__path"))


class RatingQuerySet(models.QuerySet["Rating"]):
    """Ratings."""

    def count_best(self) -> int:
        """How many present videos are among the best."""
        best = self.filter(stars__gte=BEST_OF_STARS)
        return best.count() - best.filter(pk__in=missing_ids()).count()

    def not_given_here(self) -> RatingQuerySet:
        """Those that no one gave by hand: an import may change them."""
        return self.filter(rated_at=None)

    def give(self, stars: int, video_ids: Iterable[int]) -> None:
        """Give several videos the same stars, as an import does."""
        self.filter(pk__in=list(video_ids)).update(stars=stars)


def missing_ids() -> models.QuerySet[Any, Any]:
    """The ids of the missing videos, for a subquery: they are few, and an index holds them."""
    return apps.get_model("library", "Video").objects.missing().order_by().values("pk")
