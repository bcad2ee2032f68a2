"""Which subtitle files lie beside which video."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from library import companions, scanning
from library.companions import companions_of, rest_of
from library.hearing import Ear
from library.models import SubtitleFiles
from library.signals import files_changed
from library.walking import list_roots
from tests.builders import AWKWARD_NAMES, Folder

pytestmark = pytest.mark.django_db


def noted() -> dict[str, list[str]]:
    """{path of a video: names of its subtitle files} as the scan noted them."""
    return {row.video.path: [file.name for file in row.companions()] for row in SubtitleFiles.objects.all()}


@pytest.mark.parametrize(
    ("subtitle", "video", "rest"),
    [
        ("film.srt", "film.mp4", ""),
        ("film.en.srt", "film.mp4", "en"),
        ("film.en.forced.srt", "film.mp4", "en.forced"),
        ("film.pt-BR.sdh.ass", "film.mp4", "pt-BR.sdh"),
        ("FILM.English.SRT", "Film.MKV", "English"),
        ("film.2.en.srt", "film.2.mp4", "en"),
        ("film.3.en.srt", "film.mp4", "3.en"),
        ("film.mp4.srt", "film.mp4", "mp4"),
        ("cafe\u0301.de.vtt", "caf\u00e9.webm", "de"),
    ],
)
def test_a_name_says_to_which_video_it_belongs_and_more(subtitle: str, video: str, rest: str) -> None:
    videos = ["film.mp4", "Film.MKV", "film.2.mp4", "caf\u00e9.webm", "other.mp4"]
    assert video in companions_of(videos, {subtitle: (1, 2)})
    assert rest_of(subtitle, video) == rest


@pytest.mark.parametrize("name", ["film2.srt", "fil.srt", "film-en.srt", ".srt", "srt", "film"])
def test_a_name_that_only_looks_like_a_video_s_belongs_to_none(name: str) -> None:
    assert companions_of(["film.mp4"], {name: (1, 2)}) == {}


def test_a_video_has_so_many_subtitle_files_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companions, "MOST", 2)
    found = companions_of(["film.mp4"], {f"film.{n}.srt": (1, 2) for n in range(9)})
    assert [file.name for file in found["film.mp4"]] == ["film.0.srt", "film.1.srt"]


def test_a_scan_notes_what_lies_beside_each_video(folder: Folder) -> None:
    for name in ("a/film.mp4", "a/film.en.srt", "a/film.de.VTT", "a/other.mkv", "a/alone.srt", "b/film.en.srt"):
        folder.put(name)
    further = folder.beside("more")
    further.put("film.mp4")
    further.put("film.ass")
    folder.scan()
    assert noted() == {"a/film.mp4": ["film.de.VTT", "film.en.srt"], "more/film.mp4": ["film.ass"]}


def test_names_of_any_bytes_have_their_subtitles(folder: Folder) -> None:
    for name in AWKWARD_NAMES:
        folder.put(name)
        folder.put(os.fsencode(os.fsdecode(name)[:-4]) + b".srt")
    folder.scan()
    assert len(noted()) >= len(AWKWARD_NAMES) - 3, "those whose case is lost share theirs"
    before = noted()
    assert folder.scan().news == 0
    assert noted() == before


def test_what_is_no_file_of_the_root_is_left_out(folder: Folder) -> None:
    folder.put("film.mp4")
    outside = folder.path.parent / "secret.srt"
    outside.write_text("secret")
    (folder.path / "film.out.srt").symlink_to(outside)
    (folder.path / "film.lost.srt").symlink_to(folder.path / "nowhere")
    (folder.path / "film.folder.srt").mkdir()
    os.mkfifo(folder.path / "film.fifo.srt")
    folder.put(".film.hidden.srt")
    folder.put("film.ignored.vtt")
    folder.put(".videoignore", b"*.vtt\n")
    folder.put("real.srt")
    (folder.path / "film.in.srt").symlink_to(folder.path / "real.srt")
    folder.scan()
    assert noted() == {"film.mp4": ["film.in.srt"]}


def test_changes_are_noted_and_told(folder: Folder) -> None:
    told: list[int] = []

    def hear(video_ids: list[int], **_kwargs: Any) -> None:
        told.extend(video_ids)

    video = folder.put_and_scan("film.mp4")
    folder.put_and_scan("other.mp4")
    files_changed.connect(hear)
    try:
        for change in (
            lambda: folder.put("film.en.srt"),
            lambda: folder.put("film.en.srt", b"of another size"),
            lambda: (folder.path / "film.en.srt").rename(folder.path / "film.de.srt"),
            lambda: (folder.path / "film.de.srt").unlink(),
        ):
            told.clear()
            folder.scan()
            assert told == []
            change()
            folder.scan()
            assert told == [video.pk]
    finally:
        files_changed.disconnect(hear)
    assert noted() == {}


def test_a_video_that_moves_keeps_its_row(folder: Folder) -> None:
    video = folder.put_and_scan("a/film.mp4")
    folder.put("a/film.en.srt")
    folder.scan()
    (folder.path / "a").rename(folder.path / "b")
    folder.scan()
    assert noted() == {"b/film.mp4": ["film.en.srt"]}
    assert SubtitleFiles.objects.get().pk == video.pk


def test_what_could_not_be_read_changes_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.put("a/film.mp4")
    folder.put("a/film.en.srt")
    folder.put("b/film.mp4")
    folder.put("b/film.en.srt")
    folder.scan()
    before = noted()
    scandir = os.scandir

    def refuses(place: str) -> Any:
        if place.endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuses)
    folder.scan()
    assert noted() == before
    monkeypatch.undo()
    folder.path.rename(folder.path.parent / "unplugged")
    folder.scan()
    assert noted() == before


def test_a_missing_video_keeps_its_row_and_a_returned_one_has_its_own_again(folder: Folder) -> None:
    place = folder.put("film.mp4")
    folder.put("other.mp4")
    folder.put("film.en.srt")
    folder.scan()
    place.rename(folder.path.parent / "away")
    folder.scan()
    assert noted() == {"film.mp4": ["film.en.srt"]}
    (folder.path.parent / "away").rename(place)
    folder.put("film.de.srt")
    folder.scan()
    assert noted() == {"film.mp4": ["film.de.srt", "film.en.srt"]}


def test_the_system_s_word_of_a_subtitle_file_is_heard(folder: Folder) -> None:
    ear = Ear([str(folder.path)])
    try:
        (folder.path / "notes.txt").write_text("no matter")
        assert not ear.hear(0.5)
        (folder.path / "film.en.srt").write_text("1")
        assert ear.hear(10)
    finally:
        ear.close()


def test_a_rescan_asks_no_query_more_for_more_videos(folder: Folder) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            scanning.scan()
        return len(context)

    counts = []
    for number in (3, 6):
        for n in range(number):
            folder.put(f"{n}.mp4")
            folder.put(f"{n}.srt")
        scanning.scan()
        counts.append(queries())
    assert counts[0] == counts[1]


def test_a_walk_holds_nothing_for_folders_without_subtitles(folder: Folder) -> None:
    folder.put("film.mp4")
    folder.put("film.txt")
    (listing,) = list_roots()
    assert list(listing.files)
    assert listing.companions == {}
