"""Queries for videos."""

from __future__ import annotations

import random
import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models
from django.db.models import Count, F, Func, Max, Min, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Collate, Left
from django.db.models.lookups import Exact

from library.querysets.limits import (
    BATCH,
    BEST_OF_STARS,
    DEEP,
    MANY_RELATED,
    MANY_ROWS,
    NOT_ALWAYS_KNOWN,
    RELATED_LIMIT,
    SORTS,
)
from library.querysets.missing import missing_ids
from library.querysets.own import OwnQuerySet
from library.rows import CARD_COLUMNS, CardRow, KnownFile, ToPlay

if TYPE_CHECKING:
    from library.models import Video

_BY_CODE_POINTS = {"sqlite": "BINARY", "postgresql": "C"}


class VideoQuerySet(OwnQuerySet):
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
        counted: VideoQuerySet = self.annotate(tag_count=Count("tags")).order_by("missing_since", "path", "pk")
        columns = ("pk", "path", "title", "rating__stars", "view_count__count", "tag_count", "missing_since")
        return counted.values_list(*columns).iterator()

    def added_dates(self, pks: Iterable[int]) -> dict[int, datetime]:
        """When each of these was added."""
        return dict(self.among(pks).values_list("pk", "added_at"))

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
        with_it: VideoQuerySet = self.annotate(poster=F(import_module(settings.LIBRARY_POSTERS).COLUMN))
        return with_it

    def with_subtitles(self) -> VideoQuerySet:
        """With `held_subtitles`: what LIBRARY_SUBTITLES makes subtitles of."""
        with_them: VideoQuerySet = self.annotate(held_subtitles=F(import_module(settings.LIBRARY_SUBTITLES).COLUMN))
        return with_them

    def with_fast_start(self) -> VideoQuerySet:
        """With `held_copy`: the name of the copy that is played in its place, if there is one."""
        with_it: VideoQuerySet = self.annotate(held_copy=import_module(settings.LIBRARY_FAST_STARTS).COLUMN)
        return with_it

    def with_tags(self) -> VideoQuerySet:
        """With the tags fetched in one more query."""
        return self.prefetch_related("tags")

    def in_order(self, sort: str, descending: bool) -> VideoQuerySet:
        """Sorted by a key of SORTS, ties by age, every order answered by an index.

        A column of a neighbour table is reached by an inner join, which lets the database walk that table's index;
        each video has a row there.
        """
        column = SORTS[sort]
        ordered = self.annotate(pixels=F("width") * F("height")) if column == "pixels" else self
        if "__" in column:
            ordered = ordered.filter(**{f"{column.partition('__')[0]}__isnull": False})
            tie = f"{column.partition('__')[0]}__video_id"
        else:
            tie = "pk"
        if column in NOT_ALWAYS_KNOWN:
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

    def rated(self, stars: int) -> VideoQuerySet:
        """Those of so many stars."""
        return self.filter(rating__stars=stars)

    def unrated(self) -> VideoQuerySet:
        """Those without stars."""
        return self.filter(rating__stars=None, rating__isnull=False)

    def alike(self) -> VideoQuerySet:
        """Those that are there, and whose content another has too: the fingerprint holds the size."""
        known = self.model.objects.order_by().exclude(fingerprint="").values("fingerprint")
        several = known.annotate(number=Count("pk")).filter(number__gt=1)
        return self.present().filter(fingerprint__in=several.values("fingerprint"))

    def lasting(self, least: float | None, below: float | None) -> VideoQuerySet:
        """Those of a length in seconds; None has no bound. What was not probed yet has no length."""
        bounds = {"duration__gte": least, "duration__lt": below}
        known = self.filter(duration__gt=0)
        return known.filter(**{bound: seconds for bound, seconds in bounds.items() if seconds is not None})

    def saying(self, word: str) -> VideoQuerySet:
        """Those that have a word in their title, path or tags, whatever its case."""
        tags = apps.get_model("library", "Tag").objects.filter(name__icontains=word).order_by().values("pk")
        borne = self.model.tags.through.objects.filter(tag_id__in=tags).values("video_id")
        return self.filter(Q(title__icontains=word) | Q(path__icontains=word) | Q(pk__in=borne))

    def asked_for(self, condition: Q) -> VideoQuerySet:
        """Those of which a condition is true (querysets/conditions.py)."""
        return self.filter(condition)

    def count_each(self, conditions: Sequence[Q]) -> list[int]:
        """How many there are of each."""
        return [self.filter(condition).count() for condition in conditions]

    def top_folders(self) -> dict[str, int]:
        """The first folders of the paths, with the number of the present videos below each."""
        cut = Func(F("path"), Value("/"), function="STRPOS" if connections[self.db].vendor == "postgresql" else "INSTR")
        named = self.present().filter(path__contains="/").annotate(top=Left("path", cut - 1))
        return dict(named.order_by().values_list("top").annotate(number=Count("pk")))

    def left_out(self, pks: Collection[int]) -> VideoQuerySet:
        """All but these."""
        return self.exclude(pk__in=list(pks))

    def titles(self, most: int) -> dict[int, str]:
        """Their titles by id: of more than so many the latest."""
        return dict(self.order_by("-pk").values_list("pk", "title")[:most])

    def titles_beginning(self, key: str) -> dict[int, str]:
        """The titles, by id, of those whose sort key begins with one: 200 at most."""
        begun = self.filter(sort_key__gte=key, sort_key__lt=f"{key}\U0010ffff").order_by("sort_key", "pk")
        return dict(begun.values_list("pk", "title")[:200])

    def latest_texts(self, most: int) -> list[tuple[int, str, str]]:
        """(id, title, words): of more than so many the latest."""
        return list(self.order_by("-pk").values_list("pk", "title", "words")[:most])

    def words_after(self, pk: int) -> models.QuerySet[Video, tuple[Any, ...]]:
        """(id, title, path, words) of those with higher ids, in their order."""
        return self.filter(pk__gt=pk).order_by("pk").values_list("pk", "title", "path", "words")

    def tell_words(self, rows: Iterable[tuple[int, str]]) -> None:
        """Write the words of videos, by id."""
        self.bulk_update([self.model(pk=pk, words=words) for pk, words in rows], ["words"], BATCH)

    def chosen(self) -> list[Video]:
        """These, in their order, with no more than names: there may be very many."""
        bare = self.select_related(None).prefetch_related(None)
        return list(bare.only("pk", "path", "title", "custom_title"))

    def retitle(self, videos: Iterable[Video]) -> None:
        """Write the curator's title of each, and what is made of it. In plain SQL: `bulk_update` takes many times as
        long.
        """
        connection = connections[self.db]
        table = connection.ops.quote_name(self.model._meta.db_table)
        named = (video.name_itself() for video in videos)
        rows = [(video.custom_title, video.title, video.sort_key, video.words, video.pk) for video in named]
        with connection.cursor() as cursor:
            columns = "custom_title = %s, title = %s, sort_key = %s, words = %s"
            statement = f"UPDATE {table} SET {columns} WHERE id = %s"  # noqa: S608 - names of ours
            cursor.executemany(statement, rows)

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

    def ids_in_order(self) -> array[int]:
        """The ids of all of these, ascending."""
        return array("q", sorted(self.order_by().values_list("pk", flat=True)))

    def to_play(self, pks: Iterable[int]) -> list[ToPlay]:
        """What a player needs of those, in their order."""
        wanted = list(pks)
        found = {row[0]: ToPlay(*row) for row in self.among(wanted).order_by().values_list(*ToPlay._fields)}
        return [found[pk] for pk in wanted if pk in found]

    def best_rated(self, number: int) -> list[tuple[int, int | None, datetime | None, datetime]]:
        """(id, stars, last viewed, added) of so many of the best rated, less those that are missing, in no order.

        Which they are is told by the index of the stars: to sort 100,000 videos took half a second.
        """
        best = apps.get_model("library", "Rating").objects.best_first().values("pk")[:number]
        found = self.present().filter(pk__in=best).order_by()
        return list(found.values_list("pk", "rating__stars", "view_count__last_viewed_at", "added_at"))

    def last_views(self, pks: Iterable[int]) -> dict[int, datetime]:
        """When the household last watched each of those, where it did."""
        found = self.among(pks).order_by().values_list("pk", "view_count__last_viewed_at")
        return {pk: at for pk, at in found if at}

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

    def standing(self) -> dict[str, tuple[int, bool]]:
        """{path: (stars, whether it is a favourite)}."""
        rows = self.order_by().values_list("path", "rating__stars", "favorite")
        return {path: (stars or 0, favorite is not None) for path, stars, favorite in rows}

    def stars_and_dates(self) -> Iterator[tuple[int, int | None, datetime]]:
        """(id, stars, added at), in no order."""
        return self.order_by().values_list("pk", "rating__stars", "added_at").iterator()

    def newest(self, beside: Video) -> list[int]:
        """The ids of the newest others: what stands beside a video that shares no tag."""
        others = self.present().exclude(pk=beside.pk).in_order("date", descending=True)
        return list(others.values_list("pk", flat=True)[:RELATED_LIMIT])

    def pick_at_random(self, avoiding: Collection[int] = ()) -> Video | None:
        """Any present video but those, by a jump into the primary key; None where there is no other."""
        ends = self.aggregate(first=Min("pk"), last=Max("pk"))
        if ends["first"] is None:
            return None
        start = random.randint(ends["first"], ends["last"])  # noqa: S311 - a choice of film, not a secret
        others = self.present().exclude(pk__in=avoiding).order_by("pk")
        return others.filter(pk__gte=start).first() or others.first()

    def unread(self, video_ids: Collection[int]) -> VideoQuerySet:
        """Those of the ids whose chapters nobody looked for."""
        return self.filter(pk__in=video_ids, chapters__isnull=True)

    def at_path(self, path: str) -> Video | None:
        """The video at a path, now or formerly."""
        here = self.filter(path=path).order_by(F("missing_since").desc(nulls_first=True)).first()
        return here or self.filter(former_paths__path=path).first()

    def at_each(self, paths: Sequence[str]) -> list[Video | None]:
        """The video at each path, as `at_path` finds it; two queries, however many are asked for."""
        here = self.at_any(paths).order_by(F("missing_since").asc(nulls_last=True))
        found = {video.path: video for video in here}
        moved = self.filter(former_paths__path__in=set(paths) - found.keys()).annotate(former=F("former_paths__path"))
        found |= {video.former: video for video in moved}
        return [found.get(path) for path in paths]

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


def _whole(rows: models.QuerySet[Any, Any], function: str, column: str) -> Subquery:
    """One value of all rows, to be fetched beside others."""
    value = Func(F(column), function=function, output_field=TextField())
    return Subquery(rows.order_by().values(value=value)[:1])


def _is_below(mount: str) -> Exact:
    """Whether a path begins with a mount; `startswith` would ignore case on SQLite."""
    return Exact(Left("path", len(mount) + 1), Value(f"{mount}/"))
