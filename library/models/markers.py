"""Moments of videos that somebody marked."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from library import naming
from library.models.lists import OfAnOwner
from library.querysets import MarkerQuerySet


class Marker(OfAnOwner):
    """A moment of a video, which may have a name."""

    video = models.ForeignKey("library.Video", on_delete=models.CASCADE, related_name="+")
    seconds = models.FloatField()
    name = models.CharField(max_length=naming.MAX_LIST_NAME_LENGTH, blank=True)
    made_at = models.DateTimeField("made", default=timezone.now, editable=False)

    objects = MarkerQuerySet.as_manager()

    class Meta:
        ordering = ("seconds", "pk")
        constraints = (models.CheckConstraint(condition=Q(seconds__gte=0), name="marker_in_the_film"),)
        indexes = (models.Index("video", "owner", "seconds", name="marker_in_order"),)

    def __str__(self) -> str:
        return f"{self.name or self.seconds} in {self.video_id}"
