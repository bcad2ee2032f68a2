"""Chapters of files that were read before anybody looked for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from library.models import Video
from library.roots import locate
from tests.builders import Folder, a_video
from tests.media import encode, make_video
from tests.thumbnails.conftest import Impostor
from thumbnails import making, tasks
from thumbnails.models import MediaWork

pytestmark = pytest.mark.django_db

META = """;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=500
title=One
[CHAPTER]
TIMEBASE=1/1000
START=500
END=1000
title=Two
"""


def told(client: Client, pk: int) -> object:
    return client.get("/chapters", {"video": pk}).json()["chapters"]


def waiting() -> int:
    return DBTaskResult.objects.filter(task_path=tasks.read_again.module_path).count()


@pytest.fixture
def chaptered(folder: Folder, tmp_path: Path) -> Video:
    """A video with chapters whose file is read, and its poster drawn, as it was before chapters were kept."""
    (tmp_path / "chapters").write_text(META)
    plain = make_video(tmp_path / "plain.mp4", sound=True)
    sources = ("-i", str(plain), "-f", "ffmetadata", "-i", str(tmp_path / "chapters"))
    encode(folder.path / "a.mp4", *sources, "-map_metadata", "1", "-c", "copy")
    folder.scan()
    making.make_missing()
    Video.objects.update(chapters=None)
    return Video.objects.get()


def test_they_are_read_once_somebody_opens_the_page(client: Client, chaptered: Video) -> None:
    poster = MediaWork.objects.get().poster_digest
    assert "data-unread" in client.get("/watch/a.mp4").content.decode()
    for _ in range(3):
        assert told(client, chaptered.pk) is None
    assert waiting() == 1
    assert making.read_again(chaptered.pk)
    assert told(client, chaptered.pk) == [[0, "One"], [0.5, "Two"]]
    page = client.get("/watch/a.mp4").content.decode()
    assert "data-unread" not in page
    assert 'data-seconds="0.5" data-name="Two"' in page
    assert MediaWork.objects.get().poster_digest == poster
    assert not making.read_again(chaptered.pk)


def test_a_file_that_became_bad_has_none_and_keeps_what_is_known(client: Client, chaptered: Video) -> None:
    before = chaptered.duration
    locate(chaptered.path).write_bytes(b"no film")
    assert making.read_again(chaptered.pk)
    assert told(client, chaptered.pk) == []
    assert Video.objects.get().duration == before


def test_a_disk_that_is_away_leaves_it_for_another_day(client: Client, chaptered: Video) -> None:
    locate(chaptered.path).unlink()
    assert not making.read_again(chaptered.pk)
    assert told(client, chaptered.pk) is None


def test_a_disk_that_goes_away_while_it_is_read_leaves_it_too(
    client: Client, chaptered: Video, instead_of_ffmpeg: Impostor
) -> None:
    instead_of_ffmpeg.does(f'mv "{locate(chaptered.path)}" "$0.away"; exit 1')
    assert not making.read_again(chaptered.pk)
    assert told(client, chaptered.pk) is None


def test_what_waits_for_its_first_reading_waits_on(client: Client, folder: Folder) -> None:
    video = a_video("new.mp4")
    assert told(client, video.pk) is None
    assert waiting() == 0


def test_of_nothing_there_is_nothing(client: Client) -> None:
    assert told(client, 77) == []
    assert client.get("/chapters", {"video": "x"}).status_code == 400
