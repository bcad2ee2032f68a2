"""Many at once, and a server that is killed while they write: what was acknowledged is there."""

import json
import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client

from benchmarks.crashes import ImportOrdeal, ScanOrdeal
from library.models import Video, ViewCount
from library.scanning import scan
from tests.builders import Folder, a_video
from tests.environment import make_site
from tests.gunicorn_server import Gunicorn, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Gunicorn]:
    """A server with one film."""
    site = make_site(tmp_path / "site")
    (site.videos / "a.mp4").write_text("film")
    site.run("scan_videos")
    site.run("collectstatic", "--no-input", "--verbosity", "0")
    with running(site, workers=2) as gunicorn:
        yield gunicorn


def count_views(server: Gunicorn, acknowledged: list[int], enough: threading.Event) -> None:
    """Send views until the server dies; keep the counts that it acknowledged."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as http, suppress(OSError, HTTPException):
        http.request("GET", "/")
        with http.getresponse() as page:
            page.read()
            cookie = page.headers["Set-Cookie"].partition(";")[0]
        headers = {"Content-Type": "application/json", "Cookie": cookie, "X-CSRFToken": cookie.partition("=")[2]}
        while True:
            http.request("POST", "/view", json.dumps({"filename": "a.mp4"}), headers)
            with http.getresponse() as response:
                acknowledged.append(json.loads(response.read())["views"])
            if len(acknowledged) >= 40:
                enough.set()


def test_every_view_that_was_acknowledged_before_a_kill_is_there(server: Gunicorn) -> None:
    acknowledged: list[int] = []
    enough = threading.Event()
    threads = [threading.Thread(target=count_views, args=(server, acknowledged, enough), daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    for pid in [server.process.pid, *server.workers()]:
        os.kill(pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    with closing(sqlite3.connect(server.site.data / "db.sqlite3")) as database:
        (count,) = database.execute("SELECT count FROM library_viewcount").fetchone()
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert len(set(acknowledged)) == len(acknowledged) >= 40
    assert len(acknowledged) <= count <= len(acknowledged) + len(threads)


@pytest.mark.lengthy
@pytest.mark.parametrize(("ordeal_class", "shares"), [(ScanOrdeal, [0.4, 0.7]), (ImportOrdeal, [0.45, 0.6, 0.7])])
def test_a_killed_run_loses_nothing_and_its_repetition_ends_as_if_nothing_had_been(
    ordeal_class: type[ScanOrdeal | ImportOrdeal], shares: list[float], tmp_path: Path
) -> None:
    ordeal = ordeal_class(tmp_path / "site", seed=1, files=400)
    assert [ordeal.strike(share).faults for share in shares] == [[] for _ in shares]


@pytest.mark.django_db(transaction=True)
def test_scans_ratings_and_views_at_once_never_find_the_database_locked(folder: Folder) -> None:
    a_video("a.mp4")
    folder.put("a.mp4")
    faults: list[object] = []

    def attempt(work: object) -> None:
        try:
            for number in range(10):
                work(number)  # type: ignore[operator]
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            faults.append(error)
        finally:
            connections.close_all()

    def rate(number: int) -> None:
        sent = {"filename": "a.mp4", "rating": 1 + number % 5, "tag": f"tag {number}"}
        for route in ("/rate", "/view", "/tag", "/favorite"):
            response = Client().post(route, json.dumps(sent), content_type="application/json")
            assert response.status_code == 200

    def add_and_scan(number: int) -> None:
        folder.put(f"{number}.mp4")
        scan()

    threads = [
        threading.Thread(target=attempt, args=(work,)) for work in (rate, rate, rate, add_and_scan, add_and_scan)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert (Video.objects.count(), ViewCount.objects.get(video__path="a.mp4").count) == (11, 30)
    assert Video.objects.get(path="a.mp4").tags.count() == 10
