"""The work on files, one by one and all together."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from library.models import Video
from tests.builders import Folder, a_video
from tests.media import BLACK, make_audio, make_video
from tests.thumbnails.conftest import Impostor, held_by_another
from thumbnails import ffmpeg, making, posters, storyboards
from thumbnails.claiming import alone_with
from thumbnails.models import MAX_ATTEMPTS, MediaWork, Storyboard

pytestmark = pytest.mark.django_db

DESCRIPTION = """Input #0, mov, from 'a.mp4':
  Duration: 00:00:01.00, start: 0.000000, bitrate: 99 kb/s
  Stream #0:0: Video: h264, yuv420p, 320x180, 10 fps"""
BEYOND_64_BITS = DESCRIPTION.replace("99", "9" * 30)


def work_of(video: Video) -> MediaWork:
    return MediaWork.objects.get(pk=video.pk)


def test_an_attempt_keeps_the_facts_and_draws_the_poster(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a_film.mp4", sample)
    outcome = making.attempt(video.pk)
    video.refresh_from_db()
    work = work_of(video)
    assert outcome == making.Outcome("a_film.mp4", made=True)
    assert (video.duration, video.width, video.video_codec, video.title) == (1.0, 320, "h264", "a film")
    assert (work.state, work.error, work.attempts) == ("ready", "", 1)
    assert all(posters.path_of(work.poster_digest, width).is_file() for width in posters.WIDTHS)
    assert str(work) == "a film: done"


def test_what_is_done_is_not_done_again(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    making.attempt(video.pk)
    assert making.attempt(video.pk) == making.Outcome()
    assert work_of(video).attempts == 1


def test_a_title_that_a_curator_set_meanwhile_stays(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    video.custom_title = "By hand"
    video.save()
    making.attempt(video.pk)
    video.refresh_from_db()
    assert (video.title, video.sort_key) == ("By hand", "by hand")


def test_a_bad_file_is_tried_three_times_and_then_given_up(folder: Folder) -> None:
    video = folder.put_and_scan("bad.mp4", b"no video at all")
    outcomes = [making.attempt(video.pk) for _ in range(5)]
    assert [outcome.attempts_left for outcome in outcomes] == [2, 1, 0, 0, 0]
    assert "Invalid data" in outcomes[0].error
    assert outcomes[3] == making.Outcome()
    work = work_of(video)
    assert (work.state, work.attempts) == ("failed", MAX_ATTEMPTS)
    assert "Invalid data" in work.error


def test_the_facts_stay_when_no_poster_can_be_drawn(folder: Folder, tmp_path: Path) -> None:
    video = folder.put_and_scan("sound.mp4", make_audio(tmp_path / "s.mp4").read_bytes())
    assert making.attempt(video.pk).error == "no video stream"
    video.refresh_from_db()
    assert (video.audio_codec, round(video.duration)) == ("aac", 1)


def test_a_file_that_ended_the_worker_each_time_is_given_up(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    MediaWork.objects.update_or_create(
        video=video, defaults={"attempts": MAX_ATTEMPTS, "size": video.size, "modified_ns": video.modified_ns}
    )
    assert making.attempt(video.pk) == making.Outcome()
    assert (work_of(video).state, work_of(video).error) == ("failed", "Each attempt ended the worker.")


def test_a_changed_file_gets_all_its_attempts_anew(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", b"bad")
    for _ in range(MAX_ATTEMPTS):
        making.attempt(video.pk)
    folder.put("a.mp4", sample)
    folder.scan()
    assert making.attempt(video.pk).made
    assert (work_of(video).state, work_of(video).attempts) == ("ready", 1)


def test_trouble_that_nobody_foresaw_is_noted_and_stops_no_other_file(
    folder: Folder, instead_of_ffmpeg: Impostor, caplog: pytest.LogCaptureFixture
) -> None:
    videos = [folder.put_and_scan(f"{n}.mp4") for n in range(2)]
    instead_of_ffmpeg.does(f"cat >&2 <<'END'\n{BEYOND_64_BITS}\nEND\nexit 1")
    report = making.make_missing()
    assert [path for path, _reason in report.failed] == ["1.mp4", "0.mp4"]
    for video in videos:
        work = work_of(video)
        assert (work.state, work.attempts) == ("pending", 1)
        assert "OverflowError" in work.error
    assert "OverflowError" in caplog.text
    outcomes = [making.attempt(videos[0].pk) for _ in range(MAX_ATTEMPTS)]
    assert [outcome.attempts_left for outcome in outcomes] == [1, 0, 0]
    assert work_of(videos[0]).state == "failed"


def test_what_is_no_picture_counts_against_the_file_and_not_the_disk(
    folder: Folder, instead_of_ffmpeg: Impostor
) -> None:
    video = folder.put_and_scan("a.mp4")
    instead_of_ffmpeg.does(f"""case "$*" in
        *image2pipe*) echo no picture;;
        *) printf '%s\\n' '{DESCRIPTION}' >&2; exit 1;;
    esac""")
    outcome = making.attempt(video.pk)
    assert "no picture" in outcome.error
    assert (outcome.attempts_left, work_of(video).attempts) == (2, 1)


def test_a_file_that_goes_bad_loses_its_old_poster_when_it_is_given_up(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    making.attempt(video.pk)
    folder.put("a.mp4", b"bad now")
    folder.scan()
    for _ in range(MAX_ATTEMPTS):
        assert work_of(video).poster_digest
        making.attempt(video.pk)
    assert work_of(video).poster_digest == ""


def test_a_file_that_is_away_costs_no_attempt(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    shutil.move(folder.path / "a.mp4", folder.path.parent / "away.mp4")
    outcome = making.attempt(video.pk)
    assert "no such file" in outcome.error
    assert (outcome.attempts_left, work_of(video).attempts, work_of(video).state) == (0, 0, "pending")
    shutil.move(folder.path.parent / "away.mp4", folder.path / "a.mp4")
    assert making.attempt(video.pk).made


def test_a_file_that_goes_away_while_it_is_read_costs_no_attempt(folder: Folder, instead_of_ffmpeg: Impostor) -> None:
    video = folder.put_and_scan("a.mp4")
    instead_of_ffmpeg.does(f'mv "{folder.path / "a.mp4"}" "$0.away"; exit 1')
    assert making.attempt(video.pk).postponed
    assert (work_of(video).attempts, work_of(video).state) == (0, "pending")


def test_a_fifo_in_a_files_place_is_never_opened(folder: Folder) -> None:
    video = a_video("pipe.mp4")
    os.mkfifo(folder.path / "pipe.mp4")
    assert "no such file" in making.attempt(video.pk).error


def test_thumbnails_that_can_not_be_written_cost_no_attempt(folder: Folder, sample: bytes, settings: Any) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    settings.THUMBNAILS_DIR.write_bytes(b"a file where the folder should be")
    outcome = making.attempt(video.pk)
    assert outcome == making.Outcome("a.mp4", error="Not a directory", postponed=True)
    assert (work_of(video).attempts, work_of(video).state) == (0, "pending")
    video.refresh_from_db()
    assert video.video_codec == "h264"


def test_a_missing_or_unknown_video_is_left_alone(folder: Folder) -> None:
    assert making.attempt(a_video("gone.mp4", missing=True).pk) == making.Outcome()
    assert making.attempt(999_999) == making.Outcome()


def test_a_file_that_changes_while_it_is_drawn_is_not_called_done(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    started = making._begin(video.pk, MediaWork)
    assert started is not None
    folder.put("a.mp4", sample + b"more")
    folder.scan()
    making._end(started, MediaWork, lambda work: work.finish("f" * 32), "")
    assert work_of(video).state == "pending"
    MediaWork.objects.all().delete()
    assert making._end(started, MediaWork, lambda work: work.finish("f" * 32), "").made is False


def test_one_bad_file_stops_no_other_and_the_report_names_it(folder: Folder, sample: bytes, tmp_path: Path) -> None:
    folder.put("good.mp4", sample)
    folder.put("bad.mp4", b"bad")
    folder.put("black.mp4", make_video(tmp_path / "b.mp4", source=BLACK).read_bytes())
    folder.scan()
    report = making.make_missing()
    assert (report.made, report.skipped) == (2, 0)
    assert [path for path, _reason in report.failed] == ["bad.mp4"]
    assert "Invalid data" in report.failed[0][1]
    again = making.make_missing()
    assert (again.made, len(again.failed), again.skipped) == (0, 1, 2)


def test_by_force_everything_is_made_again(folder: Folder, sample: bytes) -> None:
    folder.put_and_scan("good.mp4", sample)
    folder.put_and_scan("bad.mp4", b"bad")
    for _ in range(MAX_ATTEMPTS):
        making.make_missing()
    assert making.make_missing() == making.Report(skipped=2)
    forced = making.make_missing(force=True)
    assert (forced.made, [path for path, _ in forced.failed]) == (1, ["bad.mp4"])


def test_progress_is_told_for_each_file_and_the_newest_is_first(folder: Folder, sample: bytes) -> None:
    ids = [folder.put_and_scan(f"{n}.mp4", sample + bytes([n])).pk for n in range(3)]
    seen: list[tuple[list[int], str, int | None]] = []

    def track(items: Any, description: str, total: int | None = None) -> Any:
        seen.append((list(items), description, total))
        return []

    making.make_missing(track)
    assert seen == [(ids[::-1], "Posters", 3)]


def test_a_video_that_goes_missing_meanwhile_is_skipped(folder: Folder, sample: bytes) -> None:
    folder.put_and_scan("a.mp4", sample)

    def track(items: Any, description: str, total: int | None = None) -> Any:
        Video.objects.update(missing_since="2024-01-01T00:00Z")
        return items

    assert making.make_missing(track) == making.Report(skipped=1)


def storyboard_of(video: Video) -> Storyboard:
    return Storyboard.objects.get(pk=video.pk)


def test_a_storyboard_follows_the_poster(folder: Folder, film: bytes) -> None:
    video = folder.put_and_scan("a.mp4", film)
    assert making.attempt_storyboard(video.pk) == making.Outcome()
    making.attempt(video.pk)
    assert making.attempt_storyboard(video.pk) == making.Outcome("a.mp4", made=True)
    shown = storyboards.for_videos([video.pk])[video.pk]
    assert shown.layout == (3, 3, 160, 90, 1.0)
    assert all(storyboards.path_of(storyboard_of(video).digest, ending).is_file() for ending in ("webp", "vtt"))
    assert making.attempt_storyboard(video.pk) == making.Outcome()
    assert storyboard_of(video).attempts == 1


def test_a_film_with_nothing_to_choose_between_is_done_without_a_storyboard(folder: Folder, sample: bytes) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    making.attempt(video.pk)
    assert making.attempt_storyboard(video.pk).made
    assert (storyboard_of(video).state, storyboard_of(video).digest) == ("ready", "")
    assert making.attempt_storyboard(video.pk) == making.Outcome()


def test_a_storyboard_that_fails_leaves_the_poster_alone(
    folder: Folder, film: bytes, instead_of_ffmpeg: Impostor, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = folder.put_and_scan("a.mp4", film)
    with monkeypatch.context() as patch:
        patch.delenv("IMAGEIO_FFMPEG_EXE")
        ffmpeg.binary.cache_clear()
        making.attempt(video.pk)
    ffmpeg.binary.cache_clear()
    before = work_of(video).poster_digest
    instead_of_ffmpeg.does("echo broken >&2; exit 1")
    outcomes = [making.attempt_storyboard(video.pk) for _ in range(4)]
    assert [(outcome.error, outcome.attempts_left) for outcome in outcomes] == [
        ("broken", 2), ("broken", 1), ("broken", 0), ("", 0),
    ]  # fmt: skip
    assert (storyboard_of(video).state, storyboard_of(video).error) == ("failed", "broken")
    assert (work_of(video).state, work_of(video).poster_digest) == ("ready", before)


def test_another_file_gets_another_storyboard(folder: Folder, film: bytes) -> None:
    video = folder.put_and_scan("a.mp4", film)
    making.attempt(video.pk)
    making.attempt_storyboard(video.pk)
    folder.put("a.mp4", film + b"more")
    folder.scan()
    assert making.attempt_storyboard(video.pk) == making.Outcome()  # its poster isn't there yet
    making.attempt(video.pk)
    assert making.attempt_storyboard(video.pk).made


def test_a_storyboard_waits_until_a_changed_file_is_probed_anew(folder: Folder, film: bytes) -> None:
    video = folder.put_and_scan("a.mp4", film)
    making.attempt(video.pk)
    Video.objects.filter(pk=video.pk).update(size=video.size + 1)  # a scan that has not told yet what it found
    assert making.attempt_storyboard(video.pk) == making.Outcome()
    assert not Storyboard.objects.exists()


def test_what_another_process_is_at_is_left_to_it(folder: Folder, film: bytes) -> None:
    video = folder.put_and_scan("a.mp4", film)
    with held_by_another(lambda: alone_with(video.pk)):
        assert making.attempt(video.pk) == making.Outcome(busy=True)
        assert work_of(video).attempts == 0
    assert making.attempt(video.pk).made


def test_all_storyboards_that_are_missing_are_made(folder: Folder, film: bytes) -> None:
    videos = [folder.put_and_scan(f"{n}.mp4", film + bytes([n])) for n in range(2)]
    folder.put_and_scan("bad.mp4", b"bad")
    assert making.make_missing_storyboards() == making.Report(skipped=3)
    making.make_missing()
    assert making.make_missing_storyboards() == making.Report(made=2, skipped=1)
    assert making.make_missing_storyboards() == making.Report(skipped=3)
    storyboards.path_of(storyboard_of(videos[0]).digest, "vtt").unlink()
    making.attempt_storyboard(videos[1].pk)
    assert making.make_missing_storyboards() == making.Report(made=2, skipped=1)  # equal films share their pictures
    assert making.make_missing_storyboards(force=True) == making.Report(made=2, skipped=1)
