"""What the monitoring costs, whether it counts right, and how large and slow its history becomes.

    python -m benchmarks.monitoring [--overhead] [--scrape] [--counts] [--history] [--seconds 20] [--requests 1000000]

Overhead: a server whose processes hold the site twice, once without the monitoring (benchmarks/unmonitored.py), is
asked by wrk for the home page, of which nothing changed, from the one and the other in turn: each pair of rounds
gives a ratio of their times. The same without HTTP: the two make that page in turn in one process; what counts is
processor time. Scrape: its size after some thousand requests, and after a million more, a fiftieth of which nobody
sent before. Counts: `serve` under clients in processes of their own, whose notes, and a log of the query cache
(benchmarks/monitored.py), are held against the dashboard. History: 90 days of samples of 25 busy routes; the room that
they take, and the time for the dashboard of 90 days.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks import collection
from benchmarks.pages import ask, child
from tests.environment import Site, collected_static_files, make_site
from tests.gunicorn_server import Gunicorn, running
from tests.serving import Server, serving

TURN, TURNS = 50, 400
"""Pages in a turn, and turns."""
ROUNDS, ROUND_SECONDS = 40, 1
"""Pairs of rounds, and how long wrk asks in each."""
PART_SECONDS = 20
VIDEOS = 60
CLIENTS = 4
UNMONITORED = ["-H", "X-Unmonitored: 1"]
COOKIE = f"csrftoken={'a' * 32}"
ROUTES = {
    "/": "home", "/tags": "tags", "/best-of": "best_of", "/favorites": "favorites", "/get_views": "get_views",
}  # fmt: skip
ANYTHING = """
math.randomseed(SEED)
local known = {"/", "/tags", "/best-of", "/favorites"}
local endless = {"/?page=%s", "/nowhere/%s", "/watch/%s.mp4", "/tag/%s", "/static/%s.css", "/admin/%s", "/poster/%s",
                 "/tags?%s", "/best-of?%s", "/ping?%s", "/get_views?%s", "/rate?%s", "/health/live?%s", "/%%00%s"}
local methods = {"GET", "GET", "GET", "GET", "POST", "PUT", "DELETE", "OPTIONS", "FROB"}
local headers = {["Cookie"] = "COOKIE", ["X-CSRFToken"] = string.rep("a", 32)}
local number = 0
request = function()
  if math.random() < 0.98 then return wrk.format("GET", known[math.random(#known)], headers) end
  number = number + 1
  local path = string.format(endless[math.random(#endless)], "SEED-" .. number)
  return wrk.format(methods[math.random(#methods)], path, headers)
end
"""
"""For wrk: one request in fifty is of a method taken by chance, to an address that nobody asked for before."""
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
    from benchmarks.unmonitored import monitored, unmonitored

    def take(handler: Any) -> float:
        began = time.thread_time_ns()
        for _ in range(TURN):
            ask(handler, "/", "")
        return (time.thread_time_ns() - began) / TURN / 1e3

    take(monitored), take(unmonitored)
    pairs = []
    for turn in range(TURNS):
        first, second = (monitored, unmonitored) if turn % 2 else (unmonitored, monitored)
        took = {first: take(first), second: take(second)}
        pairs.append((took[monitored], took[unmonitored]))
    return statistics.median(b for _, b in pairs), statistics.median(a - b for a, b in pairs)


def overhead(site: Site) -> None:
    """Print what a warm home page costs more with the monitoring: to its visitor, and in the server alone."""
    code = "from benchmarks.monitoring import overhead_here; print(*overhead_here())"
    bare, more = map(float, child(site.folder, code).split()[-2:])
    print(f"home page, warm, in the server: {bare:.1f} µs without, {more:+.2f} µs with: {100 * more / bare:+.1f} %")
    with running(site, workers=2, threads=6, application="benchmarks.unmonitored") as server:
        scraped(server.port)  # when it is answered, the server is up
        a_round(server, []), a_round(server, UNMONITORED)
        pairs = []
        for turn in range(ROUNDS):
            order = (UNMONITORED, []) if turn % 2 else ([], UNMONITORED)
            seen = {len(header): a_round(server, header) for header in order}
            pairs.append((seen[0], seen[len(UNMONITORED)]))
    for what, place in (("from request to answer", 0), ("processor time of the server", 1)):
        with_it, without_it = (statistics.median(times[place] for times in side) for side in zip(*pairs, strict=True))
        ratios = sorted(100 * (a[place] / b[place] - 1) for a, b in pairs)
        print(f"the same over HTTP, {what}: {without_it:.0f} µs without, {with_it:.0f} with; "
              f"{statistics.median(ratios):+.1f} %, the median of {ROUNDS} pairs, "
              f"half of them between {ratios[ROUNDS // 4]:+.1f} and {ratios[-1 - ROUNDS // 4]:+.1f} %")  # fmt: skip


def a_round(server: Gunicorn, header: list[str]) -> tuple[float, float]:
    """Microseconds for each home page that wrk gets on one connection: by the clock, and of the server's processors."""
    options = ["-t1", "-c1", f"-d{ROUND_SECONDS}s", "-H", f"Cookie: {COOKIE}", "-H", "Accept-Encoding: gzip", *header]
    before = processor_ns(server)
    command = ["wrk", *options, f"http://localhost:{server.port}/"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = processor_ns(server) - before
    answered = re.search(r"(\d+) requests in ([0-9.]+)s", said)
    assert answered, said
    assert "Non-2xx" not in said
    return float(answered[2]) * 1e6 / int(answered[1]), spent / int(answered[1]) / 1e3


def processor_ns(server: Gunicorn) -> int:
    """What all threads of its workers have used."""
    threads = (folder for pid in server.workers() for folder in Path(f"/proc/{pid}/task").iterdir())
    return sum(int((folder / "schedstat").read_text().split()[0]) for folder in threads)


# --- Scrape ----------------------------------------------------------------------------------------------------


def scrape(site: Site, requests: int, folder: Path) -> None:
    """Print how large the scrape is, and how large after so many more requests."""
    with running(site, workers=2, threads=6) as server:
        ask_anything(server.port, folder, 10, 1)
        scraped(server.port)  # which is a route too
        before, sent, began = scraped(server.port), 0, time.perf_counter()
        for part in itertools.count(2):
            sent += ask_anything(server.port, folder, PART_SECONDS, part)
            if sent >= requests:
                break
        took, after = time.perf_counter() - began, scraped(server.port)
    counted = re.findall(r"^videoserver_http_requests_total{.*} (\S+)$", after, re.MULTILINE)
    print(f"scrape: {before.count(chr(10))} lines, {len(before)} bytes; after {sent} more requests in {took:.0f} s "
          f"{after.count(chr(10))} lines, {len(after)} bytes; it tells of {sum(map(float, counted)):.0f}")  # fmt: skip


def scraped(port: int) -> str:
    """What Prometheus would get."""
    with urllib.request.urlopen(f"http://localhost:{port}/metrics") as response:
        return str(response.read().decode())


def ask_anything(port: int, folder: Path, seconds: int, seed: int) -> int:
    """Send what ANYTHING says for so long; returns how many were answered."""
    (folder / "anything.lua").write_text(ANYTHING.replace("SEED", str(seed)).replace("COOKIE", COOKIE))
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", str(folder / "anything.lua"), f"http://localhost:{port}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    answered = re.search(r"(\d+) requests in", said)
    assert answered, said
    return int(answered[1])


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
    for name in ("overhead", "counts", "history", "scrape"):
        parser.add_argument(f"--{name}", action="store_true", help="this alone")
    parser.add_argument("--seconds", type=float, default=20, help="how long clients ask")
    parser.add_argument("--requests", type=int, default=1_000_000, help="of which the scrape must not grow")
    arguments = parser.parse_args()
    every = not (arguments.overhead or arguments.counts or arguments.history or arguments.scrape)
    with tempfile.TemporaryDirectory() as folder:
        site = a_site(Path(folder))
        if every or arguments.overhead:
            overhead(site)
        if every or arguments.scrape:
            scrape(site, arguments.requests, Path(folder))
        if every or arguments.counts:
            counts(site, arguments.seconds)
        if every or arguments.history:
            history(site)


if __name__ == "__main__":
    main()
