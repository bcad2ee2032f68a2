"""What is enqueued, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from library.models import Video
from library.signals import files_changed
from tests.builders import NEW_YEAR, Folder, a_video, videos
from tests.thumbnails.conftest import held_by_another
from thumbnails import posters, storyboards, tasks
from thumbnails.claiming import alone_with
from thumbnails.models import MAX_ATTEMPTS, MediaWork, Storyboard

pytestmark = pytest.mark.django_db


def media_tasks(status: TaskResultStatus, kind: Any = tasks.render_media) -> QuerySet[DBTaskResult]:
    return DBTaskResult.objects.filter(status=status, task_path=kind.module_path)


def queued(kind: Any = tasks.render_media) -> list[int]:
    """The video ids in the order in which a worker takes them."""
    return [row.args_kwargs["args"][0] for row in media_tasks(TaskResultStatus.READY, kind)]


def work_off(kind: Any = None, at_most: int = 1000) -> None:
    """Do what is due, or what of it is of a kind, as the worker does it; its own loop would close the test's
    connection.
    """
    worker = Worker(
        queue_names=["*"], interval=0, batch=True, backend_name="default", startup_delay=False, max_tasks=None,
        worker_id="test", excluded_queue_names=[],
    )  # fmt: skip
    due = DBTaskResult.objects.filter(task_path=kind.module_path) if kind else DBTaskResult.objects.all()
    while at_most and (result := due.ready().get_locked()):
        result.claim(worker.worker_id)
        worker.run_task(result)
        at_most -= 1


def let_delays_pass() -> None:
    DBTaskResult.objects.filter(status=TaskResultStatus.READY).update(run_after=timezone.now())


def forget_the_queue() -> None:
    DBTaskResult.objects.all().delete()


def test_a_scan_enqueues_what_it_found_and_the_worker_does_it(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    assert queued() == [video.pk]
    assert MediaWork.objects.get(pk=video.pk).state == "pending"
    work_off()
    assert posters.for_videos([video.pk])
    assert queued() == []
    result = media_tasks(TaskResultStatus.SUCCESSFUL).get()
    assert (result.status, result.return_value) == ("SUCCESSFUL", "")


def test_no_video_waits_twice_in_the_queue(folder: Folder) -> None:
    ids = [video.pk for video in videos(3)]
    assert tasks.enqueue_for([*ids, *ids]) == 3
    assert tasks.enqueue_for(ids) == 0
    assert tasks.enqueue_missing() == 0
    assert sorted(queued()) == ids


def test_what_waits_already_is_not_asked_for_video_by_video(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def queries(count: int) -> int:
        videos(count, prefix=f"{count}-")
        tasks.enqueue_missing()
        with CaptureQueriesContext(connection) as captured:
            assert tasks.enqueue_missing() == 0
        return len(captured)

    monkeypatch.setattr(tasks, "BATCH", 2)
    assert queries(3) == queries(9)


def test_the_newest_are_enqueued_first(folder: Folder) -> None:
    ids = [video.pk for video in videos(3)]
    tasks.enqueue_missing()
    assert queued() == ids[::-1]


def test_the_queue_stays_short_and_fills_itself_until_all_is_done(
    folder: Folder, sample: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "WINDOW", 2)
    for number in range(5):
        folder.put(f"{number}.mp4", sample + b"%d" % number)
    folder.scan()
    assert len(queued()) == 2
    folder.scan()
    assert len(queued()) == 2
    work_off()
    assert MediaWork.objects.filter(state="ready").count() == 5


def test_what_fails_for_now_does_not_keep_others_from_the_queue(
    folder: Folder, sample: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "WINDOW", 1)
    folder.put("good.mp4", sample)
    folder.put("bad.mp4", b"bad", NEW_YEAR + timedelta(days=1))
    folder.scan()
    work_off()
    assert {work.video.path: work.state for work in MediaWork.objects.all()} == {
        "bad.mp4": "pending", "good.mp4": "ready",
    }  # fmt: skip


def test_posters_give_way_to_other_tasks(folder: Folder) -> None:
    from library.tasks import rescan

    tasks.enqueue_for([a_video("a.mp4").pk])
    rescan.enqueue()
    first = DBTaskResult.objects.ready().first()
    assert first is not None
    assert first.task_path == rescan.module_path


def test_unknown_and_missing_videos_are_not_enqueued(folder: Folder) -> None:
    assert tasks.enqueue_for([999_999, a_video("gone.mp4", missing=True).pk]) == 0
    assert MediaWork.objects.count() == 0


def test_more_than_a_batch_is_enqueued(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    ids = [video.pk for video in videos(5)]
    assert tasks.enqueue_for(ids) == 5
    assert queued() == ids


def test_a_lost_task_heals_at_the_next_scan(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    forget_the_queue()
    folder.scan()
    assert queued() == [video.pk]


def test_the_signal_alone_enqueues_whatever_is_missing(folder: Folder) -> None:
    video = a_video("a.mp4")
    files_changed.send(sender=None, video_ids=[])
    assert queued() == [video.pk]


def test_what_is_done_or_given_up_is_not_enqueued_until_its_file_changes(folder: Folder, sample: bytes) -> None:
    good, bad = folder.put_and_scan("good.mp4", sample), folder.put_and_scan("bad.mp4", b"bad")
    for _ in range(MAX_ATTEMPTS):
        work_off()
        let_delays_pass()
    assert MediaWork.objects.get(pk=bad.pk).state == "failed"
    folder.scan()
    assert queued() == []
    assert tasks.enqueue_for([good.pk, bad.pk]) == 0
    folder.put("good.mp4", sample + b"longer")
    folder.put("bad.mp4", sample + b"good now")
    folder.scan()
    assert sorted(queued()) == sorted([good.pk, bad.pk])


def test_a_failure_is_tried_again_after_a_delay_and_three_times_at_most(folder: Folder) -> None:
    video = folder.put_and_scan("bad.mp4", b"bad")
    for attempt, delay in enumerate(tasks.RETRY_DELAYS, start=1):
        before = timezone.now()
        work_off()
        assert MediaWork.objects.get(pk=video.pk).attempts == attempt
        waiting = media_tasks(TaskResultStatus.READY).get()
        assert before + delay <= waiting.run_after <= timezone.now() + delay
        let_delays_pass()
    work_off()
    assert queued() == []
    assert MediaWork.objects.get(pk=video.pk).state == "failed"
    assert media_tasks(TaskResultStatus.SUCCESSFUL).count() == MAX_ATTEMPTS


def test_a_retry_that_waits_is_not_doubled_but_a_changed_file_does_not_wait_for_it(
    folder: Folder, sample: bytes
) -> None:
    video = folder.put_and_scan("a.mp4", b"bad")
    work_off()
    folder.scan()
    assert queued() == [video.pk]
    folder.put("a.mp4", sample)
    folder.scan()
    assert queued() == [video.pk, video.pk]
    work_off()
    assert MediaWork.objects.get(pk=video.pk).state == "ready"


def test_a_poster_that_vanished_is_drawn_again_after_the_next_scan(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    work_off()
    digest = MediaWork.objects.get(pk=video.pk).poster_digest
    posters.path_of(digest, 320).unlink()
    folder.scan()
    work_off()
    assert posters.path_of(digest, 320).is_file()


def test_on_request_everything_is_done_again(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    work_off()
    assert tasks.enqueue_again([video.pk]) == 1
    assert posters.for_videos([video.pk])  # the old one stays until then
    assert Storyboard.objects.get(pk=video.pk).state == "pending"
    work_off()
    assert MediaWork.objects.get(pk=video.pk).state == "ready"
    assert Storyboard.objects.get(pk=video.pk).state == "ready"


def running(worker_id: str) -> DBTaskResult:
    tasks.render_media.enqueue(1)
    result = media_tasks(TaskResultStatus.READY).get()
    result.claim(worker_id)
    return result


def test_the_running_tasks_of_dead_workers_go_back_to_the_queue(folder: Folder) -> None:
    ours, other = running("serve-host-1"), running("another-2")
    assert tasks.sweep_stale(lambda worker_id: worker_id == "serve-host-1") == 1
    ours.refresh_from_db()
    other.refresh_from_db()
    assert (ours.status, ours.started_at, other.status) == ("READY", None, "RUNNING")


def test_a_task_that_was_claimed_anew_meanwhile_is_not_swept(folder: Folder, monkeypatch: Any) -> None:
    result = running("serve-host-1")
    stale = DBTaskResult.objects.get(pk=result.pk)
    DBTaskResult.objects.filter(pk=result.pk).update(started_at=timezone.now() + timedelta(seconds=1))
    original = DBTaskResult.objects.running

    class Once:
        calls = 0

        def __call__(self) -> Any:
            self.calls += 1
            return [stale] if self.calls == 1 else original()

    monkeypatch.setattr(DBTaskResult.objects, "running", Once())
    assert tasks.sweep_stale(lambda worker_id: True) == 0
    assert Video.objects.count() == 0


def test_all_posters_come_before_any_subtitles_and_those_before_any_storyboard(folder: Folder, film: bytes) -> None:
    for number in range(3):
        folder.put(f"{number}.mp4", film + bytes([number]))
    folder.scan()
    work_off()
    done = DBTaskResult.objects.order_by("started_at").values_list("task_path", flat=True)
    kinds = [path.rpartition(".")[2] for path in done]
    assert [kind for kind in kinds if kind != "heal"] == [
        *(3 * ["render_media"]),
        *(3 * ["convert_subtitles"]),
        *(3 * ["draw_storyboard"]),
    ]
    assert len(storyboards.for_videos([video.pk for video in Video.objects.all()])) == 3


def test_a_video_that_comes_later_gets_its_poster_before_the_storyboards_that_wait(folder: Folder, film: bytes) -> None:
    folder.put_and_scan("a.mp4", film)
    work_off(tasks.render_media)
    assert queued(tasks.draw_storyboard)
    video = folder.put_and_scan("b.mp4", film + b"b")
    first = DBTaskResult.objects.ready().first()
    assert first is not None
    assert (first.task_path, first.args_kwargs["args"]) == (tasks.render_media.module_path, [video.pk])


def test_storyboards_fill_their_queue_themselves(folder: Folder, film: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "WINDOW", 1)
    for number in range(3):
        folder.put(f"{number}.mp4", film + bytes([number]))
    folder.scan()
    while queued():
        work_off(tasks.render_media)
    assert len(queued(tasks.draw_storyboard)) == 1
    work_off()
    assert Storyboard.objects.filter(state="ready").count() == 3


def test_a_lost_storyboard_or_its_lost_task_heals_after_the_next_scan(folder: Folder, film: bytes) -> None:
    video = folder.put_and_scan("a.mp4", film)
    work_off(tasks.render_media)
    forget_the_queue()
    folder.scan()
    work_off()
    path = storyboards.path_of(Storyboard.objects.get(pk=video.pk).digest, "webp")
    path.unlink()
    folder.scan()
    work_off()
    assert path.is_file()


def test_a_storyboard_that_fails_is_tried_three_times(folder: Folder, film: bytes) -> None:
    video = folder.put_and_scan("a.mp4", film)
    work_off(tasks.render_media)
    folder.put("a.mp4", b"bad, and not scanned yet")
    for _ in range(MAX_ATTEMPTS):
        work_off()
        let_delays_pass()
    folder.scan()
    assert queued(tasks.draw_storyboard) == []
    assert Storyboard.objects.get(pk=video.pk).state == "failed"
    assert posters.for_videos([video.pk])


@pytest.mark.parametrize("kind", [tasks.render_media, tasks.draw_storyboard], ids=["poster", "storyboard"])
def test_what_can_not_be_done_today_is_not_tried_again_and_again(
    folder: Folder, film: bytes, settings: Any, kind: Any
) -> None:
    folder.put_and_scan("a.mp4", film)
    if kind is tasks.draw_storyboard:
        work_off(tasks.render_media)
    settings.THUMBNAILS_DIR = folder.put("no folder")
    work_off(kind, at_most=3)
    assert queued(kind) == []


def test_work_that_another_process_is_at_is_looked_at_again_later(folder: Folder, film: bytes) -> None:
    video = folder.put_and_scan("a.mp4", film)
    with held_by_another(lambda: alone_with(video.pk)):
        work_off(tasks.render_media)
    assert MediaWork.objects.get(pk=video.pk).attempts == 0
    assert DBTaskResult.objects.ready().filter(task_path=tasks.render_media.module_path).count() == 0
    let_delays_pass()
    work_off()
    assert MediaWork.objects.get(pk=video.pk).state == "ready"
