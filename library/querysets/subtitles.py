"""Queries for the subtitle files beside videos."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from library.models import SubtitleFiles


class SubtitleFilesQuerySet(models.QuerySet["SubtitleFiles"]):
    """Subtitle files."""

    def signatures(self) -> dict[str, tuple[int, str]]:
        """{path of a video that is there: (its id, the signature of its subtitle files)}."""
        present = self.filter(video__missing_since=None).values_list("video__path", "pk", "signature")
        return {path: (pk, signature) for path, pk, signature in present.iterator()}

    def among(self, video_ids: Iterable[int]) -> SubtitleFilesQuerySet:
        """Those of these videos."""
        return self.filter(pk__in=list(video_ids))

    def signature_of(self, video_id: int) -> str:
        """That of one video; "" where there are none."""
        return self.filter(pk=video_id).values_list("signature", flat=True).first() or ""

    def of(self, video_id: int) -> SubtitleFiles | None:
        """Those of one video."""
        return self.filter(pk=video_id).first()
