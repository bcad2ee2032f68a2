"""What a scan does about drives that are gone, odd files, links, and another scan."""

import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from library import naming, walking
from library.models import Video
from library.scanning import scan
from tests.builders import AWKWARD_NAMES, Folder, all_at_once, body, dump, stored
from tests.environment import HOUSE, make_site

WIDE_TIMES = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""A file system that keeps times of 64 bits, where there is one; others clamp them."""


@pytest.fixture
def known(folder: Folder, db: None) -> dict[str, Any]:
    """Two videos, and the database as the first scan left it."""
    folder.put("a.mp4")
    folder.put("sub/b.mp4")
    folder.scan()
    return dump()


def test_a_root_that_is_gone_changes_nothing(folder: Folder, known: dict[str, Any]) -> None:
    shutil.rmtree(folder.path)
    report = scan()
    assert dump() == known
    assert report.missing == 0
    assert any("is not there, or holds no video" in problem for problem in report.problems)


def test_an_empty_root_changes_nothing(folder: Folder, known: dict[str, Any]) -> None:
    shutil.rmtree(folder.path)
    folder.path.mkdir()
    (folder.path / "lost+found").mkdir()
    assert scan().missing == 0
    assert dump() == known


def test_a_file_in_the_place_of_the_root_changes_nothing(folder: Folder, known: dict[str, Any]) -> None:
    shutil.rmtree(folder.path)
    folder.path.write_text("no folder")
    assert scan().missing == 0
    assert dump() == known


@pytest.mark.django_db
def test_a_root_that_is_gone_does_not_stop_the_others(folder: Folder) -> None:
    films = folder.beside("films")
    folder.put("a.mp4")
    films.put("b.mp4")
    scan()
    shutil.rmtree(folder.path)
    films.put("c.mp4")
    assert (scan().added, Video.objects.missing().count()) == (1, 0)


SCAN_WITHOUT_PRIVILEGES = """
import os, sys, django
django.setup()
from pathlib import Path
from django.core.management import call_command
from django.db import connection
from library.models import Video

call_command("scan_videos")  # also loads all that nobody may not read
connection.close()
locked = Path(sys.argv[1])
if locked.is_file():
    locked.write_text("changed, then locked")
locked.chmod(0)
if os.geteuid() == 0:
    site = locked.parents[-1 - int(sys.argv[2])]
    for path in (site, *site.rglob("*")):
        os.chown(path, 65534, 65534)
    os.setegid(65534)
    os.seteuid(65534)
print("Now:")
call_command("scan_videos")
print("missing:", list(Video.objects.missing().values_list("path", flat=True)))
"""
"""Root isn't bound by permissions; the user nobody is."""


@pytest.mark.parametrize("locked", ["", "locked", "locked/b.mp4"])
def test_nothing_that_can_not_be_read_is_taken_for_missing(locked: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        site = make_site(Path(name))
        for path in ("a.mp4", "locked/b.mp4", "locked/deeper/c.mp4"):
            (site.videos / path).parent.mkdir(parents=True, exist_ok=True)
            (site.videos / path).write_text(path)
        command = [sys.executable, "-c", SCAN_WITHOUT_PRIVILEGES, site.videos / locked, str(len(Path(name).parts) - 1)]
        environment = site.env(DJANGO_SETTINGS_MODULE="videoserver.settings")
        done = run(command, cwd=HOUSE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    then = done.stdout.partition("Now:")[2]
    assert "missing: []" in then
    assert "Not as expected" in then


@pytest.mark.django_db
def test_names_that_break_servers_are_all_found(folder: Folder) -> None:
    for name in AWKWARD_NAMES:
        folder.put(name)
    report = scan()
    assert (report.added, report.problems) == (len(AWKWARD_NAMES), [])
    expected = {stored(Path(os.fsdecode(name))) for name in AWKWARD_NAMES}
    assert set(Video.objects.values_list("path", flat=True)) == expected
    assert scan().unchanged == len(AWKWARD_NAMES)


@pytest.mark.django_db
def test_a_name_that_can_not_be_kept_is_reported_and_the_others_are_taken(folder: Folder) -> None:
    folder.put("private \uf7a0 use.mp4")
    folder.put("/".join(["a long folder name" * 10] * 6) + "/b.mp4")
    folder.put("good.mp4")
    report = scan()
    assert [video.path for video in Video.objects.all()] == ["good.mp4"]
    assert len(report.problems) == 2


@pytest.mark.django_db
def test_files_below_a_folder_whose_name_can_not_be_kept_are_reported(folder: Folder) -> None:
    folder.put("private \uf7a0 use/a.mp4")
    folder.put("good.mp4")
    assert scan().problems == [f"{folder.path}/private \\uf7a0 use: the name can't be kept"]


@pytest.mark.django_db
def test_a_problem_with_a_name_of_any_bytes_can_be_shown(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"caf\xe9 \x1b[31m")
    folder.beside(name).put("a.mp4")
    folder.put(f"{name}/hidden.mp4")
    folder.put("b.mp4")
    call_command("scan_videos")
    output = capsys.readouterr().out
    assert "caf\\udce9 \\u001b[31m: is hidden by the library folder of the same name" in output
    assert {video.path for video in Video.objects.all()} == {"b.mp4", f"{naming.to_stored(name)}/a.mp4"}


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["Reading videos", "Reading new files"])
def test_a_file_that_vanishes_during_the_scan_does_not_stop_it(folder: Folder, step: str) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        folder.put(name)

    def track(items: Iterable[Any], description: str, total: int | None = None) -> Iterator[Any]:
        for item in items:
            if description == step:
                (folder.path / "b.mp4").unlink(missing_ok=True)
            yield item

    report = scan(track=track)
    assert {video.path for video in Video.objects.all()} == {"a.mp4", "c.mp4"}
    assert len(report.problems) == 1
    assert "b.mp4: " in report.problems[0]


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [2**34, 10**11, 10**15, -(10**11), -(2**40)])
def test_a_file_time_beyond_the_calendar_stops_neither_scan_nor_player(
    settings: Any, tmp_path: Path, client: Client, seconds: int
) -> None:
    with tempfile.TemporaryDirectory(dir=WIDE_TIMES) as name:
        settings.VIDEO_ROOTS, settings.DATA_DIR = [("", Path(name))], tmp_path
        file = Path(name) / "a.mp4"
        file.write_text("film")
        os.utime(file, (seconds, seconds))
        assert (scan().added, scan().unchanged) == (1, 1)
        video = Video.objects.get()
        assert video.added_at <= timezone.now()
        part = client.get(video.file_url, headers={"Range": "bytes=0-1"})
        assert (part.status_code, body(part)) == (206, b"fi")


@pytest.mark.django_db
def test_what_is_no_regular_file_is_passed_over_without_waiting(folder: Folder) -> None:
    os.mkfifo(folder.path / "fifo.mp4")
    (folder.path / "folder.mp4").mkdir()
    (folder.path / "null.mp4").symlink_to("/dev/null")
    folder.put("folder.mp4/inside.mp4")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(folder.path, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/socket.mp4")
        os.close(here)
        assert scan().problems == []
    assert [video.path for video in Video.objects.all()] == ["folder.mp4/inside.mp4"]


@pytest.mark.django_db
def test_a_link_inside_the_root_is_followed_and_one_that_leaves_it_is_not(folder: Folder, tmp_path: Path) -> None:
    folder.put("films/a.mp4")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.mp4").write_text("secret")
    (folder.path / "link.mp4").symlink_to("films/a.mp4")
    (folder.path / "leaves.mp4").symlink_to(outside / "secret.mp4")
    (folder.path / "elsewhere").symlink_to(outside)
    (folder.path / "broken.mp4").symlink_to("nowhere.mp4")
    scan()
    assert set(Video.objects.values_list("path", flat=True)) == {"films/a.mp4", "link.mp4"}


@pytest.mark.django_db
def test_a_root_whose_name_begins_like_another_is_another(folder: Folder) -> None:
    twin = folder.beside(f"{folder.path.name}-private")
    twin.put("secret.mp4")
    (folder.path / "link.mp4").symlink_to(twin.path / "secret.mp4")
    folder.put("a.mp4")
    scan()
    assert set(Video.objects.values_list("path", flat=True)) == {"a.mp4", f"{twin.path.name}/secret.mp4"}


@pytest.mark.django_db
def test_links_that_lead_in_circles_end(folder: Folder) -> None:
    folder.put("sub/a.mp4")
    (folder.path / "sub/up").symlink_to("..")
    (folder.path / "sub/here").symlink_to(".")
    (folder.path / "itself.mp4").symlink_to("itself.mp4")
    scan()
    assert [video.path for video in Video.objects.all()] == ["sub/a.mp4"]


def test_any_video_tells_whether_there_is_one(folder: Folder) -> None:
    folder.put("notes.txt")
    assert not walking.any_video()
    folder.put("sub/a.mp4")
    assert walking.any_video()


@pytest.mark.django_db(transaction=True)
def test_two_scans_at_once_in_one_process_make_no_duplicates(folder: Folder) -> None:
    for number in range(30):
        folder.put(f"{number}.mp4")
    together, added = threading.Barrier(2), []

    def scan_once() -> None:
        together.wait()
        added.append(scan().added)

    all_at_once(scan_once, 2)
    assert sorted(added) == [0, 30]
    assert Video.objects.count() == 30


def test_two_scans_at_once_in_two_processes_make_no_duplicates(tmp_path: Path) -> None:
    site = make_site(tmp_path / "site")
    for number in range(30):
        (site.videos / f"{number}.mp4").write_text(str(number))
    processes = [site.start("scan_videos") for _ in range(2)]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert '"unchanged": 30' in site.run("shell", "-v0", "-c", COUNT_AGAIN).stdout


COUNT_AGAIN = """
import json
from library.scanning import scan
print(json.dumps(vars(scan())))
"""
