"""A scan brings the database in line with the folders, and forgets nothing."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from library import naming, tasks
from library.models import FormerPath, Rating, Tag, Video, ViewCount
from library.scanning import scan
from library.signals import files_changed
from tests.builders import NEW_YEAR, Folder, a_video

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    """What a scan reports, without the zeros."""
    return {name: count for name, count in vars(scan()).items() if count and name != "problems"}


def paths() -> set[str]:
    return set(Video.objects.present().values_list("path", flat=True))


def test_new_files_are_added_with_a_row_for_stars_and_one_for_views(folder: Folder) -> None:
    folder.put("a.mp4")
    folder.put("sub/deep/b.mkv")
    assert counts() == {"added": 2}
    assert paths() == {"a.mp4", "sub/deep/b.mkv"}
    assert (Rating.objects.count(), ViewCount.objects.count()) == (2, 2)


def test_a_new_video_knows_its_size_time_and_title(folder: Folder) -> None:
    file = folder.put("Summer_in_Rome.mp4", b"12345")
    scan()
    video = Video.objects.get()
    assert (video.title, video.size, video.modified_ns) == ("Summer in Rome", 5, file.stat().st_mtime_ns)
    assert video.fingerprint


@pytest.mark.parametrize("extension", sorted(naming.VIDEO_EXTENSIONS))
def test_every_extension_is_found_in_either_case(folder: Folder, extension: str) -> None:
    folder.put(f"lower.{extension}")
    folder.put(f"UPPER.{extension.upper()}")
    assert counts() == {"added": 2}


def test_hidden_files_folders_and_other_kinds_are_passed_over(folder: Folder) -> None:
    for name in (".hidden.mp4", ".folder/a.mp4", "tags.json", "a.mp4.json", "a.srt", "mp4", "a.mp4.part", "cover.jpg"):
        folder.put(name)
    folder.put("a.mp4")
    scan()
    assert paths() == {"a.mp4"}


def test_a_second_scan_finds_nothing_new_and_writes_nothing(folder: Folder) -> None:
    folder.put("a.mp4")
    folder.put("sub/b.mp4")
    scan()
    before = list(Video.objects.values())
    assert counts() == {"unchanged": 2}
    assert list(Video.objects.values()) == before


def test_a_file_with_other_content_is_changed_and_keeps_what_people_gave_it(folder: Folder) -> None:
    video = folder.put_and_scan("a.mp4", b"old")
    Rating.objects.filter(pk=video.pk).update(stars=4)
    folder.put("a.mp4", b"other content", modified=NEW_YEAR + timedelta(days=3))
    assert counts() == {"changed": 1}
    after = Video.objects.with_standing().get()
    assert (after.pk, after.size, after.rating.stars) == (video.pk, 13, 4)
    assert after.fingerprint != video.fingerprint


def test_a_missing_file_is_marked_once_and_loses_nothing(folder: Folder) -> None:
    folder.put("stays.mp4")
    file = folder.put("goes.mp4")
    scan()
    video = Video.objects.get(path="goes.mp4")
    video.tags.add(Tag.objects.create(name="sea"))
    file.unlink()
    assert counts() == {"missing": 1, "unchanged": 1}
    assert counts() == {"unchanged": 1}
    video.refresh_from_db()
    assert video.is_missing
    assert [tag.name for tag in video.tags.all()] == ["sea"]


def test_a_file_that_comes_back_is_the_same_video(folder: Folder) -> None:
    folder.put("stays.mp4")
    video = folder.put_and_scan("a.mp4")
    (folder.path / "a.mp4").rename(folder.path.parent / "away.mp4")
    scan()
    (folder.path.parent / "away.mp4").rename(folder.path / "a.mp4")
    assert counts() == {"returned": 1, "unchanged": 1}
    assert Video.objects.present().get(path="a.mp4").pk == video.pk


def test_the_added_date_is_the_file_time_at_first_sight(folder: Folder) -> None:
    seen = datetime(2019, 5, 4, 3, 2, 1, tzinfo=UTC)
    folder.put("a.mp4", modified=seen)
    scan()
    assert Video.objects.get().added_at == seen


def test_a_file_time_in_the_future_is_not_believed(folder: Folder) -> None:
    before = timezone.now()
    folder.put("a.mp4", modified=datetime(2099, 1, 1, tzinfo=UTC))
    scan()
    assert before <= Video.objects.get().added_at <= timezone.now()


@pytest.mark.parametrize("seconds", [0, -86_400, -(2**31)])
def test_a_file_time_before_all_videos_is_taken_as_it_is(folder: Folder, seconds: int) -> None:
    os.utime(folder.put("a.mp4"), (seconds, seconds))
    scan()
    assert Video.objects.get().added_at == datetime.fromtimestamp(seconds, UTC)


def test_no_later_scan_changes_the_added_date(folder: Folder) -> None:
    folder.put("stays.mp4")
    added = folder.put_and_scan("a.mp4").added_at
    folder.put("a.mp4", b"changed", modified=NEW_YEAR + timedelta(days=9))
    scan()
    (folder.path / "a.mp4").rename(folder.path / "b.mp4")
    scan()
    os.utime(folder.path / "b.mp4")
    scan()
    assert Video.objects.get(path="b.mp4").added_at == added


def test_a_curators_title_survives_a_change_of_the_file(folder: Folder) -> None:
    video = folder.put_and_scan("a.mp4")
    video.custom_title = "Our summer"
    video.save()
    folder.put("a.mp4", b"changed")
    scan()
    assert Video.objects.get().title == "Our summer"


def test_listeners_are_told_the_new_changed_and_moved_after_the_commit(folder: Folder) -> None:
    for name in ("same.mp4", "changes.mp4", "moves.mp4"):
        folder.put(name)
    scan()
    folder.put("changes.mp4", b"other")
    (folder.path / "moves.mp4").rename(folder.path / "moved.mp4")
    folder.put("new.mp4")
    told: list[set[str]] = []

    def listen(video_ids: Iterable[int], **_: Any) -> None:
        told.append(set(Video.objects.filter(pk__in=video_ids).values_list("path", flat=True)))

    files_changed.connect(listen)
    try:
        scan()
        scan()
    finally:
        files_changed.disconnect(listen)
    assert told == [{"changes.mp4", "moved.mp4", "new.mp4"}, set()]


def test_several_roots_have_their_mounts_before_their_paths(folder: Folder) -> None:
    films = folder.beside("films")
    folder.put("a.mp4")
    films.put("a.mp4", b"another")
    films.put("sub/b.mp4")
    assert counts() == {"added": 3}
    assert paths() == {"a.mp4", "films/a.mp4", "films/sub/b.mp4"}
    assert counts() == {"unchanged": 3}


def test_a_file_that_goes_from_one_root_is_not_missed_in_another(folder: Folder) -> None:
    films = folder.beside("films")
    for root in (folder, films):
        root.put("stays.mp4", root.path.name.encode())
        root.put("a.mp4", root.path.name.encode() * 2)
    scan()
    (films.path / "a.mp4").unlink()
    assert counts() == {"missing": 1, "unchanged": 3}
    assert [video.path for video in Video.objects.missing()] == ["films/a.mp4"]


def test_a_subfolder_named_like_a_mount_in_another_case_is_a_subfolder(folder: Folder) -> None:
    films = folder.beside("films")
    folder.put("Films/a.mp4", b"ours")
    films.put("a.mp4", b"theirs")
    assert counts() == {"added": 2}
    assert counts() == {"unchanged": 2}
    (films.path / "a.mp4").rename(films.path / "b.mp4")
    assert counts() == {"moved": 1, "unchanged": 1}
    assert paths() == {"Films/a.mp4", "films/b.mp4"}


def test_a_subfolder_named_like_a_mount_is_hidden_and_reported(folder: Folder) -> None:
    films = folder.beside("films")
    folder.put("a.mp4")
    folder.put("films/hidden.mp4")
    films.put("b.mp4")
    report = scan()
    assert paths() == {"a.mp4", "films/b.mp4"}
    assert [problem for problem in report.problems if "is hidden by the library folder" in problem]


def test_the_number_of_queries_does_not_grow_with_the_files(folder: Folder) -> None:
    def queries(prefix: str, files: int) -> int:
        for number in range(files):
            folder.put(f"{prefix}{number}.mp4")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            scan()
        return len([query for query in captured if "library_" in query["sql"]])

    queries("warm", 1)
    assert queries("few", 5) == queries("many", 40)


def test_progress_is_tracked_for_all_that_is_read(folder: Folder) -> None:
    folder.put("changes.mp4")
    scan()
    folder.put("changes.mp4", b"other")
    folder.put("new.mp4")
    tracked: list[tuple[str, int | None, int]] = []

    def track(items: Iterable[Any], description: str, total: int | None = None) -> Iterable[Any]:
        seen = list(items)
        tracked.append((description, total, len(seen)))
        return seen

    scan(track=track)
    assert tracked == [("Reading videos", None, 2), ("Reading changed files", 1, 1), ("Reading new files", 1, 1)]


def test_the_command_ends_with_the_counts_and_the_problems(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.put("a.mp4")
    folder.beside("films")
    call_command("scan_videos")
    output = capsys.readouterr().out
    assert all(heading in output for heading in ("added", "changed", "moved", "missing", "back", "unchanged"))
    assert "Not as expected (1)" in output
    assert "is not there, or holds no video" in output


def test_the_task_reports_its_counts(folder: Folder) -> None:
    folder.put("a.mp4")
    assert tasks.rescan.call() == {"added": 1, "changed": 0, "moved": 0, "missing": 0, "returned": 0, "unchanged": 0}


def test_a_file_moved_into_the_place_of_a_former_path_takes_it_over(folder: Folder) -> None:
    folder.put("stays.mp4")
    moved = folder.put_and_scan("a.mp4", b"first")
    Path(folder.path / "a.mp4").rename(folder.path / "b.mp4")
    scan()
    folder.put("a.mp4", b"second")
    scan()
    assert not FormerPath.objects.filter(path="a.mp4").exists()
    assert Video.objects.at_path("a.mp4") != moved


def test_a_row_without_a_file_stays_while_its_root_has_videos(folder: Folder) -> None:
    a_video("waiting.mp4", stars=5, missing=True)
    folder.put("a.mp4")
    assert counts() == {"added": 1}
    assert Video.objects.missing().with_standing().get().rating.stars == 5
