"""What someone looks at is drawn next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from django.db import OperationalError, connection, transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, DBTaskResultQuerySet, get_date_max

from thumbnails.models import MediaWork
from thumbnails.tasks import read_again, render_media

HURRY = -5
"""The priority of what is looked at: before all other posters, after a rescan."""

MOST = 100
"""Videos that are hastened at a time."""

PATIENCE = 50
"""Milliseconds to wait for a database in which another writes: a page asks again soon."""


def hasten(video_ids: Sequence[int]) -> None:
    """Have the posters of those that wait drawn before all others. Writes only for those that are not hastened yet.

    A failed one waits for its time all the same.
    """
    waiting = MediaWork.objects.not_begun(video_ids[:MOST]) if video_ids else []
    if not waiting or not (late := _not_hastened(waiting)):
        return
    with suppress(OperationalError), _impatient(), transaction.atomic():
        # A locked database, or a full disk: who only reads must not suffer from it.
        _tasks().filter(args_kwargs__in=[_arguments(pk) for pk in late]).update(priority=HURRY)
        for pk in _not_hastened(late):  # those that the queue had no room for yet
            render_media.using(priority=HURRY).enqueue(pk)


def have_read_again(video_id: int) -> None:
    """Have a file read again that was read before its chapters were looked for; one that waits to be read, waits."""
    if video_id in MediaWork.objects.done_with([video_id]):
        with suppress(OperationalError), _impatient(), transaction.atomic():
            waiting = DBTaskResult.objects.exclude(status__in=(TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED))
            if not waiting.filter(task_path=read_again.module_path, args_kwargs=_arguments(video_id)).exists():
                read_again.enqueue(video_id)


def _tasks() -> DBTaskResultQuerySet:
    """Tasks that may begin at once."""
    return DBTaskResult.objects.filter(
        status=TaskResultStatus.READY, task_path=render_media.module_path, run_after=get_date_max()
    )


def _arguments(video_id: int) -> dict[str, object]:
    """As the queue writes them."""
    return {"args": [video_id], "kwargs": {}}


def _not_hastened(video_ids: Sequence[int]) -> list[int]:
    rows = _tasks().filter(priority=HURRY).values_list("args_kwargs", flat=True)
    hastened = {arguments["args"][0] for arguments in rows}
    return [pk for pk in video_ids if pk not in hastened]


@contextmanager
def _impatient() -> Iterator[None]:
    """Don't wait for SQLite's lock as long as a request otherwise would."""
    if connection.vendor != "sqlite":
        yield
        return
    usual = connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual:d}")
