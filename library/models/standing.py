"""What the household thinks of a video.

A rating and a view count are rows of their own beside each video: they change often, and the query cache
forgets a whole table at a time.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from library import naming
from library.querysets import (
    FavoriteQuerySet,
    RatingQuerySet,
    ViewCountQuerySet,
)


class Rating(models.Model):
    """The household's stars for one video. Each video has its row; no stars: not rated."""

    video = models.OneToOneField("library.Video", on_delete=models.CASCADE, primary_key=True, related_name="rating")
    stars = models.PositiveSmallIntegerField(null=True, blank=True, choices=[(n, "★" * n) for n in range(1, 6)])
    rated_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Empty for stars that an import brought."
    )

    objects = RatingQuerySet.as_manager()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="rating_1_to_5_stars"),)
        indexes = (models.Index("stars", "video", name="rating_by_stars"),)

    def __str__(self) -> str:
        return "★" * self.stars if self.stars else "not rated"


class ViewCount(models.Model):
    """How often the household watched one video. Each video has its row."""

    video = models.OneToOneField("library.Video", on_delete=models.CASCADE, primary_key=True, related_name="view_count")
    count = models.PositiveBigIntegerField(default=0, validators=[MaxValueValidator(naming.MAX_COUNT)])
    last_viewed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ViewCountQuerySet.as_manager()

    class Meta:
        verbose_name = "views"
        verbose_name_plural = "views"
        constraints = (models.CheckConstraint(condition=Q(count__gte=0), name="view_count_not_negative"),)
        indexes = (
            models.Index("count", "video", name="view_count_by_count"),
            models.Index("last_viewed_at", "video", name="view_count_by_last_view"),
        )

    def __str__(self) -> str:
        return str(self.count)


class Favorite(models.Model):
    """A mark that the household set; the order of the rows is the order of adding."""

    video = models.OneToOneField("library.Video", on_delete=models.CASCADE, related_name="favorite")
    added_at = models.DateTimeField("added", default=timezone.now, editable=False)

    objects = FavoriteQuerySet.as_manager()

    class Meta:
        verbose_name = "favourite"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.video)
