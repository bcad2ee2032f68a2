"""An hour of a household's life, all at once: does anything fail, and does anything grow?

    python -m benchmarks.hour [--minutes 60] [--visitors 100] [--videos 2000]

`manage.py serve` over small real videos. Locust's visitors browse, watch, seek and write, paced as in life, and three
members of a household write and remember what was acknowledged. Meanwhile files come, move, change and go, and there
are scans, imports, backups, posters drawn again, and staff in the admin. Each minute tells the server's requests, the
errors among them, its 95th percentile, the memory (MB) and descriptors of its processes, and the write-ahead log.

At the end: what visitors and members met with, what the logs say, whether what was acknowledged is there, and by how
many MB an hour each process grew in the last three quarters. A file that was taken away is 404 for who was about to
watch it, and no error. Exits with 1 where anything failed.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from benchmarks import collection
from benchmarks.household import Household, verdicts
from monitoring import ledger, measures, processes
from monitoring.loadreport import LoadReport
from monitoring.visiting import Plan
from tests.environment import HOUSE, Site, make_site
from tests.serving import Server, serving

SEEDS = 12
"""Films that are really drawn; each video is one of them with a few bytes of its own at its end."""
MEMBERS_FILMS = 31
"""They stay where they are."""
OURS = re.compile(r"serve|web.*|media_worker.*|watch_videos")
ALARMS = ("Traceback", "locked", "Error", "CRITICAL")
GONE = ("GET /video/…", "404")
SETTLING = 0.25
"""The part of the time in which memory may still grow: posters are drawn, caches fill."""


class Chores:
    """What goes on besides, each at its own pace, until the end of the block."""

    def __init__(self, site: Site, server: Server, seeds: list[Path], videos: int) -> None:
        self.site, self.server, self.seeds = site, server, seeds
        self.number = videos
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []
        self._dice = random.Random(7)
        self._over = threading.Event()
        self._away: list[Path] = []
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self._password = re.search(r"its password (\S+)", server.printed)

    @contextmanager
    def going_on(self) -> Iterator[Chores]:
        """Each in a thread of its own."""
        paces: dict[Callable[[], None], float] = {
            self.move_files: 10, self.administer: 15, self.scan: 60, self.import_again: 100, self.draw_again: 120,
            self.back_up: 180, self.draw_missing: 300,
        }  # fmt: skip
        threads = [threading.Thread(target=self._repeat, args=pace) for pace in paces.items()]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _repeat(self, chore: Callable[[], None], seconds: float) -> None:
        while not self._over.wait(seconds * self._dice.uniform(0.8, 1.2)):
            try:
                chore()
                self.done[chore.__name__] += 1
            except (Exception, AssertionError) as error:  # noqa: BLE001 - whatever it is, the report shows it
                self.faults.append(f"{chore.__name__}: {error!r}")
                print(self.faults[-1], file=sys.stderr, flush=True)

    def move_files(self) -> None:
        """One comes, one moves, one is written anew, one goes, and at last comes back."""
        files = [path for path in self.site.videos.rglob("take *.mp4") if path.name[0] != "."]
        moved, changed, removed = self._dice.sample(files, 3)
        self.number += 1
        collection.twin(self._dice.choice(self.seeds), self.site.videos / f"take {self.number}.mp4", self.number)
        moved.rename(self._shelf() / moved.name)
        self.number += 1
        collection.twin(self._dice.choice(self.seeds), changed, self.number)
        self._away.append(self.site.folder / removed.name)
        removed.rename(self._away[-1])
        if len(self._away) > 5:
            back = self._away.pop(0)
            back.rename(self._shelf() / back.name)

    def _shelf(self) -> Path:
        shelf = self.site.videos / f"shelf {self._dice.randrange(20)}"
        shelf.mkdir(exist_ok=True)
        return shelf

    def scan(self) -> None:
        self._command("scan_videos")

    def import_again(self) -> None:
        """Documents that say something new of files that nobody else writes about."""
        folder = self.site.folder / "legacy"
        folder.mkdir(exist_ok=True)
        names = [f"take {number}.mp4" for number in self._dice.sample(range(MEMBERS_FILMS, self.number), 300)]
        for name, document in collection.legacy(names, self._dice):
            (folder / name).write_text(json.dumps(document), encoding="utf-8")
        self._command("import_json", str(folder))

    def back_up(self) -> None:
        self._command("backup", str(self.site.folder / "backup.sqlite3"), "--force")

    def draw_missing(self) -> None:
        self._command("make_thumbnails")

    def draw_again(self) -> None:
        """The posters of twenty films, by the admin's action."""
        self._sign_in()
        page = self._admin("/admin/thumbnails/mediawork/")
        rows = re.findall(r'name="_selected_action" value="(\d+)"', page)[:20]
        chosen = [("action", "render_again"), ("index", "0"), *(("_selected_action", row) for row in rows)]
        self._admin("/admin/thumbnails/mediawork/", [*chosen, ("csrfmiddlewaretoken", self._token(page))])

    def administer(self) -> None:
        """A curator looks around, and gives a film another title."""
        self._sign_in()
        for path in ("/admin/", "/admin/library/tag/", "/admin/performance/", "/admin/cache/status/", "/metrics"):
            self._admin(path)
        rows = re.findall(r'href="(/admin/library/video/\d+/change/)', self._admin("/admin/library/video/?q=take"))
        page = self._admin(row := self._dice.choice(rows))
        fields = re.findall(r'<input type="(?:text|hidden|number)" name="([^"]+)" value="([^"]*)"', page)
        kept = [field for field in fields if field[0] != "custom_title"]
        self._admin(row, [*kept, ("custom_title", f"Title {self._dice.randrange(10**6)}"), ("_save", "Save")])

    def _sign_in(self) -> None:
        assert self._password
        page = self._admin("/admin/login/")
        if 'name="password"' in page:
            fields = {"username": "admin", "password": self._password[1], "csrfmiddlewaretoken": self._token(page)}
            self._admin("/admin/login/?next=/admin/", list(fields.items()))

    def _admin(self, path: str, fields: list[tuple[str, str]] | None = None) -> str:
        form = urlencode(fields).encode() if fields is not None else None
        try:
            with self._opener.open(self.server.url + path, form, timeout=60) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            with error:
                raise AssertionError(f"{path} answers {error.code}: {error.read()[:300]!r}") from error

    def _token(self, page: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found
        return found[1]

    def _command(self, *arguments: str) -> None:
        with self.site.start(*arguments) as process:
            output, errors = process.communicate(timeout=1_800)
        if process.returncode or alarms(f"{output}{errors}".splitlines()):
            self.faults.append(f"{arguments[0]} ended with {process.returncode}: {output[-500:]}{errors[-500:]}")


def alarms(lines: list[str]) -> list[str]:
    """What a log must not say."""
    return [line for line in lines if any(word in line for word in ALARMS)]


class Watch:
    """Looks at the server each minute, and remembers."""

    def __init__(self, server: Server) -> None:
        self.server, self.data = server, server.site.data
        self.began = time.monotonic()
        self.memory: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        """{process: [(hours since the beginning, MB)]}."""
        self.errors = 0
        self._before = ledger.totals(self.data / "metrics")
        print("| minute | requests | errors | p95, ms | MB | descriptors | log, MB | alarms |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)

    def look(self) -> None:
        """A row of the table."""
        now, hours = ledger.totals(self.data / "metrics"), (time.monotonic() - self.began) / 3600
        added, self._before = measures.all_routes(measures.since(now, self._before)), now
        self.errors += added.errors
        ours = [usage for usage in processes.family(self.server.process.pid) if OURS.fullmatch(usage.name)]
        for usage in ours:
            self.memory[usage.name].append((hours, usage.memory / 1e6))
        memory = ", ".join(f"{usage.name} {usage.memory / 1e6:.0f}" for usage in ours)
        log = sum(path.stat().st_size for path in self.data.glob("db.sqlite3-wal")) / 1e6
        alarmed = len(alarms(self.server.errors))
        p95 = added.percentile_ms(0.95) or 0
        descriptors = ", ".join(str(_descriptors(usage.pid)) for usage in ours)
        row = (
            f"{hours * 60:.0f}",
            added.requests,
            added.errors,
            f"{p95:.0f}",
            memory,
            descriptors,
            f"{log:.1f}",
            alarmed,
        )
        print("| " + " | ".join(map(str, row)) + " |", flush=True)

    def growth(self) -> dict[str, float]:
        """{process: MB an hour}, after it has settled."""
        grown = {}
        for name, seen in self.memory.items():
            late = [row for row in seen if row[0] >= SETTLING * seen[-1][0]]
            if len(late) > 1:
                grown[name] = statistics.linear_regression(*zip(*late, strict=True)).slope
        return grown


def _descriptors(pid: int) -> int:
    with suppress(OSError):
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return 0


def visit(plan: Plan) -> subprocess.Popen[str]:
    """Locust's visitors, in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "monitoring.visitors"], cwd=HOUSE, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(json.dumps(plan.to_json()) + "\n")
    process.stdin.flush()
    return process


def heard(lines: Any, reports: list[LoadReport]) -> None:
    """Read what the visitors tell until they leave."""
    reports += [LoadReport.of(said["report"]) for said in map(json.loads, lines) if said.get("report")]


def live(server: Server, household: Household, chores: Chores, minutes: float, visitors: int) -> list[str]:
    """All of it; what went wrong."""
    tags = list(server.json("/library/tags")["tags"])
    reports: list[LoadReport] = []
    watch = Watch(server)
    with visit(Plan(server.url, visitors, minutes * 60, known_tags=tags)) as locusts:
        reader = threading.Thread(target=heard, args=(locusts.stdout, reports))
        reader.start()
        with household.at_home(), chores.going_on():
            for minute in range(1, round(minutes) + 1):
                time.sleep(max(0.0, watch.began + 60 * minute - time.monotonic()))
                watch.look()
        reader.join()
    faults = [*household.faults(), *chores.faults, *household.compare(), *verdicts(server.site.data)]
    for report in reports:
        total = report.total
        print(f"\n{total.requests} requests of {visitors} visitors: p50 {total.p50:.0f}, p95 {total.p95:.0f} ms")
        print(f"Answered 404 for a file that had just gone: {sum(n for *f, n in report.faults if tuple(f) == GONE)}")
        faults += [f"visitors: {fault}" for fault in report.faults if fault[:2] != GONE]
    faults += [] if reports else ["the visitors told nothing"]
    faults += [f"{watch.errors} answers of status 500 and above"] if watch.errors else []
    print(f"Members: {household}")
    print(f"Chores: {', '.join(f'{name} {times}' for name, times in sorted(chores.done.items()))}")
    print("MB an hour: " + ", ".join(f"{name} {slope:+.1f}" for name, slope in watch.growth().items()), flush=True)
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--visitors", type=int, default=100)
    parser.add_argument("--videos", type=int, default=2_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        seeds = [folder / f"seed {number}.mp4" for number in range(SEEDS)]
        for number, seed in enumerate(seeds):
            collection.film(seed, number)
        site = make_site(folder / "site")
        for number in range(arguments.videos):
            name = f"member's {number}.mp4" if number < MEMBERS_FILMS else f"take {number}.mp4"
            collection.twin(seeds[number % SEEDS], site.videos / name, number)
        site.run("scan_videos")
        with serving(site) as server:
            chores = Chores(site, server, seeds, arguments.videos)
            films = [f"member's {number}.mp4" for number in range(MEMBERS_FILMS)]
            household = Household(site.data, films, lambda: server.port, members=3, pause=2.0)
            faults = live(server, household, chores, arguments.minutes, arguments.visitors)
        faults += [f"the server's log: {line.strip()}" for line in alarms(server.errors)]
    print(f"{len(faults)} faults", *faults[:50], sep="\n")
    return int(bool(faults))


if __name__ == "__main__":
    raise SystemExit(main())
