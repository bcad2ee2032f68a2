"""Where each account is in what it plays, what it has watched to the end, and whether its history goes on.

What a player says all the time is noted in bookmarks.py; what somebody decided, or reached the end of, is in the
database at once. Of two that speak of the same video the later counts.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.utils import timezone

from library import bookmarks
from library.bookmarks import Bookmark
from library.locking import reading_afresh, writing
from library.models import HistoryPause, Position, Video, Viewing
from library.querysets import Owner, batches

EARLY_SECONDS = 5
EARLY_PART = 0.05
"""Who is not yet this far has not begun; of short videos it is the part that counts."""

LATE_PART = 0.95
"""Who is this far has seen it: what is left are credits."""

MOST = 2_000
"""So many videos are offered for going on, those that were left last."""


class Place(NamedTuple):
    """Where somebody is in a video."""

    seconds: float
    """0: at the beginning."""
    watched: bool
    """Whether they were at its end, or said so."""
    at: datetime


class Progress(NamedTuple):
    """What is shown of a place."""

    seconds: float
    part: float
    """From 0 to 1 of the video's length; 0 where that is not known."""
    watched: bool


class Saved(NamedTuple):
    """What became of a place that was said."""

    seconds: float
    """Where the video will go on."""
    finished: bool


def save(owner: Owner, video: Video, seconds: float, duration: float | None) -> Saved:
    """Keep where somebody is, unless their history is paused.

    At the beginning there is nothing to keep, and the end makes it watched. The player says how long the video is, for
    where nobody else knows. This is asked for all the time: in the middle of a video it reads one row.
    """
    with reading_afresh():
        if HistoryPause.objects.of(owner).exists():
            return Saved(_place(owner, video).seconds, finished=False)
        length = video.duration or duration or 0
        now = _moment(owner, video)
        if length and seconds >= LATE_PART * length:
            return _finish(owner, video, now)
        early = min(EARLY_SECONDS, EARLY_PART * length) if length else EARLY_SECONDS
        if seconds < early:
            seconds = 0
        if seconds or _place(owner, video).seconds:
            bookmarks.note(Bookmark(owner, video.pk, seconds, now))
        return Saved(seconds, finished=False)


def _moment(owner: Owner, video: Video) -> datetime:
    """Now; where the clock was set back since something was decided of a video, right after that."""
    now, decided = timezone.now(), Position.objects.of(owner).about(video).last_said()
    return now if decided is None else max(now, decided + timedelta(microseconds=1))


def _finish(owner: Owner, video: Video, now: datetime) -> Saved:
    place = _place(owner, video)
    if place.seconds or not place.watched:  # else the credits are still running
        _settle(owner, video, now, watched=True)
    return Saved(0, finished=True)


def mark(owner: Owner, video: Video, watched: bool) -> None:
    """Let a video count as watched, or as never watched; either begins it anew."""
    _settle(owner, video, timezone.now(), watched=watched)


def leave(owner: Owner, video: Video) -> Place:
    """Give up going on with a video; returns where that would have been, with which it can be put back."""
    place = _place(owner, video)
    _settle(owner, video, timezone.now(), watched=place.watched)
    return place


def put_back(owner: Owner, video: Video, seconds: float, at: datetime) -> None:
    """Let somebody go on where they had given up, paused or not, unless they have begun the video again since."""
    if not _place(owner, video).seconds:
        with writing():
            Position.objects.put_back(owner, video, seconds, min(at, timezone.now()))
        _forget(owner, video)


def _settle(owner: Owner, video: Video, now: datetime, *, watched: bool) -> None:
    with writing():
        Position.objects.settle(owner, video, now, watched=watched)
    _forget(owner, video)


def _forget(owner: Owner, video: Video) -> None:
    with suppress(OperationalError):  # a note that stays is older, and counts no more
        bookmarks.forget(owner, video.pk)


def of(owner: Owner, video_ids: Collection[int]) -> dict[int, Progress]:
    """What is shown of these videos; those that somebody has not begun are left out."""
    with reading_afresh():
        places = {pk: place for pk, place in _places(owner, video_ids).items() if place.seconds or place.watched}
        lengths = dict(Video.objects.among(places).values_list("pk", "duration")) if places else {}
    return {pk: _progress(place, lengths[pk]) for pk, place in places.items() if pk in lengths}


def _progress(place: Place, length: float | None) -> Progress:
    return Progress(place.seconds, min(place.seconds / length, 1) if length else 0, place.watched)


def unfinished(owner: Owner) -> list[int]:
    """The videos that are there and that somebody is in, the one that was left last first."""
    places = {pk: place for pk, place in _places(owner).items() if place.seconds}
    last = sorted(places, key=lambda pk: (places[pk].at, pk), reverse=True)[:MOST]
    there = set(Video.objects.among(last).present().values_list("pk", flat=True))
    return [pk for pk in last if pk in there]


def _place(owner: Owner, video: Video) -> Place:
    return _places(owner, [video.pk]).get(video.pk) or Place(0, watched=False, at=timezone.now())


def _places(owner: Owner, video_ids: Collection[int] | None = None) -> dict[int, Place]:
    noted = bookmarks.of(owner, video_ids)  # first: what is carried meanwhile is then seen twice, and not missed
    places = {pk: Place(*place) for pk, place in Position.objects.of(owner).places(video_ids).items()}
    for mark in noted:
        known = places.get(mark.video)
        if known is None or known.at < mark.at:
            places[mark.video] = Place(mark.seconds, bool(known and known.watched), mark.at)
    return places


def is_paused(owner: Owner) -> bool:
    """Whether nothing new is kept of what somebody watches."""
    return HistoryPause.objects.of(owner).exists()


def pause(owner: Owner, paused: bool) -> None:
    """Keep nothing new of what somebody watches, or go on with it."""
    with writing():
        if not paused:
            HistoryPause.objects.of(owner).delete()
        elif not is_paused(owner):
            HistoryPause.objects.bulk_create([HistoryPause(owner_id=owner)], ignore_conflicts=True)


def clear(owner: Owner) -> None:
    """Forget what somebody watched, when, how far, and what counts as watched for them."""
    bookmarks.forget(owner)
    with writing():
        Viewing.objects.of(owner).delete()
        Position.objects.of(owner).delete()


@contextmanager
def in_the_database() -> Iterator[None]:
    """All places are in the database, and nothing is noted beside it meanwhile."""
    with bookmarks.emptied(_carry):
        yield


def carry() -> None:
    """Bring into the database what was noted until now."""
    with in_the_database():
        pass


def _carry(noted: Iterable[Bookmark]) -> None:
    """Those of accounts and videos that are no more are let go."""
    noted = list(noted)
    with writing():
        videos = {pk for part in batches(mark.video for mark in noted) for pk in _existing(part)}
        owners = {None, *get_user_model()._default_manager.values_list("pk", flat=True)}
        for mark in noted:
            if mark.video in videos and mark.owner in owners:
                Position.objects.note(*mark)


def _existing(pks: Iterable[int]) -> Iterable[int]:
    return Video.objects.among(pks).values_list("pk", flat=True)
