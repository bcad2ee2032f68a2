"""Queries for what each account keeps for itself. An owner is an account's id, or None for the shared set."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Count, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from library.querysets.missing import missing_ids

if TYPE_CHECKING:
    from library.models import (  # noqa: F401 - named in strings
        HistoryPause,
        Playlist,
        PlaylistItem,
        Position,
        Video,
        Viewing,
        WatchLater,
    )

Owner = int | None
M = TypeVar("M", bound=models.Model)
Ids = models.QuerySet[Any, int]
"""Ids of videos, in an order."""


class VideoRowsQuerySet(models.QuerySet[M]):
    """Rows that each name a video."""

    def about(self, video: Video) -> Self:
        """Those of one video."""
        return self.filter(video=video)

    def about_any(self, videos: Sequence[Video]) -> Self:
        """Those of any of these videos."""
        return self.filter(video__in=videos)

    def count_present(self) -> int:
        """How many of their videos are there."""
        return self.count() - self.filter(video_id__in=missing_ids()).count()

    def _present_ids(self, *order: str) -> Ids:
        return self.filter(video__missing_since=None).order_by(*order).values_list("video_id", flat=True)


class OwnVideoRowsQuerySet(VideoRowsQuerySet[M]):
    """Rows that each name a video and have an owner."""

    def of(self, owner: Owner) -> Self:
        """Those of an account, or of the shared set."""
        return self.filter(owner=owner)


class ViewingQuerySet(OwnVideoRowsQuerySet["Viewing"]):
    """What was watched."""

    def note(self, owner: Owner, video: Video, now: datetime) -> None:
        """Keep that somebody watches a video."""
        known = self.of(owner).about(video).update(last_at=now, times=F("times") + 1)
        if not known:
            viewing = self.model(owner_id=owner, video=video, first_at=now, last_at=now)
            self.bulk_create([viewing], ignore_conflicts=True)

    def span(self) -> tuple[int, datetime, datetime] | None:
        """(how often, when first, when last) of one video; None where it never was watched."""
        return self.values_list("times", "first_at", "last_at").first()

    def latest_ids(self) -> Ids:
        """The videos that are there, the last watched first."""
        return self._present_ids("-last_at", "-video_id")

    def told(self, video_ids: Collection[int]) -> Iterator[tuple[int, str | None, dict[str, Any]]]:
        """(video id, account's name or None, what is to be told) of each that is about one of these videos."""
        rows = self.filter(video_id__in=video_ids).order_by("pk")
        for pk, name, last_at, times in rows.values_list("video_id", "owner__username", "last_at", "times"):
            yield pk, name, {"watched": last_at.isoformat(), "times": times}

    def last_of(self, video_ids: Collection[int]) -> dict[int, datetime]:
        """When each of these videos was last watched, where it was."""
        return dict(self.filter(video_id__in=video_ids).values_list("video_id", "last_at"))


class WatchLaterQuerySet(OwnVideoRowsQuerySet["WatchLater"]):
    """What is to be watched."""

    def latest_ids(self) -> Ids:
        """The videos that are there, the last added first."""
        return self._present_ids("-pk")

    def told(self, video_ids: Collection[int]) -> Iterator[tuple[int, str | None, dict[str, Any]]]:
        """(video id, account's name or None, what is to be told) of each that is about one of these videos."""
        rows = self.filter(video_id__in=video_ids).order_by("pk")
        for pk, name, added_at in rows.values_list("video_id", "owner__username", "added_at"):
            yield pk, name, {"watch_later": added_at.isoformat()}


class PositionQuerySet(OwnVideoRowsQuerySet["Position"]):
    """Where people are in videos."""

    def note(self, owner: Owner, video_id: int, seconds: float, at: datetime) -> None:
        """Keep where somebody was at a moment, unless something later is known."""
        rows = self.of(owner).filter(video_id=video_id)
        known = rows.filter(changed_at__lt=at).update(seconds=seconds, changed_at=at)
        if not known and not rows.exists():
            place = self.model(owner_id=owner, video_id=video_id, seconds=seconds, changed_at=at)
            self.bulk_create([place], ignore_conflicts=True)

    def settle(self, owner: Owner, video: Video, now: datetime, *, watched: bool) -> None:
        """Let a video begin anew, as watched or not; what is watched already keeps its moment."""
        rows = self.of(owner).about(video)
        if not rows.exists():
            self.bulk_create([self.model(owner_id=owner, video=video, changed_at=now)], ignore_conflicts=True)
        rows.update(seconds=0, changed_at=now, watched_at=Coalesce("watched_at", now) if watched else None)

    def put_back(self, owner: Owner, video: Video, seconds: float, at: datetime) -> None:
        """Let a place that was settled be where it was, as of then."""
        self.of(owner).about(video).update(seconds=seconds, changed_at=at)

    def places(self, video_ids: Collection[int] | None = None) -> dict[int, tuple[float, bool, datetime]]:
        """{video id: (seconds, whether it is watched, when that was said)}, of these videos or of all."""
        rows = self if video_ids is None else self.filter(video_id__in=video_ids)
        found = rows.values_list("video_id", "seconds", "watched_at", "changed_at")
        return {pk: (seconds, watched_at is not None, at) for pk, seconds, watched_at, at in found}

    def last_said(self) -> datetime | None:
        """When something was decided last."""
        return self.order_by("-changed_at").values_list("changed_at", flat=True).first()

    def watched(self) -> Self:
        """Those that were seen to the end, or are said to be."""
        return self.exclude(watched_at=None)

    def told(self, video_ids: Collection[int]) -> Iterator[tuple[int, str | None, dict[str, Any]]]:
        """(video id, account's name or None, what is to be told) of each that is about one of these videos."""
        rows = self.filter(video_id__in=video_ids).order_by("pk")
        for pk, name, seconds, at in rows.values_list("video_id", "owner__username", "seconds", "watched_at"):
            yield pk, name, {"seconds": seconds, "seen_to_the_end": at.isoformat() if at else None}


class HistoryPauseQuerySet(models.QuerySet["HistoryPause"]):
    """Whose history is paused."""

    def of(self, owner: Owner) -> Self:
        """An account's pause, or that of the shared set."""
        return self.filter(owner=owner)


LARGEST_ID = 2**63 - 1


class PlaylistQuerySet(models.QuerySet["Playlist"]):
    """Playlists."""

    def of(self, owner: Owner) -> PlaylistQuerySet:
        """Those of an account, or of the shared set."""
        return self.filter(owner=owner)

    def numbered(self, pk: int) -> Playlist | None:
        """The one of that id, which may be any number."""
        return self.filter(pk=pk).first() if 0 < pk <= LARGEST_ID else None

    def named(self, key: str) -> PlaylistQuerySet:
        """The one of that key."""
        return self.filter(key=key)

    def with_numbers(self) -> PlaylistQuerySet:
        """With the `number` of items."""
        items = apps.get_model("library", "PlaylistItem").objects.filter(playlist=OuterRef("pk"))
        each = items.order_by().values("playlist").values(number=Count("pk"))
        return self.annotate(number=Coalesce(Subquery(each), 0))

    def page(self, start: int, stop: int) -> list[Playlist]:
        """Those from one place to another, `with_contents()`, which is dear to find of others too."""
        pks = list(self.values_list("pk", flat=True)[start:stop])
        return list(self.filter(pk__in=pks).with_contents())

    def with_contents(self) -> PlaylistQuerySet:
        """With `number` of items, `seconds` of those that are there, and the `first_video` of them that is there."""
        items = apps.get_model("library", "PlaylistItem").objects.filter(playlist=OuterRef("pk"))
        there = items.filter(video__missing_since=None)
        lasting = there.order_by().values("playlist").values(seconds=Sum("video__duration"))
        return self.with_numbers().annotate(
            seconds=Coalesce(Subquery(lasting), 0.0),
            first_video=Subquery(there.order_by("position", "pk").values("video_id")[:1]),
        )

    def holding(self, video: Video) -> set[int]:
        """The ids of those that hold a video."""
        return set(self.filter(items__video=video).values_list("pk", flat=True))

    def touch(self, pk: int, now: datetime) -> None:
        """Note a change; until the transaction ends nobody else changes the same."""
        self.filter(pk=pk).update(changed_at=now)


class PlaylistItemQuerySet(VideoRowsQuerySet["PlaylistItem"]):
    """Items of playlists."""

    def in_list(self, playlist: Playlist) -> PlaylistItemQuerySet:
        """Those of one playlist, in its order."""
        return self.filter(playlist=playlist).order_by("position", "pk")

    def present_ids(self) -> Ids:
        """The videos that are there, in the playlist's order."""
        return self._present_ids("position", "pk")

    def before(self, position: int) -> int:
        """How many stand before a position."""
        return self.filter(position__lt=position).count()

    def position_at(self, place: int) -> int | None:
        """The position of whatever stands at a place, counted from 0; None behind the last."""
        return self.values_list("position", flat=True)[place : place + 1].first()

    def behind_all(self) -> int:
        """A position behind all of them."""
        last = self.aggregate(last=Max("position"))["last"]
        return 0 if last is None else int(last) + 1

    def shift(self, first: int, last: int | None, by: int) -> None:
        """Move those from one position to another up or down; without a last one, all that follow."""
        upto = Q() if last is None else Q(position__lte=last)
        self.filter(upto, position__gte=first).update(position=F("position") + by)

    def titles(self, most: int) -> list[str]:
        """The titles of the first videos."""
        return list(self.values_list("video__title", flat=True)[:most])

    def rows(self, start: int, stop: int) -> list[tuple[int, bool]]:
        """(video id, whether it is missing), from one place to another."""
        found = self.values_list("video_id", "video__missing_since")[start:stop]
        return [(pk, since is not None) for pk, since in found]

    def told(self, video_ids: Collection[int]) -> Iterator[tuple[int, str | None, dict[str, Any]]]:
        """(video id, account's name or None, what is to be told) of each that is about one of these videos."""
        rows = self.filter(video_id__in=video_ids).order_by("pk")
        for pk, name, playlist in rows.values_list("video_id", "playlist__owner__username", "playlist__name"):
            yield pk, name, {"playlist": playlist}
