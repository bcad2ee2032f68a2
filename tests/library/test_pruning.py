"""scan_videos --prune: the only way to forget."""

import json
import os
import pty
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from library import lists, positions, pruning
from library.models import Favorite, FormerPath, Rating, Tag, Video, ViewCount
from library.scanning import Doubt
from tests.builders import Folder, a_video, an_account, dump
from tests.environment import HOUSE, make_site

Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(folder: Folder) -> Folder:
    """A library folder that is there: it holds a video."""
    folder.put("here.mp4")
    return folder


def missing_for(days: int, path: str, **given: Any) -> Video:
    """A video whose file is gone for that many days, and an hour."""
    video = a_video(path, missing=True, **given)
    Video.objects.filter(pk=video.pk).update(missing_since=timezone.now() - timedelta(days=days, hours=1))
    return video


def prune(days: object, *options: str) -> set[str]:
    """Run the command; the paths that the library then knows."""
    call_command("scan_videos", "--prune", str(days), *options)
    return known()


def known() -> set[str]:
    return set(Video.objects.values_list("path", flat=True))


def exports(settings: Any) -> list[Path]:
    return sorted((settings.DATA_DIR / "exports").glob("*"))


def test_only_what_is_missing_for_longer_is_forgotten(folder: Folder) -> None:
    for days in (0, 29, 30, 400):
        missing_for(days, f"{days}.mp4")
    assert prune(30, "--yes") == {"here.mp4", "0.mp4", "29.mp4"}
    assert prune(30, "--yes") == {"here.mp4", "0.mp4", "29.mp4"}


def test_with_zero_days_all_that_is_missing_is_forgotten_and_nothing_that_is_there(folder: Folder) -> None:
    folder.put_and_scan("just gone.mp4")
    (folder.path / "just gone.mp4").unlink()
    missing_for(0, "gone.mp4")
    assert prune(0, "--yes") == {"here.mp4"}


def test_all_that_hangs_on_a_forgotten_video_goes_with_it_and_tags_stay(folder: Folder) -> None:
    video = missing_for(5, "gone.mp4", stars=4, views=7, tags=["sea"], favorite=True)
    FormerPath.objects.create(path="before.mp4", video=video)
    assert prune(1, "--yes") == {"here.mp4"}
    assert (Rating.objects.count(), ViewCount.objects.count()) == (1, 1)
    assert not Favorite.objects.exists()
    assert not FormerPath.objects.exists()
    assert [tag.name for tag in Tag.objects.all()] == ["sea"]


def test_a_present_video_at_the_path_of_a_forgotten_one_stays(folder: Folder) -> None:
    present = folder.put_and_scan("here.mp4")
    missing_for(5, "here.mp4", stars=1)
    prune(1, "--yes")
    assert Video.objects.get() == present


def test_what_is_forgotten_is_listed_and_exported_first(folder: Folder, settings: Any, capsys: Capture) -> None:
    folder.scan()
    video = missing_for(5, "The_walk.mp4", stars=4, views=7, tags=["sea", "sun"], favorite=True)
    lists.keep_for_later(an_account("ann").pk, video, True)
    lists.add(lists.new_playlist(None, "Sundays"), video)
    positions.save(None, video, 700, 3600)
    missing_for(6, "here.mp4", title="Another \x1b[1m", stars=2)
    prune(1, "--yes")
    (export,) = exports(settings)
    assert json.loads((export / "ratings.json").read_text())["The_walk.mp4"] == 4
    assert json.loads((export / "views.json").read_text()) == {"The_walk.mp4": 7}
    assert json.loads((export / "tags.json").read_text()) == {"The_walk.mp4": ["#sea", "#sun"]}
    assert json.loads((export / "favorites.json").read_text()) == {"favorites": ["The_walk.mp4"]}
    walk, other = json.loads((export / "forgotten.json").read_text())
    place, later, playlist = walk["accounts"]
    assert place == {"account": None, "seconds": 700, "seen_to_the_end": None}
    assert (later["account"], set(later)) == ("ann", {"account", "watch_later"})
    assert playlist == {"account": None, "playlist": "Sundays"}
    assert other["accounts"] == []
    assert (walk["path"], walk["stars"], walk["views"], walk["tags"]) == ("The_walk.mp4", 4, 7, ["sea", "sun"])
    assert (other["path"], other["stars"], other["custom_title"]) == ("here.mp4", 2, "Another \x1b[1m")
    output = capsys.readouterr().out
    assert "Missing for more than 1 day (2)" in output
    assert "The walk (The_walk.mp4): 4 stars, 7 views, 2 tags, missing for 5 days" in output
    assert "\x1b" not in output
    assert f"Exported to {export}\nForgotten: 2 videos." in output


def test_without_a_terminal_and_without_yes_it_is_only_shown(folder: Folder, settings: Any, capsys: Capture) -> None:
    missing_for(5, "gone.mp4")
    assert prune(1) == {"here.mp4", "gone.mp4"}
    output = capsys.readouterr().out
    assert "gone (gone.mp4): no stars" in output
    assert "Nothing was forgotten. With --yes it would be." in output
    assert exports(settings) == []


def test_with_nothing_to_forget_it_says_so_and_exports_nothing(folder: Folder, settings: Any, capsys: Capture) -> None:
    assert prune(1, "--yes") == {"here.mp4"}
    assert "Nothing to forget" in capsys.readouterr().out
    assert exports(settings) == []


@pytest.mark.parametrize("days", ["-1", "1.5", "x", "", "١", "1_0", "+1", "36501", "9" * 5000])
def test_what_is_no_whole_number_of_days_is_refused_before_anything_is_done(folder: Folder, days: str) -> None:
    with pytest.raises(CommandError, match="--prune"):
        call_command("scan_videos", f"--prune={days}", "--yes")
    assert known() == set()


def lose_the_drive(folder: Folder) -> None:
    shutil.rmtree(folder.path)


def empty_the_folder(folder: Folder) -> None:
    (folder.path / "here.mp4").unlink()


def lose_most(folder: Folder) -> None:
    for number in range(12):
        folder.put(f"{number}.mp4")
    folder.scan()
    for number in range(12):
        (folder.path / f"{number}.mp4").unlink()


@pytest.mark.parametrize("trouble", [lose_the_drive, empty_the_folder, lose_most])
def test_nothing_is_forgotten_of_a_root_that_may_be_away(folder: Folder, trouble: Any, capsys: Capture) -> None:
    missing_for(400, "gone.mp4")
    other = folder.beside("other")
    other.put("there.mp4")
    missing_for(400, "other/gone.mp4")
    folder.scan()
    trouble(folder)
    prune(30, "--yes")
    assert "gone.mp4" in known()
    assert "other/gone.mp4" not in known()
    assert "Kept, for they may only be away (1)\n  gone (gone.mp4)" in capsys.readouterr().out


def test_by_force_most_of_a_root_may_be_gone_and_forgotten(folder: Folder) -> None:
    lose_most(folder)
    assert prune(0, "--yes", "--force") == {"here.mp4"}


def test_what_a_scan_could_not_read_is_spared_with_all_below_it() -> None:
    for path in ("a/b.mp4", "ab.mp4", "a/c/d.mp4", "e.mp4", "e.mp4.mp4"):
        missing_for(9, path)
    plan = pruning.find(1, [Doubt("", "a"), Doubt("", "e.mp4"), Doubt("other", "")])
    assert {video.path for video in plan.spared} == {"a/b.mp4", "a/c/d.mp4", "e.mp4"}
    assert {video.path for video in plan.lost} == {"ab.mp4", "e.mp4.mp4"}


def test_what_is_left_out_on_purpose_is_spared(folder: Folder) -> None:
    folder.put_and_scan("holidays/old.mp4")
    folder.put(".videoignore", b"holidays/")
    missing_for(9, "holidays/gone.mp4")
    assert prune(0, "--yes") == {"here.mp4", "holidays/old.mp4", "holidays/gone.mp4"}


def test_what_comes_back_while_people_decide_is_kept(folder: Folder) -> None:
    folder.put_and_scan("back.mp4")
    (folder.path / "back.mp4").unlink()
    folder.scan()
    missing_for(0, "gone.mp4")
    plan = pruning.find(0, [])
    assert len(plan.lost) == 2
    folder.put("back.mp4")
    folder.scan()
    assert pruning.forget(plan).forgotten == 1
    assert known() == {"here.mp4", "back.mp4"}


def test_an_export_that_fails_keeps_everything(folder: Folder, settings: Any) -> None:
    missing_for(5, "gone.mp4", stars=3)
    folder.scan()
    before = dump()
    (settings.DATA_DIR / "exports").write_text("in the way")
    with pytest.raises(CommandError, match=r"^Nothing was forgotten: the export failed.\n.*Not a directory$"):
        prune(1, "--yes")
    assert dump() == before


def test_many_are_forgotten_in_few_statements(folder: Folder, django_assert_max_num_queries: Any) -> None:
    lost = [Video(path=f"{n}.mp4", missing_since=timezone.now() - timedelta(days=9)) for n in range(1200)]
    Video.create_whole(lost)
    plan = pruning.find(1, [])
    with django_assert_max_num_queries(110):
        assert pruning.forget(plan).forgotten == 1200


@pytest.mark.parametrize(("answer", "left"), [("n\n", "2"), ("\n", "2"), ("y\n", "1")])
def test_on_a_terminal_it_asks(tmp_path: Path, answer: str, left: str) -> None:
    site = make_site(tmp_path / "site")
    for name in ("here.mp4", "gone.mp4"):
        (site.videos / name).write_text(name)
    site.run("scan_videos")
    (site.videos / "gone.mp4").unlink()
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "manage.py", "scan_videos", "--prune", "0"],
        cwd=HOUSE, env=site.env(), stdin=theirs, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        os.write(ours, answer.encode())
        output, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    assert "Forget 1 video, with stars, views and tags? [y/N]" in output
    count = "from library.models import Video; print(Video.objects.count())"
    assert site.run("shell", "-v0", "-c", count).stdout.strip() == left
