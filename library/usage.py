"""How tags are used: by how many videos, how well those are rated, and when the newest of them was added."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from library import remembering
from library.models import Rating, Tag, Video
from library.rows import Taggings

FEW_TAGGINGS = 20_000
"""To join so many is sooner done than to read all of 100,000 videos."""

UNUSED = Taggings(0, None, None, -1)
ORDERS: dict[str, Callable[[Taggings], Any]] = {
    "video_count": lambda taggings: taggings.videos,
    "average_stars": lambda taggings: taggings.average_stars or 0,
    "last_used": lambda taggings: taggings.place,
}
"""What tags may be sorted by beside what is theirs alone."""


class Usage(NamedTuple):
    """Of one tag; missing videos count too."""

    videos: int
    average_stars: float | None
    """Of its videos that have some."""
    last_used: datetime | None
    """When the newest of its videos was added."""


def taggings() -> dict[int, Taggings]:
    """Those of each tag that a video bears, by its id: found in one pass, and anew after a write that concerns them."""
    return remembering.remembered("taggings", (Video.tags.through, Rating, Video), Tag.objects.taggings)


def of_tags(pks: Iterable[int]) -> dict[int, Usage]:
    """How each of these tags is used. Where they have few taggings those are gone through, else all are."""
    pks = list(pks)
    if sum(Tag.objects.bearer_counts(pks).values()) <= FEW_TAGGINGS:
        counted = Tag.objects.usage(pks)
        return {pk: Usage(*counted.get(pk, (0, None, None))) for pk in pks}
    every = taggings()
    found = {pk: every.get(pk, UNUSED) for pk in pks}
    added = Video.objects.added_dates({one.newest for one in found.values() if one.newest is not None})
    return {
        pk: Usage(one.videos, one.average_stars, None if one.newest is None else added.get(one.newest))
        for pk, one in found.items()
    }


def in_order(pks: Iterable[int], orders: Sequence[str]) -> list[int]:
    """Ids of tags sorted by ORDERS, the first of which counts most; a `-` before one turns it round."""
    every, ordered = taggings(), list(pks)
    for order in reversed(orders):
        value = ORDERS[order.removeprefix("-")]
        ordered.sort(key=lambda pk: value(every.get(pk, UNUSED)), reverse=order.startswith("-"))
    return ordered
