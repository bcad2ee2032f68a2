"""Scans of a great library against `find`, in one run.

    python -m benchmarks.scanning [--files 100000] [--folders 2000]

Makes the files (tiny, each of its own content) in a temporary folder, then measures: the first scan, rescans of
nothing new, a rescan after 1,000 moves, and around each `find ROOT -printf '%s %T@ %p\\n'` on the same files. Each scan
is the one that `scan_videos` does, in a process of its own whose start is not counted; its peak of memory is. Last come
two more scans, a first one and one after moves, beside which a web server is asked for pages.
"""

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests import gunicorn_server
from tests.environment import HOUSE, Site, collected_static_files, make_site

YEAR_2020 = 1_577_836_800
SCAN = """
import json, resource, time
import django
django.setup()
from library import scanning
start = time.perf_counter()
report = scanning.scan()
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak": peak, "report": vars(report)}))
"""


def make(root: Path, files: int, folders: int) -> None:
    """The library: files spread over the folders, two levels deep."""
    for number in range(files):
        folder = root / f"shelf {number % folders % 40}" / f"box {number % folders}"
        if number < folders:
            folder.mkdir(parents=True, exist_ok=True)
        film = folder / f"film {number:06}.mp4"
        film.write_bytes(b"film %d" % number)
        os.utime(film, (YEAR_2020 + 60 * number,) * 2)


def find(root: Path) -> float:
    """Seconds that find takes."""
    start = time.perf_counter()
    subprocess.run(["find", root, "-printf", r"%s %T@ %p\n"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def scan(site: Site) -> dict[str, Any]:
    """What a scan reported, its seconds and its peak of memory in MB."""
    environment = site.env(DJANGO_SETTINGS_MODULE="videoserver.settings")
    ended = subprocess.run([sys.executable, "-c", SCAN], cwd=HOUSE, env=environment, check=True, stdout=subprocess.PIPE)
    result: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return result


def move(root: Path, count: int, folder: str) -> None:
    """Put some files into a new folder."""
    target = root / folder
    target.mkdir()
    for path in sorted(root.rglob("*.mp4"))[:count]:
        path.rename(target / path.name)


def ask_for_pages(port: int, until: Future[Any]) -> list[float]:
    """The seconds that each page took, asked for one after another until the work beside them has ended."""
    seconds = []
    for address in itertools.cycle(["/", "/?sort=title", "/best-of", "/tags", "/ping"]):
        if until.done():
            break
        start = time.perf_counter()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{address}", timeout=60) as answer:
            answer.read()
        seconds.append(time.perf_counter() - start)
    return seconds


def scan_beside_visitors(name: str, site: Site) -> None:
    """Print how pages answered while the scan went on."""
    with gunicorn_server.running(site) as server, ThreadPoolExecutor() as pool:
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/").close()  # the first one waits for the server's start
        work = pool.submit(scan, site)
        pages = sorted(ask_for_pages(server.port, work))
        p50, p95, longest = (1e3 * pages[int(share * (len(pages) - 1))] for share in (0.5, 0.95, 1))
        print(
            f"{name:34} {work.result()['seconds']:8.2f} s; beside it {len(pages)} pages, "
            f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {longest:.0f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--folders", type=int, default=2_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = make_site(Path(folder))
        shutil.copytree(collected_static_files(), site.data / "static")
        make(site.videos, arguments.files, arguments.folders)
        print(f"{'scan':24} {'seconds':>8} {'files/s':>9} {'find':>6} {'ratio':>6} {'peak MB':>8}  report")
        for name in ("first", *["nothing new"] * 5, "after 1,000 moves", "after 1,000 moves"):
            if name.startswith("after"):
                move(site.videos, 1_000, f"moved {time.time_ns()}")
            found = [find(site.videos) for _ in range(3)]
            result = scan(site)
            found += [find(site.videos) for _ in range(3)]
            counts = {key: value for key, value in result["report"].items() if value}
            seconds, middle = float(result["seconds"]), statistics.median(found)
            print(
                f"{name:24} {seconds:8.2f} {arguments.files / seconds:9.0f} {middle:6.2f} {seconds / middle:6.1f} "
                f"{result['peak']:8.0f}  {counts}"
            )
        move(site.videos, 1_000, "moved while visitors were there")
        scan_beside_visitors("after 1,000 moves, with visitors", site)
        for file in site.data.glob("db.sqlite3*"):
            file.unlink()
        site.run("migrate", "-v0")
        scan_beside_visitors("first, with visitors", site)


if __name__ == "__main__":
    main()
