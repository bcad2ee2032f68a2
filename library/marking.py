"""Markers: moments of a video that somebody keeps, under a name or without one. Each change is whole, or not at all.

An owner is an account's id; None is who is not signed in. Another's marker is as unknown as none.
"""

from library import naming
from library.locking import writing
from library.media import LONGEST_FILM
from library.models import Marker, Video
from library.querysets import Owner

MOST_MARKERS = 500
"""Of one video, for one owner."""


class MarkerError(ValueError):
    """What was asked for can't be; the message says why."""


def mark(owner: Owner, video: Video, seconds: float, name: str = "") -> Marker:
    """Keep a moment. Raises MarkerError."""
    if not 0 <= seconds <= (video.duration or LONGEST_FILM) + 1:
        raise MarkerError("The film has no such moment.")
    with writing():
        if Marker.objects.of(owner).about(video).count() >= MOST_MARKERS:
            raise MarkerError(f"There are {MOST_MARKERS} markers already.")
        return Marker.objects.create(owner_id=owner, video=video, seconds=round(seconds, 3), name=_clean_name(name))


def rename(marker: Marker, name: str) -> Marker:
    """Give a marker another name; an empty one takes it away. Raises MarkerError."""
    marker.name = _clean_name(name)
    with writing():
        if not Marker.objects.rename(marker.pk, marker.name):
            raise MarkerError("The marker is not there any more.")
    return marker


def unmark(marker: Marker) -> None:
    """Forget a marker."""
    with writing():
        marker.delete()


def _clean_name(name: str) -> str:
    if not naming.is_storable(name) or len(cleaned := naming.clean_list_name(name)) > naming.MAX_LIST_NAME_LENGTH:
        raise MarkerError(f"A marker's name has {naming.MAX_LIST_NAME_LENGTH} characters at most.")
    return cleaned
