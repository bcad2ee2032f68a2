"""What the monitoring costs, whether it counts right, and how large and slow its history becomes.

    python -m benchmarks.monitoring [--overhead] [--counts] [--history] [--seconds 20]

Overhead: two WSGI applications in one process, one of them without the monitoring's middleware, make the home page in
turn, of which nothing changed; what counts is processor time. Counts: `serve` under clients in processes of their own,
whose notes, and a log of the query cache (benchmarks/monitored.py), are held against the dashboard.
History: 90 days of samples of 25 busy routes; the room that they take, and the time for the dashboard of 90 days.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import shutil
import socket
import statistics
import tempfile
import time
import urllib.parse
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

from benchmarks import collection
from benchmarks.pages import ask, child
from tests.environment import Site, collected_static_files, make_site
from tests.gunicorn_server import running
from tests.serving import Server, serving

TURN, TURNS = 50, 400
"""Pages in a turn, and turns."""
VIDEOS = 60
CLIENTS = 4
COOKIE = f"csrftoken={'a' * 32}"
HOME = f"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: {COOKIE}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
ROUTES = {
    "/": "home", "/tags": "tags", "/best-of": "best_of", "/favorites": "favorites", "/get_views": "get_views",
}  # fmt: skip
FILL = """
import math, random
from datetime import UTC, datetime, timedelta
from monitoring import measures
from monitoring.measurement import Measurement
from monitoring.models import Sample
from monitoring.sampling import RESOLUTIONS
dice, now = random.Random(1), datetime.now(UTC)
def a_route(width):
    count = int(width * dice.uniform(0.01, 1)) + 1
    row = {1: count, 3: 1, 5: count * 5000, 6: count, 7: count * 10**6, 8: count * 10**7, 15: count, 16: count}
    for _ in range(40):
        place = measures.TIMES + min(max(int(dice.gauss(60, 15)), 0), 160)
        row[place] = row.get(place, 0) + dice.randint(1, 1 + count // 40)
    return row
def a_span(width):
    rows = {f"{measures.ROUTE}route number {number}": a_route(width) for number in range(25)}
    for number in range(20):
        hits, spent = dice.randint(1, 10**6), dice.randint(1, 10**9)
        rows[f"{measures.TABLE}library_table_{number}"] = {0: hits, 1: 7, 2: 5, 3: 3, 4: spent}
    rows[measures.CACHE] = {0: dice.randint(1, 10**6), 1: 99}
    gauges = {f"gauge {number}": dice.random() * 10**9 for number in range(20)} | {"waiting": 1, "running": 1}
    processes = {f"process {number}": (dice.randint(10**7, 10**8), dice.random()) for number in range(10)}
    return Measurement(width, rows, gauges, processes)
for width, keep in RESOLUTIONS:
    ends = (datetime.fromtimestamp(now.timestamp() // width * width, UTC) - timedelta(seconds=width * number)
            for number in range(int(keep.total_seconds() // width)))
    Sample.objects.bulk_create([Sample.of(a_span(width), width, end) for end in ends], 500)
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
print(Sample.objects.count())
"""


RENDER = """
import statistics, time
from django.template.loader import render_to_string
from monitoring.dashboard import SPANS, Dashboard
for span in SPANS.values():
    took = []
    for _ in range(12):
        began, began_here = time.perf_counter(), time.thread_time()
        shown = Dashboard(span, "p95", descending=True)
        page = render_to_string("monitoring/performance_content.html", {"dashboard": shown})
        took.append(((time.perf_counter() - began) * 1e3, (time.thread_time() - began_here) * 1e3))
    whole, here = (statistics.median(times) for times in zip(*took[1:]))
    print(f"{span.label}: {page.count('<figure')} charts and all tables in {here:.0f} ms of processor time, "
          f"{whole:.0f} ms in all, {len(page) / 1024:.0f} KB")
"""


def a_site(folder: Path) -> Site:
    """A page of videos, no posters, and an account for the staff."""
    site = make_site(folder)
    site.videos.rmdir()
    collection.make(site.videos, VIDEOS)
    site.run("import_json")
    make = "get_user_model().objects.create_superuser('admin', password='secret')"
    site.run("shell", "-v0", "-c", f"from django.contrib.auth import get_user_model; {make}")
    if not (site.data / "static").exists():
        shutil.copytree(collected_static_files(), site.data / "static")
    return site


# --- Overhead --------------------------------------------------------------------------------------------------


def overhead_here() -> tuple[float, float]:
    """Processor time of a warm home page, in microseconds: without the monitoring, and how much more with."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler

    from videoserver.wsgi import application

    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("monitoring.")]
    bare = WSGIHandler()

    def take(handler: WSGIHandler) -> float:
        began = time.thread_time_ns()
        for _ in range(TURN):
            ask(handler, "/", "")
        return (time.thread_time_ns() - began) / TURN / 1e3

    take(application), take(bare)
    pairs = []
    for turn in range(TURNS):
        first, second = (application, bare) if turn % 2 else (bare, application)
        took = {first: take(first), second: take(second)}
        pairs.append((took[application], took[bare]))
    return statistics.median(b for _, b in pairs), statistics.median(a - b for a, b in pairs)


def overhead(site: Site) -> None:
    """Print what a warm home page takes without, and how much more with."""
    code = "from benchmarks.monitoring import overhead_here; print(*overhead_here())"
    bare, more = map(float, child(site.folder, code).split()[-2:])
    print(f"home page, warm, in the server: {bare:.1f} µs without, {more:+.2f} µs with: {100 * more / bare:+.1f} %")
    with running(site) as server, socket.create_connection(("127.0.0.1", server.port)) as connection:
        ask_home(connection, 500)
        whole = statistics.median(ask_home(connection, TURN) for _ in range(100))
    print(f"the same over HTTP, from request to answer: {whole:.0f} µs, of which that is {100 * more / whole:.1f} %")


def ask_home(connection: socket.socket, times: int) -> float:
    """Microseconds for each of so many home pages, one after the other."""
    began = time.perf_counter()
    for _ in range(times):
        connection.sendall(HOME)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert head.startswith(b"HTTP/1.1 200")
        assert length
        while len(body) < int(length[1]):
            body += connection.recv(65536)
    return (time.perf_counter() - began) / times * 1e6


# --- Counts ----------------------------------------------------------------------------------------------------


def client(port: int, names: list[str], seconds: float, seed: int) -> tuple[Counter[str], Counter[str], list[float]]:
    """What one client asked for by route, what of it was refused, and the milliseconds that each took."""
    dice = random.Random(seed)
    asked, refused, times = Counter[str](), Counter[str](), []
    end = time.monotonic() + seconds
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        while time.monotonic() < end:
            name, chance = dice.choice(names), dice.random()
            headers, method, content = {"Cookie": COOKIE}, "GET", None
            if chance < 0.4:
                path, route = f"/watch/{urllib.parse.quote(name)}", "watch"
            elif chance < 0.45:
                path, route = "/watch/none.mp4", "watch"
            elif chance < 0.5:
                path, route, method = "/rate", "rate", "POST"
                headers |= {"Content-Type": "application/json", "X-CSRFToken": "a" * 32}
                content = json.dumps({"filename": name, "rating": dice.randint(1, 5)})
            else:
                path, route = dice.choice(list(ROUTES.items()))
            began = time.perf_counter()
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            response.read()
            times.append((time.perf_counter() - began) * 1e3)
            asked[route] += 1
            refused[route] += response.status >= 400
    return asked, refused, times


class Staff:
    """Somebody signed in who looks at the dashboard."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        page, headers = self._send("GET", "/admin/login/", "", {})
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        cookies = "; ".join(re.findall(r"^(\w+=[^;]+)", headers, re.MULTILINE))
        form = {"username": "admin", "password": "secret", "csrfmiddlewaretoken": token[1], "next": "/ping"}
        sent = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded", "Referer": server.url}
        _, headers = self._send("POST", "/admin/login/", urllib.parse.urlencode(form), sent)
        self._cookies = {"Cookie": "; ".join(re.findall(r"^(\w+=[^;]+)", headers, re.MULTILINE))}

    def _send(self, method: str, path: str, body: str, headers: dict[str, str]) -> tuple[str, str]:
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        answer = response.read().decode(), "\n".join(response.headers.get_all("Set-Cookie") or [])
        self._connection.close()  # the server would, before we come again
        return answer

    def dashboard(self) -> str:
        """What changes of it."""
        return self._send("GET", "/admin/performance/?part=content", "", self._cookies)[0]


def cells_of(page: str, name: str) -> list[str]:
    """Of a row of the dashboard."""
    row = re.search(rf'<th scope="row"[^>]*>{re.escape(name)}</th>(.*?)</tr>', page, re.DOTALL)
    assert row, name
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row[1], re.DOTALL)]


def percentile(times: list[float], share: float) -> float:
    """Of all times, one that was seen."""
    return sorted(times)[int(share * len(times))]


def counts(site: Site, seconds: float) -> None:
    """Print what clients and log counted, and what the dashboard says."""
    from monitoring import ledger, measures

    names = sorted(path.name for path in site.videos.iterdir() if path.suffix != ".json")
    before = ledger.totals(site.data / "metrics")
    with serving(site, DJANGO_SETTINGS_MODULE="benchmarks.monitored") as server:
        server.wait_until_idle(seconds=1_800)
        staff = Staff(server)
        with ProcessPoolExecutor(CLIENTS, get_context("spawn")) as pool:
            notes = list(
                pool.map(client, *zip(*((server.port, names, seconds, seed) for seed in range(CLIENTS)), strict=True))
            )
        page = staff.dashboard()
        log = (site.data / "look-ups.log").read_bytes()
        now = ledger.totals(site.data / "metrics")
    asked = sum((note[0] for note in notes), Counter[str]())
    refused = sum((note[1] for note in notes), Counter[str]())
    times = [milliseconds for note in notes for milliseconds in note[2]]
    shown = {route: cells_of(page, route) for route in asked}
    said = {route: (int(cells[0].replace(",", "")), int(cells[6].replace(",", ""))) for route, cells in shown.items()}
    wrong = [route for route in asked if said[route] != (asked[route], refused[route])]
    total, bad = sum(asked.values()), sum(refused.values())
    print(f"{total} requests, {bad} of them refused; the dashboard differs in {len(wrong)} of {len(asked)} routes")
    added = measures.cache(measures.since(now, before))
    print(f"query cache: {log.count(b'H')} hits and {log.count(b'M')} misses in the log, "
          f"{added.hits} and {added.misses} told")  # fmt: skip
    mine = measured_p95(site, asked)
    print(f"p95: {percentile(times, 0.95):.2f} ms by the clients, {mine:.2f} ms by the dashboard; "
          f"p50: {percentile(times, 0.5):.2f} ms by the clients")  # fmt: skip


def measured_p95(site: Site, routes: Counter[str]) -> float:
    """Of those routes together, in milliseconds."""
    from monitoring import ledger, measures

    rows = measures.routes(ledger.totals(site.data / "metrics"))
    summed = measures.total((rows[route].numbers for route in routes), measures.WIDTH)
    return measures.Route(summed).percentile_ms(0.95) or 0.0


# --- History ---------------------------------------------------------------------------------------------------


def history(site: Site) -> None:
    """Print how much room 90 days take, and how long the dashboard of 90 days takes."""
    database = site.data / "db.sqlite3"
    before = database.stat().st_size
    samples = site.run("shell", "-v0", "-c", FILL).stdout.split()[-1]
    print(f"90 days: {samples} samples, {(database.stat().st_size - before) / 2**20:.1f} MB")
    print(site.run("shell", "-v0", "-c", RENDER).stdout, end="")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("overhead", "counts", "history"):
        parser.add_argument(f"--{name}", action="store_true", help="this alone")
    parser.add_argument("--seconds", type=float, default=20, help="how long clients ask")
    arguments = parser.parse_args()
    every = not (arguments.overhead or arguments.counts or arguments.history)
    with tempfile.TemporaryDirectory() as folder:
        site = a_site(Path(folder))
        if every or arguments.overhead:
            overhead(site)
        if every or arguments.counts:
            counts(site, arguments.seconds)
        if every or arguments.history:
            history(site)


if __name__ == "__main__":
    main()
