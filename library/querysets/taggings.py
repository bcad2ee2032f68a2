"""Queries for which videos bear which tags."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, Exists, OuterRef

from library.querysets.folders import FolderQuerySet
from library.querysets.limits import BATCH, MANY_ROWS, batches
from library.querysets.missing import missing_ids

if TYPE_CHECKING:
    from library.models import Tag


class TaggingQuerySet(FolderQuerySet):
    """Videos by the tags that they bear."""

    def with_any_tag(self) -> Self:
        """Those that bear a tag at all."""
        return self.filter(Exists(self.model.tags.through.objects.filter(video_id=OuterRef("pk"))))

    def untagged(self) -> Self:
        """Those without a tag."""
        return self.filter(tags=None)

    def with_any_of(self, tag_ids: Iterable[int]) -> Self:
        """Those that bear any of the tags."""
        return self.filter(pk__in=self._taggings_of(tag_ids))

    def with_none_of(self, tag_ids: Iterable[int]) -> Self:
        """Those that bear none of the tags."""
        return self.exclude(pk__in=self._taggings_of(tag_ids))

    def _taggings_of(self, tag_ids: Iterable[int]) -> models.QuerySet[Any, Any]:
        return self.model.tags.through.objects.filter(tag_id__in=list(tag_ids)).values("video_id")

    def tagged(self, tag: Tag, below: Collection[int] = (), *, often: bool = False) -> Self:
        """Those that bear a tag, or one of those below it.

        Of one that is borne often the first in any order are found by walking over that order, else by sorting all.
        """
        taggings = self.model.tags.through.objects.all()
        taggings = taggings.filter(tag_id__in=[tag.pk, *below]) if below else taggings.filter(tag_id=tag.pk)
        if often:
            return self.filter(Exists(taggings.filter(video_id=OuterRef("pk"))))
        return self.filter(pk__in=taggings.values("video_id"))

    def count_untagged(self) -> int:
        """How many present ones bear no tag: all, less those that the taggings' index holds."""
        taggings = self.model.tags.through.objects.order_by()
        borne = taggings.aggregate(number=Count("video_id", distinct=True))["number"]
        away = taggings.filter(video_id__in=missing_ids()).aggregate(number=Count("video_id", distinct=True))["number"]
        return self.filter(missing_since=None).count() - int(borne) + int(away)

    def tags_among(self, pks: Iterable[int], tag_ids: Collection[int]) -> dict[int, list[int]]:
        """Which of these tags each of these videos bears."""
        found: dict[int, list[int]] = {}
        for part in batches(pks, MANY_ROWS):
            taggings = self.model.tags.through.objects.filter(video_id__in=part, tag_id__in=list(tag_ids))
            for video_id, tag_id in taggings.values_list("video_id", "tag_id"):
                found.setdefault(video_id, []).append(tag_id)
        return found

    def bearers(self, tag_ids: Iterable[int]) -> set[int]:
        """The ids of those that bear any of the tags, missing ones too."""
        taggings = self.model.tags.through.objects.filter(tag_id__in=list(tag_ids))
        return set(taggings.values_list("video_id", flat=True))

    def bearers_of_each(self, tag_ids: Collection[int]) -> dict[int, set[int]]:
        """The ids of those that bear each of the tags, missing ones too."""
        found: dict[int, set[int]] = {pk: set() for pk in tag_ids}
        for part in batches(sorted(found), MANY_ROWS):
            taggings = self.model.tags.through.objects.filter(tag_id__in=part)
            for tag_id, video_id in taggings.values_list("tag_id", "video_id"):
                found[tag_id].add(video_id)
        return found

    def taggings(self) -> Iterator[tuple[str, str]]:
        """(path, tag) of every tag on every video, both in order."""
        tagged = self.filter(tags__isnull=False).order_by("path", "tags__key")
        return tagged.values_list("path", "tags__name").iterator()

    def taggings_and_last(self) -> tuple[set[tuple[int, int]], int]:
        """(video id, tag id) of each tag on each video; and the newest one's own id, or 0."""
        taggings = self.model.tags.through.objects
        newest = taggings.order_by("-pk").values_list("pk", flat=True).first()
        return set(taggings.values_list("video_id", "tag_id")), newest or 0

    def taggings_after(self, last: int) -> list[tuple[int, int, int]]:
        """(video id, tag id, own id) of those hung on since."""
        return list(self.model.tags.through.objects.filter(pk__gt=last).values_list("video_id", "tag_id", "pk"))

    def hang(self, tag: Tag, video_ids: Iterable[int]) -> None:
        """Hang a tag on videos that may bear it already."""
        through = self.model.tags.through
        rows = [through(video_id=pk, tag_id=tag.pk) for pk in sorted(video_ids)]
        through.objects.bulk_create(rows, BATCH, ignore_conflicts=True)

    def take_off(self, tag: Tag, video_ids: Iterable[int]) -> list[int]:
        """Take a tag off videos; returns the ids of those that bore it."""
        bearers: list[int] = []
        for part in batches(video_ids, MANY_ROWS):
            taggings = self.model.tags.through.objects.filter(tag_id=tag.pk, video_id__in=part)
            bearers += taggings.values_list("video_id", flat=True)
            taggings.delete()
        return bearers
