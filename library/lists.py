"""What people put on lists of their own: what to watch later, and playlists. Each change is whole, or not at all.

An owner is an account's id; None is who is not signed in. What is asked for by somebody else is not there for them.
"""

from collections.abc import Sequence

from django.db import IntegrityError
from django.utils import timezone

from library import naming
from library.locking import writing
from library.models import Playlist, PlaylistItem, Video, WatchLater
from library.querysets import Owner, PlaylistItemQuerySet

MOST_PLAYLISTS = 500
MOST_ITEMS = 5_000
"""Of one playlist. A move rewrites the places between, so that they must not be too many."""


class ListError(ValueError):
    """What was asked for can't be; the message says why."""


def keep_for_later(owner: Owner, video: Video, kept: bool) -> bool:
    """Put a video among those to watch later, or take it off; either may be so already. Returns whether it is there."""
    keep_all_for_later(owner, [video], kept)
    return kept


def keep_all_for_later(owner: Owner, videos: Sequence[Video], kept: bool) -> list[WatchLater]:
    """Put videos among those to watch later, the first of them on top, or take them off.

    Returns the rows that came or went, with which `put_back` restores what was taken off.
    """
    with writing():
        rows = WatchLater.objects.of(owner).about_any(videos)
        there = list(rows)
        if not kept:
            rows.delete()
            return there
        known = {row.video_id for row in there}
        new = [WatchLater(owner_id=owner, video=video) for video in reversed(videos) if video.pk not in known]
        return WatchLater.objects.bulk_create(new, ignore_conflicts=True)


def put_back(rows: Sequence[WatchLater]) -> list[WatchLater]:
    """Let what was taken off be where it was among what is to be watched later; returns the rows."""
    with writing():
        there = {video.pk for video in Video.objects.among(row.video_id for row in rows)}
        return WatchLater.objects.bulk_create([row for row in rows if row.video_id in there], ignore_conflicts=True)


def new_playlist(owner: Owner, name: str) -> Playlist:
    """An empty playlist. Raises ListError."""
    with writing():
        if Playlist.objects.of(owner).count() >= MOST_PLAYLISTS:
            raise ListError(f"There are {MOST_PLAYLISTS} playlists already.")
        return _named(Playlist(owner_id=owner), name)


def rename(playlist: Playlist, name: str) -> Playlist:
    """Give a playlist another name. Raises ListError."""
    with writing():
        if Playlist.objects.numbered(playlist.pk) is None:  # to save it would bring it back
            raise ListError("The playlist is not there any more.")
        playlist.changed_at = timezone.now()
        return _named(playlist, name)


def _named(playlist: Playlist, name: str) -> Playlist:
    playlist.name = clean_name(name)
    namesakes = Playlist.objects.of(playlist.owner_id).named(naming.case_key(playlist.name))
    if namesakes.exclude(pk=playlist.pk).exists():
        raise ListError(f"There is a playlist “{playlist.name}” already.")
    try:
        playlist.save()
    except IntegrityError as error:  # two at once, where a database lets them
        raise ListError(f"There is a playlist “{playlist.name}” already.") from error
    return playlist


def clean_name(name: str) -> str:
    """A playlist's name as it is stored. Raises ListError."""
    cleaned = naming.clean_list_name(name) if naming.is_storable(name) else ""
    if not 0 < len(cleaned) <= naming.MAX_LIST_NAME_LENGTH:
        raise ListError(f"A playlist needs a name of 1 to {naming.MAX_LIST_NAME_LENGTH} characters.")
    return cleaned


def delete(playlist: Playlist) -> None:
    """Forget a playlist; its videos stay where they are."""
    with writing():
        playlist.delete()


def add(playlist: Playlist, video: Video, place: int | None = None) -> int:
    """Put a video at a place, counted from 0, or at the end; one that is there stays where it is.

    Returns the number of items. Raises ListError.
    """
    with writing():
        items = _items_to_change(playlist)
        number = items.count()
        if items.about(video).exists():
            return number
        if number >= MOST_ITEMS:
            raise ListError(f"A playlist takes {MOST_ITEMS} videos.")
        position = None if place is None else items.position_at(place)
        if position is None:
            position = items.behind_all()
        else:
            items.shift(position, None, by=1)
        PlaylistItem.objects.create(playlist=playlist, video=video, position=position)
    return number + 1


def remove(playlist: Playlist, video: Video) -> int | None:
    """Take a video off; returns the place that it had, None where it was not there."""
    with writing():
        items = _items_to_change(playlist)
        item = items.about(video).first()
        if item is None:
            return None
        place = items.before(item.position)
        item.delete()
    return place


def move(playlist: Playlist, video: Video, place: int) -> int:
    """Bring a video to a place, counted from 0, or to the end; returns where it is then. Raises ListError."""
    with writing():
        items = _items_to_change(playlist)
        item = items.about(video).first()
        if item is None:
            raise ListError("The playlist doesn't hold this video.")
        place = min(place, items.count() - 1)
        position = items.position_at(place)
        if position is None or position == item.position:
            return place
        if position > item.position:
            items.shift(item.position + 1, position, by=-1)
        else:
            items.shift(position, item.position - 1, by=1)
        items.about(video).update(position=position)
    return place


def _items_to_change(playlist: Playlist) -> PlaylistItemQuerySet:
    Playlist.objects.touch(playlist.pk, timezone.now())
    return PlaylistItem.objects.in_list(playlist)
