"""The visitors of a load test, driven by locust, in a process of their own: `python -m monitoring.visitors`.

Locust patches the standard library for gevent, which no process of the site can bear. So this one imports nothing of
Django. The first line of its input is the plan as JSON; the end of its input ends the test, and so does the end of
whoever started it. Its output is JSON too, a line for each change that a visitor begins (`undo`) and puts back
(`undone`), so that it can be put back by somebody else, and at the end one of what was seen (`report`).
"""

from __future__ import annotations

import locust  # isort: skip - comes first, for it patches what the others import

import json
import logging
import random
import sys
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import gevent
from gevent.event import Event
from gevent.socket import wait_read
from locust.env import Environment
from locust.exception import StopUser

from monitoring.loadreport import Notes
from monitoring.visiting import (
    PATIENCE_SECONDS,
    POSTERS_ON_A_SCREEN,
    SECTIONS,
    SEEK_BYTES,
    STORYBOARDS_AROUND,
    Film,
    Plan,
    Shown,
    Undo,
    is_undone,
    page_of,
    route_of,
)

DICE = random.Random()  # noqa: S311 - chance, not secrets
TAGS_TO_CHOOSE_FROM = 30
STOPPING_SECONDS = 2 * PATIENCE_SECONDS
"""What a visitor may need to end what it is at, and to put back what it changed."""


class Visitor(locust.FastHttpUser):
    """One person's browser, which keeps its pictures and its cookie."""

    abstract = True
    insecure = False
    connection_timeout = network_timeout = PATIENCE_SECONDS
    plan: Plan
    over: Event
    """Set when it is time to leave."""
    claimed: set[str]
    """The films that somebody is changing: one visitor at a time, so that each can put back what it found."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._shown = Shown()
        self._grid = Shown()
        self._film: Film | None = None
        self._seen: set[str] = set()
        self._storyboards: dict[str, str | None] = {}
        """{id of a film: the address of its storyboard, if it has one}."""
        self._undo: Undo | None = None

    def on_start(self) -> None:
        """Arrive."""
        self._open("/")

    def wait_time(self) -> float:
        """Think, and leave when it is over. Locust's own way to stop could break a request off in its middle."""
        if self.over.wait(DICE.uniform(*self.plan.thinking)):
            raise StopUser
        return 0.0

    def on_stop(self) -> None:
        """Leave everything as it was found."""
        self._put_back()

    # --- What a visitor does: the actions of `visiting.ACTIONS` ----------------------------------------------------

    def browse(self) -> None:
        """To a section, or where the page leads: other sorts, other pages, tags."""
        leads = self._shown.elsewhere
        self._open(DICE.choice(leads if leads and DICE.random() < 0.6 else SECTIONS))

    def turn_page(self) -> None:
        """To the next page of the grid, and from the last to the first of all."""
        self._open(self._grid.next_page or "/")

    def hover(self) -> None:
        """Move the pointer over a film of the page: its storyboard is fetched, and before that where those lie."""
        if not self._shown.videos:
            return
        place = DICE.randrange(len(self._shown.videos))
        video = self._shown.videos[place]
        if video not in self._storyboards:
            self._ask_for_storyboards(
                self._shown.videos[max(place - STORYBOARDS_AROUND, 0) :][: 2 * STORYBOARDS_AROUND]
            )
        if picture := self._storyboards.get(video):
            self._fetch_once(picture)

    def watch(self) -> None:
        """Open a film of the grid, and read its beginning."""
        self._open_one_of(self._grid.films)

    def related(self) -> None:
        """Open a film from beside the one that is watched."""
        self._open_one_of(self._shown.films)

    def seek(self) -> None:
        """Jump to another place of the film that was opened last."""
        if self._film and self._film.size:
            self._read_video(DICE.randrange(self._film.size))
        else:
            self.watch()

    def play(self) -> None:
        """Let a film begin: its view is counted."""
        if self._film is None:
            self.watch()
        else:
            self._send("/view", {"filename": self._film.filename})

    def change(self) -> None:
        """Put back the last change, or make one."""
        if self._undo:
            self._put_back()
        elif self._film is None:
            self.watch()
        elif self._film.filename not in self.claimed:
            self._change(self._film.filename)

    # --- How ---------------------------------------------------------------------------------------------------

    def _change(self, filename: str) -> None:
        """Change a film as its page shows it now. It stays ours until it is put back."""
        self.claimed.add(filename)
        film = self._open(page_of(filename)).film
        tags = DICE.sample(self.plan.known_tags, min(len(self.plan.known_tags), TAGS_TO_CHOOSE_FROM))
        if film and (changes := film.changes(tags)):
            (route, payload), self._undo = DICE.choice(changes)
            _tell("undo", self._undo)
            status = self._send(route, payload).status_code
            if 400 <= status < 500:  # it refused; of any other failure we don't know what came of it
                self._forget_change()
        else:
            self.claimed.discard(filename)

    def _put_back(self) -> None:
        """What we changed is again as we found it. What can't be put back stays, to be tried again."""
        if not self._undo:
            return
        route, payload = self._undo
        film = self._open(page_of(payload["filename"])).film
        if film and (is_undone(film, self._undo) or self._send(route, payload).status_code == 200):
            self._forget_change()

    def _forget_change(self) -> None:
        if self._undo:
            filename = self._undo[1]["filename"]
            self.claimed.discard(filename)
            self._undo = None
            _tell("undone", filename)

    def _open_one_of(self, films: tuple[str, ...]) -> None:
        if films:
            self._open(DICE.choice(films))
            self._read_video(0)

    def _open(self, address: str) -> Shown:
        """A page, with the posters that it shows first."""
        response = self._fetch(address)
        if response.status_code == 302:
            address = response.headers.get("Location", "/")
            response = self._fetch(address)
        if response.status_code != 200:
            return Shown()
        self._shown = Shown.on(address, response.text)
        self._film = self._shown.film or self._film
        if not self._shown.film:
            self._grid = self._shown
        for poster in self._shown.posters[:POSTERS_ON_A_SCREEN]:
            self._fetch_once(poster)
        return self._shown

    def _ask_for_storyboards(self, videos: tuple[str, ...]) -> None:
        response = self._fetch("/storyboards?" + urlencode([("video", video) for video in videos]))
        if response.status_code == 200:
            told = response.json()["storyboards"]
            self._storyboards |= {video: told[video]["picture"] if video in told else None for video in videos}

    def _fetch_once(self, address: str) -> None:
        if address not in self._seen:
            self._seen.add(address)
            self._fetch(address)

    def _read_video(self, start: int) -> None:
        film = self._film
        if film and film.video:
            response = self._fetch(film.video, {"Range": f"bytes={start}-{start + SEEK_BYTES - 1}"})
            size = (response.headers or {}).get("Content-Range", "").rpartition("/")[2]
            film.size = int(size) if size.isdigit() else 0

    def _fetch(self, address: str, headers: dict[str, str] | None = None) -> Any:
        """The response; its status is 0 where there was none."""
        return self.client.get(address, name=route_of(address), headers=headers, allow_redirects=False)

    def _send(self, route: str, payload: dict[str, Any]) -> Any:
        token = next((cookie.value for cookie in self.client.cookiejar if cookie.name == "csrftoken"), "") or ""
        headers = {"X-CSRFToken": token, "Referer": f"{self.plan.url}/"}
        return self.client.post(route, json=payload, headers=headers, allow_redirects=False)


def _tell(what: str, said: Any) -> None:
    """A line for whoever started us; if nobody is there, for nobody."""
    with suppress(OSError):
        print(json.dumps({what: said}), flush=True)  # noqa: T201


class LoadTest:
    """One run of a plan, which ends earlier when `over` is set."""

    def __init__(self, plan: Plan, over: Event) -> None:
        self._plan = plan
        self._over = over
        self._notes = Notes()
        self._counts_from = time.time() + plan.warm_up
        self._counts_until = float("inf")
        actions = [getattr(Visitor, name) for name, share in plan.actions.items() for _ in range(share)]
        members = {"plan": plan, "over": over, "claimed": set(), "tasks": actions}
        visitors: type[Visitor] = type("OurVisitor", (Visitor,), members)
        self._environment = Environment(user_classes=[visitors], host=plan.url)
        self._environment.events.request.add_listener(self._note)
        self._environment.events.user_error.add_listener(self._note_failure)

    def run(self) -> dict[str, Any] | None:
        """Let the visitors in, until the time is over; what counted of it, None for nothing."""
        runner = self._environment.create_local_runner()
        runner.start(self._plan.users, spawn_rate=self._plan.users / self._plan.arrival)
        self._over.wait(self._plan.warm_up + self._plan.seconds)
        self._counts_until = time.time()
        self._over.set()
        if runner.spawning_greenlet:
            runner.spawning_greenlet.kill()
        runner.user_greenlets.join(STOPPING_SECONDS)
        runner.stop()
        report = self._notes.report(self._counts_until - self._counts_from, at_its_limit=runner.cpu_warning_emitted)
        return report.to_json() if report else None

    def _note(
        self, request_type: str, name: str, response_time: float, response: Any, exception: Any, start_time: float,
        **_: Any,
    ) -> None:  # fmt: skip
        if self._counts_from <= start_time < self._counts_until:
            status = response.status_code
            cause = getattr(exception, "original", None) or exception  # of the attempts that locust's client gave up
            fault = str(status) if status >= 400 else type(cause).__name__ if cause else None
            self._notes.add(f"{request_type} {name}", response_time, fault)

    def _note_failure(self, exception: Exception, **_: Any) -> None:
        self._notes.fail("a visitor", f"{type(exception).__name__}: {exception}")


def main() -> None:
    """Run the plan that comes in, and print the report."""
    logging.disable()  # what locust would say is in the report
    plan = Plan.of(json.loads(sys.stdin.readline()))
    over = Event()

    def watch_input() -> None:
        wait_read(sys.stdin.fileno())
        over.set()

    gevent.spawn(watch_input)
    _tell("report", LoadTest(plan, over).run())


if __name__ == "__main__":
    main()
