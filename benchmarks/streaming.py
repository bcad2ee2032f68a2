"""Streams of our server against nginx's, and pages beside a hundred streams, in one run.

    python -m benchmarks.streaming LIBRARY [--repeats 5]

LIBRARY is a folder that benchmarks.collection made. Its films and one of 1 GiB are copied to a temporary site, whose
web processes are started with the options of `serve`; nginx (which must be installed) serves the same folder with two
processes and sendfile. Everything lies in the page cache. Measured are, server after server in turn:

- one stream of 1 GiB, and 50 streams of 256 MiB each, read by one process that takes the bytes and looks at none;
- the resident memory of our web processes around that;
- that memory after 10,000 requests by 16 visitors: pages, ranges of films, and what scripts ask;
- 100 streams, of which 50 are read at 1 MiB/s and 50 as fast as they come, each compared with the file by its hash,
  and beside them the home page, asked for by another process; before them the same with no stream.
"""

import argparse
import hashlib
import json
import random
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.environment import HOUSE, Site, collected_static_files, make_site
from tests.gunicorn_server import Gunicorn, running
from videoserver.management.commands.serve import THREADS, WEB_ENVIRONMENT, WEB_PROCESSES

MIB = 1 << 20
FILM = "reel.mp4"
FILM_BYTES = 1024 * MIB
STREAM_BYTES = 256 * MIB
SLOW_BYTES = 16 * MIB
SLOW_RATE = MIB
VISITORS = 16
SHARES = (
    (0.3, ["/", "/?page={page}", "/?sort=title&page={page}", "/?sort=rating&page={page}", "/?sort=views"]),
    (0.5, ["/watch/{film}"]),
    (0.6, ["/tags", "/favorites", "/best-of", "/tag/summer", "/?q=harbour"]),
    (0.9, ["/video/{film}"]),
    (0.95, ["/get_views"]),
    (1.0, ["/ping"]),
)
"""What visitors ask for, and the share up to each."""
NGINX = """
daemon off; user root; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes {processes};
events {{ worker_connections 1000; }}
http {{
    access_log off; sendfile on; tcp_nopush on; types {{ video/mp4 mp4; }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; location /video/ {{ alias {videos}/; }} }}
}}
"""


@dataclass
class Stream:
    """One reader. `rate` is in bytes a second; 0 reads what comes."""

    first: int
    length: int
    rate: int = 0
    digest: Any = None
    received: int = 0
    connection: socket.socket = field(init=False)

    def begin(self, port: int) -> None:
        """Ask for the range, and read the headers."""
        self.connection = socket.create_connection(("127.0.0.1", port))
        last = self.first + self.length - 1
        wanted = f"GET /video/{FILM} HTTP/1.1\r\nHost: localhost\r\nRange: bytes={self.first}-{last}\r\n\r\n"
        self.connection.sendall(wanted.encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.connection.recv(1)
        assert head.startswith(b"HTTP/1.1 206"), head
        assert f"content-length: {self.length}".encode() in head.lower()
        self.connection.setblocking(False)


def read_all(port: int, streams: list[Stream]) -> float:
    """Read them side by side to their ends; the seconds that it took."""
    poller = selectors.DefaultSelector()
    block = memoryview(bytearray(MIB))
    began = time.perf_counter()
    for stream in streams:
        stream.begin(port)
        poller.register(stream.connection, selectors.EVENT_READ, stream)
    resting: list[Stream] = []
    while poller.get_map() or resting:
        seconds = time.perf_counter() - began
        for stream in [s for s in resting if s.received <= s.rate * seconds]:
            resting.remove(stream)
            poller.register(stream.connection, selectors.EVENT_READ, stream)
        for key, _ in poller.select(0.01 if resting else None):
            stream = key.data
            most = min(len(block), stream.length - stream.received, stream.rate // 4 or len(block))
            if stream.digest is None:
                count = stream.connection.recv_into(block, most, socket.MSG_TRUNC)  # the kernel drops them
            else:
                count = stream.connection.recv_into(block, most)
                stream.digest.update(block[:count])
            assert count, "a stream ended early"
            stream.received += count
            if stream.received == stream.length:
                poller.unregister(stream.connection)
                stream.connection.close()
            elif stream.rate and stream.received > stream.rate * (time.perf_counter() - began):
                poller.unregister(stream.connection)
                resting.append(stream)
    return time.perf_counter() - began


def throughput(port: int, count: int, length: int) -> float:
    """MiB/s of that many streams in all."""
    step = (FILM_BYTES - length) // count
    return count * length / MIB / read_all(port, [Stream(number * step, length) for number in range(count)])


def ask_for_pages(port: int, seconds: float) -> list[float]:
    """The milliseconds that the home page took, again and again, with pauses such as people make."""
    http = HTTPConnection("127.0.0.1", port, timeout=60)
    taken = []
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        began = time.perf_counter()
        http.request("GET", "/", headers={"Host": "localhost"})
        response = http.getresponse()
        assert response.status == 200
        response.read()
        taken.append(1000 * (time.perf_counter() - began))
        time.sleep(0.02)
    return taken


def mixed_requests(port: int, count: int) -> int:
    """Ask as 16 visitors do; the number of answers."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as http:
        http.request("GET", "/get_views")
        films = [quote(name) for name in json.load(http.getresponse()) if name != FILM]

    def visit(number: int) -> int:
        choice = random.Random(number)
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as http:
            for _ in range(count // VISITORS):
                film, kind = choice.choice(films), choice.random()
                address = choice.choice(next(addresses for share, addresses in SHARES if kind < share))
                path = address.format(film=film, page=choice.randint(1, 6))
                http.request("GET", path, headers={"Range": f"bytes={choice.randrange(20_000)}-"})
                response = http.getresponse()
                assert response.status in (200, 206, 416), response.status
                response.read()
        return count // VISITORS

    with ThreadPoolExecutor(VISITORS) as visitors:
        return sum(visitors.map(visit, range(VISITORS)))


def in_process(task: str, port: int, *arguments: object) -> subprocess.Popen[str]:
    """Have a process of its own do it and print what it found, as JSON."""
    command = [sys.executable, "-m", "benchmarks.streaming", f"--{task}", str(port), *map(str, arguments)]
    return subprocess.Popen(command, cwd=HOUSE, text=True, stdout=subprocess.PIPE)


def found(process: subprocess.Popen[str]) -> Any:
    """What it printed."""
    output, _ = process.communicate()
    assert process.returncode == 0
    return json.loads(output)


def percentile(values: list[float], percent: int) -> float:
    """Of the values, by statistics' default method."""
    return statistics.quantiles(values, n=100)[percent - 1]


def crowd(port: int, film: Path) -> list[bool]:
    """50 slow and 50 fast readers; for each whether it got the bytes of the file."""
    choice = random.Random(100)
    streams = []
    for number in range(100):
        length = SLOW_BYTES if number % 2 else STREAM_BYTES
        first = choice.randrange(FILM_BYTES - length)
        streams.append(Stream(first, length, rate=SLOW_RATE if number % 2 else 0, digest=hashlib.sha1()))
    read_all(port, streams)
    exact = []
    with film.open("rb") as file:
        for stream in streams:
            file.seek(stream.first)
            exact.append(hashlib.sha1(file.read(stream.length)).digest() == stream.digest.digest())
    return exact


def residents(server: Gunicorn) -> str:
    """Resident MiB of each of its processes."""
    status = [Path(f"/proc/{pid}/status").read_text().splitlines() for pid in server.workers()]
    kilobytes = [int(line.split()[1]) for lines in status for line in lines if line.startswith("VmRSS")]
    return " and ".join(f"{number / 1024:.0f}" for number in kilobytes)


@contextmanager
def nginx(videos: Path, folder: Path) -> Iterator[int]:
    """nginx for a folder of films; its port."""
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, processes=WEB_PROCESSES, videos=videos, port=port))
    process = subprocess.Popen(["nginx", "-c", configuration, "-e", folder / "error.log"])
    try:
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        yield port
    finally:
        process.terminate()
        process.wait()


def prepare(folder: Path, library: Path) -> Site:
    """The site: the library, and a film of 1 GiB in the page cache."""
    site = make_site(folder / "site")
    shutil.copytree(library, site.videos, dirs_exist_ok=True)
    block = random.Random(1).randbytes(16 * MIB)
    with (site.videos / FILM).open("wb") as file:
        for number in range(FILM_BYTES // len(block)):
            file.write(number.to_bytes(16) + block[16:])
    shutil.copytree(collected_static_files(), site.data / "static")
    site.run("import_json")
    return site


def compare(ours: Gunicorn, theirs: int, repeats: int) -> None:
    """Ours and nginx in turn."""
    rows: dict[str, dict[str, list[float]]] = {}
    print("| streams | ours, MiB/s | nginx, MiB/s | ratio | web processes, resident MiB |", flush=True)
    for count, length in ((1, FILM_BYTES), (50, STREAM_BYTES)):
        taken = rows.setdefault(str(count), {"ours": [], "nginx": []})
        for _ in range(repeats):
            taken["ours"].append(found(in_process("throughput", ours.port, count, length)))
            taken["nginx"].append(found(in_process("throughput", theirs, count, length)))
        ours_median, nginx_median = statistics.median(taken["ours"]), statistics.median(taken["nginx"])
        ratio = ours_median / nginx_median
        print(f"| {count} | {ours_median:.0f} | {nginx_median:.0f} | {ratio:.2f} | {residents(ours)} |", flush=True)


def pages_beside(ours: Gunicorn, film: Path) -> None:
    """The home page alone, and beside a hundred streams."""
    idle = found(in_process("pages", ours.port, 10))
    streams = in_process("crowd", ours.port, film)
    pages = in_process("pages", ours.port, 15)
    beside = found(pages)
    assert streams.poll() is None, "the streams ended before the pages"
    exact = found(streams)
    print(f"100 streams: {sum(exact)} byte-exact; {residents(ours)} MiB")
    for name, taken in (("alone", idle), ("beside", beside)):
        print(
            f"home page {name}: {len(taken)} times, p50 {percentile(taken, 50):.1f}, p95 {percentile(taken, 95):.1f} ms"
        )
    print(f"p95, ratio: {percentile(beside, 95) / percentile(idle, 95):.1f}")


def main() -> None:
    """Measure all, or be one of the processes that measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", type=Path, nargs="?")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--throughput", nargs=3, type=int, help=argparse.SUPPRESS)
    parser.add_argument("--pages", nargs=2, type=int, help=argparse.SUPPRESS)
    parser.add_argument("--mixed", nargs=2, type=int, help=argparse.SUPPRESS)
    parser.add_argument("--crowd", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.throughput:
        print(throughput(*arguments.throughput))
    elif arguments.pages:
        print(json.dumps(ask_for_pages(*arguments.pages)))
    elif arguments.mixed:
        print(mixed_requests(*arguments.mixed))
    elif arguments.crowd:
        print(json.dumps(crowd(int(arguments.crowd[0]), Path(arguments.crowd[1]))))
    elif not arguments.library:
        parser.error("whose videos? Name a library")
    else:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            site = prepare(folder, arguments.library)
            options = {"workers": WEB_PROCESSES, "threads": THREADS}
            with running(site, **options, **WEB_ENVIRONMENT) as ours, nginx(site.videos, folder / "nginx") as theirs:
                found(in_process("pages", ours.port, 3))
                print(f"web processes at their start: {residents(ours)} MiB")
                answered = found(in_process("mixed", ours.port, 10_000))
                print(f"after {answered} mixed requests: {residents(ours)} MiB", flush=True)
                pages_beside(ours, site.videos / FILM)
                compare(ours, theirs, arguments.repeats)


if __name__ == "__main__":
    main()
