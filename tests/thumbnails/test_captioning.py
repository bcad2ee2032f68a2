"""The subtitles of real files, from the scan to the address."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from library import roots
from library.models import SubtitleFiles, Video
from tests.builders import Folder, a_video, body
from tests.media import encode
from tests.thumbnails.awkward_subtitles import ass, srt
from tests.thumbnails.conftest import Impostor, held_by_another
from tests.thumbnails.test_tasks import work_off
from thumbnails import captioning, ffmpeg, making, shelf, subtitles, tasks
from thumbnails.captioning import streams_in
from thumbnails.claiming import alone_with
from thumbnails.models import MAX_ATTEMPTS, Subtitles
from thumbnails.webvtt import converting

pytestmark = pytest.mark.django_db


def shown(path: str) -> list[tuple[str, str, str]]:
    """(language, label, WebVTT) of what the page of a video offers."""
    held = Video.objects.with_subtitles().get(path=path).held_subtitles
    found = []
    for track in subtitles.of(held).tracks:
        answer = Client().get(track.url)
        assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
        found.append((track.language, track.label, body(answer).decode()))
    return found


def remarks(path: str) -> tuple[str, ...]:
    """What is told of those that can't be shown."""
    return subtitles.of(Video.objects.with_subtitles().get(path=path).held_subtitles).remarks


def convert_all() -> None:
    """What waits for it, without posters."""
    work_off(tasks.convert_subtitles)


def labels(path: str) -> list[str]:
    return [label for _, label, _ in shown(path)]


@pytest.fixture(scope="module")
def matroska(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A film with subtitles of three kinds inside."""
    folder = tmp_path_factory.mktemp("matroska")
    (folder / "a.srt").write_text(srt("from <i>SubRip</i>"))
    (folder / "b.ass").write_text(ass(r"{\an8}from {\b1}SubStation"))
    (folder / "c.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nfrom &lt;WebVTT\n")
    inputs = [argument for name in ("a.srt", "b.ass", "c.vtt") for argument in ("-i", str(folder / name))]
    path = encode(
        folder / "film.mkv",
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=5:duration=3", *inputs),
        *("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:s", "copy", "-pix_fmt", "yuv420p"),
        *("-metadata:s:s:0", "language=eng", "-disposition:s:0", "forced"),
        *("-metadata:s:s:1", "language=ger", "-metadata:s:s:1", "title=Schilder"),
    )
    return path.read_bytes()


def test_files_beside_a_video_become_webvtt(folder: Folder) -> None:
    folder.put("a/Film.mp4")
    folder.put("a/Film.en.srt", srt("<i>Hello</i>").encode())
    folder.put("a/film.pt-BR.sdh.ASS", ass("Olá").encode())
    folder.put("a/Film.ru.srt", srt("Привет").encode("cp1251"))
    folder.scan()
    convert_all()
    head = "WEBVTT\n\n00:00:01.000 --> 00:00:01.900\n"
    assert shown("a/Film.mp4") == [
        ("en", "English", f"{head}<i>Hello</i>\n"),
        ("ru", "Russian", f"{head}Привет\n"),
        ("pt-BR", "Portuguese (Brazil, SDH)", f"{head}Olá\n"),
    ]
    assert remarks("a/Film.mp4") == ()


def test_texts_inside_a_film_become_webvtt(folder: Folder, matroska: bytes) -> None:
    folder.put("film.mkv", matroska)
    folder.put("film.en.srt", srt("beside").encode())
    folder.scan()
    work_off()
    found = shown("film.mkv")
    assert [text[:2] for text in found] == [
        ("en", "English"),
        ("en", "English (forced)"),
        ("de", "German (Schilder)"),
        ("und", "Subtitles"),
    ]
    assert ["from <i>SubRip</i>" in found[1][2], "line:0\nfrom <b>SubStation</b>" in found[2][2]] == [True, True]
    assert "from &lt;WebVTT" in found[3][2]
    assert list(Path(roots.settings.DATA_DIR).glob("subtitles-of-*")) == []


def test_texts_inside_an_mp4_become_webvtt(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(srt("one", "two <b>bold</b>"))
    inputs = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=5:duration=3", "-i", str(tmp_path / "a.srt"))
    encode(folder.path / "film.mp4", *inputs, "-c:s", "mov_text", "-metadata:s:s:0", "language=fre")
    folder.scan()
    work_off()
    ((language, label, webvtt),) = shown("film.mp4")
    assert (language, label) == ("fr", "French")
    assert "\none\n" in webvtt
    assert "\ntwo <b>bold</b>\n" in webvtt


def test_pictures_are_only_told_of() -> None:
    description = """Input #0, matroska,webm, from 'x':
  Stream #0:0: Video: h264 (High), yuv420p
  Stream #0:1[0x1200](ger): Subtitle: hdmv_pgs_subtitle (default) (hearing impaired)
    Metadata:
      title           : Deutsch
  Stream #0:2(eng): Subtitle: ass (ssa)
  Stream #0:3: Subtitle: dvd_subtitle, 720x576 (forced)
"""
    assert [(stream.number, stream.codec, stream.spoken.label) for stream in streams_in(description)] == [
        (1, "hdmv_pgs_subtitle", "German (SDH, Deutsch)"),
        (2, "ass", "English"),
        (3, "dvd_subtitle", "Subtitles (forced)"),
    ]


def test_each_file_that_can_t_be_shown_says_why_and_hinders_no_other(folder: Folder) -> None:
    folder.put("Film.mp4")
    folder.put("Film.empty.srt", b"")
    folder.put("Film.binary.srt", bytes(range(256)) * 100)
    with folder.put("Film.huge.srt", b"").open("r+b") as huge:
        huge.truncate(1 << 30)
    unreadable = folder.put("Film.gone.srt", srt("gone").encode())
    folder.put(b"Film.\xff.srt", srt("odd").encode())
    folder.put("Film.z.srt", srt("good").encode())
    folder.scan()
    unreadable.unlink()
    convert_all()
    assert labels("Film.mp4") == ["Subtitles (z)", "Subtitles (\uf7ff)"]
    assert remarks("Film.mp4") == (
        "Film.binary.srt: No subtitles were found in it.",
        "Film.empty.srt: It is empty.",
        "Film.gone.srt: It can't be read.",
        "Film.huge.srt: It is larger than 16 MB.",
    )


def test_a_film_that_nobody_can_play_has_its_subtitles_all_the_same(folder: Folder) -> None:
    folder.put("Film.mp4", b"no film")
    folder.put("Film.en.srt", srt("Hello").encode())
    folder.scan()
    work_off()
    assert labels("Film.mp4") == ["English"]


def test_equal_labels_are_numbered_and_equal_contents_are_shown_once(folder: Folder) -> None:
    folder.put("Film.mp4")
    for name, text in (("en", "one"), ("eng", "two"), ("English", "one")):
        folder.put(f"Film.{name}.srt", srt(text).encode())
    folder.scan()
    convert_all()
    assert labels("Film.mp4") == ["English", "English 2"]


def test_a_changed_file_is_converted_anew_and_nothing_else(folder: Folder) -> None:
    folder.put("Film.mp4")
    folder.put("Other.mp4")
    folder.put("Film.en.srt", srt("old").encode())
    folder.put("Other.en.srt", srt("other").encode())
    folder.scan()
    convert_all()
    before = dict(Subtitles.objects.values_list("video__path", "updated_at"))
    folder.put("Film.en.srt", srt("newer").encode())
    folder.scan()
    convert_all()
    assert "newer" in shown("Film.mp4")[0][2]
    after = dict(Subtitles.objects.values_list("video__path", "updated_at"))
    assert (after["Film.mp4"] > before["Film.mp4"], after["Other.mp4"] == before["Other.mp4"]) == (True, True)
    (folder.path / "Film.en.srt").unlink()
    folder.scan()
    convert_all()
    assert shown("Film.mp4") == []


def test_moves_take_subtitles_along_without_converting_them_again(folder: Folder) -> None:
    folder.put("old/Film.mp4")
    folder.put("old/Film.en.srt", srt("Hello").encode())
    folder.scan()
    convert_all()
    before = Subtitles.objects.get()
    (folder.path / "old").rename(folder.path / "new")
    folder.scan()
    convert_all()
    assert labels("new/Film.mp4") == ["English"]
    assert Subtitles.objects.get().updated_at == before.updated_at
    (folder.path / "new/Film.mp4").rename(folder.path / "new/Movie.mp4")
    (folder.path / "new/Film.en.srt").rename(folder.path / "new/Movie.en.srt")
    folder.scan()
    convert_all()
    assert labels("new/Movie.mp4") == ["English"]


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_scan(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = folder.put_and_scan("Film.mp4")
    place = folder.put("Film.en.srt", srt("Hello").encode())
    folder.scan()
    stat, calls = os.fstat, []

    def grows(descriptor: int) -> os.stat_result:
        if Path(f"/proc/self/fd/{descriptor}").readlink() == place:
            calls.append(descriptor)
            if len(calls) == 3:
                place.write_bytes(srt("Hello", "again").encode())
        return stat(descriptor)

    monkeypatch.setattr(captioning.os, "fstat", grows)
    outcome = making.attempt_subtitles(video.pk)
    assert (outcome.made, outcome.postponed) == (False, True)
    assert shown("Film.mp4") == []
    monkeypatch.undo()
    folder.scan()
    convert_all()
    assert "again" in shown("Film.mp4")[0][2]


def test_files_lost_from_the_disk_are_made_anew_and_kept_ones_are_not_swept(folder: Folder) -> None:
    folder.put("Film.mp4")
    folder.put("Film.en.srt", srt("Hello").encode())
    folder.scan()
    convert_all()
    (name,) = subtitles.all_files()
    old = shelf.path_of(name)
    os.utime(old, (0, 0))
    making.make_missing_subtitles()
    assert old.is_file()
    old.unlink()
    making.make_missing_subtitles()
    assert old.is_file()
    assert making.make_missing_subtitles(force=True).made == 1


def a_film_with_subtitles(folder: Folder) -> Video:
    folder.put("Film.en.srt", srt("Hello").encode())
    video = folder.put_and_scan("Film.mp4")
    convert_all()
    return video


def test_nothing_is_offered_that_is_lost_or_was_given_up(folder: Folder) -> None:
    a_film_with_subtitles(folder)
    (name,) = subtitles.all_files()
    shelf.path_of(name).unlink()
    subtitles.forget_lost()
    assert labels("Film.mp4") == []
    making.make_missing_subtitles()
    assert labels("Film.mp4") == ["English"]
    work = Subtitles.objects.get()
    work.attempts = MAX_ATTEMPTS
    work.note_failure("It ends each worker.")
    assert labels("Film.mp4") == []
    assert subtitles.all_files() == set()


def test_what_an_earlier_version_still_offers_of_lost_ones_is_converted_anew(folder: Folder) -> None:
    a_film_with_subtitles(folder)
    (name,) = subtitles.all_files()
    Subtitles.objects.update(state="failed", digest="")
    os.utime(shelf.path_of(name), (0, 0))
    shelf.sweep(subtitles.all_files())
    assert labels("Film.mp4") == ["English"]
    shelf.path_of(name).unlink()
    subtitles.forget_lost()
    assert (labels("Film.mp4"), Subtitles.objects.get().state) == ([], "pending")


def test_a_library_from_before_subtitles_gets_them_at_the_next_scan(folder: Folder) -> None:
    folder.put("Film.mp4")
    folder.put("Film.en.srt", srt("Hello").encode())
    folder.scan()
    convert_all()
    Subtitles.objects.all().delete()
    SubtitleFiles.objects.all().delete()
    folder.scan()
    convert_all()
    assert labels("Film.mp4") == ["English"]


def test_two_workers_never_convert_for_one_video_at_once_and_don_t_wait_for_its_poster(folder: Folder) -> None:
    folder.put("Film.en.srt", srt("Hello").encode())
    video = folder.put_and_scan("Film.mp4")
    with held_by_another(lambda: alone_with(video.pk, "subtitles")):
        assert making.attempt_subtitles(video.pk).busy
    with held_by_another(lambda: alone_with(video.pk)):
        assert making.attempt_subtitles(video.pk).made


def test_of_texts_in_a_film_one_that_is_too_large_hinders_no_other(
    folder: Folder, matroska: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captioning, "MOST_BYTES", 200)  # SubStation's alone is longer
    video = folder.put_and_scan("film.mkv", matroska)
    making.attempt(video.pk)
    making.attempt_subtitles(video.pk)
    assert labels("film.mkv") == ["English (forced)", "Subtitles"]
    (remark,) = remarks("film.mkv")
    assert remark.startswith("German (Schilder): It can't be read: ")


@pytest.mark.parametrize("asked", ["-hide_banner*", "*-map*"])
def test_a_disk_that_goes_away_meanwhile_leaves_subtitles_for_another_day(
    folder: Folder, matroska: bytes, impostor: Impostor, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    folder.put("film.en.srt", srt("beside").encode())
    video = folder.put_and_scan("film.mkv", matroska)
    away = folder.path.with_name("away")
    impostor.does(rf"""case "$*" in
        *-nostdin\ {asked}) mv "{folder.path}" "{away}"; exit 1;;
        *) exec "{ffmpeg.binary()}" "$@";;
    esac""")
    with monkeypatch.context() as patch:
        patch.setenv("IMAGEIO_FFMPEG_EXE", str(impostor.path))
        ffmpeg.binary.cache_clear()
        outcome = making.attempt_subtitles(video.pk)
    ffmpeg.binary.cache_clear()
    assert (outcome.postponed, shown("film.mkv"), remarks("film.mkv")) == (True, [], ())
    away.rename(folder.path)
    assert making.attempt_subtitles(video.pk).made
    assert len(shown("film.mkv")) == 4


def test_a_disk_that_is_away_is_not_told_of_the_files_on_it(folder: Folder) -> None:
    folder.put("Film.en.srt", srt("Hello").encode())
    video = folder.put_and_scan("Film.mp4")
    path = roots.locate("Film.mp4")
    folder.path.rename(folder.path.with_name("away"))
    with pytest.raises(roots.FileUnavailableError):
        captioning.find(video, path)


def test_an_address_never_changes_its_content(client: Client, folder: Folder) -> None:
    digest = subtitles.store(converting.convert(srt("Hello").encode()).webvtt)
    address = subtitles.address_of(digest)
    answer = client.get(address)
    assert body(answer) == (b"WEBVTT\n\n00:00:01.000 --> 00:00:01.900\nHello\n")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(address.replace(digest, "0" * 32)).status_code == 404
    assert client.post(address).status_code == 405


def test_who_may_not_see_the_video_may_not_read_its_subtitles(client: Client, folder: Folder, settings: Any) -> None:
    address = subtitles.address_of(subtitles.store("WEBVTT\n"))
    settings.ACCESS = "login"
    assert client.get(address).status_code == 401


def test_a_page_offers_them_without_a_query_more(
    client: Client, folder: Folder, django_assert_max_num_queries: Any, cold: None
) -> None:
    video, bare = a_video("Film.mp4"), a_video("Bare.mp4")
    found = subtitles.Found([subtitles.Track("0" * 32, "en", 'A "label" <b>')], ["A remark."])
    Subtitles.objects.create(video=video, state="ready", digest="1" * 32, found=found.as_json())
    page = body(client.get(video.get_absolute_url())).decode()
    track = f'<track kind="subtitles" src="/subtitles/{"0" * 32}.vtt" srclang="en"'
    assert f'{track} label="A &quot;label&quot; &lt;b&gt;">' in page
    assert "A &quot;label&quot; &lt;b&gt;. A remark." in page
    assert "<track" not in body(client.get(bare.get_absolute_url())).decode()
