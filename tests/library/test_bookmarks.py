"""What saving a place costs others, and what others cost it: it is noted in a file beside the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest
from cachalot.api import get_last_invalidation
from django.db import connection
from django.test import Client

from library import bookmarks
from library.models import HistoryPause, Position, Video
from tests.builders import a_video
from tests.library.list_routes import HOUR, place, play, post, send, told
from videoserver import generation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cold", "own_data_dir")]


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


def test_a_place_is_saved_while_another_writes_for_long(client: Client, tmp_path: Path) -> None:
    """An import holds the database; who watches meanwhile doesn't wait."""
    video = a_video("a.mp4", duration=HOUR)
    with closing(sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        play(client, video, 600)
        assert told(client, video) == {str(video.pk): place(600)}
        other.execute("ROLLBACK")


def test_while_the_file_beside_is_held_a_save_is_not_now(client: Client, own_data_dir: Path) -> None:
    video = a_video("a.mp4", duration=HOUR)
    play(client, video, 600)
    with closing(sqlite3.connect(own_data_dir / bookmarks.FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert send(client, "/position", filename="a.mp4", seconds=900).status_code == 503
        assert told(client, video) == {str(video.pk): place(600)}
        other.execute("ROLLBACK")
    play(client, video, 900)


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
