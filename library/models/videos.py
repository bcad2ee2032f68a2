"""Files of the collection, there or missing, and where they were before."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from library import naming
from library.finding import folding
from library.media import MediaFacts
from library.models.standing import Rating, ViewCount
from library.models.tags import Tag
from library.querysets import (
    BATCH,
    FolderOf,
    FormerPathQuerySet,
    LikenessQuerySet,
    VideoQuerySet,
    WithdrawalQuerySet,
)

PRESENT = Q(missing_since=None)


def within_the_calendar(moment: datetime) -> None:
    """Refuse a time that can't be told in every time zone. Raises ValidationError."""
    if not 1 < moment.year < 9999:
        raise ValidationError("Use a year from 2 to 9998.")


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
    words = models.TextField(default="", editable=False, help_text="Of title and path, as the search compares them.")
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
    chapters = models.JSONField(
        null=True, editable=False, help_text="[second, name] of each; null while nobody looked for them."
    )

    objects = VideoQuerySet.as_manager()
    likeness = LikenessQuerySet.as_manager()

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
            models.Index(F("width") * F("height"), "id", condition=PRESENT, name="video_by_pixels"),
            models.Index(FolderOf("path"), "id", condition=PRESENT, name="video_by_folder"),
            models.Index(
                *(
                    "added_at",
                    "width",
                    "height",
                    "size",
                    "duration",
                    "missing_since",
                ),  # the last: else it covers nothing
                condition=PRESENT,
                name="video_by_measures",
            ),
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
        """Derive title, sort key and words from the curator's title or the path; for rows that bulk methods write."""
        self.title = self.custom_title or naming.title_from(self.path)
        self.sort_key = naming.sort_key(self.title)
        self.words = folding.text_of(self.title, self.path)
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
        self.save(update_fields=[*facts._fields, "title", "sort_key", "words"])

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


class Withdrawal(models.Model):
    """What a person took off a video, a tag or the mark of a favourite: an import doesn't bring it back."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="withdrawals")
    tag = models.ForeignKey(
        Tag, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+",
        help_text="Empty: the mark of a favourite.",
    )  # fmt: skip

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("video", "tag"), name="withdrawal_of_tag_once"),
            models.UniqueConstraint(fields=("video",), condition=Q(tag=None), name="withdrawal_of_mark_once"),
        )

    def __str__(self) -> str:
        return f"{self.tag_id or 'favourite'} off {self.video_id}"
