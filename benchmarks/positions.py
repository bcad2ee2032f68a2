"""What it costs the pages that many people watch: 100 viewers who each say where they are every 10 seconds.

    python -m benchmarks.positions [--seconds 10] [--turns 3] [--viewers 100]

`manage.py serve` with 333 videos of two hours, rows alone, asked by wrk (Debian's package) with 50 connections on the
same machine: the home page, then a mixture of pages. Turns with the viewers and without follow each other, in changing
order, and of each two the ratio counts. The viewers have accounts of their own and watch videos of their own. The first
line is what they do while nobody else comes; the last lines show what the same number of stars given costs, which make
all pages anew. What a page takes of a processor, with the writes beside it, depends less on what else the machine does
than pages a second.
"""

import argparse
import http.client
import json
import os
import random
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

from benchmarks.library import library_of
from benchmarks.serving import mixture, web_processes, wrk
from tests.environment import Site
from tests.serving import Server, serving, until

INTERVAL = 10.0
TOKEN = "a" * 32
HANDS = 4
SIGN_IN = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
for number in range({viewers}):
    user = User.objects.create(username=f"viewer{{number}}")
    user.set_unusable_password()
    user.save()
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    print("session", session.session_key)
from library.models import Video
Video.objects.update(duration=7200)
for path in Video.objects.values_list("path", flat=True):
    print("film", path)
"""


class Viewers:
    """People who watch: each writes every ten seconds, evenly spread, over a few connections."""

    def __init__(self, server: Server, cookies: list[str], names: list[str], route: str = "/position") -> None:
        self._server, self._cookies, self._names, self._route = server, cookies, names, route
        self._stop = threading.Event()
        self.took: list[float] = []
        """Seconds of each write."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Let them watch meanwhile."""
        hands = [threading.Thread(target=self._write, args=(number,)) for number in range(HANDS)]
        for hand in hands:
            hand.start()
        try:
            yield
        finally:
            self._stop.set()
            for hand in hands:
                hand.join()

    def _write(self, hand: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        step = INTERVAL / len(self._cookies)
        begin = time.perf_counter()
        viewer = hand
        while not self._stop.wait(max(0.0, begin + viewer * step - time.perf_counter())):
            number = viewer % len(self._cookies)
            start = time.perf_counter()
            body = json.dumps({"filename": self._names[number], **self._said(viewer)})
            cookie = f"csrftoken={TOKEN}; sessionid={self._cookies[number]}"
            headers = {"Content-Type": "application/json", "Cookie": cookie, "X-CSRFToken": TOKEN}
            connection.request("POST", self._route, body, headers)
            with connection.getresponse() as response:
                said = response.read()
                assert response.status == 200, said
            self.took.append(time.perf_counter() - start)
            viewer += HANDS

    def _said(self, time_round: int) -> dict[str, float]:
        if self._route == "/rate":
            return {"rating": time_round % 5 + 1}
        return {"seconds": 100 + time_round / 10, "duration": 7200}


def people_and_films(site: Site, viewers: int) -> tuple[list[str], list[str]]:
    """The sessions of that many accounts, made for this, and the names of the videos."""
    said = site.run("shell", "-v0", "-c", SIGN_IN.format(viewers=viewers)).stdout
    told = [line.partition(" ") for line in said.splitlines()]
    return [word for kind, _, word in told if kind == "session"], [word for kind, _, word in told if kind == "film"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--viewers", type=int, default=100)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        site = Site(library_of(333, folder))
        cookies, names = people_and_films(site, arguments.viewers)
        with serving(site) as server:
            server.wait_until_idle()
            pages = [path for path in mixture(names[:40]) if not path.startswith("/video/")]
            print(alone(server, cookies, names, arguments.seconds), flush=True)
            seconds, turns = arguments.seconds, arguments.turns
            for what, paths in (("home", ["/"]), ("mixture of pages", pages)):
                compare(what, server, cookies, names, paths, folder, seconds, turns)
            compare("home, stars instead", server, cookies, names, ["/"], folder, seconds, 1, "/rate")


def spent(server: Server) -> float:
    """Seconds of a processor that the web processes have taken until now."""
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in web_processes(server)]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def commits_seen(site: Site, seconds: float) -> int:
    """How often the database was another after a tenth of a second."""
    with closing(sqlite3.connect(site.data / "db.sqlite3")) as database:
        seen = []
        for _ in range(round(seconds * 10)):
            seen.append(database.execute("PRAGMA data_version").fetchone()[0])
            time.sleep(0.1)
    return len(set(seen)) - 1


def alone(server: Server, cookies: list[str], names: list[str], seconds: float) -> str:
    """What a write takes of a processor, what part of all the viewers need, and what they commit to the database."""
    until(lambda: not commits_seen(server.site, 5), what="a database at rest")
    viewers, before = Viewers(server, cookies, names), spent(server)
    with viewers.watching():
        commits = commits_seen(server.site, seconds)
    each = (spent(server) - before) / len(viewers.took)
    share = each * len(cookies) / INTERVAL / (os.cpu_count() or 1)
    return (
        f"{len(viewers.took)} writes, {commits} commits to the database; a write takes {each * 1e3:.1f} ms of a "
        f"processor, {len(cookies)} viewers {share:.1%} of all"
    )


def compare(
    what: str,
    server: Server,
    cookies: list[str],
    names: list[str],
    paths: list[str],
    folder: Path,
    seconds: float,
    turns: int,
    route: str = "/position",
) -> None:
    """Print the pages a second of each turn and what each takes of a processor, and the medians of their ratios."""
    wrk(server, paths, folder, 3)
    ratios, dearer = [], []
    for turn in range(turns):
        viewers = Viewers(server, cookies, names, route)
        rates, costs = {}, {}
        for watched in random.Random(turn).sample([False, True], 2):
            before = spent(server)
            with viewers.watching() if watched else nullcontext():
                rates[watched], _ = wrk(server, paths, folder, seconds)
            costs[watched] = (spent(server) - before) / rates[watched] / seconds
        ratios.append(rates[True] / rates[False])
        dearer.append(costs[True] / costs[False])
        took = sorted(viewers.took)
        print(
            f"{what}: {rates[False]:.0f} pages/s alone, {rates[True]:.0f} beside {len(took)} writes "
            f"of p50 {took[len(took) // 2] * 1e3:.0f} and p95 {took[len(took) * 95 // 100] * 1e3:.0f} ms: "
            f"ratio {ratios[-1]:.3f}; {costs[False] * 1e6:.0f} and {costs[True] * 1e6:.0f} µs of a processor a page",
            flush=True,
        )
    print(
        f"{what}: ratio {statistics.median(ratios):.3f} of pages/s, {statistics.median(dearer):.3f} of processor time, "
        f"writes included: the medians of {turns}",
        flush=True,
    )


if __name__ == "__main__":
    main()
