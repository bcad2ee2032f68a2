"""A whole server, started as its owner starts it: `manage.py serve` and all that it runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from tests.environment import Site, collected_static_files

START_SECONDS = 120
TASKS = "django_tasks_database_dbtaskresult"


class Answer(NamedTuple):
    """An HTTP response, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes


class Server:
    """A running `manage.py serve` on a free port."""

    def __init__(self, site: Site, *arguments: str, **environment: str) -> None:
        self.site = site
        if site.data.exists() and not (site.data / "static").exists():
            shutil.copytree(collected_static_files(), site.data / "static")
        self.process = site.start("serve", "--port", "0", *arguments, **environment)
        self.printed = self._read_until_open()
        self.errors: list[str] = []
        self._readers = [
            threading.Thread(target=_drain, args=(self.process.stdout, [])),
            threading.Thread(target=_drain, args=(self.process.stderr, self.errors)),
        ]
        for reader in self._readers:
            reader.start()

    def _read_until_open(self) -> str:
        assert self.process.stdout and self.process.stderr
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line)
            found = re.search(r"http://\S+:(\d+)/", line)
            if found:
                self.port = int(found[1])
            if line.startswith("Ctrl-C"):
                return "".join(lines)
        raise AssertionError(f"serve ended:\n{''.join(lines)}{self.process.stderr.read()}")

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> Answer:
        """Fetch a path; redirects are not followed."""
        request = urllib.request.Request(self.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=30) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def json(self, path: str) -> Any:
        """Fetch JSON."""
        return json.loads(self.get(path).body)

    def wait_for_posters(self, count: int) -> None:
        """Until that many videos have their posters, and none is to come."""
        query = "&".join(f"video={number}" for number in range(1, count + 1))
        until(lambda: len(self.json(f"/posters?{query}")["posters"]) == count, what=f"{count} posters")

    def processes(self, word: str = "") -> list[int]:
        """The living processes of this site whose command line has the word, the parent too."""
        return [pid for pid, command in site_processes(self.site) if word in command]

    def master(self) -> int:
        """The process that holds the web processes together."""
        family = {pid: parent_of(pid) for pid in self.processes("gunicorn")}
        return next(pid for pid, parent in family.items() if parent == self.process.pid)

    def workers(self) -> list[int]:
        """The task workers that run; not a child of one that is about to become ffmpeg."""
        return [pid for pid in self.processes("media_worker") if parent_of(pid) == self.process.pid]

    def worker(self) -> int | None:
        """One of them, when any runs."""
        return next(iter(self.workers()), None)

    def wait_until_idle(self, seconds: float = START_SECONDS) -> None:
        """Until no task runs, and none may begin."""
        busy = "status = 'RUNNING' OR status = 'READY' AND run_after LIKE '9999%'"

        def tasks() -> int:
            with closing(sqlite3.connect(self.site.data / "db.sqlite3")) as database:
                return int(database.execute(f"SELECT count(*) FROM {TASKS} WHERE {busy}").fetchone()[0])

        until(lambda: not tasks(), what="the end of all tasks", seconds=seconds)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=30)
        for reader in self._readers:
            reader.join()
        return status


def _drain(stream: TextIO, kept: list[str]) -> None:
    """Read what a process prints until it ends, so that it never waits for us."""
    with stream:
        kept.extend(stream)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@contextmanager
def serving(site: Site, *arguments: str, **environment: str) -> Iterator[Server]:
    """A server that is gone at the end, whatever happens."""
    server = Server(site, *arguments, **environment)
    try:
        yield server
    finally:
        server.stop()
        until(lambda: not site_processes(site), what="the end of all processes")


def site_processes(site: Site) -> list[tuple[int, str]]:
    """(pid, command line) of every living process that was started with the site's data dir."""
    mark = f"VIDEOSERVER_DATA_DIR={site.data}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in folder.joinpath("environ").read_bytes().split(b"\0") and _lives(folder):
                command = folder.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found.append((int(folder.name), command))
        except OSError:
            continue
    return [(pid, command) for pid, command in found if pid != os.getpid()]


def parent_of(pid: int) -> int:
    """The process that a living process came from."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _lives(folder: Path) -> bool:
    return folder.joinpath("stat").read_text().rpartition(")")[2].split()[0] not in "ZX"


def until(condition: Callable[[], object], *, what: str, seconds: float = START_SECONDS) -> None:
    """Ask again and again; fail the test when it never comes true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s"
        threading.Event().wait(0.05)


def kill(pid: int) -> None:
    """kill -9."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        raise AssertionError("it was gone already") from None


def run(command: list[str]) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end."""
    return subprocess.run(command, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
