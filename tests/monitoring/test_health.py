"""Whether the site is well, and who is told why not."""

from __future__ import annotations

import os
import subprocess
from collections import namedtuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from library import bookmarks, positions
from library.models import Tag
from monitoring import health
from monitoring.query_cache import counts
from monitoring.sampler import Sampler
from tests.builders import Folder, a_video, an_account
from tests.full_disk import small_disk
from thumbnails import claiming
from thumbnails.tasks import render_media

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def a_worker(folder: Folder, tmp_path: Path, settings: Any) -> Any:
    """A site with one living worker."""
    settings.METRICS_DIR = tmp_path / "metrics"
    _, place = claiming.take_place()
    yield place
    place.close()


def reasons() -> dict[str, str]:
    return {check.name: check.reason for check in health.check_all() if not check.ok}


def test_a_well_site_is_ready(client: Client) -> None:
    assert reasons() == {}
    assert client.get("/health/live").json() == {"status": "ok"}
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_without_a_worker_it_is_not_ready_and_staff_alone_is_told_why(client: Client, a_worker: Any) -> None:
    a_worker.close()
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"status": "not ready"})
    client.force_login(an_account())
    checks = client.get("/health/ready").json()["checks"]
    assert checks.pop("workers") == "no task worker is running"
    assert set(checks.values()) == {"ok"}


def test_health_is_told_to_whoever_asks_also_where_pages_need_an_account(client: Client, settings: Any) -> None:
    settings.ACCESS = "login"
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 200


def test_a_library_folder_that_is_away_is_named(folder: Folder) -> None:
    folder.path.rename(folder.path.with_name("away"))
    assert reasons() == {"folders": f"can't be read: {folder.path}"}


def test_a_library_folder_whose_drive_is_not_mounted_is_named(folder: Folder) -> None:
    folder.put("a.mp4")
    folder.scan()
    assert reasons() == {}
    folder.path.rename(folder.path.with_name("away"))
    (folder.path / "lost+found").mkdir(parents=True)
    assert reasons() == {"folders": f"empty, as of a drive that is not mounted: {folder.path}"}


def test_an_empty_library_is_well(folder: Folder) -> None:
    assert list(folder.path.iterdir()) == []
    assert reasons() == {}


def test_a_data_dir_that_can_only_be_read_is_a_reason(settings: Any, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=600) as settings.DATA_DIR:
        subprocess.run(["mount", "-o", "remount,ro", settings.DATA_DIR], check=True)
        assert reasons()["disk"] == f"{settings.DATA_DIR} can't be written"
        assert [check.name for check in health.told()] == ["disk"]


def test_tasks_that_nobody_takes_up_are_a_reason(folder: Folder) -> None:
    folder.put("a.mp4")
    render_media.enqueue(a_video("a.mp4").pk)
    assert reasons() == {}
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(hours=1))
    assert "waiting for 60 min" in reasons()["queue"]
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, started_at=timezone.now())
    assert reasons() == {}
    DBTaskResult.objects.update(started_at=timezone.now() - timedelta(hours=5))
    assert reasons()["queue"] == "a task has been running for 5 h"


def test_a_disk_that_is_nearly_full_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("monitoring.health.shutil.disk_usage", lambda path: usage(10**12, 10**12, 3 * 2**20))
    assert reasons()["disk"].startswith("only 3 MB are left in ")


def test_a_damaged_file_that_was_set_aside_is_told_and_hinders_nothing(client: Client, settings: Any) -> None:
    (settings.DATA_DIR / bookmarks.FILE).write_bytes(b"garbage" * 1000)
    assert positions.of(None, [1]) == {}
    (name,) = bookmarks.damaged()
    assert reasons() == {"places": f"a damaged file was set aside, delete it when you have seen this: {name}"}
    assert client.get("/health/ready").status_code == 200
    (settings.DATA_DIR / name).unlink()
    assert reasons() == {}


def test_a_cache_that_keeps_nothing_is_a_reason(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert reasons() == {"cache": "the query cache does not keep what it is given"}


def test_a_database_that_does_not_answer_is_a_reason_and_no_error(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("unable to open database file")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", fail)
    client.cookies["sessionid"] = "x" * 32
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200
    assert reasons()["database"] == "OperationalError: unable to open database file"
    monkeypatch.undo()
    before = counts().misses
    list(Tag.objects.all())
    assert counts().misses + counts().hits > before  # the query cache is asked again


def test_the_admin_says_what_is_wrong_and_is_quiet_while_nothing_is(
    client: Client, a_worker: Any, settings: Any
) -> None:
    client.force_login(an_account())
    Sampler(patience=0).tick()
    assert "messagelist" not in client.get("/admin/").content.decode()
    a_worker.close()
    Sampler(patience=0).tick()
    assert "Workers: no task worker is running" in client.get("/admin/").content.decode()
    client.logout()
    assert "no task worker" not in client.get("/admin/login/").content.decode()


def test_what_was_wrong_long_ago_is_told_no_more(client: Client, a_worker: Any, settings: Any) -> None:
    client.force_login(an_account())
    a_worker.close()
    Sampler(patience=0).tick()
    os.utime(settings.METRICS_DIR / health.TROUBLES, (1, 1))
    assert "messagelist" not in client.get("/admin/").content.decode()


def test_a_history_that_stands_still_is_a_reason_where_serve_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from monitoring.models import Baseline
    from monitoring.sampling import take_sample

    take_sample()
    Baseline.objects.update(at=timezone.now() - timedelta(minutes=9))
    assert reasons() == {}
    member = health.ledger.Member(os.getpid(), "serve", 0)
    monkeypatch.setattr("monitoring.health.ledger.members", lambda folder: [member])
    assert reasons() == {"history": "no sample for 9 min"}
