"""What a curator said to proposals and suggestions, so that nobody is asked twice, and both get better."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from library.querysets import AcceptanceQuerySet, DismissalQuerySet, RejectionQuerySet


class Dismissal(models.Model):
    """A proposal of the tag coach that was dismissed."""

    key = models.CharField(max_length=300, unique=True, help_text="The proposal's kind and tags.")
    at = models.DateTimeField(default=timezone.now)

    objects = DismissalQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key


class Verdict(models.Model):
    """What a curator said to a tag that was suggested for a `video`. It outlives the tag, which may come back."""

    tag = models.ForeignKey("library.Tag", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    evidence = models.CharField(max_length=40, help_text="What had spoken for it.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        constraints = (models.UniqueConstraint(fields=("video", "tag"), name="%(class)s_once"),)

    def __str__(self) -> str:
        return f"tag {self.tag_id} on video {self.video_id}"  # type: ignore[attr-defined]


class Rejection(Verdict):
    """It does not fit the video."""

    video = models.ForeignKey("library.Video", on_delete=models.CASCADE, related_name="rejections")

    objects = RejectionQuerySet.as_manager()


class Acceptance(Verdict):
    """It fitted the video. That teaches while the video bears the tag."""

    video = models.ForeignKey("library.Video", on_delete=models.CASCADE, related_name="acceptances")

    objects = AcceptanceQuerySet.as_manager()
