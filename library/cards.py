"""Cards: one video as a grid shows it, rendered once for each content that it ever has.

Rendering is what a page costs, not its queries: 48 cards by a plain template took 10 to 15 ms, of which the queries
were 1.9 ms. The key of the cache is the card's own content, so nothing in it is ever stale.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast
from urllib.parse import quote

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.http import RFC3986_SUBDELIMS
from django.utils.safestring import SafeString, mark_safe

from library import wording
from library.finding.folding import Span
from library.rows import CardRow

SAFE_IN_PATHS = RFC3986_SUBDELIMS + "/~:@"
"""What `reverse` leaves as it is."""


class Poster(NamedTuple):
    """A video's picture in two sizes, at addresses that change with its content."""

    small_url: str
    """320 pixels wide."""
    large_url: str
    """640 pixels wide."""


class Tiles(Protocol):
    """How the pictures of a storyboard lie in its one picture: row by row, each of the same size."""

    @property
    def tiles(self) -> int: ...
    @property
    def columns(self) -> int: ...
    @property
    def tile_width(self) -> int: ...
    @property
    def tile_height(self) -> int: ...


class Storyboard(Protocol):
    """Pictures from all over a film, in one."""

    @property
    def picture_url(self) -> str: ...
    @property
    def layout(self) -> Tiles: ...


class Card(NamedTuple):
    """All that a card shows. Two cards that are equal look the same."""

    pk: int
    title: str
    address: str
    """Where watch pages are."""
    path: str
    poster: Poster | None
    duration: str
    stars: int
    views: int
    is_favorite: bool
    resolution: str
    """HD, 4K, 8K; "" below."""
    added: str
    eager: bool
    """Whether its poster is above the fold, to be loaded first."""
    marks: tuple[Span, ...] = ()
    """What of the title a search looked for."""
    reason: tuple[str, tuple[Span, ...]] = ("", ())
    """Where else a search found something, and what of it was looked for."""

    @property
    def shown_title(self) -> SafeString:
        """The title, what was looked for marked."""
        return marked(self.title, self.marks)

    @property
    def shown_reason(self) -> SafeString:
        """A tag or path, what was looked for marked."""
        return marked(*self.reason)

    @property
    def url(self) -> str:
        """Its watch page; made when the card is rendered, for quoting takes its time."""
        return self.address + quote(self.path, safe=SAFE_IN_PATHS)


class Hit(NamedTuple):
    """What a search found in a video: the last two facts of its card."""

    marks: tuple[Span, ...] = ()
    reason: tuple[str, tuple[Span, ...]] = ("", ())


MOST_CARDS = 1024
"""Kept by each process, of a kilobyte each."""

FACTS = '<span class="facts">'
"""What a card's last line begins with."""

EAGER_CARDS = 12
"""Those above the fold of a usual window."""


def marked(text: str, spans: Sequence[Span]) -> SafeString:
    """A text as HTML, parts of it marked."""
    parts, last = [], 0
    for start, stop in spans:
        parts += [escape(text[last:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        last = stop
    return mark_safe("".join([*parts, escape(text[last:])]))  # noqa: S308 - each part is escaped


def posters_for(video_ids: Sequence[int]) -> Mapping[int, Poster]:
    """The posters that exist, by video id, from the room that settings name."""
    posters: Mapping[int, Poster] = import_module(settings.LIBRARY_POSTERS).for_videos(video_ids)
    return posters


def storyboards_for(video_ids: Sequence[int]) -> Mapping[int, Storyboard]:
    """The storyboards that exist, by video id, from the room that settings name."""
    storyboards: Mapping[int, Storyboard] = import_module(settings.LIBRARY_STORYBOARDS).for_videos(video_ids)
    return storyboards


def poster_of(held: str | None) -> Poster | None:
    """The poster that a video has which was fetched `with_poster()`."""
    (poster,) = import_module(settings.LIBRARY_POSTERS).of([held])
    return cast("Poster | None", poster)


def cards_for(
    rows: Sequence[CardRow],
    eager: int = EAGER_CARDS,
    *,
    query: str = "",
    notes: Mapping[int, str] | None = None,
    hits: Mapping[int, Hit] | None = None,
) -> list[SafeString]:
    """Rendered cards, of a list that is named in the query of their addresses and may have a note for each video; of
    a search, what it found in them, by id.
    """
    notes = notes or {}
    posters = import_module(settings.LIBRARY_POSTERS).of([row.poster for row in rows])
    today, address, query = now(), _watch_address(), escape(query)
    rendered = (
        render_card(card_of(row, poster, today, address, index < eager)._replace(**_hit(hits, row.pk)))
        for index, (row, poster) in enumerate(zip(rows, posters, strict=True))
    )
    return [_in_list(html, query, notes.get(row.pk, "")) for row, html in zip(rows, rendered, strict=True)]


def _in_list(html: SafeString, query: SafeString, note: str) -> SafeString:
    """The card, its address with a query, and a note above its facts. All lists share what is kept of a card."""
    if query:
        end = html.index('"', html.index('href="') + len('href="'))
        html = mark_safe(html[:end] + query + html[end:])  # noqa: S308 - both are escaped
    if note:
        said = f'<span class="note">{escape(note)}</span>'
        html = mark_safe(html.replace(FACTS, said + FACTS))  # noqa: S308 - a title can't hold what is looked for
    return html


def _hit(hits: Mapping[int, Hit] | None, pk: int) -> dict[str, Any]:
    return hits[pk]._asdict() if hits and pk in hits else {}


def now() -> datetime:
    """The moment from which ages are told."""
    return datetime.now(UTC)


def _watch_address() -> str:
    """Where watch pages are, for this request. A page asks once: 60 reversals cost as much as its queries."""
    return reverse("watch", args=["-"])[:-1]


def card_of(
    row: CardRow,
    poster: Poster | None,
    today: datetime,
    address: str,
    eager: bool = False,
) -> Card:
    """What the card of one video shows."""
    return Card(
        pk=row.pk,
        title=row.title,
        address=address,
        path=row.path,
        poster=poster,
        duration=wording.clock(row.duration),
        stars=row.stars or 0,
        views=row.views,
        is_favorite=row.favorite is not None,
        resolution=wording.resolution(row.width, row.height).removeprefix("Full "),
        added=wording.age(row.added_at, today),
        eager=eager,
    )


@lru_cache(maxsize=MOST_CARDS)
def render_card(card: Card) -> SafeString:
    """The card's HTML, in ASCII but for what is in the title: a string with one star in it takes twice the memory."""
    return render_to_string("library/card.html", {"card": card})
