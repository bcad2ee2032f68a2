"""The subtitle files beside videos, as the last scan saw them."""

from __future__ import annotations

from django.db import models

from library.companions import Companion, signature
from library.models.videos import Video
from library.querysets.subtitles import SubtitleFilesQuerySet


class SubtitleFiles(models.Model):
    """Those of one video. They lie in its folder, so that they move with it; a video without any has no row."""

    video = models.OneToOneField(Video, on_delete=models.CASCADE, primary_key=True, related_name="subtitle_files")
    files = models.JSONField(help_text="[[name, bytes, nanoseconds since 1970], …]")
    signature = models.CharField(max_length=32, help_text="Changes with any of the files.")

    objects = SubtitleFilesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "subtitle files"

    def __str__(self) -> str:
        return f"{len(self.files)} of {self.video}"

    @staticmethod
    def of(video_id: int, companions: list[Companion]) -> SubtitleFiles:
        """A row, not saved."""
        return SubtitleFiles(
            video_id=video_id, files=[list(file) for file in companions], signature=signature(companions)
        )

    def companions(self) -> list[Companion]:
        """The files."""
        return [Companion(*file) for file in self.files]
