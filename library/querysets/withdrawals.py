"""Queries for what people took off videos."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from library.querysets.limits import BATCH, MANY_ROWS, batches

if TYPE_CHECKING:
    from library.models import Video, Withdrawal  # noqa: F401 - named in strings


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    """What people took off videos."""

    def of_videos(self, pks: Iterable[int]) -> WithdrawalQuerySet:
        """Those of these videos."""
        return self.filter(video_id__in=list(pks))

    def tags_of(self, video: Video) -> set[int]:
        """The tags that were taken off a video."""
        return set(self.filter(video=video).exclude(tag=None).values_list("tag_id", flat=True))

    def videos_without(self, tag_ids: Iterable[int]) -> set[int]:
        """The ids of the videos that any of these tags was taken off."""
        return set(self.filter(tag__in=list(tag_ids)).values_list("video_id", flat=True))

    def forget(self, video_ids: Iterable[int], tag_id: int | None) -> None:
        """Let videos bear a tag again, or with None the mark."""
        for part in batches(video_ids, MANY_ROWS):
            noted = self.of_videos(part).filter(Q(tag=None) if tag_id is None else Q(tag=tag_id))
            if noted.exists():
                noted.delete()

    def note(self, video_ids: Iterable[int], tag_id: int | None) -> None:
        """Remember that someone took a tag, or with None the mark, off these videos."""
        rows = [self.model(video_id=pk, tag_id=tag_id) for pk in video_ids]
        self.bulk_create(rows, BATCH, ignore_conflicts=True)

    def taggings(self) -> set[tuple[int, int]]:
        """(video id, tag id) of the tags."""
        return set(self.exclude(tag=None).values_list("video_id", "tag_id"))

    def marks(self) -> set[int]:
        """The videos that are favourites no more."""
        return set(self.filter(tag=None).values_list("video_id", flat=True))
