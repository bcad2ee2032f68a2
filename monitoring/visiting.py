"""What visitors of a load test do, and what they read in the site's pages: they know it by these alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import unescape
from typing import Any, Self
from urllib.parse import quote

THINKING_SECONDS = (1.0, 5.0)
"""Between what a visitor does; any time in this range is as likely as any other."""

ACTIONS = {"browse": 20, "turn_page": 15, "hover": 15, "watch": 15, "seek": 15, "related": 10, "play": 4, "change": 6}
"""How often each is chosen, of a hundred times. Each is a method of `visitors.Visitor`."""

ARRIVAL_SECONDS = 10.0
"""In which all visitors come, one after the other, where nothing limits it further."""

SECTIONS = ("/", "/favorites", "/best-of", "/tags", "/random")
POSTERS_ON_A_SCREEN = 12
STORYBOARDS_AROUND = 60
"""Before and after the film under the pointer, of which the page asks at once."""
SEEK_BYTES = 512 * 1024
"""What a player reads of a video at each place that it seeks."""

PATIENCE_SECONDS = 30.0

Undo = tuple[str, dict[str, Any]]
"""A route, and what to send there to put back what was."""


@dataclass(frozen=True)
class Plan:
    """What a load test is to do."""

    url: str
    users: int
    seconds: float
    warm_up: float = 0.0
    """Seconds before that, which don't count."""
    known_tags: list[str] = field(default_factory=list)
    thinking: tuple[float, float] = THINKING_SECONDS
    actions: Mapping[str, int] = field(default_factory=lambda: ACTIONS)

    @property
    def arrival(self) -> float:
        """Seconds in which all visitors come: in the warm-up, or in the first quarter of a short test."""
        return min(ARRIVAL_SECONDS, self.warm_up or self.seconds / 4)

    def to_json(self) -> dict[str, Any]:
        """For `of`."""
        return asdict(self)

    @classmethod
    def of(cls, said: dict[str, Any]) -> Self:
        """As `to_json` gave it."""
        return cls(**said)


@dataclass
class Film:
    """What a watch page tells of its film."""

    filename: str
    video: str | None
    """The address of its bytes; None while the file is missing."""
    stars: int | None
    is_favorite: bool
    tags: list[str]
    size: int = 0
    """In bytes, 0 until the first are read."""

    @classmethod
    def on(cls, page: str) -> Self | None:
        """The film of a watch page."""
        filename = re.search(r'data-filename="([^"]*)"', page)
        if not filename:
            return None
        video = re.search(r'<video[^>]* src="([^"]+)"', page)
        stars = re.search(r'name="stars" value="(\d)" checked', page)
        return cls(
            unescape(filename[1]),
            unescape(video[1]) if video else None,
            int(stars[1]) if stars else None,
            'class="favorite button" aria-pressed="true"' in page,
            [unescape(tag).casefold() for tag in re.findall(r'data-remove="([^"]*)"', page)],
        )

    def changes(self, known_tags: list[str]) -> list[tuple[Undo, Undo]]:
        """What can be changed of it, with what undoes that: its stars if it has any, a tag or a mark that it lacks."""
        named = {"filename": self.filename}
        changes: list[tuple[Undo, Undo]] = []
        if self.stars:
            given = self.stars % 5 + 1
            changes.append((("/rate", named | {"rating": given}), ("/rate", named | {"rating": self.stars})))
        for tag in known_tags:
            if tag.casefold() not in self.tags:
                tagged = named | {"tag": tag}
                changes.append((("/tag", tagged), ("/delete_tag", tagged)))
                break
        if not self.is_favorite:
            changes.append((("/favorite", named), ("/favorite", named)))
        return changes


@dataclass(frozen=True)
class Shown:
    """Where a page leads."""

    film: Film | None = None
    films: tuple[str, ...] = ()
    """Addresses, as all that follow."""
    elsewhere: tuple[str, ...] = ()
    """Tags, other sorts, other pages."""
    next_page: str | None = None
    posters: tuple[str, ...] = ()
    videos: tuple[str, ...] = ()
    """The ids of films of which the page asks for a storyboard when the pointer comes."""

    @classmethod
    def on(cls, address: str, page: str) -> Self:
        """Of the page at an address."""
        path = address.partition("?")[0]
        following = re.search(r'rel="next" href="(\?[^"#]+)"', page)
        queries = (path + query for query in _links(r'href="(\?[^"#]+)"', page))
        return cls(
            Film.on(page),
            _links(r'href="(/watch/[^"#?]+)"', page),
            (*_links(r'href="(/tag/[^"]+)"', page), *queries),
            path + unescape(following[1]) if following else None,
            _links(r'(?:src|poster)="(/poster/[^"]+)"', page),
            _links(r'data-video="(\d+)"', page),
        )


def is_undone(film: Film, undo: Undo) -> bool:
    """Whether nothing is to be put back. A mark must be looked at, for what sets it also takes it off."""
    return undo[0] == "/favorite" and not film.is_favorite


def page_of(filename: str) -> str:
    """Where a film is watched."""
    return f"/watch/{quote(filename)}"


def route_of(address: str) -> str:
    """The kind of an address: `/watch/…` for each video's page."""
    first, _, rest = address.partition("?")[0].lstrip("/").partition("/")
    return f"/{first}/…" if rest else f"/{first}"


def _links(pattern: str, page: str) -> tuple[str, ...]:
    """The addresses of a page, each once."""
    return tuple(dict.fromkeys(map(unescape, re.findall(pattern, page))))
