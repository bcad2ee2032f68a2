"""The work in the background: what is enqueued when, and what becomes of a dead worker's task.

The web process imports this to enqueue; what does the work is imported by the worker alone, inside the task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult, DBTaskResultQuerySet, get_date_max

from library.locking import exclusive
from library.models import Video
from thumbnails import faststart, posters, storyboards, subtitles
from thumbnails.models import FastStart, MediaWork, Storyboard, Subtitles
from thumbnails.querysets import (
    videos_awaiting_fast_start_newest_first,
    videos_unfinished_newest_first,
    videos_without_storyboard_newest_first,
    videos_without_subtitles_newest_first,
)

if TYPE_CHECKING:
    from thumbnails.making import Outcome

BATCH = 200
"""Tasks a transaction: a write lock of some 100 ms."""

WINDOW = 400
"""Tasks that wait at a time, as far as the queue fills itself. What waits beyond them is known from the videos alone: a
first scan of 100,000 would write tasks for two minutes, and each further scan would read them all.
"""

RETRY_DELAYS = (timedelta(seconds=20), timedelta(minutes=3))
"""After the first and the second failure: a file may still be on its way to the disk."""


@task(priority=-10)
def render_media(video_id: int) -> str:
    """Probe one video's file and draw its poster; safe to run twice. Gives way to every other task.

    Told to stop, it leaves the work to the next worker. Returns the error, or "".
    """
    from thumbnails import making

    return _work(render_media, making.attempt, video_id, _enqueue_more)


@task(priority=-5)
def read_again(video_id: int) -> bool:
    """Read once more what one video's file says of itself; its pictures stay. Returns whether it was done."""
    from thumbnails import making

    return making.read_again(video_id)


@task(priority=-30)
def draw_storyboard(video_id: int) -> str:
    """Draw one video's storyboard, once all others have their posters; like the above in all else."""
    from thumbnails import making

    return _work(draw_storyboard, making.attempt_storyboard, video_id, enqueue_storyboards)


@task(priority=-15)
def convert_subtitles(video_id: int) -> str:
    """Convert one video's subtitles, after all posters and before the storyboards; like the above in all else."""
    from thumbnails import making

    return _work(convert_subtitles, making.attempt_subtitles, video_id, enqueue_subtitles)


@task(priority=-35)
def copy_for_fast_start(video_id: int) -> str:
    """Make the copy of one video's file that starts fast, after all pictures; like the above in all else."""
    from thumbnails import making

    return _work(copy_for_fast_start, making.attempt_fast_start, video_id, enqueue_fast_starts)


@task(priority=-25)
def look_at_starts(after: int = 0) -> int:
    """Look where the index lies in files that were read before anybody asked: a batch of videos, by their ids.

    Returns how many were looked at.
    """
    from thumbnails import making

    ids = MediaWork.objects.of_unknown_start(after)
    making.look_at_starts(ids)
    if ids:
        look_at_starts.enqueue(ids[-1])
    return len(ids)


def _work(
    kind: Task[Any, Any], attempt: Callable[[int], Outcome], video_id: int, enqueue_more: Callable[[], int]
) -> str:
    """One attempt, and what follows from it."""
    from thumbnails import ffmpeg

    try:
        outcome = attempt(video_id)
    except ffmpeg.Stopped:
        kind.enqueue(video_id)
        return "stopped"
    if outcome.attempts_left or outcome.busy:
        delay = RETRY_DELAYS[-outcome.attempts_left]
        kind.using(run_after=timezone.now() + delay).enqueue(video_id)
    if not outcome.postponed and not _waiting_tasks(kind).ready().exists():
        enqueue_more()
    return outcome.error


def enqueue_for(video_ids: Iterable[int]) -> int:
    """Enqueue the work on those videos' files, unless it is done, given up or enqueued already.

    A file that has changed gets all its attempts anew. Returns how many tasks were enqueued.
    """
    ids = list(dict.fromkeys(video_ids))
    enqueued = 0
    waiting = _waiting()
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            enqueued += _enqueue_batch(ids[start : start + BATCH], waiting)
    return enqueued


def enqueue_again(video_ids: Sequence[int]) -> int:
    """Do the work on those videos' files once more, whatever became of it before; their storyboards follow. Returns
    how many were enqueued: of very many the first, the others as the queue has room.
    """
    MediaWork.objects.start_over(video_ids)
    Storyboard.objects.start_over(video_ids)
    Subtitles.objects.start_over(video_ids)
    FastStart.objects.failed().start_over(video_ids)
    return enqueue_for(video_ids[:WINDOW])


def enqueue_missing(video_ids: Iterable[int] = ()) -> int:
    """Enqueue what is missing anywhere, the newest videos first, as far as the queue has room; it asks for more itself.

    Of the videos named, those whose file is another than before start over. Returns how many were enqueued.
    """
    with exclusive("media-queue"):
        enqueued = enqueue_for(MediaWork.objects.about_another_file(video_ids))
        waiting = _waiting()
        now = timezone.now()
        room = WINDOW - sum(when <= now for when in waiting.values())
        missing = (pk for pk in videos_unfinished_newest_first(WINDOW + len(waiting)) if pk not in waiting)
        return enqueued + enqueue_for(islice(missing, max(room, 0)))


def enqueue_storyboards() -> int:
    """Enqueue storyboards that are missing, the newest videos first, as far as their queue has room; it asks for more
    itself. Only videos with a poster get one. Returns how many were enqueued.
    """
    return _enqueue_later(draw_storyboard, videos_without_storyboard_newest_first)


def enqueue_subtitles() -> int:
    """The same for subtitles."""
    return _enqueue_later(convert_subtitles, videos_without_subtitles_newest_first)


def enqueue_fast_starts() -> int:
    """The same for the copies that were asked for."""
    return _enqueue_later(copy_for_fast_start, videos_awaiting_fast_start_newest_first)


def _enqueue_later(kind: Task[Any, Any], newest_first: Callable[[int], list[int]]) -> int:
    with exclusive("media-queue"), transaction.atomic():
        waiting = _waiting(kind)
        missing = (pk for pk in newest_first(WINDOW) if pk not in waiting)
        chosen = list(islice(missing, max(WINDOW - len(waiting), 0)))
        for pk in chosen:
            kind.enqueue(pk)
        return len(chosen)


def _enqueue_more() -> int:
    """Further posters, then subtitles, storyboards and copies: they give way to all posters in the queue."""
    return enqueue_missing() + enqueue_subtitles() + enqueue_storyboards() + enqueue_fast_starts()


def after_scan(video_ids: Iterable[int]) -> None:
    """Enqueue what a scan found, and whatever else is missing: a lost task heals, and later a lost picture."""
    found = list(video_ids)
    enqueue_missing(found)
    if found:  # else there is no hurry: it takes 100 ms at 100,000 videos
        enqueue_subtitles()
    if not _waiting_tasks(heal).exists():
        heal.enqueue()


@task(priority=-20)
def heal() -> int:
    """Have what vanished from the disk made anew; returns how many tasks that takes.

    It reads the whole folder of pictures, which is why scans leave it to the worker.
    """
    posters.forget_lost()
    storyboards.forget_lost()
    subtitles.forget_lost()
    _tend_fast_starts()
    return _enqueue_more()


def _tend_fast_starts() -> None:
    """Forget the copies of files that changed, delete those that no video has, look at what nobody looked at."""
    FastStart.objects.forget_changed()
    faststart.forget_lost()
    faststart.sweep()
    if MediaWork.objects.of_unknown_start(0) and not _waiting_tasks(look_at_starts).exists():
        look_at_starts.enqueue()


def _enqueue_batch(video_ids: Sequence[int], waiting: dict[int, datetime]) -> int:
    videos = Video.objects.present().in_bulk(video_ids)
    works = MediaWork.objects.in_bulk(video_ids)
    MediaWork.objects.bulk_create(
        [MediaWork(video=video, **_file(video)) for pk, video in videos.items() if pk not in works],
        ignore_conflicts=True,
    )
    due = timezone.now()
    chosen = []
    for pk, video in ((pk, videos[pk]) for pk in video_ids if pk in videos):
        work = works.get(pk)
        if work and not work.is_about(video):
            work.start_over(video)
        elif work and work.state != MediaWork.State.PENDING:
            continue
        fresh = work is None or work.attempts == 0
        if pk not in waiting or (fresh and waiting[pk] > due):
            chosen.append(pk)
    for pk in chosen:
        render_media.enqueue(pk)
    return len(chosen)


def _file(video: Video) -> dict[str, int]:
    return {"size": video.size, "modified_ns": video.modified_ns}


def _waiting_tasks(kind: Task[Any, Any]) -> DBTaskResultQuerySet:
    """Those of a kind that wait for a worker, or for their time."""
    return DBTaskResult.objects.filter(status=TaskResultStatus.READY, task_path=kind.module_path)


def _waiting(kind: Task[Any, Any] = render_media) -> dict[int, datetime]:
    """{video id: when the earliest of its waiting tasks is due}."""
    found: dict[int, datetime] = {}
    for arguments, run_after in _waiting_tasks(kind).values_list("args_kwargs", "run_after").iterator():
        pk = arguments["args"][0]
        at_once = datetime.min.replace(tzinfo=run_after.tzinfo)
        when = at_once if run_after == get_date_max() else run_after
        found[pk] = min(found.get(pk, when), when)
    return found


def sweep_stale(is_dead: Callable[[str], bool]) -> int:
    """Hand the running tasks of dead workers back to the queue, which are told by their ids; returns how many."""
    swept = 0
    for result in DBTaskResult.objects.running():
        if result.worker_ids and is_dead(str(result.worker_ids[-1])):
            still = DBTaskResult.objects.running().filter(pk=result.pk, started_at=result.started_at)
            swept += still.update(status=TaskResultStatus.READY, started_at=None)
    return swept
