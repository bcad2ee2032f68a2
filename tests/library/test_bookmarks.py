"""What is noted beside the database: what that costs others, and that nothing of it is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event, Timer
from typing import Any, TypeVar

import pytest
from cachalot.api import get_last_invalidation
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from library import bookmarks, positions
from library.bookmarks import Bookmark
from library.models import HistoryPause, Position, Video
from tests.builders import NEW_YEAR, Folder, a_video, videos
from tests.library.list_routes import HOUR, place, play, post, send, shown, told
from tests.videoserver import damages
from videoserver import generation

T = TypeVar("T")
WAIT = 20.0
"""Seconds until a thread counts as one that waits for ever."""

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_data_dir")]


# --- What saving costs others ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_place_that_is_saved_makes_nothing_stale(client: Client) -> None:
    connection.close()
    video = a_video("a.mp4", duration=HOUR)
    list(Video.objects.all())
    before = generation.current(), get_last_invalidation(Video)
    assert before[0] is not None
    for seconds in (10, 20, 0, 30):
        play(client, video, seconds)
    assert (generation.current(), get_last_invalidation(Video)) == before
    post(client, "/watched", filename="a.mp4", watched=True)
    assert get_last_invalidation(Video) == before[1]
    assert get_last_invalidation(Position, HistoryPause) == 0


@pytest.mark.django_db(transaction=True)
def test_a_place_is_saved_while_another_writes_for_long(client: Client, tmp_path: Path) -> None:
    """An import holds the database; who watches meanwhile doesn't wait."""
    video = a_video("a.mp4", duration=HOUR)
    with closing(sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        play(client, video, 600)
        assert told(client, video) == {str(video.pk): place(600)}
        other.execute("ROLLBACK")


@pytest.mark.django_db(transaction=True)
def test_while_the_file_beside_is_held_a_save_is_not_now(client: Client, own_data_dir: Path) -> None:
    video = a_video("a.mp4", duration=HOUR)
    play(client, video, 600)
    with closing(sqlite3.connect(own_data_dir / bookmarks.FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert send(client, "/position", filename="a.mp4", seconds=900).status_code == 503
        assert told(client, video) == {str(video.pk): place(600)}
        other.execute("ROLLBACK")
    play(client, video, 900)


@pytest.mark.django_db(transaction=True)
def test_who_asks_while_another_makes_the_file_beside_waits(client: Client, own_data_dir: Path) -> None:
    video = a_video("a.mp4", duration=HOUR)
    own_data_dir.mkdir()
    other = sqlite3.connect(own_data_dir / bookmarks.FILE, isolation_level=None, check_same_thread=False)
    with closing(other):
        other.execute("BEGIN EXCLUSIVE")
        made = Timer(0.5, other.execute, ["COMMIT"])
        made.start()
        assert told(client, video) == {}
        made.join()


def elsewhere(action: Callable[[], T]) -> Future[T]:
    """An action in a thread of its own."""

    def run() -> T:
        try:
            return action()
        finally:
            connection.close()

    return ThreadPoolExecutor(1).submit(run)


def noted(video: int) -> Bookmark:
    return Bookmark(None, video, 600, timezone.now())


@pytest.mark.django_db(transaction=True)
def test_who_reads_does_not_wait_for_another_thread_that_writes(
    own_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bookmarks, "BUSY_SECONDS", WAIT)
    bookmarks.note(noted(1))
    with closing(sqlite3.connect(own_data_dir / bookmarks.FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        saving = elsewhere(lambda: bookmarks.note(noted(2)))
        reads = [len(elsewhere(lambda: bookmarks.of(None)).result(WAIT)) for _ in range(20)]
        assert (reads, saving.done()) == ([1] * 20, False)
        other.execute("ROLLBACK")
    saving.result(WAIT)
    assert len(bookmarks.of(None)) == 2


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_what_another_thread_asks_the_database() -> None:
    """As when that hangs."""
    asked, go_on = Event(), Event()

    def hang(execute: Any, *arguments: Any) -> Any:
        asked.set()
        assert go_on.wait(WAIT)
        return execute(*arguments)

    def save_slowly() -> None:
        with connection.execute_wrapper(hang):
            bookmarks.note(noted(1))

    saving = elsewhere(save_slowly)
    assert asked.wait(WAIT)
    bookmarks.note(noted(2))
    assert [mark.video for mark in bookmarks.of(None)] == [2]
    go_on.set()
    saving.result(WAIT)
    assert [mark.video for mark in bookmarks.of(None)] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_while_places_are_carried_others_read_and_a_save_is_not_now() -> None:
    bookmarks.note(noted(1))
    with positions.in_the_database(), positions.in_the_database():
        assert elsewhere(lambda: bookmarks.of(None)).result(WAIT) == []
        with pytest.raises(OperationalError):
            elsewhere(lambda: bookmarks.note(noted(2))).result(WAIT)
    bookmarks.note(noted(2))


# --- Nothing is lost ---------------------------------------------------------------------------------------------


def test_what_is_carried_into_the_database_says_the_same_and_later_saves_count(client: Client, ann: Client) -> None:
    one, two = videos(2, duration=HOUR)
    for who in (client, ann):
        play(who, one, 600)
        play(who, two, 700)
    before = [(told(who, one, two), shown(who, "/continue")) for who in (client, ann)]
    for _ in range(2):
        positions.carry()
        assert bookmarks.of(None) == []
        assert [(told(who, one, two), shown(who, "/continue")) for who in (client, ann)] == before
    assert Position.objects.count() == 4
    play(client, one, 800)
    assert told(client, one) == {str(one.pk): place(800)}
    assert told(ann, one) == {str(one.pk): place(600)}


def test_a_note_that_was_carried_and_not_yet_forgotten_undoes_nothing(client: Client) -> None:
    """As after a kill between the two."""
    video = a_video("a.mp4", duration=HOUR)
    play(client, video, 600)
    (noted,) = bookmarks.of(None)
    post(client, "/watched", filename="a.mp4", watched=True)
    bookmarks.note(noted)
    assert told(client, video) == {str(video.pk): place(0, watched=True)}
    positions.carry()
    assert told(client, video) == {str(video.pk): place(0, watched=True)}


def test_a_clock_that_was_set_back_loses_no_place(client: Client) -> None:
    noted, decided = a_video("noted.mp4", duration=HOUR), a_video("decided.mp4", duration=HOUR)
    tomorrow = timezone.now() + timedelta(days=1)
    bookmarks.note(Bookmark(None, noted.pk, 100, tomorrow))
    post(client, "/watched", filename=decided.path, watched=True)
    Position.objects.update(changed_at=tomorrow)
    for video in (noted, decided):
        play(client, video, 600)
    expected = {str(noted.pk): place(600), str(decided.pk): place(600, watched=True)}
    assert told(client, noted, decided) == expected
    positions.carry()
    assert told(client, noted, decided) == expected


def test_a_file_that_moves_keeps_its_place(client: Client, folder: Folder) -> None:
    video = folder.put_and_scan("a.mp4")
    play(client, video, 50, duration=100)
    (folder.path / "new").mkdir()
    (folder.path / "a.mp4").rename(folder.path / "new/b.mp4")
    folder.scan()
    assert told(client, video)[str(video.pk)]["seconds"] == 50
    assert shown(client, "/continue") == ["new/b.mp4"]


@pytest.mark.parametrize("damage", [damages.half, damages.garbage, damages.garbage_with_a_head])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    client: Client, own_data_dir: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    one, two = videos(2, duration=HOUR)
    play(client, one, 600)
    positions.carry()
    play(client, two, 700)
    path = replaced(own_data_dir / bookmarks.FILE)
    damage(path)
    content = path.read_bytes()
    assert told(client, one, two) == {str(one.pk): place(600)}
    play(client, two, 800)
    assert told(client, one, two) == {str(one.pk): place(600), str(two.pk): place(800)}
    positions.carry()
    assert Position.objects.count() == 2
    (aside,) = bookmarks.damaged()
    assert (own_data_dir / aside).read_bytes() == content
    assert "It is set aside" in caplog.text


def replaced(path: Path) -> Path:
    """The same file as another would have put it there, whole and without a log."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    path.write_bytes(content)
    return path


def test_a_damaged_file_is_set_aside_before_places_are_carried(own_data_dir: Path) -> None:
    own_data_dir.mkdir()
    damages.garbage(own_data_dir / bookmarks.FILE)
    positions.carry()
    assert len(bookmarks.damaged()) == 1
    assert bookmarks.of(None) == []


@pytest.mark.django_db(transaction=True)
def test_what_was_noted_beside_another_database_says_nothing_of_this_one(client: Client) -> None:
    video = a_video("a.mp4", duration=HOUR)
    play(client, video, 600)
    first = MigrationRecorder.Migration.objects.filter(app="library").order_by("pk")[:1].get()
    applied = first.applied
    try:
        MigrationRecorder.Migration.objects.filter(pk=first.pk).update(applied=NEW_YEAR)
        assert told(client, video) == {}
        positions.carry()
        assert Position.objects.count() == 0
    finally:
        MigrationRecorder.Migration.objects.filter(pk=first.pk).update(applied=applied)
    assert told(client, video) == {str(video.pk): place(600)}
