"""What `.videoignore` and habit leave out."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library import curating, ignoring
from library.models import Video
from library.scanning import scan
from tests.builders import Folder

pytestmark = pytest.mark.django_db


def paths() -> set[str]:
    return set(Video.objects.present().values_list("path", flat=True))


def ignore(folder: Folder, *patterns: str, at: str = "") -> Path:
    return folder.put(f"{at}/.videoignore".lstrip("/"), "\n".join(patterns).encode())


def leave(folder: Folder, *names: str) -> set[str]:
    """Put files of those names, and scan."""
    for name in names:
        folder.put(name)
    report = scan()
    assert report.problems == []
    return paths()


def test_patterns_hold_in_their_folder_and_below_it(folder: Folder) -> None:
    ignore(folder, "*.avi", "/top.mp4", "private/", at="a")
    kept = {"top.mp4", "b.avi", "private/x.mp4", "a/x.mp4", "a/b/top.mp4"}
    assert leave(folder, *kept, "a/x.avi", "a/b/c/x.avi", "a/top.mp4", "a/private/x.mp4", "a/b/private/y.mp4") == kept


def test_a_deeper_file_brings_back_what_a_higher_one_leaves_out(folder: Folder) -> None:
    ignore(folder, "*.avi", "old/*")
    ignore(folder, "!good.avi", at="a")
    ignore(folder, "good.avi", at="a/b")
    left = leave(folder, "good.avi", "a/good.avi", "a/bad.avi", "a/b/good.avi", "a/b/x.mp4", "old/x.mp4")
    assert left == {"a/good.avi", "a/b/x.mp4"}


def test_nothing_in_a_folder_that_is_left_out_can_be_brought_back(folder: Folder) -> None:
    ignore(folder, "old/", "!old/good.mp4")
    ignore(folder, "!*", at="old")
    assert leave(folder, "old/good.mp4", "x.mp4") == {"x.mp4"}


def test_comments_blank_lines_line_ends_and_a_mark_of_order_are_as_in_git(folder: Folder) -> None:
    folder.put(".videoignore", b"\xef\xbb\xbfone.mp4\r\n\r\n# two.mp4\r\n\\#three.mp4\r\nfour.mp4   \r\n")
    assert leave(folder, "one.mp4", "two.mp4", "#three.mp4", "four.mp4") == {"two.mp4"}


PATTERNS = [
    "*.avi",
    "!x.avi",
    "a/",
    "!a/",
    "/a/*",
    "!/a/x.avi",
    "**/b/*.mp4",
    "a/**/x.mp4",
    "b",
    "!b/",
    "[ab]/x.*",
    "*",
]
TREE = ["x.avi", "y.avi", "x.mp4", "a/x.avi", "a/y.mp4", "a/b/x.mp4", "a/b/y.avi", "b/x.mp4", "b/a/x.avi", "c/b/x.mp4"]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is missing")
@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_out_is_what_git_leaves_out(folder: Folder, seed: int) -> None:
    top = [PATTERNS[(seed * step + step) % len(PATTERNS)] for step in (1, 3, 5)]
    deeper = [PATTERNS[(seed * step + 2) % len(PATTERNS)] for step in (2, 7)]
    for name in TREE:
        folder.put(name)
    for place, patterns in (("", top), ("a", deeper)):
        ignore(folder, *patterns, at=place)
        (folder.path / place / ".gitignore").write_text("\n".join(patterns))
    git = ["git", "-C", str(folder.path), "-c", "core.excludesFile="]
    subprocess.run([*git, "init", "--quiet"], check=True)
    listed = subprocess.run(
        [*git, "ls-files", "--others", "--exclude-standard", "-z"], check=True, capture_output=True, text=True
    ).stdout
    expected = {path for path in listed.split("\0") if path and not Path(path).name.startswith(".")}
    scan()
    assert paths() == expected, (top, deeper)


def test_samples_are_left_out_in_whatever_case(folder: Folder) -> None:
    kept = {"Free Sample.mp4", "sampler.mp4", "resample.mkv", "example.mp4", "My samples/a.mp4", "sample"}
    samples = {
        *("sample.mp4", "SAMPLE.MKV", "film-sample.mp4", "Film-Sample.avi", "film.sample.mp4", "sample.film.mp4"),
        *("Sample/a.mp4", "film/SAMPLES/a.mp4", "samples/deep/a.mp4"),
    }
    assert leave(folder, *kept, *samples) == kept - {"sample"}


def test_samples_can_be_brought_back(folder: Folder) -> None:
    ignore(folder, "!Samples/", "!drum-sample.mp4")
    names = {"Samples/a.mp4", "drum-sample.mp4", "sample.mp4"}
    assert leave(folder, *names) == names - {"sample.mp4"}


def test_hidden_files_can_not_be_brought_back(folder: Folder) -> None:
    ignore(folder, "!.hidden.mp4", "!.folder/")
    assert leave(folder, ".hidden.mp4", ".folder/a.mp4", "a.mp4") == {"a.mp4"}


def test_a_video_that_becomes_left_out_is_missing_and_keeps_all_it_has(folder: Folder) -> None:
    folder.put("stays.mp4")
    video = folder.put_and_scan("a.mp4")
    curating.rate(video, 5)
    curating.add_tag(video, "sea")
    rules = ignore(folder, "a.mp4")
    assert scan().missing == 1
    assert paths() == {"stays.mp4"}
    rules.unlink()
    assert scan().returned == 1
    video = Video.objects.with_standing().get(path="a.mp4")
    assert (video.rating.stars, curating.tag_names(video)) == (5, ["sea"])


@pytest.mark.parametrize("pattern", ["*", "films/"])
def test_most_or_all_of_a_root_may_be_left_out_without_force(folder: Folder, pattern: str) -> None:
    for number in range(30):
        folder.put(f"films/{number}.mp4")
    assert scan().added == 30
    ignore(folder, pattern)
    report = scan()
    assert (report.missing, report.problems) == (30, [])


def test_a_video_that_moves_into_a_place_that_is_left_out_is_missing(folder: Folder) -> None:
    folder.put("stays.mp4")
    folder.put_and_scan("a.mp4")
    ignore(folder, "old/")
    (folder.path / "old").mkdir()
    (folder.path / "a.mp4").rename(folder.path / "old/a.mp4")
    assert scan().missing == 1


def test_a_video_that_moves_out_of_a_place_that_is_left_out_is_the_same(folder: Folder) -> None:
    folder.put("stays.mp4")
    video = folder.put_and_scan("old/a.mp4")
    ignore(folder, "old/")
    (folder.path / "old/a.mp4").rename(folder.path / "a.mp4")
    assert scan().moved == 1
    assert Video.objects.get(path="a.mp4") == video


def odd(folder: Folder, kind: str) -> None:
    place = folder.path / ".videoignore"
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "huge":
        with place.open("wb") as file:
            file.truncate(1 << 30)
    elif kind == "not UTF-8":
        place.write_bytes(b"caf\xe9.mp4\n*")
    elif kind == "leads out":
        outside = folder.path.parent / "patterns"
        outside.write_text("*")
        place.symlink_to(outside)
    elif kind == "leads nowhere":
        place.symlink_to("nowhere")
    elif kind == "itself":
        place.symlink_to(place)
    elif kind == "device":
        place.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "kind", ["fifo", "folder", "huge", "not UTF-8", "leads out", "leads nowhere", "itself", "device"]
)
def test_an_odd_file_is_reported_and_ignored(folder: Folder, kind: str) -> None:
    folder.put("a.mp4")
    odd(folder, kind)
    report = scan()
    assert report.added == 1
    assert [problem.startswith(f"{folder.path}/.videoignore: ") for problem in report.problems] == [True]


def test_an_odd_file_leaves_the_patterns_above_it_in_force(folder: Folder) -> None:
    ignore(folder, "a.mp4")
    folder.put("sub/.videoignore", b"\xff")
    folder.put("sub/a.mp4")
    folder.put("b.mp4")
    scan()
    assert paths() == {"b.mp4"}


@pytest.mark.parametrize(
    ("line", "problem"),
    [("!", "is no pattern"), ("[z-a].mp4", "is no pattern"), ("*a*a*a*a*b", "has more than 4 wildcards")],
)
def test_a_bad_line_is_reported_and_the_others_count(folder: Folder, line: str, problem: str) -> None:
    ignore(folder, "a.mp4", line, "b.mp4")
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        folder.put(name)
    assert scan().problems == [f"{folder.path}/.videoignore: line 2 {problem}"]
    assert paths() == {"c.mp4"}


def test_a_link_to_a_file_of_the_library_is_read(folder: Folder) -> None:
    folder.put("rules.txt", b"a.mp4")
    (folder.path / ".videoignore").symlink_to("rules.txt")
    assert leave(folder, "a.mp4", "b.mp4") == {"b.mp4"}


def test_names_of_any_bytes_are_matched(folder: Folder) -> None:
    ignore(folder, "caf*.mp4", "été/")
    assert leave(folder, "caf\udce9.mp4", "été/a.mp4", "b.mp4") == {"b.mp4"}


def test_a_name_that_is_left_out_need_not_be_kept(folder: Folder) -> None:
    ignore(folder, "private*")
    assert leave(folder, "private \uf7a0 use.mp4", "b.mp4") == {"b.mp4"}


@given(st.binary(max_size=60), st.lists(st.sampled_from("ab*?[]!\\/.- é\udce9"), min_size=1).map("".join))
def test_no_content_makes_reading_fail_otherwise(content: bytes, path: str) -> None:
    try:
        patterns, _ = ignoring.read_patterns(content)
    except ValueError:
        return
    ignoring.leaves_out(ignoring.Rules(patterns, ""), path, path, folder=False)
