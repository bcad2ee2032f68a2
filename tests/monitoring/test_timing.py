"""What every request leaves behind in the counts, whoever answered it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monitoring import ledger, measures, slow
from monitoring.ledger import Member
from monitoring.measures import Route
from tests.builders import Folder, a_video, an_account, body
from tests.environment import Site, make_site
from tests.gunicorn_server import Gunicorn, running
from tests.serving import until

Counted = Callable[[], dict[str, Route]]
FILM_BYTES = 30_000_000


@pytest.fixture
def counted(tmp_path: Path, settings: Any) -> Counted:
    """What was counted of each route since the test began."""
    settings.METRICS_DIR = tmp_path / "metrics"
    return lambda: measures.routes(ledger.totals(settings.METRICS_DIR))


@pytest.mark.django_db
def test_requests_are_counted_by_the_name_of_their_route(counted: Counted, client: Client) -> None:
    for name in ("a.mp4", "b.mp4"):
        a_video(name, tags=["sea"])
        client.get(f"/watch/{name}")
    client.get("/?sort=title")
    client.get("/tag/sea")
    assert {name: route.requests for name, route in counted().items()} == {"watch": 2, "home": 1, "tag": 1}


@pytest.mark.django_db(transaction=True)
def test_a_page_that_was_kept_whole_is_its_route_s_too(counted: Counted, client: Client) -> None:
    for _ in range(3):
        client.get("/best-of")
    assert counted()["best_of"].requests == 3
    assert counted()["best_of"].bytes > 0


@pytest.mark.django_db
def test_each_class_of_status_is_counted(counted: Counted, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.get("/watch/none.mp4")
    client.get("/watch/none.mp4")
    client.get("/nowhere")
    client.get("/static/none.css")
    client.post("/rate", {}, content_type="text/plain")
    monkeypatch.setattr("library.views.pages.remembering.total_present", lambda: 1 / 0)
    client.raise_request_exception = False
    assert client.get("/").status_code == 500
    routes = counted()
    assert {name: route.refusals for name, route in routes.items()} == {
        "watch": 2, "unrouted": 1, "static": 1, "rate": 1, "home": 0,
    }  # fmt: skip
    assert {name for name, route in routes.items() if route.errors} == {"home"}


@pytest.mark.django_db(transaction=True)
def test_sql_is_counted_with_the_request_that_needs_it(counted: Counted, client: Client, cold: None) -> None:
    a_video("a.mp4")
    client.get("/ping")
    with CaptureQueriesContext(connection) as needed:
        client.get("/watch/a.mp4")
        statements = len(needed)
    client.get("/watch/a.mp4")
    client.get("/ping")
    assert counted()["watch"].numbers[measures.STATEMENTS] == statements > 0
    assert counted()["watch"].sql_ms > 0
    assert counted()["ping"].statements == 0


@pytest.mark.django_db
def test_the_slowest_requests_are_told_without_their_secrets(
    counted: Counted, client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(slow, "LEAST_MS", 0.0)
    a_video("a.mp4")
    for _ in range(ledger.NOTES + 5):
        client.get("/watch/a.mp4?secret")
    client.get("/stream/very-secret/a.mp4")
    told = slow.slowest(settings.METRICS_DIR, 100)
    assert len(told) == ledger.NOTES
    assert [request.milliseconds for request in told] == sorted((r.milliseconds for r in told), reverse=True)
    assert {(request.route, request.path) for request in told} >= {("watch", "/watch/a.mp4")}
    assert "secret" not in str(told)
    assert max(request.statements for request in told) > 0


@pytest.mark.django_db
def test_only_staff_is_told_where_the_time_went(counted: Counted, client: Client, folder: Folder) -> None:
    pattern = r'total;dur=[\d.]+, sql;dur=[\d.]+;desc="\d+ statements", cache;dur=[\d.]+, render;dur=[\d.]+'
    assert "Server-Timing" not in client.get("/").headers
    client.force_login(an_account("guest", staff=False))
    assert "Server-Timing" not in client.get("/").headers
    client.force_login(an_account())
    for page in ("/", "/", "/admin/", "/get_views"):
        assert re.fullmatch(pattern, client.get(page).headers["Server-Timing"])


@pytest.mark.django_db
def test_debug_mode_tells_everybody(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    assert client.get("/nowhere").headers["Server-Timing"].startswith("total;dur=")


@pytest.mark.django_db
def test_rendering_takes_its_share(counted: Counted, client: Client) -> None:
    client.force_login(an_account())
    told = client.get("/admin/login/?next=/").headers, client.get("/admin/").headers
    shares = dict(re.findall(r"(\w+);dur=([\d.]+)", told[1]["Server-Timing"]))
    assert 0 < float(shares["render"]) < float(shares["total"])


@pytest.mark.django_db
def test_a_head_is_no_stream(counted: Counted, client: Client, folder: Folder) -> None:
    video = folder.put_and_scan("a.mp4", b"x" * 1000)
    client.head(video.file_url)
    assert (counted()["video"].requests, counted()["video"].streams, counted()["video"].bytes) == (1, 0, 0)
    body(client.get(video.file_url))
    assert (counted()["video"].requests, counted()["video"].streams, counted()["video"].bytes) == (2, 1, 1000)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with one film, in which nothing is to be seen."""
    site = make_site(tmp_path_factory.mktemp("timing"))
    (site.videos / "film.mp4").write_bytes(os.urandom(1000) * (FILM_BYTES // 1000))
    site.run("scan_videos")
    return site


@pytest.fixture
def gunicorn(site: Site) -> Iterator[Gunicorn]:
    with running(site, workers=1) as server:
        yield server


def fetch(server: Gunicorn, path: str, **headers: str) -> bytes:
    """A body, read to its end."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        assert response.status < 300
        return response.read()


def of_film(site: Site) -> list[int]:
    """How many streams were complete, cut off, broken; and their bytes."""
    route = measures.routes(ledger.totals(site.data / "metrics")).get("video", Route([0] * measures.WIDTH))
    return [*route.numbers[measures.COMPLETE : measures.BROKEN + 1], route.bytes]


def living(site: Site) -> list[Member]:
    return [member for member in ledger.members(site.data / "metrics") if member.role == "web"]


def test_streams_are_counted_by_how_they_ended(site: Site, gunicorn: Gunicorn) -> None:
    before = of_film(site)
    assert len(fetch(gunicorn, "/video/film.mp4", Range="bytes=1000-1000999")) == 1_000_000
    until(lambda: of_film(site) == [before[0] + 1, *before[1:3], before[3] + 1_000_000], what="the whole stream")

    with gunicorn.connect() as player:
        player.sendall(b"GET /video/film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        player.recv(1000)
        until(lambda: [member.streams for member in living(site)] == [1], what="an open stream")
        assert of_film(site)[1] == before[1]
    until(lambda: of_film(site)[1] == before[1] + 1, what="the end of the one that was cut off")
    assert [member.streams for member in living(site)] == [0]
    assert before[3] + 1_000_000 < of_film(site)[3] < before[3] + FILM_BYTES


def test_a_film_that_changes_while_it_is_sent_is_a_broken_stream(site: Site, gunicorn: Gunicorn) -> None:
    before = of_film(site)
    with gunicorn.connect() as player:
        player.sendall(b"GET /video/film.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        player.recv(1000)
        until(lambda: [member.streams for member in living(site)] == [1], what="an open stream")
        os.utime(site.videos / "film.mp4")
        while player.recv(1 << 20):
            pass
    until(lambda: of_film(site)[:3] == [*before[:2], before[2] + 1], what="the broken stream")


def test_a_killed_process_takes_no_counts_with_it(site: Site, gunicorn: Gunicorn) -> None:
    def pings() -> int:
        found = measures.routes(ledger.totals(site.data / "metrics")).get("ping")
        return found.requests if found else 0

    before = pings()
    fetch(gunicorn, "/ping")
    fetch(gunicorn, "/ping")
    (worker,) = gunicorn.workers()
    os.kill(worker, signal.SIGKILL)
    until(lambda: [pid for pid in gunicorn.workers() if pid != worker], what="its successor")
    assert pings() == before + 2
    fetch(gunicorn, "/ping")
    assert pings() == before + 3
    assert len(list((site.data / "metrics").iterdir())) <= 2


def test_what_a_request_waits_for_a_busy_process_is_time_too(site: Site, gunicorn: Gunicorn) -> None:
    fetch(gunicorn, "/ping")
    before = slowest_ping(site)
    (worker,) = gunicorn.workers()
    with gunicorn.connect() as visitor:
        os.kill(worker, signal.SIGSTOP)
        visitor.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
        sent = time.monotonic()
        until(lambda: time.monotonic() > sent + 0.3 + before, what="the time that it waits")
        os.kill(worker, signal.SIGCONT)
        assert visitor.recv(1000).startswith(b"HTTP/1.1 200")
    assert slowest_ping(site) > 0.25 + before


def slowest_ping(site: Site) -> float:
    """Seconds that the slowest took until now, by the histogram."""
    slowest = measures.routes(ledger.totals(site.data / "metrics"))["ping"].percentile_ms(1.0)
    assert slowest
    return slowest / 1e3


def test_the_site_counts_in_its_data_dir() -> None:
    assert site_settings.METRICS_DIR.is_relative_to(site_settings.DATA_DIR)
