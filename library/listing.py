"""Lists by the names that addresses give them: `favorites`, `tag:sea`, `search:lake dawn`, a playlist's number.

Whatever can be named here can be played through, one video after the other, and saved for other players.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from library import naming, rediscovering, remembering, searching
from library.finding.parsing import parsed
from library.models import Playlist, PlaylistItem, Tag, Video, Viewing, WatchLater
from library.querysets import Ids, Owner, VideoQuerySet

MOST_PLAYED = 2_000
"""So many of a list are gone through from a video to the next."""

MOST_SEED = 2**31

InOrder = Callable[[VideoQuerySet], Ids | list[int]]
"""Puts videos in the order that somebody chose."""


@dataclass(frozen=True)
class Listed:
    """A list that was named."""

    title: str
    address: str
    """Of its page."""
    ids: Ids | list[int]
    """Its videos, not more than are there."""


class Beside(NamedTuple):
    """The video before or after another in a list."""

    path: str
    title: str


class Place(NamedTuple):
    """Where in a list a video stands."""

    title: str
    """The list's."""
    address: str
    """The list's."""
    number: int
    """From 1."""
    total: int
    there_are_more: bool
    previous: Beside | None
    next: Beside | None


def find(name: str, owner: Owner, in_order: InOrder, *, chosen: bool = False) -> Listed | None:
    """The list of that name, as its owner sees it; None where there is none.

    All videos, tags, folders and searches are put in order; a search by rank, unless somebody has chosen the order.
    """
    kind, _, of = name.partition(":")
    if kind.isascii() and kind.isdecimal():
        return _playlist(kind, owner)
    if kind == "tag":
        return _tag(of, in_order)
    if kind == "search":
        return _search(of, owner, None if not chosen else in_order)
    if kind == "folder":
        return _folder(of, in_order)
    if kind == "rediscover":
        seed = seed_in(of)
        address = f"{reverse('rediscover')}?seed={seed}"
        return None if seed is None else Listed("Rediscover", address, rediscovering.dealt(owner, seed))
    lists: dict[str, tuple[str, str, Callable[[], Ids | list[int]]]] = {
        "all": ("All videos", "home", lambda: in_order(Video.objects.present())),
        "favorites": ("Favourites", "favorites", lambda: _ids(Video.objects.present().favorites())),
        "best-of": ("Best of", "best_of", lambda: _ids(Video.objects.present().best())),
        "watch-later": ("Watch later", "watch_later", WatchLater.objects.of(owner).latest_ids),
        "recent": ("History", "recent", Viewing.objects.of(owner).latest_ids),
    }
    if name not in lists:
        return None
    title, route, ids = lists[name]
    return Listed(title, reverse(route), ids())


def seed_in(text: str) -> int | None:
    """The seed that a text holds."""
    return int(text) if re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) else None


def place_of(video: Video, listed: Listed) -> Place | None:
    """Where a video stands in a list; None where it is not among the first MOST_PLAYED."""
    ids = list(listed.ids[: MOST_PLAYED + 1])
    if video.pk not in ids[:MOST_PLAYED]:
        return None
    at = ids.index(video.pk)
    near = {at + step: ids[at + step] for step in (-1, 1) if 0 <= at + step < len(ids)}
    named = {row.pk: Beside(row.path, row.title) for row in Video.objects.to_play(near.values())}
    previous, following = (named.get(near.get(at + step, 0)) for step in (-1, 1))
    total = min(len(ids), MOST_PLAYED)
    return Place(listed.title, listed.address, at + 1, total, len(ids) > MOST_PLAYED, previous, following)


def _ids(videos: VideoQuerySet) -> Ids:
    return videos.values_list("pk", flat=True)


def _playlist(number: str, owner: Owner) -> Listed | None:
    playlist = Playlist.objects.of(owner).numbered(int(number[:20]))
    if playlist is None:
        return None
    ids = PlaylistItem.objects.in_list(playlist).present_ids()
    return Listed(playlist.name, playlist.get_absolute_url(), ids)


def _tag(name: str, in_order: InOrder) -> Listed | None:
    tag = Tag.objects.named(name)
    if tag is None:
        return None
    videos = Video.objects.present().tagged(tag, remembering.tags_below(tag))
    return Listed(f"#{tag.name}", tag.get_absolute_url(), in_order(videos))


def _search(text: str, owner: Owner, in_order: InOrder | None) -> Listed:
    query, _ = parsed(text)
    by_rank = in_order is None and searching.sought(query)
    ids = searching.by_rank(query, owner).ids() if by_rank else (in_order or _newest)(searching.matching(query, owner))
    return Listed(text, f"{reverse('home')}?{urlencode({'q': text})}", ids)


def _newest(videos: VideoQuerySet) -> Ids:
    return _ids(videos.in_order("date", descending=True))


def _folder(path: str, in_order: InOrder) -> Listed | None:
    if path and not naming.is_safe_path(path):
        return None
    address = reverse("folder", args=[path]) if path else reverse("folders")
    title = naming.base_name(path).replace("_", " ") or "Folders"
    return Listed(title, address, in_order(Video.objects.present().in_folder(f"{path}/" if path else "")))
