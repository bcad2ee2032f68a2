"""Two hundred visitors at a household's server.

    python -m benchmarks.visitors [--videos 333] [--users 200] [--seconds 90] [--warm-up 60] [--collection DIR]

Makes the collection, imports the old site's files, starts `manage.py serve`, waits until posters and storyboards are
drawn, and runs `manage.py load_test` beside it, once to warm up, and once that counts: the visitors share the machine
with the server. Ends with the load test's table and the rate at which the query cache answered in that time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from benchmarks.collection import make
from tests.environment import Site
from tests.serving import Server, serving, until

DRAWING_SECONDS = 1800
COUNTS = "from monitoring.query_cache import counts; print(*counts())"


def counts(site: Site) -> list[int]:
    """Hits, misses, stores, invalidations until now."""
    return list(map(int, site.run("shell", "-v0", "-c", COUNTS).stdout.split()))


def wait_for_drawings(server: Server, videos: int) -> None:
    """Until no task is left, so that visitors are all that there is to do."""
    query = "&".join(f"video={number}" for number in range(1, min(videos, 200) + 1))
    until(
        lambda: len(server.json(f"/posters?{query}")["posters"]) >= min(videos, 200),
        what="the posters",
        seconds=DRAWING_SECONDS,
    )
    server.wait_until_idle(DRAWING_SECONDS)


def load(site: Site, server: Server, users: int, seconds: int, **more: int) -> subprocess.CompletedProcess[bytes]:
    """A load test of so many visitors."""
    options = ["--url", server.url, "--users", str(users), "--seconds", str(seconds)]
    command = [site.python, "manage.py", "load_test", *options]
    return subprocess.run(command, cwd=site.cwd, env=site.env(), check=False, **more)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=333)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=90)
    parser.add_argument("--warm-up", type=int, default=60, help="seconds that don't count")
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
            if arguments.warm_up:
                load(site, server, arguments.users, arguments.warm_up, stdout=subprocess.DEVNULL)
            before, load_before = counts(site), os.getloadavg()[0]
            ended = load(site, server, arguments.users, arguments.seconds)
            hits, misses, stores, invalidations = (now - then for now, then in zip(counts(site), before, strict=True))
    print(f"load of the machine: {load_before:.1f} before, {os.getloadavg()[0]:.1f} after")
    print(f"query cache: {hits} hits, {misses} misses, {stores} stores, {invalidations} invalidations")
    print(f"hit rate: {hits / max(1, hits + misses):.1%}")
    return ended.returncode


if __name__ == "__main__":
    raise SystemExit(main())
