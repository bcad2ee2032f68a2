"""Files that mean harm, or are none: all the work that is done on files, done on each."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from library.models import Video
from tests import damage
from tests.builders import Folder, a_video
from tests.full_disk import fill_up, small_disk
from tests.hostile_media import short_limits, work_on
from tests.listener import listening
from tests.media import encode, make_audio, make_video
from thumbnails import making, repairing, tasks
from thumbnails.models import MAX_ATTEMPTS, FastStart, MediaWork, Storyboard, Subtitles, Work

pytestmark = pytest.mark.django_db

ALL = {"poster", "storyboard", "subtitles", "copy"}
FEW = ("late.mp4", "early.mp4", "film.mkv", "eight.webm", "film.avi", "film.ts")
SEED, DAMAGED = 4, 14


def test_files_that_name_others_are_given_up_and_nothing_else_is_opened(folder: Folder, tmp_path: Path) -> None:
    secret = make_video(tmp_path / "secret.ts", rate=25)
    os.utime(secret, (0, secret.stat().st_mtime))
    with listening() as server:
        texts = damage.naming_others(server.port, secret)
        for number, text in enumerate(texts):
            folder.put(f"{number}.mp4", text)
        folder.scan()
        for make in (making.make_missing, making.make_missing_storyboards, making.make_missing_subtitles):
            make()
        FastStart.objects.ask_for(Video.objects.all())
        for video in Video.objects.all():
            assert making.attempt_fast_start(video.pk).error
        assert server.visits == 0
    assert secret.stat().st_atime == 0
    assert MediaWork.objects.filter(poster_digest="").exclude(error="").count() == len(texts)
    assert not Subtitles.objects.exclude(digest="").exists()


def from_frames(path: Path, *options: str) -> Path:
    """Ten frames in an uneven rhythm."""
    uneven = "testsrc2=size=320x180:rate=10:duration=3,select='not(mod(n,3))+lt(n,8)'"
    return encode(path, "-f", "lavfi", "-i", uneven, "-pix_fmt", "yuv420p", *options)


def a_cover(path: Path) -> Path:
    sound = ("-f", "lavfi", "-i", "sine=duration=1", "-f", "lavfi", "-i", "testsrc2=size=300x300:duration=0.04")
    return encode(path, *sound, "-c:a", "aac", "-c:v", "png", "-disposition:v", "attached_pic")


def a_text(path: Path) -> Path:
    path.with_suffix(".srt").write_text(damage.CUES)
    return encode(path, "-i", str(path.with_suffix(".srt")), "-c:s", "srt")


def turned(path: Path) -> Path:
    straight = make_video(path.with_name("straight.mp4"), duration=3)
    return encode(path, "-display_rotation", "90", "-i", f"file:{straight}", "-c", "copy")


def holding(content: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


def broken_off(path: Path) -> Path:
    make_video(path, duration=3)
    os.truncate(path, path.stat().st_size // 2)
    return path


@pytest.mark.parametrize(
    ("name", "make", "made"),
    [
        ("a.mp4", holding(b""), set()),
        ("a.mkv", holding(b"just a text\n" * 99), set()),
        ("a.avi", holding(random.Random(1).randbytes(99_999)), set()),
        ("a.mp4", broken_off, set()),
        ("a.mp4", make_audio, {"copy"}),
        ("a.mp4", a_cover, ALL),
        ("a.mkv", a_text, set()),
        ("a.mp4", lambda path: make_video(path, size="4000x4", duration=3), ALL),
        ("a.mp4", lambda path: make_video(path, duration=3, options=("-vf", "setsar=1000/1")), ALL),
        ("a.mp4", turned, ALL),
        ("a.webm", lambda path: make_video(path, duration=3, options=("-f", "webm", "-live", "1")), ALL - {"copy"}),
        ("a.mp4", lambda path: from_frames(path, "-fps_mode", "vfr"), ALL),
    ],
    ids=[
        *("empty", "text", "random", "truncated", "sound", "cover", "subtitles"),
        *("flat", "stretched", "turned", "endless", "uneven"),
    ],
)
def test_awkward_files_get_what_they_can(
    folder: Folder, name: str, make: Callable[[Path], Path], made: set[str]
) -> None:
    seen = work_on(make(folder.path / name), name)
    assert seen.faults == ()
    assert set(seen.made) == made


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return damage.corpus(tmp_path_factory.mktemp("clips"), FEW)


def test_damaged_files_do_no_harm(folder: Folder, clips: dict[str, bytes]) -> None:
    faults = []
    with short_limits() as longest:
        for number in range(DAMAGED):
            name, content = damage.damaged(random.Random(f"{SEED}-{number}"), clips, damage.DAMAGES)
            path = folder.put(f"{number} {name}", content)
            seen = work_on(path, path.name)
            faults += [f"{path.name}: {fault}" for fault in seen.faults]
            assert seen.seconds < longest
    assert faults == []


KINDS: list[tuple[type[Work], Callable[[int], making.Outcome]]] = [
    (MediaWork, making.attempt),
    (Storyboard, making.attempt_storyboard),
    (Subtitles, making.attempt_subtitles),
    (FastStart, making.attempt_fast_start),
]


@pytest.mark.parametrize(("kind", "attempt"), KINDS)
def test_work_that_ended_the_worker_each_time_is_given_up(
    folder: Folder, film: bytes, kind: Any, attempt: Callable[[int], making.Outcome]
) -> None:
    video = folder.put_and_scan("a.mp4", film)
    if kind is not MediaWork:
        making.attempt(video.pk)
    about = {"size": video.size, "modified_ns": video.modified_ns}
    kind.objects.update_or_create(video=video, defaults={"state": "pending", "attempts": MAX_ATTEMPTS, **about})
    assert attempt(video.pk) == making.Outcome()
    work = kind.objects.get(pk=video.pk)
    assert (work.state, work.error) == ("failed", "Each attempt ended the worker.")


def test_a_file_whose_chapters_can_not_be_kept_is_not_read_again_and_again(
    folder: Folder, instead_of_ffmpeg: Any, caplog: pytest.LogCaptureFixture
) -> None:
    folder.put("a.mp4")
    video = a_video("a.mp4", chapters=None)
    beyond = "9" * 30
    instead_of_ffmpeg.does(
        f"printf '%s\\n' \"Input #0, mov, from 'a.mp4':\" '  Duration: 00:00:01.00, bitrate: {beyond} kb/s' "
        "'  Stream #0:0: Video: h264, yuv420p, 320x180, 10 fps' >&2; exit 1"
    )
    assert tasks.read_again.func(video.pk)
    assert "OverflowError" in caplog.text
    video.refresh_from_db()
    assert list(video.chapters) == []


def test_on_a_full_disk_nothing_is_half_made_and_nothing_is_the_files_fault(
    folder: Folder, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cues.srt").write_text(damage.CUES)
    film = make_video(tmp_path / "film.mkv", duration=3)
    sources = ("-i", str(film), "-i", str(tmp_path / "cues.srt"))
    encode(folder.path / "a.mkv", *sources, "-map", "0", "-map", "1", "-c:v", "copy", "-c:s", "srt")
    folder.scan()
    video = Video.objects.get()
    FastStart.objects.ask_for([video])
    monkeypatch.setattr(repairing, "_need_room", lambda *_: None)
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        settings.DATA_DIR, settings.THUMBNAILS_DIR = disk, disk / "thumbnails"
        for kind, attempt in KINDS:
            filler, there = fill_up(disk), files_in(disk)
            outcome = attempt(video.pk)
            assert "No space left" in outcome.error
            assert outcome.postponed
            assert files_in(disk) == there
            filler.unlink()
            assert attempt(video.pk).made
            assert kind._default_manager.get(pk=video.pk).attempts == 1


def files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}
