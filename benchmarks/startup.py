"""How long `manage.py serve` takes until it answers, on a library that exists.

    python -m benchmarks.startup [--videos 100000] [--repeats 5]

The library is rows alone, above an empty folder, which changes nothing. A start is counted from the command to the
last byte of the home page; the first one, which collects the static files and makes the account, is told apart.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from tests.environment import Site, make_site


def make(folder: Path, videos: int) -> Site:
    """A site with that many videos."""
    site = make_site(folder)
    site.videos.mkdir(exist_ok=True)
    script = f"from benchmarks.library import fill; fill({videos})"
    environment = site.env(DJANGO_SETTINGS_MODULE="videoserver.settings")
    subprocess.run([site.python, "manage.py", "shell", "-v0", "-c", script], cwd=site.cwd, env=environment, check=True)
    return site


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def start(site: Site) -> tuple[float, float]:
    """(seconds until it accepts a connection, until the home page was read)."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [site.python, "manage.py", "serve", "--port", str(port)],
        cwd=site.cwd, env=site.env(), stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60):
                break
            time.sleep(0.01)
        listening = time.perf_counter() - began
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
            assert b'class="card"' in page.read()
        return listening, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = make(Path(folder), arguments.videos)
        print(f"{arguments.videos} videos; load of the machine {os.getloadavg()[0]:.1f}")
        print("first start: listens after {:.2f} s, first page after {:.2f} s".format(*start(site)))
        starts = [start(site) for _ in range(arguments.repeats)]
        for listening, answered in starts:
            print(f"listens after {listening:.2f} s, first page after {answered:.2f} s")
        print(f"median of {arguments.repeats}: {statistics.median(answered for _, answered in starts):.2f} s")


if __name__ == "__main__":
    main()
