"""Cards: one video as a grid shows it, rendered once for each content that it ever has.

Rendering is what a page costs, not its queries: 48 cards by a plain template took 10 to 15 ms, of which the queries
were 1.9 ms. The key of the cache is the card's own content, so nothing in it is ever stale.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from library import wording
from library.models import Video


class Poster(NamedTuple):
    """A video's picture in two sizes, at addresses that change with its content."""

    small_url: str
    """320 pixels wide."""
    large_url: str
    """640 pixels wide."""


class Card(NamedTuple):
    """All that a card shows. Two cards that are equal look the same."""

    pk: int
    title: str
    url: str
    poster: Poster | None
    duration: str
    stars: int
    views: int
    is_favorite: bool
    resolution: str
    added: str
    eager: bool
    """Whether its poster is above the fold, to be loaded first."""


EAGER_CARDS = 6


def posters_for(video_ids: Sequence[int]) -> Mapping[int, Poster]:
    """The posters that exist, by video id, from the room that settings name."""
    lookup: Callable[[Sequence[int]], Mapping[int, Poster]] = import_string(settings.LIBRARY_POSTERS)
    return lookup(video_ids)


def cards_for(videos: Iterable[Video], eager: int = EAGER_CARDS) -> list[SafeString]:
    """Rendered cards of videos that were fetched `with_standing()`; one query for all posters."""
    videos = list(videos)
    posters = posters_for([video.pk for video in videos])
    today = now()
    return [
        render_card(card_of(video, posters.get(video.pk), today, index < eager)) for index, video in enumerate(videos)
    ]


def now() -> datetime:
    """The moment from which ages are told."""
    return datetime.now(UTC)


def card_of(video: Video, poster: Poster | None, today: datetime, eager: bool = False) -> Card:
    """What the card of one video shows."""
    return Card(
        pk=video.pk,
        title=video.title,
        url=video.get_absolute_url(),
        poster=poster,
        duration=wording.clock(video.duration),
        stars=video.rating.stars or 0,
        views=video.view_count.count,
        is_favorite=video.is_favorite,
        resolution=wording.resolution(video.width, video.height),
        added=wording.age(video.added_at, today),
        eager=eager,
    )


@lru_cache(maxsize=4096)
def render_card(card: Card) -> SafeString:
    """The card's HTML."""
    return render_to_string("library/card.html", {"card": card})
