"""Queries for what is like a video, and for the videos that have few tags. Each reads a bounded number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from library.models import Video

_END = "\U0010ffff"


class LikenessQuerySet(models.QuerySet["Video"]):
    """Videos and their likes."""

    def with_few_tags(self, fewer_than: int) -> Self:
        """The present ones that bear fewer tags than that, the newest first; found by walking over the dates."""
        taggings = self._taggings().filter(video_id=OuterRef("pk")).order_by().values("video_id")
        number = Coalesce(Subquery(taggings.values_list(Count("tag_id"))), 0)
        few = self.filter(missing_since=None).annotate(tag_count=number).filter(tag_count__lt=fewer_than)
        return few.order_by("-added_at", "-pk")

    def count_with_few_tags(self, fewer_than: int) -> int:
        """How many present ones bear fewer tags than that: all, less those that bear as many."""
        tagged = self._taggings().order_by().values("video_id").annotate(number=Count("tag_id"))
        enough = tagged.filter(number__gte=fewer_than)
        missing = self.exclude(missing_since=None).order_by().values("pk")
        of_missing = enough.filter(video_id__in=missing)
        present = self.filter(missing_since=None).count()
        return int(present - enough.count() + of_missing.count())

    def after_in_date(self, video: Video | None) -> Self:
        """Those that come after a video where the newest come first; all without one."""
        if video is None:
            return self
        return self.filter(Q(added_at__lt=video.added_at) | Q(added_at=video.added_at, pk__lt=video.pk))

    def near_by_title(self, video: Video, start: str, number: int) -> list[int]:
        """The ids of present ones whose titles begin alike, the nearest so many before a video's and after it."""
        here = self.filter(missing_since=None).exclude(pk=video.pk)
        before = here.filter(sort_key__gte=start, sort_key__lte=video.sort_key).order_by("-sort_key", "-pk")
        after = here.filter(sort_key__gt=video.sort_key, sort_key__lt=start + _END).order_by("sort_key", "pk")
        return _ids_beginning(before, "sort_key", start, number) + _ids_beginning(after, "sort_key", start, number)

    def near_by_path(self, video: Video, folder: str, number: int) -> list[int]:
        """The ids of those below a folder, the nearest so many before a video's path and after it."""
        start = f"{folder}/"
        others = self.exclude(pk=video.pk)
        before = others.filter(path__gte=start, path__lte=video.path).order_by("-path")
        after = others.filter(path__gt=video.path, path__lt=start + _END).order_by("path")
        return _ids_beginning(before, "path", start, number) + _ids_beginning(after, "path", start, number)

    def names(self) -> Iterator[tuple[int, str, str]]:
        """(id, the curator's title, path) of all, the newest last."""
        return self.order_by("pk").values_list("pk", "custom_title", "path").iterator()

    def tags_of(self, pks: Iterable[int]) -> list[tuple[int, int]]:
        """(video id, tag id) of these, in no order."""
        return list(self._taggings().filter(video_id__in=list(pks)).values_list("video_id", "tag_id"))

    def company_of(self, tag_id: int, number: int) -> dict[int, int]:
        """Of the newest so many that bear a tag, how many bear each tag; that one all of them."""
        newest = self._taggings().filter(tag_id=tag_id).order_by("-video_id").values("video_id")[:number]
        counted = self._taggings().filter(video_id__in=newest).order_by().values_list("tag_id")
        return dict(counted.annotate(count=Count("video_id")))

    def bearer_counts(self) -> dict[int, int]:
        """How many bear each tag that is in use, missing ones too."""
        return dict(self._taggings().order_by().values_list("tag_id").annotate(count=Count("video_id")))

    def count_tagged(self) -> int:
        """How many bear any tag, missing ones too."""
        return int(self._taggings().aggregate(count=Count("video_id", distinct=True))["count"])

    def _taggings(self) -> models.QuerySet[Any, Any]:
        taggings: models.QuerySet[Any, Any] = self.model.tags.through.objects.all()
        return taggings


def _ids_beginning(videos: models.QuerySet[Video], column: str, start: str, number: int) -> list[int]:
    """Checked here too, for some databases' ranges are those of a language."""
    rows = videos.values_list("pk", column)[:number]
    return [pk for pk, value in rows if value.startswith(start)]
