"""Queries for what curators said to suggestions and proposals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef

from library.querysets.limits import BATCH

if TYPE_CHECKING:
    from library.models import Acceptance, Dismissal, Rejection, Video  # noqa: F401 - named in strings

REMEMBERED_VERDICTS = 5_000
"""So many of the latest teach: a habit that was given up is forgotten in time."""

M = TypeVar("M", bound=models.Model)


class VerdictQuerySet(models.QuerySet[M]):
    """What was said to suggestions."""

    def about(self, video: Video, tag_id: int) -> Self:
        """What was said to one suggestion."""
        return self.filter(video=video, tag=tag_id)

    def of_video(self, video: Video) -> Self:
        """What was said to those for a video."""
        return self.filter(video=video)

    def tag_ids(self) -> set[int]:
        """The tags that something was said to."""
        return set(self.values_list("tag_id", flat=True))

    def say(self, video: Video, tag_id: int, evidence: str) -> None:
        """Note a verdict; what was said to it before is replaced."""
        self.update_or_create(video=video, tag_id=tag_id, defaults={"evidence": evidence})

    def lately(self) -> Iterable[tuple[int, str]]:
        """(tag id, evidence) of the latest."""
        return self.order_by("-pk").values_list("tag_id", "evidence")[:REMEMBERED_VERDICTS]


class RejectionQuerySet(VerdictQuerySet["Rejection"]):
    """Suggestions that did not fit."""


class AcceptanceQuerySet(VerdictQuerySet["Acceptance"]):
    """Suggestions that did fit."""

    def standing(self) -> Self:
        """Those whose video still bears the tag: what was taken off again teaches nothing."""
        return self.filter(Exists(self._taggings()))

    def fallen(self) -> Self:
        """The others."""
        return self.filter(~Exists(self._taggings()))

    def _taggings(self) -> models.QuerySet[Any, Any]:
        taggings = apps.get_model("library", "Video").tags.through.objects
        of_row: models.QuerySet[Any, Any] = taggings.filter(video_id=OuterRef("video_id"), tag_id=OuterRef("tag_id"))
        return of_row


class DismissalQuerySet(models.QuerySet["Dismissal"]):
    """Dismissed proposals."""

    def all_keys(self) -> set[str]:
        """Of all of them."""
        return set(self.values_list("key", flat=True))

    def remember(self, keys: Iterable[str]) -> None:
        """Add those that are not there."""
        self.bulk_create([self.model(key=key) for key in keys], BATCH, ignore_conflicts=True)
