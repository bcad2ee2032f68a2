"""What each account keeps for itself: what it watched and how far, what it will watch, its playlists.

Rows without an owner are the one set that those share who are not signed in.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from library import naming
from library.querysets import (
    HistoryPauseQuerySet,
    PlaylistItemQuerySet,
    PlaylistQuerySet,
    PositionQuerySet,
    ViewingQuerySet,
    WatchLaterQuerySet,
)

SHARED = Q(owner=None)


class OfAnOwner(models.Model):
    """A row of an account, or of the shared set."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+",
        help_text="Empty: of those who are not signed in.",
    )  # fmt: skip

    class Meta:
        abstract = True


class Viewing(OfAnOwner):
    """That somebody watched a video: when first, when last, and how often."""

    video = models.ForeignKey("library.Video", on_delete=models.CASCADE, related_name="viewings")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    objects = ViewingQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("owner", "video"), name="viewing_once"),
            models.UniqueConstraint(fields=("video",), condition=SHARED, name="viewing_shared_once"),
        )
        indexes = (models.Index("owner", "last_at", "video", name="viewing_by_last"),)

    def __str__(self) -> str:
        return f"{self.video_id} at {self.last_at:%Y-%m-%d}"


class Position(OfAnOwner):
    """Where somebody is in a video, and whether they have watched it. What a player says is in bookmarks.py first."""

    video = models.ForeignKey("library.Video", on_delete=models.CASCADE, related_name="+")
    seconds = models.FloatField(default=0, help_text="0: at the beginning.")
    watched_at = models.DateTimeField(null=True, blank=True, help_text="When it was seen to the end, or said to be.")
    changed_at = models.DateTimeField()

    objects = PositionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("owner", "video"), name="position_once"),
            models.UniqueConstraint(fields=("video",), condition=SHARED, name="position_shared_once"),
        )

    def __str__(self) -> str:
        return f"{self.video_id} at {self.seconds:.0f} s"


class HistoryPause(OfAnOwner):
    """That nothing new is kept of what somebody watches."""

    since = models.DateTimeField(default=timezone.now)

    objects = HistoryPauseQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(Coalesce("owner", 0), name="history_pause_once"),)

    def __str__(self) -> str:
        return f"since {self.since:%Y-%m-%d}"


class WatchLater(OfAnOwner):
    """A video that somebody means to watch; the order of the rows is the order of adding."""

    video = models.ForeignKey("library.Video", on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = WatchLaterQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("owner", "video"), name="watch_later_once"),
            models.UniqueConstraint(fields=("video",), condition=SHARED, name="watch_later_shared_once"),
        )

    def __str__(self) -> str:
        return str(self.video_id)


class Playlist(OfAnOwner):
    """Videos under a name, in an order that somebody gave them. Two names of one owner differ by more than case."""

    name = models.CharField(max_length=naming.MAX_LIST_NAME_LENGTH)
    key = models.CharField(max_length=3 * naming.MAX_LIST_NAME_LENGTH, editable=False)
    made_at = models.DateTimeField("made", default=timezone.now, editable=False)
    changed_at = models.DateTimeField("changed", default=timezone.now, editable=False)

    objects = PlaylistQuerySet.as_manager()

    class Meta:
        ordering = ("-changed_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("owner", "key"), name="playlist_named_once"),
            models.UniqueConstraint(fields=("key",), condition=SHARED, name="playlist_shared_named_once"),
            models.CheckConstraint(condition=~Q(key=""), name="playlist_has_a_name"),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.key = naming.case_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("playlist_page", args=[self.pk])


class PlaylistItem(models.Model):
    """A video's place in a playlist. Places rise without need to be next to each other."""

    playlist = models.ForeignKey(Playlist, on_delete=models.CASCADE, related_name="items")
    video = models.ForeignKey("library.Video", on_delete=models.CASCADE, related_name="+")
    position = models.IntegerField()
    added_at = models.DateTimeField("added", default=timezone.now)

    objects = PlaylistItemQuerySet.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = (models.UniqueConstraint(fields=("playlist", "video"), name="playlist_item_once"),)
        indexes = (models.Index("playlist", "position", name="playlist_item_in_order"),)

    def __str__(self) -> str:
        return f"{self.video_id} in {self.playlist_id}"
