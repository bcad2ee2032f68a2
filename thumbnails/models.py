"""What was done with each video's file: probing it, poster, subtitles, storyboard, a copy that starts fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from library.models import SubtitleFiles, Video
from thumbnails.querysets import (
    FAILED,
    PENDING,
    READY,
    FastStartQuerySet,
    MediaWorkQuerySet,
    StoryboardQuerySet,
    SubtitlesQuerySet,
)

MAX_ATTEMPTS = 3
MAX_ERROR_LENGTH = 2000


class Work(models.Model):
    """One kind of work on one video's file, and how it went."""

    class State(models.TextChoices):
        PENDING = PENDING, "waiting"
        READY = READY, "done"
        FAILED = FAILED, "failed"

    DIGEST: ClassVar[str]
    """The field for the hash of what was made."""

    LOCK: ClassVar[str] = "media-work"
    """What names the lock under which one process alone does it: poster and storyboard wait for each other."""

    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="Counted before each begins, so that one that kills the worker counts as well."
    )
    error = models.TextField(blank=True, help_text="Why the latest attempt failed.")
    size = models.BigIntegerField(default=0, help_text="Bytes of the file that this is about.")
    modified_ns = models.BigIntegerField(default=0, help_text="That file's time, in nanoseconds since 1970.")
    updated_at = models.DateTimeField("changed", auto_now=True)

    if TYPE_CHECKING:
        video: models.OneToOneField[Video, Video]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.video}: {self.get_state_display()}"

    @classmethod
    def nothing(cls) -> dict[str, Any]:
        """The fields for what was made, as they are where there is nothing."""
        return {cls.DIGEST: ""}

    def is_about(self, video: Video) -> bool:
        """Whether this is the work on the file as the library knows it now."""
        return (self.size, self.modified_ns) == (video.size, video.modified_ns)

    def start_over(self, video: Video) -> None:
        """Wait for the work on the present file, with all attempts ahead. What was made before stays until then."""
        self.state, self.attempts, self.error = PENDING, 0, ""
        self.size, self.modified_ns = video.size, video.modified_ns
        self.save(update_fields=["state", "attempts", "error", "size", "modified_ns", "updated_at"])

    def begin_attempt(self) -> None:
        """Count an attempt that is about to be made."""
        self.attempts += 1
        self.save(update_fields=["attempts", "updated_at"])

    def _end_well(self, **made: Any) -> None:
        self.state, self.error = READY, ""
        for name, value in made.items():
            setattr(self, name, value)
        self.save(update_fields=["state", "error", *made, "updated_at"])

    def note_failure(self, error: str) -> None:
        """An attempt failed: wait for the next one, or give up after the last, with what was made before."""
        self.error = error[:MAX_ERROR_LENGTH]
        if self.attempts >= MAX_ATTEMPTS:
            self.state = FAILED
            for name, value in self.nothing().items():
                setattr(self, name, value)
        self.save(update_fields=["state", "error", *self.nothing(), "updated_at"])

    def postpone(self, error: str) -> None:
        """An attempt couldn't be made, for a reason that isn't the file's: it doesn't count."""
        self.attempts, self.error = max(self.attempts - 1, 0), error[:MAX_ERROR_LENGTH]
        self.save(update_fields=["attempts", "error", "updated_at"])


class MediaWork(Work):
    """The first work on a file: it is probed, and its poster drawn."""

    DIGEST = "poster_digest"

    video = models.OneToOneField(Video, on_delete=models.CASCADE, primary_key=True, related_name="media_work")
    poster_digest = models.CharField(
        "poster", max_length=32, blank=True, help_text="Hash of the larger picture; empty: there is none."
    )
    index_at_end = models.BooleanField(
        null=True, help_text="Whether players must fetch the file's end first; unknown while nobody looked."
    )

    objects = MediaWorkQuerySet.as_manager()

    class Meta:
        verbose_name = "poster and probe"
        verbose_name_plural = "posters and probes"
        ordering = ("-updated_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(state__in=(PENDING, READY, FAILED)), name="media_work_state"),
        )
        indexes = (
            models.Index(fields=("state", "video"), name="media_work_by_state"),
            models.Index(fields=("-updated_at", "-video"), name="media_work_by_change"),
            models.Index(fields=("video",), condition=Q(index_at_end=True), name="media_work_late"),
        )

    def start_over(self, video: Video) -> None:
        self.index_at_end = None
        self.save(update_fields=["index_at_end"])
        super().start_over(video)

    def finish(self, poster_digest: str, *, index_at_end: bool) -> None:
        """The file is probed and its poster is on the disk."""
        self._end_well(poster_digest=poster_digest, index_at_end=index_at_end)


class Storyboard(Work):
    """The second work on a file, in a table of its own: what becomes of it touches neither the poster nor the cached
    queries for posters.
    """

    DIGEST = "digest"

    video = models.OneToOneField(Video, on_delete=models.CASCADE, primary_key=True, related_name="storyboard")
    digest = models.CharField(
        max_length=32, blank=True, help_text="Hash of the picture and its index; empty: there is none."
    )
    tiles = models.PositiveSmallIntegerField(default=0)
    columns = models.PositiveSmallIntegerField(default=0)
    tile_width = models.PositiveSmallIntegerField(default=0, help_text="Pixels.")
    tile_height = models.PositiveSmallIntegerField(default=0, help_text="Pixels.")
    interval = models.FloatField(default=0, help_text="Seconds from one tile to the next.")

    objects = StoryboardQuerySet.as_manager()

    class Meta:
        ordering = ("-updated_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(state__in=(PENDING, READY, FAILED)), name="storyboard_state"),
        )
        indexes = (
            models.Index(fields=("state", "video"), name="storyboard_by_state"),
            models.Index(fields=("-updated_at", "-video"), name="storyboard_by_change"),
        )

    def finish(self, digest: str, layout: dict[str, float]) -> None:
        """The storyboard is on the disk, and looks like that; or, with an empty digest, the film has none."""
        self._end_well(digest=digest, **layout)


class Subtitles(Work):
    """The third work on a file: subtitles, beside it and inside it, become WebVTT."""

    DIGEST = "digest"
    LOCK = "subtitles"

    video = models.OneToOneField(Video, on_delete=models.CASCADE, primary_key=True, related_name="subtitles")
    digest = models.CharField(max_length=32, blank=True, help_text="Hash of what was found; empty: nothing.")
    found = models.JSONField(default=dict, blank=True, help_text="Tracks, and what can't be shown.")
    signature = models.CharField(
        max_length=32, blank=True, help_text="Of the files beside the video that this is about."
    )

    objects = SubtitlesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "subtitles"
        ordering = ("-updated_at", "-pk")
        constraints = (models.CheckConstraint(condition=Q(state__in=(PENDING, READY, FAILED)), name="subtitles_state"),)
        indexes = (
            models.Index(fields=("state", "video"), name="subtitles_by_state"),
            models.Index(fields=("-updated_at", "-video"), name="subtitles_by_change"),
        )

    @classmethod
    def nothing(cls) -> dict[str, Any]:
        return {**super().nothing(), "found": {}}

    def is_about(self, video: Video) -> bool:
        return super().is_about(video) and self.signature == SubtitleFiles.objects.signature_of(video.pk)

    def start_over(self, video: Video) -> None:
        self.signature = SubtitleFiles.objects.signature_of(video.pk)
        self.save(update_fields=["signature"])
        super().start_over(video)

    def finish(self, digest: str, found: dict[str, list[Any]]) -> None:
        """All that could be converted is on the disk."""
        self._end_well(digest=digest, found=found)


class FastStart(Work):
    """The fourth work on a file, done where somebody asks for it: a copy with the index in front, to be played."""

    DIGEST = "digest"
    LOCK = "faststart"

    video = models.OneToOneField(Video, on_delete=models.CASCADE, primary_key=True, related_name="fast_start")
    digest = models.CharField(max_length=32, blank=True, help_text="Names the copy; empty: there is none.")
    copy_size = models.BigIntegerField(default=0, help_text="Bytes of the copy.")

    objects = FastStartQuerySet.as_manager()

    class Meta:
        verbose_name = "copy that starts fast"
        verbose_name_plural = "copies that start fast"
        ordering = ("-updated_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(state__in=(PENDING, READY, FAILED)), name="fast_start_state"),
        )

    def finish(self, digest: str, copy_size: int) -> None:
        """The copy is on the disk, whole."""
        self._end_well(digest=digest, copy_size=copy_size)
