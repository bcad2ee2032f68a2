"""What the household owns, and what it thinks of it.

A rating and a view count are rows of their own beside each video: they change often, and the query cache
forgets a whole table at a time.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from library import naming
from library.media import MediaFacts
from library.querysets import (
    BATCH,
    FavoriteQuerySet,
    FormerPathQuerySet,
    RatingQuerySet,
    TagQuerySet,
    VideoQuerySet,
    ViewCountQuerySet,
)

PRESENT = Q(missing_since=None)


def within_the_calendar(moment: datetime) -> None:
    """Refuse a time that can't be told in every time zone. Raises ValidationError."""
    if not 1 < moment.year < 9999:
        raise ValidationError("Use a year from 2 to 9998.")


class Tag(models.Model):
    """A word that the household hangs on videos; two that differ only in case are one."""

    name = models.CharField(max_length=naming.MAX_TAG_LENGTH)
    key = models.CharField(max_length=3 * naming.MAX_TAG_LENGTH, unique=True, editable=False)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ("key",)
        constraints = (models.CheckConstraint(condition=~Q(key=""), name="tag_has_a_name"),)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.name = naming.clean_tag(self.name)
        self.key = naming.tag_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("tag", args=[self.name])

    def clean(self) -> None:
        """Refuse a name that is empty, or that another tag has in another case."""
        if not naming.clean_tag(self.name):
            raise ValidationError({"name": "A tag needs a name."})
        other = Tag.objects.exclude(pk=self.pk).named(self.name)
        if other:
            raise ValidationError({"name": f"There is a tag “{other}” already."})


class Video(models.Model):
    """A file of the collection, there or missing."""

    path = models.CharField(
        max_length=naming.MAX_PATH_LENGTH,
        db_index=True,
        help_text="Below its library root; a further root's folder name comes first.",
    )
    title = models.CharField(max_length=naming.MAX_TITLE_LENGTH, editable=False)
    custom_title = models.CharField(
        "title", max_length=naming.MAX_TITLE_LENGTH, blank=True, help_text="Empty: made from the file's name."
    )
    sort_key = models.CharField(max_length=naming.MAX_TITLE_LENGTH, editable=False)
    tags = models.ManyToManyField(Tag, related_name="videos", blank=True)
    added_at = models.DateTimeField("added", default=timezone.now, validators=[within_the_calendar])
    missing_since = models.DateTimeField(null=True, blank=True, editable=False)

    size = models.BigIntegerField(default=0, editable=False, help_text="Bytes; 0 for a file that was never seen.")
    modified_ns = models.BigIntegerField(default=0, editable=False, help_text="Nanoseconds since 1970.")
    fingerprint = models.CharField(max_length=32, blank=True, editable=False)

    duration = models.FloatField(default=0, editable=False, help_text="Seconds; 0 while it is not known.")
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    video_codec = models.CharField(max_length=40, blank=True, editable=False)
    audio_codec = models.CharField(max_length=40, blank=True, editable=False)
    container = models.CharField(max_length=80, blank=True, editable=False)
    frame_rate = models.FloatField(null=True, editable=False)
    bitrate = models.BigIntegerField(null=True, editable=False, help_text="Bits per second.")

    objects = VideoQuerySet.as_manager()

    class Meta:
        ordering = ("-added_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("path",), condition=PRESENT, name="video_alone_at_its_path"),
            models.CheckConstraint(condition=~Q(path=""), name="video_has_a_path"),
            models.CheckConstraint(condition=Q(size__gte=0) & Q(duration__gte=0), name="video_measures_not_negative"),
        )
        indexes = (
            models.Index("added_at", "id", condition=PRESENT, name="video_by_date"),
            models.Index("sort_key", "id", condition=PRESENT, name="video_by_title"),
            models.Index("duration", "id", condition=PRESENT, name="video_by_duration"),
            models.Index("size", "id", condition=PRESENT, name="video_by_size"),
            models.Index("fingerprint", name="video_by_fingerprint"),
            models.Index("path", "size", "modified_ns", condition=PRESENT, name="video_files_in_order"),
            models.Index("missing_since", name="video_missing", condition=~PRESENT),
        )

    def __str__(self) -> str:
        return self.title

    def save(self, *args: object, **kwargs: object) -> None:
        self.name_itself()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("watch", args=[self.path])

    @staticmethod
    def create_whole(videos: list[Video]) -> list[Video]:
        """Insert videos with the rating and view rows that each must have, in batches."""
        with transaction.atomic():
            created = Video.objects.bulk_create([video.name_itself() for video in videos], batch_size=BATCH)
            Rating.objects.bulk_create([Rating(video=video) for video in created], batch_size=BATCH)
            ViewCount.objects.bulk_create([ViewCount(video=video) for video in created], batch_size=BATCH)
        return created

    def name_itself(self) -> Video:
        """Derive title and sort key from the curator's title or the path; for rows that bulk methods write."""
        self.title = self.custom_title or naming.title_from(self.path)
        self.sort_key = naming.sort_key(self.title)
        return self

    def take_file_of(self, found: Video) -> Video:
        """Stand for another file from now on; what people gave this video stays. Not saved."""
        if not self.size and self.added_at == self.missing_since:
            self.added_at = found.added_at
        self.path, self.size, self.modified_ns = found.path, found.size, found.modified_ns
        self.fingerprint, self.missing_since = found.fingerprint, None
        return self.name_itself()

    def record_media(self, facts: MediaFacts) -> None:
        """Keep what probing found."""
        self.duration = max(facts.duration or 0.0, 0.0)
        for name in facts._fields[1:]:
            setattr(self, name, getattr(facts, name))
        self.save(update_fields=[*facts._fields, "title", "sort_key"])

    @property
    def is_missing(self) -> bool:
        """Whether the file was not there at the last scan."""
        return self.missing_since is not None

    @property
    def is_favorite(self) -> bool:
        """Whether the household marked it; free when fetched `with_standing()`."""
        return hasattr(self, "favorite")

    @property
    def file_url(self) -> str:
        """Where its bytes are."""
        return reverse("video", args=[self.path])


class FormerPath(models.Model):
    """Where a video's file was before it moved: its old address leads to the new one."""

    path = models.CharField(max_length=naming.MAX_PATH_LENGTH, unique=True)
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="former_paths")

    objects = FormerPathQuerySet.as_manager()

    def __str__(self) -> str:
        return self.path


class Rating(models.Model):
    """The household's stars for one video. Each video has its row; no stars: not rated."""

    video = models.OneToOneField(Video, on_delete=models.CASCADE, primary_key=True, related_name="rating")
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

    def give(self, stars: int | None, now: datetime) -> None:
        """Rate by hand, which no later import overrides."""
        self.stars = stars
        self.rated_at = now
        self.save(update_fields=["stars", "rated_at"])


class ViewCount(models.Model):
    """How often the household watched one video. Each video has its row."""

    video = models.OneToOneField(Video, on_delete=models.CASCADE, primary_key=True, related_name="view_count")
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

    video = models.OneToOneField(Video, on_delete=models.CASCADE, related_name="favorite")
    added_at = models.DateTimeField("added", default=timezone.now, editable=False)

    objects = FavoriteQuerySet.as_manager()

    class Meta:
        verbose_name = "favourite"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.video)
