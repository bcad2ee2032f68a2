"""Drives a running server as many visitors at once would, and tells how long it took to answer.

The visitors are locust's, and live in a process of their own (`visitors.py`). Whatever becomes of it, what they changed
is put back: by themselves, or by us.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from signal import Signals
from typing import IO, Any, cast
from urllib.parse import urlsplit

from monitoring.loadreport import LoadReport
from monitoring.models import LoadRun
from monitoring.visiting import PATIENCE_SECONDS, Film, Plan, Undo, is_undone, page_of

HOUSE = Path(__file__).resolve().parent.parent
LATEST_SECONDS = 4 * PATIENCE_SECONDS
"""How long after its end a test may last, before its process is killed."""
EXIT_SECONDS = 5
TOKEN = "0" * 32


class LoadTestError(Exception):
    """It can't begin, or came to nothing; the text says why, in one line."""


@dataclass(frozen=True)
class Outcome:
    """What came of a load test."""

    report: LoadReport
    not_put_back: list[Undo]
    """What would undo the changes that could not be undone."""


def is_here(url: str) -> bool:
    """Whether a URL is one of this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def run(plan: Plan) -> Outcome:
    """Let visitors in; a KeyboardInterrupt ends it earlier. Raises LoadTestError."""
    if find_spec("locust") is None:
        raise LoadTestError("It takes locust, which is not installed: pip install -r requirements-dev.txt")
    with Visitors(replace(plan, known_tags=_look_around(plan.url))) as visitors:
        visitors.listen()
    not_put_back = [undo for undo in visitors.pending.values() if not put_back(plan.url, undo)]
    if visitors.report is None:
        raise LoadTestError(" ".join([visitors.why_silent(), *map(left_behind, not_put_back)]))
    return Outcome(visitors.report, not_put_back)


def left_behind(undo: Undo) -> str:
    """What someone has to do by hand."""
    route, payload = undo
    return f"Not put back: it takes a POST to {route} with {payload}"


def store(report: LoadReport, url: str, users: int) -> LoadRun:
    """Keep it beside the earlier ones. Raises django.db.DatabaseError where there is no place for it."""
    total = report.total
    return LoadRun.objects.create(
        url=url, users=users, seconds=report.seconds, requests=total.requests, errors=total.errors,
        p50_ms=total.p50, p95_ms=total.p95, p99_ms=total.p99, routes=[list(timing) for timing in report.routes],
    )  # fmt: skip


class Visitors:
    """Their process, which is gone at the end of the block. A closed input tells it to come to its end."""

    def __init__(self, plan: Plan) -> None:
        self.pending: dict[str, Undo] = {}
        """{film: what undoes the change that is being made of it}."""
        self.report: LoadReport | None = None
        self._plan = plan
        self._complaint = ""
        self._reader = threading.Thread(target=self._read)
        self._ended = threading.Event()

    def __enter__(self) -> Visitors:
        self._complaints = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "monitoring.visitors"],
            cwd=HOUSE, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints,
            start_new_session=True,  # Ctrl-C is for us, who tell it
        )  # fmt: skip
        self._input = cast(IO[str], self._process.stdin)
        latest = self._plan.warm_up + self._plan.seconds + LATEST_SECONDS
        self._killer = threading.Timer(latest, self._process.kill)
        self._killer.start()
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._killer.cancel()
        if self._ended.is_set():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(EXIT_SECONDS)
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._close_input()
        with self._complaints:
            self._complaints.seek(0)
            self._complaint = self._complaints.read().strip().rpartition("\n")[2]

    def listen(self) -> None:
        """Until it ends. The first KeyboardInterrupt tells it to end, at a second one it is killed."""
        try:
            self._send(json.dumps(self._plan.to_json()))
            self._ended.wait()
        except KeyboardInterrupt:
            self._close_input()
            with suppress(KeyboardInterrupt):
                self._ended.wait()

    def why_silent(self) -> str:
        """What became of a process that reported nothing."""
        status = self._process.returncode
        if status == 0:
            return "No request was counted: give it more seconds."
        if status < 0:
            return f"Nothing was measured: the process of the visitors was ended by {Signals(-status).name}."
        return f"Nothing was measured: the process of the visitors failed: {self._complaint}"

    def _send(self, line: str) -> None:
        with suppress(BrokenPipeError):
            self._input.write(line + "\n")
            self._input.flush()

    def _close_input(self) -> None:
        with suppress(BrokenPipeError):
            self._input.close()

    def _read(self) -> None:
        try:
            with cast(IO[str], self._process.stdout) as lines:
                for line in lines:
                    for what, said in json.loads(line).items():
                        self._hear(what, said)
        finally:
            self._ended.set()

    def _hear(self, what: str, said: Any) -> None:
        if what == "undo":
            self.pending[said[1]["filename"]] = (said[0], said[1])
        elif what == "undone":
            self.pending.pop(said, None)
        elif said:
            self.report = LoadReport.of(said)


def put_back(url: str, undo: Undo) -> bool:
    """Do what a visitor could not do any more; whether it is done."""
    route, payload = undo
    try:
        film = Film.on(_ask(url, page_of(payload["filename"]))[1])
        return film is not None and (is_undone(film, undo) or _ask(url, route, json.dumps(payload))[0] == 200)
    except (OSError, HTTPException):
        return False


def _look_around(url: str) -> list[str]:
    """The tags of a library that lets visitors in and has something to watch. Raises LoadTestError."""
    try:
        status, home = _ask(url, "/")
        tags_status, tags = _ask(url, "/library/tags")
    except (OSError, HTTPException) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise LoadTestError(f"No server answers at {url}: {why}.") from error
    if status in (301, 302, 401, 403):
        raise LoadTestError(f"{url} asks for an account. Test a server with VIDEOSERVER_ACCESS=open.")
    if status != 200 or tags_status != 200:
        raise LoadTestError(f"{url} is no such server, or is unwell: it answers {status} and {tags_status}.")
    if 'href="/watch/' not in home:
        raise LoadTestError(f"{url} has no videos to watch.")
    return [str(tag) for tag in json.loads(tags)["tags"]]


def _ask(url: str, address: str, posted: str | None = None) -> tuple[int, str]:
    """The status and the text of an answer. Raises OSError and HTTPException."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    headers = {"Cookie": f"csrftoken={TOKEN}", "X-CSRFToken": TOKEN, "Referer": f"{url}/"}
    with closing(kind(parts.hostname or "", parts.port, timeout=PATIENCE_SECONDS)) as connection:
        method = "GET" if posted is None else "POST"
        connection.request(method, address, posted, headers | {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
