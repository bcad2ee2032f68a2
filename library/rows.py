"""What queries give that fetch no more of a video than is asked for. Pure."""

from datetime import datetime
from typing import NamedTuple


class KnownFile(NamedTuple):
    """A video's file as the library knows it."""

    path: str
    size: int
    modified_ns: int
    pk: int


class Taggings(NamedTuple):
    """Those of one tag."""

    videos: int
    average_stars: float | None
    newest: int | None
    """The id of the video that was added last."""
    place: int
    """How many videos were added before it."""


class ToPlay(NamedTuple):
    """What a player needs of a video."""

    pk: int
    path: str
    title: str
    duration: float
    """Seconds; 0 while it is not known."""


class CardRow(NamedTuple):
    """What a card shows of a video, in the order of CARD_COLUMNS."""

    pk: int
    title: str
    path: str
    duration: float
    width: int | None
    height: int | None
    added_at: datetime
    stars: int | None
    views: int
    favorite: int | None
    poster: str | None
    """What LIBRARY_POSTERS makes a poster of."""


CARD_COLUMNS = (
    "pk", "title", "path", "duration", "width", "height", "added_at", "rating__stars", "view_count__count", "favorite",
)  # fmt: skip
