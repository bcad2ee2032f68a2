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


class Rejection(models.Model):
    """A suggested tag that does not fit a video. It outlives its tag, which may come back."""

    video = models.ForeignKey("library.Video", on_delete=models.CASCADE, related_name="rejections")
    tag = models.ForeignKey("library.Tag", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    evidence = models.CharField(max_length=40, help_text="What had spoken for it.")
    at = models.DateTimeField(default=timezone.now)

    objects = RejectionQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("video", "tag"), name="rejection_once"),)

    def __str__(self) -> str:
        return f"{self.tag} on {self.video}"


class Acceptance(models.Model):
    """A suggested tag that fitted a video. It teaches while the video bears the tag."""

    video = models.ForeignKey("library.Video", on_delete=models.CASCADE, related_name="acceptances")
    tag = models.ForeignKey("library.Tag", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    evidence = models.CharField(max_length=40, help_text="What had spoken for it.")
    at = models.DateTimeField(default=timezone.now)

    objects = AcceptanceQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("video", "tag"), name="acceptance_once"),)

    def __str__(self) -> str:
        return f"{self.tag} on {self.video}"
