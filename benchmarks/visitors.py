"""Fifty and two hundred visitors at a household's server: the table of targets.

    python -m benchmarks.visitors [--videos 333] [--users 50 200] [--seconds 60] [--warm-up 30] [--collection DIR]

Makes the collection, imports the old site's files, starts `manage.py serve`, waits until posters and storyboards are
drawn, and runs `manage.py load_test` beside it for each number of visitors: they share the machine with the server.
Ends with what each run reached, as rows of a table. What the server says of itself is of the same time: its 95th
percentile, the query cache's hits, and the resident memory of its web processes at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.collection import make
from benchmarks.serving import resident
from monitoring import ledger, measures
from tests.environment import Site
from tests.serving import Server, serving, until

DRAWING_SECONDS = 1800
LATEST = """
from monitoring.models import LoadRun
run = LoadRun.objects.latest("pk")
print(json.dumps([run.requests, run.errors, run.seconds, run.p50_ms, run.p95_ms, run.p99_ms]))
"""
START_SECONDS = 0.5, 2.5
"""What the command needs before the visitors come, at least and at most. What they put back after the end is not part
of what is compared."""


class Reached(NamedTuple):
    """What came of a number of visitors."""

    users: int
    requests: int
    errors: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    told_p95_ms: float
    """By the server's own counts."""
    hit_rate: float
    memory: list[int]
    """MB of each web process."""
    load: float
    """Of the machine, in the minute before the end."""

    def __str__(self) -> str:
        rate = self.requests / self.seconds
        memory = " and ".join(map(str, self.memory))
        return (
            f"| {self.users} | {self.requests} | {self.errors} | {rate:.0f} | {self.p50_ms:.1f} | {self.p95_ms:.1f} | "
            f"{self.p99_ms:.1f} | {self.told_p95_ms:.1f} | {self.hit_rate:.1%} | {memory} | {self.load:.1f} |"
        )


def wait_for_drawings(server: Server, videos: int) -> None:
    """Until no task is left, so that visitors are all that there is to do."""
    query = "&".join(f"video={number}" for number in range(1, min(videos, 200) + 1))
    until(
        lambda: len(server.json(f"/posters?{query}")["posters"]) >= min(videos, 200),
        what="the posters",
        seconds=DRAWING_SECONDS,
    )
    server.wait_until_idle(DRAWING_SECONDS)


def load(site: Site, server: Server, users: int, seconds: int, warm_up: int) -> Reached:
    """A load test of so many visitors, whose table is printed."""
    options = ["--url", server.url, "--users", str(users), "--seconds", str(seconds), "--warm-up", str(warm_up)]
    with subprocess.Popen([site.python, "manage.py", "load_test", *options], cwd=site.cwd, env=site.env()):
        began = time.monotonic()
        time.sleep(warm_up + START_SECONDS[1])
        before = ledger.totals(site.data / "metrics")
        time.sleep(max(0.0, began + warm_up + seconds + START_SECONDS[0] - time.monotonic()))
        added = measures.since(ledger.totals(site.data / "metrics"), before)
    memory, machine = resident(server), os.getloadavg()[0]
    requests, errors, lasted, *times = json.loads(site.run("shell", "-v0", "-c", f"import json{LATEST}").stdout)
    told, hit_rate = measures.all_routes(added).percentile_ms(0.95), measures.cache(added).hit_rate
    return Reached(users, requests, errors, lasted, *times, told or 0.0, hit_rate or 0.0, memory, machine)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=333)
    parser.add_argument("--users", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--warm-up", type=int, default=30, help="seconds that don't count")
    parser.add_argument("--collection", type=Path, help="where it is, or is to be made and stay")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        collection = arguments.collection or site.videos
        make(collection, arguments.videos)
        if collection != site.videos:
            site.videos.symlink_to(collection.resolve())
        print(site.run("import_json").stdout.splitlines()[-1])
        with serving(site) as server:
            wait_for_drawings(server, arguments.videos)
            print("All posters and storyboards are drawn.", flush=True)
            runs = [load(site, server, users, arguments.seconds, arguments.warm_up) for users in arguments.users]
    print(
        "| visitors | requests | errors | a second | p50 | p95 | p99, ms | p95 by the server | hit rate | MB | load |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    print(*runs, sep="\n")
    return int(any(run.errors for run in runs))


if __name__ == "__main__":
    raise SystemExit(main())
