"""manage.py make_thumbnails and media_worker, as people and `serve` run them."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django_tasks_db.models import DBTaskResult

from tests.builders import Folder
from tests.environment import HOUSE, Site, make_site
from tests.serving import until
from tests.thumbnails.conftest import Impostor
from thumbnails import ffmpeg
from thumbnails.management.commands import media_worker


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, sample: bytes) -> Site:
    """A site with one film that waits for its poster, made once."""
    site = make_site(tmp_path_factory.mktemp("template") / "site")
    (site.videos / "film.mp4").write_bytes(sample)
    site.run("scan_videos")
    return site


@pytest.fixture
def site(tmp_path: Path, template: Site) -> Site:
    """A copy of it, file times and all."""
    return Site(shutil.copytree(template.folder, tmp_path / "site"))


def rows(site: Site, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(site.data / "db.sqlite3")) as connection:
        return connection.execute(query).fetchall()


def states(site: Site) -> list[tuple[object, ...]]:
    return rows(site, "SELECT state, attempts, poster_digest != '' FROM thumbnails_mediawork")


def tasks(site: Site) -> list[object]:
    table = DBTaskResult._meta.db_table
    statuses = f"SELECT status FROM {table} WHERE task_path LIKE '%.render_media' ORDER BY status"
    return [row[0] for row in rows(site, statuses)]


@contextmanager
def worker_of(site: Site, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A worker that is gone at the end of the block, however that comes."""
    with site.start("media_worker", *arguments, **environment) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def wait_until_it_can_be_stopped(worker: subprocess.Popen[str]) -> None:
    """Return once it handles SIGTERM itself."""
    caught = 0
    while not caught & 1 << (signal.SIGTERM - 1):
        status = Path(f"/proc/{worker.pid}/status").read_text()
        caught = int(status.split("SigCgt:")[1].split()[0], 16)


@pytest.mark.django_db
def test_make_thumbnails_ends_with_a_table_and_one_bad_file_fails_nothing(
    folder: Folder, sample: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.put("good.mp4", sample)
    folder.put("bad [b]file[/b].mp4", b"bad")
    folder.scan()
    for force in (False, True):
        call_command("make_thumbnails", force=force)
        output = capsys.readouterr().out
        table = [line.replace("│", " ").split() for line in output.splitlines()]
        assert ["posters", "1", "1", "0"] in table
        assert ["storyboards", "1", "0", "1"] in table
        (reason,) = [line for line in output.splitlines() if "bad [b]file[/b].mp4: " in line]
        assert "Invalid data" in reason


def test_the_worker_does_what_a_scan_left_to_it_and_tells_of_its_sandbox(site: Site) -> None:
    told = site.run("media_worker", "--batch").stdout
    assert f"sandbox in which films are opened: {ffmpeg.isolation()}." in told
    assert states(site) == [("ready", 1, 1)]
    assert tasks(site) == ["SUCCESSFUL"]


def test_a_worker_that_is_killed_in_its_work_loses_nothing_and_leaves_nothing_running(
    site: Site, impostor: Impostor
) -> None:
    impostor.does("exec sleep 1000")
    with worker_of(site, IMAGEIO_FFMPEG_EXE=str(impostor.path)) as worker:
        impostor.wait_until_alive()
        assert tasks(site) == ["RUNNING"]
        worker.kill()
    impostor.wait_until_gone()
    assert states(site) == [("pending", 1, 0)]
    site.run("media_worker", "--batch")
    assert states(site) == [("ready", 2, 1)]
    assert tasks(site) == ["SUCCESSFUL"]


def test_a_film_that_kills_each_worker_is_given_up(site: Site, impostor: Impostor) -> None:
    impostor.does("kill -9 $PPID; exec sleep 1000")
    for _ in range(3):
        died = site.run("media_worker", "--batch", check=False, IMAGEIO_FFMPEG_EXE=str(impostor.path))
        assert died.returncode == -signal.SIGKILL
    site.run("media_worker", "--batch")
    assert states(site) == [("failed", 3, 0)]


def test_a_worker_takes_up_the_work_of_the_dead_and_leaves_that_of_the_living(site: Site, impostor: Impostor) -> None:
    impostor.does("exec sleep 1000")
    with worker_of(site, IMAGEIO_FFMPEG_EXE=str(impostor.path)) as worker:
        impostor.wait_until_alive()
        site.run("media_worker", "--batch")
        assert tasks(site).count("RUNNING") == 1
        assert states(site) == [("pending", 1, 0)]
        worker.kill()
    site.run("media_worker", "--batch")
    assert states(site) == [("ready", 2, 1)]
    assert "RUNNING" not in tasks(site)


def test_workers_that_work_side_by_side_do_each_work_once_and_yield_to_others(site: Site, sample: bytes) -> None:
    for number in range(12):
        (site.videos / f"film {number}.mp4").write_bytes(sample + bytes([number]))
    site.run("scan_videos")
    workers = [site.start("media_worker", "--batch") for _ in range(2)]
    wait_until_it_can_be_stopped(workers[0])
    nice = os.getpriority(os.PRIO_PROCESS, workers[0].pid)
    for worker in workers:
        _output, errors = worker.communicate(timeout=60)
        assert (worker.returncode, errors) == (0, "")
    assert nice >= 10
    assert states(site) == 13 * [("ready", 1, 1)]
    assert rows(site, "SELECT DISTINCT state, attempts FROM thumbnails_storyboard") == [("ready", 1)]
    assert set(tasks(site)) <= {"SUCCESSFUL", "READY"}  # a look later at what the other worker was at, at most


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_stop_goes_at_once_and_the_film_keeps_its_attempts(
    site: Site, impostor: Impostor, number: signal.Signals
) -> None:
    impostor.does("exec sleep 1000")
    for stops in range(1, 5):
        with worker_of(site, "--grace", "3", IMAGEIO_FFMPEG_EXE=str(impostor.path)) as worker:
            impostor.wait_until_alive()
            assert states(site) == [("pending", 1, 0)]
            worker.send_signal(number)
            assert worker.wait(timeout=30) == 0  # after the time of grace an alarm would have killed it
        impostor.wait_until_gone()
        assert states(site) == [("pending", 0, 0)]
        assert tasks(site) == ["READY"] + stops * ["SUCCESSFUL"]
    site.run("media_worker", "--batch")
    assert states(site) == [("ready", 1, 1)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_make_thumbnails_told_to_stop_costs_no_attempt(site: Site, impostor: Impostor, number: signal.Signals) -> None:
    impostor.does("exec sleep 1000")
    with site.start("make_thumbnails", IMAGEIO_FFMPEG_EXE=str(impostor.path)) as command:
        impostor.wait_until_alive()
        command.send_signal(number)
        output, errors = command.communicate(timeout=30)
    impostor.wait_until_gone()
    assert (command.returncode, output, len(errors.splitlines())) == (130, "", 1)
    assert states(site) == [("pending", 0, 0)]
    site.run("make_thumbnails")
    assert states(site) == [("ready", 1, 1)]


def test_an_idle_worker_stops_at_once(site: Site) -> None:
    site.run("media_worker", "--batch")
    with worker_of(site) as worker:
        wait_until_it_can_be_stopped(worker)
        worker.terminate()
        assert worker.wait(timeout=30) == 0


def test_a_worker_does_not_outlive_its_parent(site: Site, impostor: Impostor) -> None:
    impostor.does("exec sleep 1000")
    program = "import subprocess, sys; subprocess.run([sys.executable, 'manage.py', 'media_worker', '--grace=1'])"
    environment = site.env(IMAGEIO_FFMPEG_EXE=str(impostor.path))
    with subprocess.Popen([sys.executable, "-c", program], cwd=HOUSE, env=environment) as parent:
        impostor.wait_until_alive()
        parent.kill()
    impostor.wait_until_gone()
    until(lambda: tasks(site) == ["READY", "SUCCESSFUL"], what="the end of the worker's work")
    assert states(site) == [("pending", 0, 0)]
    site.run("media_worker", "--batch")
    assert states(site) == [("ready", 1, 1)]


def test_a_worker_whose_parent_is_gone_already_does_nothing(site: Site) -> None:
    site.run("media_worker", "--parent", "1")
    assert tasks(site) == ["READY"]


def test_a_locked_database_is_waited_for_and_other_trouble_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = media_worker.MediaWorker(os.getppid(), 0, grace=1, batch=True)
    worker.interval = 0
    troubles = [OperationalError("database is locked"), OperationalError("database is locked")]

    def run() -> None:
        if troubles:
            raise troubles.pop()

    monkeypatch.setattr(worker, "run", run)
    monkeypatch.setattr(media_worker.connections, "close_all", lambda: None)
    worker.work()
    assert troubles == []
    troubles.append(OperationalError("disk I/O error"))
    with pytest.raises(OperationalError, match="disk"):
        worker.work()
