"""Kills the parts of a running server with -9 at random moments under writes: is all that was acknowledged there?

    python -m benchmarks.kills [--kills 500] [--seed 1] [--members 4]

`manage.py serve` over small real videos, and members of a household who write without a pause: stars, views, tags,
favourites, places, playlists, markers. They remember what was acknowledged, and look whether pages show it. Each kill
hits a web process, both, a task worker, the watcher, gunicorn's master, `serve`, everything at once, a scan or an
import. What dies with `serve` is begun again as a service manager would; all else the server must see to itself.

After each kill the server must answer again, and then, while nobody has a request under way: every fact is what was
acknowledged, or what a request that got no answer would have made of it; the views are as many as were acknowledged, or
more by those that got no answer; the pages show what the database holds. With `serve` all that it started must end. At
every tenth kill and at the end SQLite checks the database. At the end all processes are there, no task is left, each
film is drawn, and no log tells of a locked database or of a fault. Ctrl-C ends it earlier, with the same report.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks import collection
from benchmarks.crashes import wait_for_database, write_legacy
from benchmarks.household import Household, reading, verdicts
from tests.environment import Site, make_site
from tests.serving import TASKS, Server, parent_of, site_processes, until
from videoserver.management.commands.serve import WEB_PROCESSES, worker_count

MEMBERS_FILMS = 41
OTHER_FILMS = 60
CLIPS = 6
PATIENCE_SECONDS = 30.0
CHECK_EACH = 10
"""Kills between two checks of the whole database."""
WORKER_WAIT_SECONDS = 150.0
"""Who died often is begun again after a minute at most."""
DRAWING_SECONDS = 900.0
"""In which the workers do what is left, on a busy machine."""


class Ordeal:
    """A server that is killed again and again, and those who write to it."""

    def __init__(self, folder: Path, seed: int, members: int) -> None:
        self.choice = random.Random(seed)
        self.site = make_site(folder / "site")
        self.clips = [folder / f"clip {number}.mp4" for number in range(CLIPS)]
        for number, clip in enumerate(self.clips):
            collection.film(clip, number)
        films = [f"member's {number}.mp4" for number in range(MEMBERS_FILMS)]
        self.number = 0
        for name in films:
            self.put(name)
        self.others = [self.put() for _ in range(OTHER_FILMS)]
        write_legacy(folder / "legacy", self.others, 1)
        self.legacy = folder / "legacy"
        self.site.run("scan_videos")
        self.server = Server(self.site)
        self.port = self.server.port
        self.household = Household(self.site.data, films, lambda: self.port, members)
        self.faults: list[str] = []
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        """{what was killed: how long until the server answered}."""
        self._targets: dict[Callable[[], None], int] = {
            self.a_web_process: 70, self.all_web_processes: 5, self.a_task_worker: 12, self.the_watcher: 2,
            self.the_master: 2, self.serve: 2, self.everything: 3, self.a_scan: 2, self.an_import: 2,
        }  # fmt: skip
        """Each with how often it is hit, of a hundred times."""

    def put(self, name: str = "") -> str:
        """A film that no other equals; returns its name."""
        self.number += 1
        name = name or f"take {self.number}.mp4"
        collection.twin(self.choice.choice(self.clips), self.site.videos / name, self.number)
        return name

    # --- What is killed --------------------------------------------------------------------------------------------

    def a_web_process(self) -> None:
        kill(self.choice.choice(web_processes(self.server)))
        self._wait_for_web_processes()

    def all_web_processes(self) -> None:
        kill(*web_processes(self.server))
        self._wait_for_web_processes()

    def a_task_worker(self) -> None:
        self.put()
        kill(*self.server.workers()[:1])

    def the_watcher(self) -> None:
        kill(*self.server.processes("watch_videos")[:1])

    def the_master(self) -> None:
        before = set(web_processes(self.server))
        kill(*{parent_of(pid) for pid in before})
        self._until(lambda: not before & set(web_processes(self.server)), "the end of its web processes")
        self._wait_for_web_processes()

    def serve(self) -> None:
        kill(self.server.process.pid)
        self._begin_again()

    def everything(self) -> None:
        kill(*(pid for pid, _ in site_processes(self.site)))
        self._begin_again()

    def a_scan(self) -> None:
        for _ in range(3):
            self.put()
        (self.site.videos / self.others[0]).rename(self.site.videos / f"moved {self.number}.mp4")
        self.others.append(f"moved {self.number}.mp4")
        self.others.pop(0)
        self._kill_command("scan_videos")

    def an_import(self) -> None:
        self._kill_command("import_json", str(self.legacy))

    def _kill_command(self, *arguments: str) -> None:
        with self.site.start(*arguments) as process:
            wait_for_database(process, self.site.data)
            time.sleep(self.choice.uniform(0, 0.5))
            process.kill()
            process.communicate()

    def _wait_for_web_processes(self) -> None:
        self._until(lambda: len(web_processes(self.server)) == WEB_PROCESSES, "all web processes")

    def _begin_again(self) -> None:
        """As a service manager does, once all is gone."""
        self._until(lambda: not site_processes(self.site), "the end of all processes")
        for pid, command in site_processes(self.site):
            self.faults.append(f"left over: {command}")
            kill(pid)
        self._stop()
        self.server = Server(self.site, "--port", str(self.port))
        self._wait_for_web_processes()

    def _stop(self) -> None:
        self.server.stop()
        self.faults += [f"the log: {line.strip()}" for line in self.server.errors if is_alarming(line)]

    # --- And what must be then -------------------------------------------------------------------------------------

    def strike(self) -> None:
        """One kill, and all that is promised after it."""
        (target,) = self.choice.choices(list(self._targets), list(self._targets.values()))
        time.sleep(self.choice.uniform(0.05, 0.4))
        began = time.monotonic()
        target()
        self._until(self._answers, "an answer")
        self.seconds[target.__name__].append(time.monotonic() - began)
        self.faults += [f"after {target.__name__}: {fault}" for fault in self.household.compare()]

    def check(self) -> None:
        """What SQLite says of it."""
        self.faults += verdicts(self.site.data)

    def _answers(self) -> bool:
        http = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        with suppress(OSError, HTTPException):
            http.request("GET", "/ping")
            return http.getresponse().status == 200
        return False

    def _until(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
        try:
            until(condition, what=what, seconds=seconds)
        except AssertionError as error:
            self.faults.append(str(error))

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """The members write until the end of the block; then all must come to rest, and be whole."""
        try:
            self._wait_for_web_processes()
            with self.household.at_home():
                yield
            self.come_to_rest()
        finally:
            self._stop()
            self._until(lambda: not site_processes(self.site), "the end of all processes")

    def come_to_rest(self) -> None:
        """All processes are there, all work is done, and nothing is lost."""
        self._until(
            lambda: len(self.server.workers()) == worker_count() and bool(self.server.processes("watch_videos")),
            "every process",
            WORKER_WAIT_SECONDS,
        )
        for arguments in (("scan_videos",), ("import_json", str(self.legacy))):
            ended = self.site.run(*arguments, check=False)
            self.faults += [f"{arguments[0]}: {ended.stderr}"] if ended.returncode else []
        self._until(lambda: not undrawn(self.site), "every poster", DRAWING_SECONDS)
        self._until(lambda: not unfinished(self.site), "the end of all tasks", DRAWING_SECONDS)
        self.faults += unfinished(self.site)
        self.faults += [*undrawn(self.site), *self.household.compare(), *self.household.faults()]
        self.check()


def web_processes(server: Server) -> list[int]:
    """Those that answer; there may be none for a moment."""
    family, found = server.processes("gunicorn"), []
    for pid in family:
        with suppress(OSError):
            found += [pid] if parent_of(pid) in family else []
    return found


def undrawn(site: Site) -> list[str]:
    """The films that are there and have no poster."""
    query = (
        "SELECT path, state, error FROM library_video v LEFT JOIN thumbnails_mediawork w ON w.video_id = v.id"
        " WHERE missing_since IS NULL AND state IS NOT 'ready'"
    )
    with reading(site.data / "db.sqlite3") as database:
        return [f"not drawn: {row}" for row in database.execute(query)]


def unfinished(site: Site) -> list[str]:
    """The tasks that run or wait for a worker."""
    query = f"SELECT task_path, status, count(*) FROM {TASKS} WHERE status IN ('RUNNING', 'READY') GROUP BY 1, 2"
    with reading(site.data / "db.sqlite3") as database:
        return [f"not done: {row}" for row in database.execute(query)]


def kill(*pids: int) -> None:
    """kill -9, in one go."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def is_alarming(line: str) -> bool:
    """Whether a log tells of more than that a process ended."""
    return any(word in line for word in ("locked", "Traceback", "Error", "corrupt", "malformed"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--members", type=int, default=4)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ordeal = Ordeal(Path(folder), arguments.seed, arguments.members)
        began = time.monotonic()
        with ordeal.going_on(), suppress(KeyboardInterrupt):
            for number in range(1, arguments.kills + 1):
                ordeal.strike()
                if number % CHECK_EACH == 0:
                    ordeal.check()
                    print(f"{number} kills, {len(ordeal.faults)} faults", file=sys.stderr, flush=True)
        minutes = (time.monotonic() - began) / 60
    print("| killed | times | seconds until it answered, median | longest |\n| --- | --- | --- | --- |")
    for target, seconds in sorted(ordeal.seconds.items()):
        name = target.replace("_", " ")
        print(f"| {name} | {len(seconds)} | {statistics.median(seconds):.2f} | {max(seconds):.2f} |")
    print(f"{sum(map(len, ordeal.seconds.values()))} kills in {minutes:.0f} minutes. Members: {ordeal.household}")
    print(f"{len(ordeal.faults)} faults", *ordeal.faults[:50], sep="\n")
    return int(bool(ordeal.faults))


if __name__ == "__main__":
    raise SystemExit(main())
