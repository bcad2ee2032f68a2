"""No scan takes a file that is being written."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from library import settling
from library.models import Video
from library.scanning import scan
from library.walking import FoundFile
from tests.builders import Folder

pytestmark = pytest.mark.django_db

Meanwhile = Callable[[Callable[[], None]], None]


def aged(path: Path, seconds: float) -> Path:
    """Let a file have been written so long ago."""
    moment = time.time() - seconds
    os.utime(path, (moment, moment))
    return path


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Do something while the scan waits before it looks again."""

    def arrange(act: Callable[[], None]) -> None:
        def sleep(seconds: float) -> None:
            monkeypatch.undo()
            act()

        monkeypatch.setattr(settling.time, "sleep", sleep)

    return arrange


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def test_a_file_written_just_now_that_rests_is_taken_at_once(folder: Folder) -> None:
    aged(folder.put("a.mp4"), 0)
    report = scan()
    assert (report.added, report.growing) == (1, [])


def test_a_file_that_grows_meanwhile_is_left_for_the_next_scan(folder: Folder, meanwhile: Meanwhile) -> None:
    folder.put("rests.mp4")
    file = aged(folder.put("grows.mp4"), 0)
    meanwhile(lambda: append(file))
    report = scan()
    assert (report.added, report.growing, report.problems) == (1, ["grows.mp4"], [])
    aged(file, 60)
    assert scan().added == 1


def test_a_known_video_whose_file_grows_stays_as_it_is_known(folder: Folder, meanwhile: Meanwhile) -> None:
    folder.put("rests.mp4")
    before = folder.put_and_scan("a.mp4", b"old")
    file = aged(folder.put("a.mp4", b"new content"), 0)
    meanwhile(lambda: append(file))
    report = scan()
    assert (report.growing, report.news) == (["a.mp4"], 0)
    video = Video.objects.get(path="a.mp4")
    assert (video.size, video.fingerprint, video.is_missing) == (3, before.fingerprint, False)


@pytest.mark.parametrize(("written_ago", "left"), [(0, True), (5, True), (60, False)])
def test_a_file_that_a_program_has_open_is_left_for_some_time(folder: Folder, written_ago: float, left: bool) -> None:
    with folder.put("a.mp4").open("ab") as file:
        aged(Path(file.name), written_ago)
        assert scan().growing == (["a.mp4"] if left else [])
    assert scan().growing == []
    assert Video.objects.present().count() == 1


def test_a_file_that_is_read_by_others_is_taken(folder: Folder) -> None:
    with aged(folder.put("a.mp4"), 5).open("rb"):
        assert scan().added == 1


def test_a_file_that_vanishes_meanwhile_is_no_growing_one(folder: Folder, meanwhile: Meanwhile) -> None:
    folder.put("rests.mp4")
    file = aged(folder.put("goes.mp4"), 0)
    meanwhile(file.unlink)
    report = scan()
    assert (report.added, report.growing) == (1, [])


def test_who_has_only_old_files_waits_for_nothing(meanwhile: Meanwhile) -> None:
    file = FoundFile("a.mp4", 5, time.time_ns() - 60 * 10**9)
    meanwhile(pytest.fail)
    assert settling.still_growing([file]) == set()


def test_the_command_names_what_is_being_written(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    with folder.put("a.mp4").open("ab") as file:
        aged(Path(file.name), 0)
        call_command("scan_videos")
    assert "Still being written, left for the next scan (1)\n  a.mp4" in capsys.readouterr().out
