"""How the work on the files stands, for whoever watches over it. Named in the settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, DBTaskResultQuerySet

from thumbnails import claiming, tasks
from thumbnails.models import FastStart, MediaWork, Storyboard, Subtitles
from thumbnails.querysets import FAILED, READY

WORKS: dict[Any, str] = {
    MediaWork: "Poster",
    Storyboard: "Storyboard",
    Subtitles: "Subtitles",
    FastStart: "Copy that starts fast",
}
"""The works on each file, and what people call them."""

RETRY_PERMISSION = "thumbnails.change_mediawork"
"""Who may call `retry`."""


def gauges() -> dict[str, float]:
    """How many tasks wait, run and failed, and how many works on files are done and were given up; for how many seconds
    the task that came first has waited, and the one that runs the longest has run.
    """
    now = timezone.now()
    ready = DBTaskResult.objects.ready()
    running = DBTaskResult.objects.running()
    return {
        "waiting": ready.count(),
        "running": running.count(),
        "failed_tasks": DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).count(),
        "media_done": _in_state(READY),
        "media_failed": _in_state(FAILED),
        "waited_seconds": _seconds_since(
            ready.order_by("enqueued_at").values_list("enqueued_at", flat=True).first(), now
        ),
        "ran_seconds": _seconds_since(_first(running, "started_at"), now),
    }


def _in_state(state: str) -> int:
    return sum(model.objects.filter(state=state).count() for model in WORKS)


def _first(results: DBTaskResultQuerySet, moment: str) -> datetime | None:
    return results.order_by(moment).values_list(moment, flat=True).first()


def _seconds_since(moment: datetime | None, now: datetime) -> float:
    return max(now - moment, timedelta()).total_seconds() if moment else 0.0


def failures(limit: int) -> list[tuple[int, str, str, datetime]]:
    """(key, what, why, when) of the latest works that were given up; the key is the video's."""
    found = []
    for model, what in WORKS.items():
        latest = model.objects.filter(state=FAILED).select_related("video").order_by("-updated_at")
        for work in latest[:limit]:
            found.append((work.pk, f"{what} of {work.video}", work.error, work.updated_at))
    return sorted(found, key=lambda failure: failure[3], reverse=True)[:limit]


def retry(keys: Sequence[int]) -> int:
    """Begin anew with the work on those videos' files; of no keys with all that was given up."""
    if not keys:
        failed = (model.objects.filter(state=FAILED).values_list("pk", flat=True) for model in WORKS)
        keys = sorted({pk for pks in failed for pk in pks})
    return tasks.enqueue_again(keys)


def living_workers() -> int:
    """How many task workers live: each holds a lock."""
    return sum(not claiming.is_free(place) for place in range(claiming.MOST_WORKERS))
