"""People who write to a running server all the time, and remember what was acknowledged: for the benchmarks of faults.

Each member has films of its own, so that it knows what must be in the database: of every fact the value that was
acknowledged, and of a request that got no answer the new value too. Views are all of one film, which they share.
"""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from monitoring.visiting import Film, page_of

TOKEN = "a" * 32
HEADERS = {"Content-Type": "application/json", "Cookie": f"csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
PATIENCE_SECONDS = 60.0
AGAIN_SECONDS = 0.02
"""After an answer that did not come."""

SHORTEST_FILM = 2
"""Seconds: none of their films is shorter. No two markers of a member are of the same moment."""

Fact = tuple[str, ...]
"""What is written, and of what: `("stars", "a.mp4")`."""
Value = int | float | bool | None
"""None: there is no such thing."""

FACTS = {
    "stars": "SELECT path, stars FROM library_rating JOIN library_video ON id = video_id WHERE stars IS NOT NULL",
    "tag": "SELECT path, name, 1 FROM library_video_tags t JOIN library_video v ON v.id = video_id"
    " JOIN library_tag g ON g.id = tag_id",
    "favorite": "SELECT path, 1 FROM library_favorite f JOIN library_video v ON v.id = video_id",
    "playlist": "SELECT name, 1 FROM library_playlist",
    "listed": "SELECT name, path, 1 FROM library_playlistitem i JOIN library_playlist p ON p.id = playlist_id"
    " JOIN library_video v ON v.id = video_id",
    "marker": "SELECT path, seconds, 1 FROM library_marker m JOIN library_video v ON v.id = video_id",
}
"""{kind: rows of a fact's names and its value}."""
SHOWN = ("stars", "favorite", "tag")
"""Those of which a film's page tells everything."""
PLACES = "SELECT path, seconds, changed_at FROM library_position p JOIN library_video v ON v.id = video_id"
NOTES = "SELECT video, seconds, at FROM bookmark"


class UnansweredError(Exception):
    """Nobody knows what became of a request."""


class RefusedError(Exception):
    """The server said that it can't now, and that nothing was done."""


class Member(threading.Thread):
    """One who writes, and now and then looks whether the page shows it."""

    def __init__(self, name: str, films: list[str], shared: str, port: Callable[[], int], pause: float = 0.0) -> None:
        super().__init__(daemon=True, name=name)
        self.films, self.shared, self.port, self.pause = films, shared, port, pause
        self.allowed: dict[Fact, set[Value]] = {}
        """What may be found of each fact."""
        self.views = [0, 0]
        """Acknowledged, and sent."""
        self.faults: list[str] = []
        self.answered = self.unanswered = self.refused = self.looked = 0
        self.at_it = threading.Lock()
        """Held while a request is under way."""
        self.may_write = threading.Event()
        self.may_write.set()
        self.leaving = threading.Event()
        self._dice = random.Random(name)
        self._http: HTTPConnection | None = None
        self._markers: list[tuple[Fact, int]] = []
        self._playlist: int | None = None
        self._number = 0

    def run(self) -> None:
        """Until it is told to leave."""
        acts = (self.rate, self.tag, self.favor, self.stop_at, self.mark, self.unmark, self.list_it, self.unlist_it)
        try:
            while not self.leaving.is_set():
                try:
                    self.may_write.wait()
                    with self.at_it:
                        self._dice.choice((self.view, self.view, self.look, *acts))()
                except UnansweredError:
                    self.leaving.wait(AGAIN_SECONDS)
                self.leaving.wait(self.pause * self._dice.uniform(0.5, 1.5))
        except Exception as error:  # noqa: BLE001 - whatever it is, the report shows it
            self.faults.append(f"{self.name}: {error!r}")

    # --- What is written -------------------------------------------------------------------------------------------

    def rate(self) -> None:
        film, stars = self._film(), self._dice.randint(1, 5)
        self._write(("stars", film), stars, "/rate", filename=film, rating=stars)

    def view(self) -> None:
        self.views[1] += 1
        try:
            self._post("/view", filename=self.shared)
        except RefusedError:
            self.views[1] -= 1
        else:
            self.views[0] += 1

    def tag(self) -> None:
        film, tag = self._film(), f"{self.name} {self._dice.randrange(8)}"
        fact = ("tag", film, tag)
        wanted = None if self.allowed.get(fact) == {1} else 1
        self._write(fact, wanted, "/tag" if wanted else "/delete_tag", filename=film, tag=tag)

    def favor(self) -> None:
        film = self._film()
        wanted = None if self.allowed.get(("favorite", film)) == {1} else 1
        sent = {"filenames": [film], "action": "favorite", "favorite": wanted == 1}
        self._write(("favorite", film), wanted, "/bulk", **sent)

    def stop_at(self) -> None:
        film, seconds = self._film(), self._dice.randint(500, 1_500) / 1000
        self._write(("position", film), seconds, "/position", filename=film, seconds=seconds, duration=SHORTEST_FILM)

    def mark(self) -> None:
        self._number += 1
        turn, thousandth = divmod(self._number, 1000 * SHORTEST_FILM)
        film, seconds = self.films[turn % len(self.films)], thousandth / 1000
        fact = ("marker", film, str(seconds))
        answer = self._write(fact, 1, "/add_marker", filename=film, seconds=seconds)
        if answer:
            self._markers.append((fact, answer["id"]))

    def unmark(self) -> None:
        if len(self._markers) > 3:
            fact, number = self._markers.pop(0)
            self._write(fact, None, "/delete_marker", id=number)

    def list_it(self) -> None:
        if self._playlist is None:
            self._number += 1
            self._list = f"{self.name}'s {self._number}"
            answer = self._write(("playlist", self._list), 1, "/new_playlist", name=self._list)
            self._playlist = answer and answer["id"]
        else:
            film = self._film()
            self._write(("listed", self._list, film), 1, "/add_to_playlist", id=self._playlist, filename=film)

    def unlist_it(self) -> None:
        listed = [fact for fact, values in self.allowed.items() if fact[0] == "listed" and values == {1}]
        if self._playlist is not None and (mine := [fact for fact in listed if fact[1] == self._list]):
            fact = self._dice.choice(mine)
            self._write(fact, None, "/remove_from_playlist", id=self._playlist, filename=fact[2])

    def look(self) -> None:
        """What the page of a film shows is what was acknowledged last, whichever process answers."""
        path = self._film()
        self.looked += 1
        self.faults += [f"stale page: {fault}" for fault in self._against(self.shown(path), SHOWN, path)]

    def shown(self, path: str) -> dict[Fact, Value]:
        """What the page of a film shows, by a connection of its own. Raises UnansweredError."""
        try:
            with closing(HTTPConnection("127.0.0.1", self.port(), timeout=PATIENCE_SECONDS)) as http:
                http.request("GET", page_of(path), headers={"Cookie": HEADERS["Cookie"]})
                status, page = (answer := http.getresponse()).status, answer.read().decode()
        except (OSError, HTTPException) as error:
            raise UnansweredError from error
        film = Film.on(page)
        if status != 200 or film is None:
            self.faults.append(f"{self.name}: the page of {path} answers {status}")
            raise UnansweredError
        known: dict[Fact, Value] = {("stars", path): film.stars, ("favorite", path): 1 if film.is_favorite else None}
        tags = [fact for fact in self.allowed if fact[:2] == ("tag", path)]
        return known | {fact: 1 if fact[2].casefold() in film.tags else None for fact in tags}

    # --- What must be there ----------------------------------------------------------------------------------------

    def compare(self, found: dict[Fact, Value]) -> list[str]:
        """What is not as it must be, in the database's facts. What was open is settled by them, for the pages too."""
        faults = self._against(found)
        is_open = [fact for fact, values in self.allowed.items() if len(values) > 1]
        self.allowed |= {fact: {found.get(fact)} for fact in is_open}
        for path in {fact[1] for fact in is_open if fact[0] in SHOWN}:
            faults += [f"stale page: {fault}" for fault in self._against(self.shown(path), SHOWN, path)]
        return faults

    def _against(self, found: dict[Fact, Value], kinds: Collection[str] = (), film: str = "") -> list[str]:
        return [
            f"{fact} is {found.get(fact)}, where {values} was written by {self.name}"
            for fact, values in self.allowed.items()
            if (not kinds or fact[0] in kinds) and (not film or fact[1] == film) and found.get(fact) not in values
        ]

    def _film(self) -> str:
        return self._dice.choice(self.films)

    def _write(self, fact: Fact, value: Value, route: str, **sent: Any) -> dict[str, Any] | None:
        """The answer; None where the server refused, for now."""
        before = self.allowed.get(fact, {None})
        self.allowed[fact] = before | {value}
        try:
            answer = self._post(route, **sent)
        except RefusedError:
            self.allowed[fact] = before
            return None
        self.allowed[fact] = {value}
        return answer

    def _post(self, route: str, **sent: Any) -> dict[str, Any]:
        """Raises UnansweredError, RefusedError."""
        http = self._connected()
        try:
            http.request("POST", route, json.dumps(sent), HEADERS)
            answer = http.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            self.close()
            self.unanswered += 1
            raise UnansweredError from error
        if answer.status == 503 and answer.headers["Retry-After"]:
            self.refused += 1
            raise RefusedError
        if answer.status != 200:
            self.faults.append(f"{self.name}: {route} {sent} answers {answer.status} {body[:200]!r}")
            raise UnansweredError
        self.answered += 1
        return dict(json.loads(body))

    def _connected(self) -> HTTPConnection:
        """A connection, kept for as long as the server keeps it. Raises RefusedError where nobody listens."""
        if self._http is None:
            http = HTTPConnection("127.0.0.1", self.port(), timeout=PATIENCE_SECONDS)
            try:
                http.connect()
            except OSError as error:
                self.leaving.wait(AGAIN_SECONDS)
                raise RefusedError from error
            self._http = http
        return self._http

    def close(self) -> None:
        """Hang up."""
        if self._http:
            self._http.close()
        self._http = None


class Household:
    """Some members, and the film that all of them watch."""

    def __init__(
        self, data: Path, films: list[str], port: Callable[[], int], members: int = 4, pause: float = 0.0
    ) -> None:
        self.data, self.shared = data, films[0]
        shares = [films[1 + number :: members] for number in range(members)]
        self.members = [
            Member(f"member {number}", share, self.shared, port, pause) for number, share in enumerate(shares)
        ]
        self._settle_views(facts_in(data, self.shared)[1])

    def _settle_views(self, views: int) -> None:
        for member in self.members:
            member.views = [0, 0]
        self.members[0].views = [views, views]

    @contextmanager
    def at_home(self) -> Iterator[Household]:
        """They write until the end of the block."""
        for member in self.members:
            member.start()
        try:
            yield self
        finally:
            for member in self.members:
                member.leaving.set()
            for member in self.members:
                member.join()
                member.close()

    def compare(self) -> list[str]:
        """What is lost or was made up. Nobody has a request under way meanwhile; a server must run."""
        with self._at_rest():
            found, views = facts_in(self.data, self.shared)
            faults = [fault for member in self.members for fault in member.compare(found)]
            acknowledged, sent = (sum(member.views[place] for member in self.members) for place in (0, 1))
            self._settle_views(views)
        if not acknowledged <= views <= sent:
            faults.append(f"{views} views, of {acknowledged} acknowledged and {sent} sent")
        return faults

    @contextmanager
    def _at_rest(self) -> Iterator[None]:
        for member in self.members:
            member.may_write.clear()
        try:
            with ExitStack() as stack:
                for member in self.members:
                    stack.enter_context(member.at_it)
                yield
        finally:
            for member in self.members:
                member.may_write.set()

    def faults(self) -> list[str]:
        """What the members met with."""
        return [fault for member in self.members for fault in member.faults]

    def answered(self) -> int:
        """How many writes were acknowledged."""
        return sum(member.answered for member in self.members)

    def __str__(self) -> str:
        counts = {
            "writes acknowledged": self.answered(),
            "unanswered": sum(member.unanswered for member in self.members),
            "refused for now": sum(member.refused for member in self.members),
            "pages compared": sum(member.looked for member in self.members),
        }
        return ", ".join(f"{what} {number:,}" for what, number in counts.items())


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A database that is read, and left as it is."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=30)) as database:
        yield database


def facts_in(data: Path, shared: str) -> tuple[dict[Fact, Value], int]:
    """The facts of a data dir, and the views of one film."""
    notes: list[tuple[int, float, str]] = []
    if (data / "bookmarks.sqlite3").exists():
        with reading(data / "bookmarks.sqlite3") as bookmarks:
            notes = bookmarks.execute(NOTES).fetchall()
    with reading(data / "db.sqlite3") as database:
        found = {
            (kind, *map(str, row[:-1])): row[-1] for kind, query in FACTS.items() for row in database.execute(query)
        }
        places = {path: (at.replace("T", " ")[:26], seconds) for path, seconds, at in database.execute(PLACES)}
        paths = dict(database.execute("SELECT id, path FROM library_video"))
        (views,) = database.execute(
            "SELECT count FROM library_viewcount JOIN library_video ON id = video_id WHERE path = ?", (shared,)
        ).fetchone()
    for video, seconds, at in notes:
        path, moment = paths.get(video, ""), at.replace("T", " ")[:26]
        places[path] = max(places.get(path, ("", 0.0)), (moment, seconds))
    return found | {("position", path): seconds for path, (_, seconds) in places.items()}, views


def verdicts(data: Path) -> list[str]:
    """What SQLite finds wrong with the database."""
    with reading(data / "db.sqlite3") as database:
        found = [str(row[0]) for row in database.execute("PRAGMA integrity_check")]
        return [line for line in found if line != "ok"] + [
            str(row) for row in database.execute("PRAGMA foreign_key_check")
        ]
