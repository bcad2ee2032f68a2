"""What is noted beside the database: what that costs others, and that nothing of it is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cachalot.api import get_last_invalidation
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from library import bookmarks, positions
from library.models import HistoryPause, Position, Video
from tests.builders import NEW_YEAR, Folder, a_video, videos
from tests.library.list_routes import HOUR, place, play, post, send, shown, told
from videoserver import generation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cold", "own_data_dir")]


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


def test_a_file_that_moves_keeps_its_place(client: Client, folder: Folder) -> None:
    video = folder.put_and_scan("a.mp4")
    play(client, video, 50, duration=100)
    (folder.path / "new").mkdir()
    (folder.path / "a.mp4").rename(folder.path / "new/b.mp4")
    folder.scan()
    assert told(client, video)[str(video.pk)]["seconds"] == 50
    assert shown(client, "/continue") == ["new/b.mp4"]


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
