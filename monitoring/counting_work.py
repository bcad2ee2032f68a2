"""Begins to count what no middleware sees: SQL statements of every connection, and tasks of every worker."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.signals import connection_created
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks.signals import task_finished

from monitoring.ledger import ledger_of
from monitoring.measures import TASK
from monitoring.spending import watch_statements


def begin() -> None:
    """Called once, at the start of each process."""
    connection_created.connect(watch_statements, dispatch_uid="monitoring")
    for connection in connections.all(initialized_only=True):
        watch_statements(connection=connection)
    task_finished.connect(count_task, dispatch_uid="monitoring")


def count_task(*, task_result: Any, **_kwargs: Any) -> None:
    """Receive `task_finished`."""
    ok = task_result.status == TaskResultStatus.SUCCESSFUL
    ended = task_result.finished_at or timezone.now()
    seconds = (ended - task_result.started_at).total_seconds() if task_result.started_at else 0
    name = TASK + task_result.task.name
    ledger_of(settings.METRICS_DIR).add(name, int(ok), int(not ok), max(0, int(seconds * 1e9)))
