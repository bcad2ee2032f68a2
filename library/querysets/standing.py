"""Queries for what the household thinks of a video: stars, views, favourites."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models, transaction
from django.db.models import F

from library.querysets.limits import (
    BATCH,
    BEST_OF_STARS,
    MANY_ROWS,
    batches,
)
from library.querysets.missing import missing_ids

if TYPE_CHECKING:
    from library.models import Favorite, Rating, Video, ViewCount  # noqa: F401 - named in strings


M = TypeVar("M", bound=models.Model)


class StandingQuerySet(models.QuerySet[M]):
    """Rows that each video has one of, by the video's primary key."""

    def among(self, pks: Iterable[int]) -> Self:
        """Those of these videos."""
        return self.filter(pk__in=list(pks))

    def overwrite(self, rows: Iterable[M], columns: list[str]) -> None:
        """Write these columns of rows that are there. An upsert: `bulk_update` takes ten times as long."""
        self.bulk_create(rows, BATCH, update_conflicts=True, unique_fields=["pk"], update_fields=columns)


class ViewCountQuerySet(StandingQuerySet["ViewCount"]):
    """View counts."""

    def dated(self) -> dict[int, tuple[int, datetime | None]]:
        """(count, last view) of each video."""
        return {pk: (count, at) for pk, count, at in self.values_list("pk", "count", "last_viewed_at")}

    def count_one(self, video: Video, now: datetime) -> int:
        """Add one view in the database itself, so that none of many at once is lost; returns the new count."""
        with transaction.atomic():
            self.filter(pk=video.pk).update(count=F("count") + 1, last_viewed_at=now)
            return int(self.values_list("count", flat=True).get(pk=video.pk))


class FavoriteQuerySet(models.QuerySet["Favorite"]):
    """Favourites."""

    def of_videos(self, pks: Iterable[int]) -> FavoriteQuerySet:
        """The marks of these videos."""
        return self.filter(video_id__in=list(pks))

    def marked_among(self, video_ids: Iterable[int]) -> set[int]:
        """Those of these videos that are favourites, however many are asked for."""
        parts = batches(video_ids, MANY_ROWS)
        return {pk for part in parts for pk in self.of_videos(part).values_list("video_id", flat=True)}

    def take_off(self, video_ids: Iterable[int]) -> None:
        """Take the marks off these videos, however many they are."""
        for part in batches(video_ids, MANY_ROWS):
            self.of_videos(part).delete()

    def count_present(self) -> int:
        """How many of them are there."""
        return self.count() - self.filter(video_id__in=missing_ids()).count()

    def paths(self) -> list[str]:
        """The favourites' paths in the order of adding."""
        return list(self.order_by("pk").values_list("video__path", flat=True))


class RatingQuerySet(StandingQuerySet["Rating"]):
    """Ratings."""

    def best_first(self) -> RatingQuerySet:
        """In the order of the stars, those without stars last, the oldest of equals first."""
        return self.order_by(F("stars").desc(nulls_last=True), "pk")

    def count_best(self) -> int:
        """How many present videos are among the best."""
        best = self.filter(stars__gte=BEST_OF_STARS)
        return best.count() - best.filter(pk__in=missing_ids()).count()

    def count_unrated(self) -> int:
        """How many present videos have no stars."""
        unrated = self.filter(stars=None)
        return unrated.count() - unrated.filter(pk__in=missing_ids()).count()

    def not_given_here(self) -> RatingQuerySet:
        """Those that no one gave by hand: an import may change them."""
        return self.filter(rated_at=None)

    def give(self, stars: int, video_ids: Iterable[int]) -> None:
        """Give several videos the same stars, as an import does."""
        self.filter(pk__in=list(video_ids)).update(stars=stars)
