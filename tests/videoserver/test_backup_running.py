"""Backup and restore beside a server that serves and writes, killed half-way, and from the command line."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.environment import HOUSE, Site, make_site
from tests.gunicorn_server import Gunicorn, running

FILMS = 40


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with some films, ready to be served."""
    site = make_site(tmp_path_factory.mktemp("scanned"))
    for number in range(FILMS):
        (site.videos / f"{number:02}.mp4").write_text(str(number))
    site.run("scan_videos")
    site.run("collectstatic", "--no-input", "--verbosity", "0")
    return site


@pytest.fixture
def site(scanned: Site, tmp_path: Path) -> Site:
    """A copy of it to change."""
    shutil.copytree(scanned.folder, tmp_path / "site")
    return Site(tmp_path / "site")


@pytest.fixture
def server(site: Site) -> Iterator[Gunicorn]:
    """That site, served by two processes."""
    with running(site, workers=2) as gunicorn:
        yield gunicorn


class Visitor:
    """Someone who has a page open."""

    def __init__(self, server: Gunicorn) -> None:
        self.http = HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.http.request("GET", "/")
        with self.http.getresponse() as page:
            page.read()
            self.cookie = page.headers["Set-Cookie"].partition(";")[0]

    def close(self) -> None:
        self.http.close()

    def post(self, path: str, **sent: Any) -> Any:
        token = self.cookie.partition("=")[2]
        headers = {"Content-Type": "application/json", "Cookie": self.cookie, "X-CSRFToken": token}
        self.http.request("POST", path, json.dumps(sent), headers)
        with self.http.getresponse() as response:
            assert response.status == 200, response.read()
            return json.loads(response.read())


def page(server: Gunicorn, path: str) -> str:
    """A page as one of the processes shows it; a connection of its own, so that all get their turn."""
    with urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=60) as response:
        return str(response.read().decode())


class Watcher(threading.Thread):
    """Watches one film again and again; keeps the counts that were acknowledged."""

    def __init__(self, server: Gunicorn, film: str) -> None:
        super().__init__(daemon=True)
        self.server, self.film = server, film
        self.acknowledged: list[int] = []
        self.fault: BaseException | None = None
        self.going = threading.Event()
        self.enough = threading.Event()
        self.start()
        assert self.going.wait(60)

    def run(self) -> None:
        try:
            with closing(Visitor(self.server)) as visitor:
                while not self.enough.is_set():
                    self.acknowledged.append(visitor.post("/view", filename=self.film)["views"])
                    self.going.set()
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the test shows it
            self.fault = fault
            self.going.set()

    def stop(self) -> None:
        self.enough.set()
        self.join()
        assert self.fault is None, self.fault


def views_in(path: Path, film: str) -> int:
    query = "SELECT count FROM library_viewcount JOIN library_video ON id = video_id WHERE path = ?"
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute(query, (film,)).fetchone()[0])


def rows(path: Path, but: tuple[str, ...] = ()) -> dict[str, list[Any]]:
    """Every row of the library's tables and the accounts'."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: database.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()
            for name in names
            if name.startswith(("library_", "auth_", "thumbnails_")) and name not in but
        }


def saved_before(printed: str) -> Path:
    match = re.search(r"The state before is saved: (.+)", printed)
    assert match, printed
    return Path(match[1])


def test_no_view_that_was_acknowledged_is_lost_by_a_backup_or_a_restore(server: Gunicorn, tmp_path: Path) -> None:
    film, target = "00.mp4", tmp_path / "backup.sqlite3"
    watchers = [Watcher(server, film), Watcher(server, film)]
    known = max(max(watcher.acknowledged) for watcher in watchers)
    server.site.run("backup", str(target))
    backed_up = views_in(target, film)
    assert backed_up >= known
    restored = server.site.run("restore", str(target))
    for watcher in watchers:
        watcher.stop()
    last = views_in(saved_before(restored.stdout), film)
    counts = [count for watcher in watchers for count in watcher.acknowledged]
    before, after = cut(counts, last, backed_up)
    assert before == list(range(1, last + 1))
    assert after == list(range(backed_up + 1, views_in(server.site.data / "db.sqlite3", film) + 1))


def cut(counts: list[int], last: int, restored: int) -> tuple[list[int], list[int]]:
    """The acknowledged counts in order, before a restore that came after the count `last`, and after it.

    A count that was acknowledged twice was given once before and once after.
    """
    after = [count for count in set(counts) if counts.count(count) == 2 or count > last]
    before = [count for count in set(counts) if count <= last]
    return sorted(before), sorted(after)


def test_every_process_shows_what_was_restored_at_once(server: Gunicorn, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"
    with closing(Visitor(server)) as visitor:
        visitor.post("/tag", filename="01.mp4", tag="kept")
    server.site.run("backup", str(target))
    with closing(Visitor(server)) as visitor:
        visitor.post("/delete_tag", filename="01.mp4", tag="kept")
        visitor.post("/tag", filename="02.mp4", tag="added since")
        visitor.post("/rate", filename="03.mp4", rating=5)
    for _ in range(8):
        assert "03.mp4" in page(server, "/best-of")
        tags = page(server, "/tags")
        assert ("/tag/added" in tags, "/tag/kept" in tags) == (True, False)
    server.site.run("restore", str(target))
    for _ in range(8):
        assert "03.mp4" not in page(server, "/best-of")
        tags = page(server, "/tags")
        assert ("/tag/added" in tags, "/tag/kept" in tags) == (False, True)
    assert rows(server.site.data / "db.sqlite3") == rows(target)


def test_backups_and_restores_at_once_wait_for_each_other(server: Gunicorn, tmp_path: Path) -> None:
    first = tmp_path / "first"
    server.site.run("backup", str(first))
    watcher = Watcher(server, "05.mp4")
    processes = [
        server.site.start(*command)
        for command in (("restore", str(first)), ("backup", str(tmp_path / "second")), ("restore", str(first)))
    ]
    for process in processes:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, output + errors
    watcher.stop()
    not_watched = ("library_viewcount", "library_viewing")
    assert rows(server.site.data / "db.sqlite3", not_watched) == rows(first, not_watched)
    assert rows(tmp_path / "second", not_watched) == rows(first, not_watched)


HELD = """
import signal, sys
from pathlib import Path
import django
django.setup()
from videoserver import backup

def hold(frame, event, argument):
    if event == "return" and frame.f_code.co_name == sys.argv[2] and frame.f_code.co_filename == backup.__file__:
        sys.setprofile(None)
        print("held", flush=True)
        signal.pause()

sys.setprofile(hold)
backup.restore(Path(sys.argv[1]))
"""
"""A restore that stops when a function of it has done its work."""


def test_a_restore_that_is_killed_leaves_the_old_state_or_the_new(site: Site, tmp_path: Path) -> None:
    target, database = tmp_path / "backup.sqlite3", site.data / "db.sqlite3"
    site.run("backup", str(target))
    (site.videos / "later.mp4").write_text("later")
    site.run("scan_videos")
    old, new = rows(database), rows(target)
    assert old != new
    for step in ("_stage", "_save_present", "_drop_all", "_copy_all"):
        kill_restore_after(step, site, target)
        assert rows(database) == old, step
    kill_restore_after("_replace", site, target)
    assert rows(database) == new
    site.run("restore", str(target))
    assert rows(database) == new
    assert not (site.data / "restoring").exists()


def kill_restore_after(step: str, site: Site, backup: Path) -> None:
    environment = site.env(DJANGO_SETTINGS_MODULE="videoserver.settings")
    command = [sys.executable, "-c", HELD, str(backup), step]
    with subprocess.Popen(command, cwd=HOUSE, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGKILL)


def test_a_backup_of_an_older_version_is_brought_up_to_date(site: Site, tmp_path: Path) -> None:
    older = Site(tmp_path / "older")
    older.videos.mkdir(parents=True)
    older.run("migrate", "library", "--verbosity", "0")
    older.run("migrate", "auth", "0001", "--verbosity", "0")
    with closing(sqlite3.connect(older.data / "db.sqlite3")) as database, database:
        database.execute("INSERT INTO library_tag (name, key) VALUES ('old', 'old')")
    target = tmp_path / "backup.sqlite3"
    older.run("backup", str(target))
    restored = site.run("restore", str(target))
    assert ", of an older version and brought up to date. " in restored.stdout
    site.run("migrate", "--check")
    after = rows(site.data / "db.sqlite3")
    assert [name for _, name, _ in after["library_tag"]] == ["old"]
    assert after["library_video"] == []
    site.run("scan_videos")
    assert len(rows(site.data / "db.sqlite3")["library_video"]) == FILMS


def test_a_backup_moves_to_another_machine(site: Site, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"
    site.run("backup", str(target))
    other = Site(tmp_path / "other")
    other.videos.mkdir(parents=True)
    printed = other.run("restore", str(target)).stdout
    assert "The state before" not in printed
    assert rows(other.data / "db.sqlite3") == rows(target)


def test_an_error_is_one_line_and_the_exit_status_1(site: Site, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada")
    ended = site.run("restore", str(tmp_path / "letter.txt"), check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.splitlines()) == 1
    ended = site.run("backup", str(site.videos / "backup"), check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_postgresql_is_told_to_use_its_own_tools(tmp_path: Path, command: str) -> None:
    site = Site(tmp_path)
    ended = site.run(command, str(tmp_path / "file"), check=False, DATABASE_URL="postgresql://nobody@localhost/none")
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "pg_dump" in ended.stderr
