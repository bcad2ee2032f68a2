"""Many at once, and a server that is killed while they write: what was acknowledged is there."""

import json
import os
import random
import shutil
import signal
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.db import connections
from django.test import Client

from benchmarks.crashes import ImportOrdeal, ScanOrdeal
from benchmarks.household import HEADERS, Household, verdicts
from library.models import Video, ViewCount
from library.scanning import scan
from tests.builders import Folder, a_video
from tests.environment import collected_static_files, make_site
from tests.gunicorn_server import Gunicorn, running
from tests.serving import until

FILMS = ["a.mp4", *(f"film {number}.mp4" for number in range(6))]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """A server with some films, for all tests that leave it alive."""
    yield from served(tmp_path_factory.mktemp("served"))


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Gunicorn]:
    """Another one, to be killed."""
    yield from served(tmp_path)


def served(folder: Path) -> Iterator[Gunicorn]:
    site = make_site(folder / "site")
    for name in FILMS:
        (site.videos / name).write_text(name)
    site.run("scan_videos")
    shutil.copytree(collected_static_files(), site.data / "static")
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


def test_every_view_that_was_acknowledged_before_a_kill_is_there(mortal: Gunicorn) -> None:
    acknowledged: list[int] = []
    enough = threading.Event()
    threads = [threading.Thread(target=count_views, args=(mortal, acknowledged, enough), daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    for pid in [mortal.process.pid, *mortal.workers()]:
        os.kill(pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    with closing(sqlite3.connect(mortal.site.data / "db.sqlite3")) as database:
        (count,) = database.execute("SELECT max(count) FROM library_viewcount").fetchone()
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert len(set(acknowledged)) == len(acknowledged) >= 40
    assert len(acknowledged) <= count <= len(acknowledged) + len(threads)


def test_fifty_views_at_once_are_exactly_fifty_more(server: Gunicorn) -> None:
    together = threading.Barrier(50)

    def view(_: int) -> int:
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as http:
            http.connect()
            together.wait()
            http.request("POST", "/view", json.dumps({"filename": "a.mp4"}), HEADERS)
            return int(json.loads(http.getresponse().read())["views"])

    with ThreadPoolExecutor(50) as visitors:
        views = sorted(visitors.map(view, range(50)))
    assert views == list(range(views[0], views[0] + 50))
    with urlopen(f"http://127.0.0.1:{server.port}/get_views", timeout=30) as answer:
        assert json.load(answer)["a.mp4"] == views[-1]


def test_of_whatever_is_written_what_was_acknowledged_outlives_each_web_process(server: Gunicorn) -> None:
    household, choice, faults = Household(server.site.data, FILMS, lambda: server.port, members=3), random.Random(1), []
    until(lambda: len(server.workers()) == 2, what="two web processes")
    with household.at_home():
        for _ in range(3):
            enough = household.answered() + 40
            until(lambda enough=enough: household.answered() > enough, what="acknowledged writes")  # type: ignore[misc]
            os.kill(choice.choice(server.workers()), signal.SIGKILL)
            until(lambda: len(server.workers()) == 2, what="another web process")
            faults += household.compare()
    assert [*faults, *household.faults(), *verdicts(server.site.data)] == []


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
