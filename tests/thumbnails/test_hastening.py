"""What someone looks at is drawn next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.builders import Folder, a_video, videos
from tests.thumbnails.test_tasks import queued, work_off
from thumbnails import tasks
from thumbnails.models import MediaWork

pytestmark = pytest.mark.django_db


def look_at(client: Client, *video_ids: int) -> list[str]:
    """Ask for the posters of some videos, as a page does; returns what was written to the database meanwhile."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get("/posters", {"video": video_ids}).json()
    assert answer["pending"] == sorted(video_ids)
    statements = [query["sql"] for query in captured]
    return [sql for sql in statements if sql.split()[0] in {"INSERT", "UPDATE", "DELETE"}]


def test_what_is_looked_at_comes_first_and_each_only_once(folder: Folder, client: Client) -> None:
    first, second, third = (video.pk for video in videos(3))
    tasks.enqueue_for([third, second, first])
    look_at(client, first, second)
    assert queued() == [second, first, third]


def test_asking_again_writes_nothing(folder: Folder, client: Client) -> None:
    pk = a_video("a.mp4").pk
    tasks.enqueue_for([pk])
    assert look_at(client, pk)
    assert look_at(client, pk) == []


def test_a_page_without_placeholders_writes_nothing(folder: Folder, client: Client) -> None:
    work = MediaWork.objects.create(video=a_video("a.mp4"), state="ready", poster_digest="ab" * 16)
    with CaptureQueriesContext(connection) as captured:
        client.get("/posters", {"video": work.pk})
    assert len(captured) == 2


def test_what_the_queue_has_no_room_for_is_enqueued_when_someone_looks(
    folder: Folder, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "WINDOW", 1)
    old, new = (video.pk for video in videos(2))
    tasks.enqueue_missing()
    assert queued() == [new]
    look_at(client, old)
    assert queued() == [old, new]


def test_a_rescan_comes_before_what_is_looked_at(folder: Folder, client: Client) -> None:
    from django_tasks_db.models import DBTaskResult

    from library.tasks import rescan

    look_at(client, a_video("a.mp4").pk)
    rescan.enqueue()
    first = DBTaskResult.objects.ready().first()
    assert first is not None
    assert first.task_path == rescan.module_path


def test_what_has_failed_waits_for_its_time_though_someone_looks(folder: Folder, client: Client) -> None:
    video = folder.put_and_scan("bad.mp4", b"bad")
    work_off()
    assert queued() == [video.pk]
    assert look_at(client, video.pk) == []


@contextmanager
def another_writes() -> Iterator[None]:
    """Hold the database as a long transaction does."""
    with closing(connection.Database.connect(settings.DATABASES["default"]["NAME"])) as other:  # type: ignore[attr-defined]
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.django_db(transaction=True)
def test_a_database_in_which_another_writes_is_not_waited_for(folder: Folder, client: Client) -> None:
    pk = a_video("a.mp4").pk
    with another_writes():
        assert look_at(client, pk) == []
    assert queued() == []
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20_000,)
    look_at(client, pk)
    assert queued() == [pk]


@pytest.mark.django_db(transaction=True)
def test_the_wait_for_such_a_database_is_short(folder: Folder, client: Client) -> None:
    pk = a_video("a.mp4").pk
    limits: list[Any] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("INSERT"):
            with closing(connection.connection.execute("PRAGMA busy_timeout")) as rows:
                limits.extend(rows.fetchone())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        look_at(client, pk)
    assert limits
    assert max(limits) <= 100
