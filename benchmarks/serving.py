"""The whole server under many clients: pages a second, memory, what it reads.

    python -m benchmarks.serving [--seconds 10] [--requests 100000] [--in DIR]

`manage.py serve` with 333 videos, asked by wrk (Debian's package) with 50 connections on the same machine. First the
home page, when nothing changes and with ten stars given a second beside it, each with its median and its 95th
percentile. Then a mixture of pages, posters' states and ranges: the resident memory of each web process after 10,000
requests and as they go on, and what the kernel counts of warm requests (/proc/PID/io): bytes from the disk, and bytes
through read calls, among which it counts those that sendfile sends.
"""

import argparse
import http.client
import json
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from benchmarks import collection
from tests.environment import collected_static_files, make_site
from tests.serving import Server, parent_of, serving

CLIENTS = 50
COOKIE = f"csrftoken={'a' * 32}"
LUA = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
math.randomseed(7)
wrk.headers["Cookie"] = "%s"
wrk.headers["Accept-Encoding"] = "gzip, deflate, br"
request = function()
  local path = paths[math.random(#paths)]
  if path:sub(1, 7) == "/video/" then
    return wrk.format("GET", path, {["Range"] = "bytes=1000-66000", ["Cookie"] = wrk.headers["Cookie"]})
  end
  return wrk.format("GET", path)
end
"""


def wrk(server: Server, paths: list[str], folder: Path, seconds: float) -> tuple[float, str]:
    """(requests a second, what wrk says of latency and errors) of paths taken by chance."""
    (folder / "paths").write_text("\n".join(paths))
    (folder / "wrk.lua").write_text(LUA % (folder / "paths", COOKIE))
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds:.0f}s", "--latency", "-s", folder / "wrk.lua", server.url]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    shares = re.findall(r"^ +(50|99)% +(\S+)", said, re.MULTILINE)
    errors = re.findall(r"^ +(?:Non-2xx|Socket errors).*", said, re.MULTILINE)
    rate = re.search(r"Requests/sec: +([0-9.]+)", said)
    assert rate, said
    words = ", ".join(f"p{share} {value}" for share, value in shares)
    return float(rate[1]), " ".join([words, *(error.strip() for error in errors)])


@contextmanager
def ten_writes_a_second(server: Server, names: list[str]) -> Iterator[list[float]]:
    """Give stars meanwhile; the seconds that each took come into the list."""
    stop, took = threading.Event(), []

    def write() -> None:
        dice = random.Random(1)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        headers = {"Content-Type": "application/json", "Cookie": COOKIE, "X-CSRFToken": "a" * 32}
        while not stop.wait(max(0.0, 0.1 - (took[-1] if took else 0))):
            start = time.perf_counter()
            body = json.dumps({"filename": dice.choice(names), "rating": dice.randint(1, 5)})
            connection.request("POST", "/rate", body, headers)
            with connection.getresponse() as response:
                assert response.status == 200, response.read()
                response.read()
            took.append(time.perf_counter() - start)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield took
    finally:
        stop.set()
        writer.join()


def web_processes(server: Server) -> list[int]:
    """The processes that answer."""
    master = server.master()
    return [pid for pid in server.processes("gunicorn") if parent_of(pid) == master]


def resident(server: Server) -> list[int]:
    """MB of each web process."""
    found = (re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()) for pid in web_processes(server))
    return [int(match[1]) // 1024 for match in found if match]


def counted(server: Server) -> dict[str, int]:
    """The kernel's counts of what all web processes read."""
    counts: dict[str, int] = {"rchar": 0, "read_bytes": 0}
    for pid in web_processes(server):
        for line in Path(f"/proc/{pid}/io").read_text().splitlines():
            name, _, value = line.partition(": ")
            if name in counts:
                counts[name] += int(value)
    return counts


def mixture(names: list[str]) -> list[str]:
    """Paths as visitors ask for them."""
    pages = [
        "/",
        "/?sort=title",
        "/?sort=rating",
        "/?page=2",
        "/?page=4",
        "/best-of",
        "/favorites",
        "/tags",
        "/get_views",
    ]
    watched = [f"/watch/{quote(name)}" for name in names]
    bytes_of = [f"/video/{quote(name)}" for name in names[::4]]
    states = [f"/posters?video={number}&video={number + 1}" for number in range(1, 200, 5)]
    return pages * 30 + watched + bytes_of + states


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--requests", type=int, default=100_000, help="of the mixture")
    parser.add_argument(
        "--in", type=Path, dest="collection", help="a folder with the collection of benchmarks.collection"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        site = make_site(folder / "site")
        shutil.copytree(collected_static_files(), site.data / "static")
        site.videos.rmdir()
        if arguments.collection:
            site.videos.symlink_to(arguments.collection.resolve())
        else:
            collection.make(site.videos, 333)
        site.run("import_json")
        with serving(site) as server:
            server.wait_until_idle(seconds=1_800)
            print("All posters and storyboards are drawn.", flush=True)
            names = sorted(path.name for path in site.videos.iterdir() if path.suffix != ".json")
            measure(server, names, folder, arguments.seconds, arguments.requests)


def measure(server: Server, names: list[str], folder: Path, seconds: float, requests: int) -> None:
    """Print it all."""
    rate, words = wrk(server, ["/"], folder, seconds)
    print(f"home, {CLIENTS} clients, nothing changes: {rate:.0f} pages/s; {words}", flush=True)
    with ten_writes_a_second(server, names) as took:
        rate, words = wrk(server, ["/"], folder, seconds)
    writes = f"{len(took)} writes, {sorted(took)[len(took) // 2] * 1e3:.0f} ms each"
    print(f"home, {CLIENTS} clients, with {writes}: {rate:.0f} pages/s; {words}", flush=True)
    paths = mixture(names)
    done = 0.0
    while done < requests:
        before, start = counted(server), time.perf_counter()
        rate, words = wrk(server, paths, folder, 3 if done < 10_000 else 15)
        part = rate * (time.perf_counter() - start)
        done += part
        after = counted(server)
        disk, calls = ((after[name] - before[name]) / part for name in ("read_bytes", "rchar"))
        print(
            f"mixture, {done:.0f} requests so far: {resident(server)} MB; read for each {disk:.0f} bytes from the disk "
            f"and {calls:.0f} through read calls; {rate:.0f} a second, {words}",
            flush=True,
        )
    for what, asked in (("home", ["/"]), ("pages", [path for path in paths if not path.startswith("/video/")])):
        wrk(server, asked, folder, 3)
        before, start = counted(server), time.perf_counter()
        rate, words = wrk(server, asked, folder, 3)
        part = rate * (time.perf_counter() - start)
        after = counted(server)
        disk, calls = ((after[name] - before[name]) / part for name in ("read_bytes", "rchar"))
        print(f"{what} alone, warm: read for each {disk:.0f} bytes from the disk, {calls:.0f} through read calls")


if __name__ == "__main__":
    main()
