"""What one visitor does: browse, watch, seek, and now and then write. It knows the site by its pages alone."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote

import urllib3

THINKING_SECONDS = (1.0, 5.0)
"""Between what a visitor does; any time in this range is as likely as any other."""

ACTIONS = {"browse": 45, "watch": 25, "seek": 20, "write": 10}
"""How often each is chosen, of a hundred times."""

SHARE_OF_VIEWS = 0.4
"""Of the writes: the rest are stars, tags and favourites, as often as each other."""

SECTIONS = ("/", "/favorites", "/best-of", "/tags", "/random")
POSTERS_ON_A_SCREEN = 12
SEEK_BYTES = 512 * 1024
"""What a player reads of a video at each place that it seeks."""

PATIENCE_SECONDS = 30.0

Undo = tuple[str, dict[str, Any]]
"""A route, and what to send there to put back what was."""


class Request(NamedTuple):
    """One that was answered, or failed."""

    route: str
    seconds: float
    fault: str | None
    """What went wrong."""


class Answer(NamedTuple):
    """What a request gave; status 0 and no text where it failed."""

    status: int
    headers: Mapping[str, str]
    text: str


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
    def on(cls, page: str) -> Film | None:
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
            'aria-pressed="true"' in page,
            [unescape(tag).casefold() for tag in re.findall(r'data-remove="([^"]*)"', page)],
        )


class Claims:
    """Films that somebody is changing: one visitor at a time, so that each can put back what it found."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claimed: set[str] = set()

    def take(self, filename: str) -> bool:
        """Whether it was free; it is ours then."""
        with self._lock:
            free = filename not in self._claimed
            self._claimed.add(filename)
            return free

    def release(self, filename: str) -> None:
        """Let others have it."""
        with self._lock:
            self._claimed.discard(filename)


@dataclass
class Visitor:
    """One person's browser, with one connection, which keeps its posters and its cookie."""

    url: str
    dice: Random
    claims: Claims
    known_tags: list[str]
    requests: list[Request] = field(default_factory=list)
    undo: Undo | None = None

    def __post_init__(self) -> None:
        timeout = urllib3.Timeout(PATIENCE_SECONDS)
        self._pool = urllib3.connection_from_url(self.url, maxsize=1, timeout=timeout, retries=False)
        self._token = ""
        self._posters: set[str] = set()
        self._films: list[str] = []
        self._elsewhere: list[str] = []
        self._film: Film | None = None

    def visit(self, stop: threading.Event) -> None:
        """Act and think until we are stopped, and put back what was changed."""
        actions: dict[str, Callable[[], None]] = {name: getattr(self, name) for name in ACTIONS}
        try:
            self.open("/")
            while not stop.wait(self.dice.uniform(*THINKING_SECONDS)):
                (name,) = self.dice.choices(list(ACTIONS), list(ACTIONS.values()))
                actions[name]()
            self.put_back()
        finally:
            self._pool.close()

    def browse(self) -> None:
        """To a section, or where the page leads: other sorts, other pages, tags."""
        self.open(self.dice.choice(self._elsewhere if self._elsewhere and self.dice.random() < 0.6 else SECTIONS))

    def watch(self) -> None:
        """Open a film of the page, and read its beginning."""
        if self._films:
            self.open(self.dice.choice(self._films))
            self._read_video(0)

    def seek(self) -> None:
        """Jump to another place of the film that was opened last."""
        if self._film and self._film.size:
            self._read_video(self.dice.randrange(self._film.size))
        else:
            self.watch()

    def write(self) -> None:
        """Put back the last change, or make one."""
        if self.undo:
            self.put_back()
        elif self._film is None:
            self.watch()
        elif self.dice.random() < SHARE_OF_VIEWS:
            self._send("/view", {"filename": self._film.filename})
        else:
            self._change(self._film.filename)

    def put_back(self) -> None:
        """What we changed is again as we found it. What can't be put back stays in `undo`."""
        if self.undo and self._send(*self.undo).status == 200:
            self.claims.release(self.undo[1]["filename"])
            self.undo = None

    def _change(self, filename: str) -> None:
        """Change a film that nobody else of us is changing, as its page shows it now."""
        if not self.claims.take(filename):
            return
        film = Film.on(self.open(f"/watch/{quote(filename)}").text)
        change = self._pick_change(film) if film else None
        if change:
            (route, payload), undo = change
            if self._send(route, payload).status == 200:
                self.undo = undo
        if not self.undo:
            self.claims.release(filename)

    def _pick_change(self, film: Film) -> tuple[Undo, Undo] | None:
        """A change and what undoes it: stars where there are some, a tag that it lacks, a mark that it lacks."""
        named = {"filename": film.filename}
        changes: list[tuple[Undo, Undo]] = []
        if film.stars:
            stars = self.dice.randint(1, 5)
            changes.append((("/rate", named | {"rating": stars}), ("/rate", named | {"rating": film.stars})))
        others = [tag for tag in self.known_tags if tag.casefold() not in film.tags]
        if others:
            tagged = named | {"tag": self.dice.choice(others)}
            changes.append((("/tag", tagged), ("/delete_tag", tagged)))
        if not film.is_favorite:
            changes.append((("/favorite", named), ("/favorite", named)))
        return self.dice.choice(changes) if changes else None

    def open(self, address: str) -> Answer:
        """A page, what it leads to, and its posters."""
        answer = self._fetch(address)
        if answer.status == 302:
            address = answer.headers.get("Location", "/")
            answer = self._fetch(address)
        page = answer.text
        self._film = Film.on(page) or self._film
        self._films = _links(r'href="(/watch/[^"#?]+)"', page) or self._films
        path = address.partition("?")[0]
        self._elsewhere = _links(r'href="(/tag/[^"]+)"', page)
        self._elsewhere += [path + query for query in _links(r'href="(\?[^"#]+)"', page)]
        posters = _links(r'(?:src|poster)="(/poster/[^"]+)"', page)
        for poster in [poster for poster in posters if poster not in self._posters][:POSTERS_ON_A_SCREEN]:
            self._fetch(poster)
            self._posters.add(poster)
        return answer

    def _read_video(self, start: int) -> None:
        film = self._film
        if film and film.video:
            answer = self._fetch(film.video, {"Range": f"bytes={start}-{start + SEEK_BYTES - 1}"})
            size = answer.headers.get("Content-Range", "").rpartition("/")[2]
            film.size = int(size) if size.isdigit() else 0

    def _send(self, route: str, payload: dict[str, Any]) -> Answer:
        return self._request("POST", route, {"Content-Type": "application/json"}, json.dumps(payload).encode())

    def _fetch(self, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self._request("GET", address, headers or {})

    def _request(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        cookie = {"Cookie": f"csrftoken={self._token}", "X-CSRFToken": self._token} if self._token else {}
        sent = {"Accept-Encoding": "gzip", "Referer": f"{self.url}/", **cookie, **headers}
        began = time.perf_counter()
        try:
            response = self._pool.request(method, address, body=body, headers=sent, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            self._note(method, address, began, type(error).__name__)
            return Answer(0, {}, "")
        self._note(method, address, began, str(response.status) if response.status >= 400 else None)
        token = re.search(r"\bcsrftoken=(\w+)", response.headers.get("Set-Cookie", ""))
        self._token = token[1] if token else self._token
        is_text = response.headers.get("Content-Type", "").startswith("text/html")
        return Answer(response.status, response.headers, response.data.decode() if is_text else "")

    def _note(self, method: str, address: str, began: float, fault: str | None) -> None:
        self.requests.append(Request(f"{method} {route_of(address)}", time.perf_counter() - began, fault))


def route_of(address: str) -> str:
    """The kind of an address: `/watch/…` for each video's page."""
    first, _, rest = address.partition("?")[0].lstrip("/").partition("/")
    return f"/{first}/…" if rest else f"/{first}"


def _links(pattern: str, page: str) -> list[str]:
    """The addresses of a page, each once."""
    return list(dict.fromkeys(map(unescape, re.findall(pattern, page))))
