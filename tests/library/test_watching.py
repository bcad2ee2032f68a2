"""`manage.py watch_videos`: real files, a real process, the kernel's own events."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.environment import HOUSE, Site, make_site
from tests.serving import until

WATCH = """
import sys
import django
django.setup()
from pathlib import Path
from django.core.management import call_command
from django.db import OperationalError
from library import hearing, scanning, watching

scan = scanning.scan

def counted(**options):
    print("scanning", flush=True)
    return scan(**options)

scanning.scan = counted
{change}
call_command("watch_videos", *sys.argv[1:])
"""
"""The command, telling of each scan; `change` is done to it first."""

HEARS_NOTHING = """
class Deaf(hearing.Ear):
    def __init__(self, places):
        super().__init__(())
    def misses(self, folders):
        return False
watching.Ear = Deaf
"""

LIMITED = 'echo {value} > /proc/sys/user/max_inotify_{what} && exec "$@"'


class Watching:
    """A watcher at work, and what it says."""

    def __init__(self, site: Site, process: subprocess.Popen[str]) -> None:
        self.site = site
        self.process = process
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout:
            for line in self.process.stdout:
                self.said.append(line.rstrip("\n"))

    @property
    def scans(self) -> int:
        return self.said.count("scanning")

    def total(self, what: str) -> int:
        """How many videos were told to be added, missing or such."""
        return sum(int(number) for line in list(self.said) for number in re.findall(rf"(\d+) {what}", line))

    def tells(self, what: str, count: int) -> None:
        until(lambda: self.total(what) >= count, what=f"{count} {what}")
        assert self.total(what) == count

    def put(self, name: str, content: bytes | None = None) -> Path:
        path = self.site.videos / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(name) if content is None else content)
        return path

    def stop(self) -> int:
        self.process.terminate()
        status = self.process.wait(timeout=30)
        self._reader.join()
        return status


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = make_site(tmp_path)
    (site.videos / "first.mp4").write_bytes(b"first")
    return site


@contextmanager
def watching(site: Site, *arguments: str, change: str = "", before: tuple[str, ...] = ()) -> Iterator[Watching]:
    """A watcher that is gone at the end, whatever happens."""
    process = subprocess.Popen(
        [*before, sys.executable, "-c", WATCH.replace("{change}", change), *arguments],
        cwd=HOUSE,
        env=site.env(DJANGO_SETTINGS_MODULE="videoserver.settings"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="surrogateescape",
    )
    watcher = Watching(site, process)
    try:
        yield watcher
    finally:
        watcher.stop()


@contextmanager
def settled(site: Site, *arguments: str, **options: str) -> Iterator[Watching]:
    """A watcher that has found the first video."""
    with watching(site, *arguments, **options) as watcher:  # type: ignore[arg-type]
        watcher.tells("added", 1)
        yield watcher


def test_files_that_come_change_move_and_go_are_noticed(site: Site) -> None:
    with settled(site) as watcher:
        file = watcher.put("a.mp4")
        watcher.tells("added", 2)
        watcher.put("a.mp4", b"other content")
        watcher.tells("changed", 1)
        file.rename(site.videos / "b.mp4")
        watcher.tells("moved", 1)
        (site.videos / "b.mp4").unlink()
        watcher.tells("missing", 1)
        watcher.put("b.mp4", b"other content")
        watcher.tells("back", 1)


def test_folders_that_come_later_are_watched_too(site: Site) -> None:
    with settled(site) as watcher:
        watcher.put("new/deep/a.mp4")
        watcher.tells("added", 2)
        watcher.put("new/deep/b.mp4")
        watcher.tells("added", 3)
        outside = site.folder / "outside"
        (outside / "inner").mkdir(parents=True)
        outside.rename(site.videos / "moved in")
        watcher.put("moved in/inner/c.mp4")
        watcher.tells("added", 4)
        (site.videos / "new").rename(site.videos / "renamed")
        watcher.tells("moved", 2)
        watcher.put("renamed/deep/d.mp4")
        watcher.tells("added", 5)


def test_names_that_are_not_utf_8_are_noticed(site: Site) -> None:
    with settled(site) as watcher:
        watcher.put("caf\udce9.mp4")
        watcher.tells("added", 2)
        watcher.put("n\udce9/a.mp4")
        watcher.tells("added", 3)
        watcher.put("n\udce9/b.mp4")
        watcher.tells("added", 4)


def test_a_link_inside_the_library_leads_to_what_is_watched(site: Site) -> None:
    (site.videos / "films").mkdir()
    with settled(site) as watcher:
        (site.videos / "link").symlink_to("films")
        watcher.put("link/a.mp4")
        watcher.tells("added", 2)


def test_a_burst_is_few_scans(site: Site) -> None:
    with settled(site) as watcher:
        before = watcher.scans
        for number in range(100):
            watcher.put(f"burst/{number % 7}/{number}.mp4")
            threading.Event().wait(0.005)
        watcher.tells("added", 101)
        assert watcher.scans - before <= 4


def test_thousands_of_files_at_once_are_all_found(site: Site) -> None:
    with settled(site) as watcher:
        before = watcher.scans
        for number in range(3000):
            watcher.put(f"many/{number % 50}/{number}.mp4")
        watcher.tells("added", 3001)
        assert watcher.scans - before <= 6


def test_what_can_not_change_the_library_is_no_scan(site: Site) -> None:
    with settled(site) as watcher:
        before = watcher.scans
        for name in ("notes.txt", "film.mp4.part", ".hidden.mp4", ".folder/a.mp4", "a.mp4.json"):
            watcher.put(name)
            (site.videos / name).unlink()
        (site.videos / "first.mp4").read_bytes()
        watcher.put("last.mp4")
        watcher.tells("added", 2)
        assert watcher.scans - before <= 2  # the hidden folder itself may be one


def test_a_pattern_that_comes_or_goes_is_noticed(site: Site) -> None:
    with settled(site) as watcher:
        watcher.put("sub/.videoignore", b"*")
        watcher.put("sub/a.mp4")
        watcher.put(".videoignore", b"first*")
        watcher.tells("missing", 1)
        (site.videos / "sub/.videoignore").unlink()
        watcher.tells("added", 2)


def test_a_file_that_is_written_slowly_is_taken_once_at_its_end(site: Site) -> None:
    with settled(site) as watcher:
        with (site.videos / "slow.mp4").open("wb", buffering=0) as file:
            for _ in range(20):
                file.write(b"part")
                threading.Event().wait(0.1)
            assert watcher.total("added") == 1
        watcher.tells("added", 2)
        assert watcher.total("changed") == 0


def test_a_root_that_comes_goes_and_comes_back_is_noticed(site: Site) -> None:
    away = site.folder / "away"
    site.videos.rename(away)
    with watching(site) as watcher:
        until(lambda: any("is not there" in line for line in watcher.said), what="a word about it")
        away.rename(site.videos)
        watcher.tells("added", 1)
        site.videos.rename(away)
        before = watcher.scans
        until(lambda: watcher.scans > before, what="a look at what went")
        away.rename(site.videos)
        watcher.put("second.mp4")
        watcher.tells("added", 2)
        assert watcher.total("missing") == 0


def test_what_nobody_announces_is_found_by_the_full_rescan_and_then_by_asking(site: Site) -> None:
    with settled(site, "--rescan", "0.02", change=HEARS_NOTHING) as watcher:
        watcher.put("second.mp4")
        watcher.tells("added", 2)
        until(lambda: any("had not announced" in line for line in watcher.said), what="a word about it")
        watcher.put("third.mp4")
        watcher.tells("added", 3)
    assert len([line for line in watcher.said if "WARNING" in line]) == 1


def test_a_network_drive_is_asked_again_and_again(site: Site, tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text(f"/dev/sda1 / ext4 rw 0 0\nnas:/videos {site.videos} nfs4 rw 0 0\n")
    change = f"{HEARS_NOTHING}\nwatching.MOUNT_TABLE = Path({str(table)!r})"
    with settled(site, change=change) as watcher:
        file = watcher.put("second.mp4")
        watcher.tells("added", 2)
        file.unlink()
        watcher.tells("missing", 1)
        assert watcher.scans <= 4, "asking is no scan while nothing changes"
        watcher.put("first.en.srt")
        until(lambda: site.rows()["library_subtitlefiles"], what="the subtitle file")


@contextmanager
def may_limit() -> Iterator[None]:
    if subprocess.run(["unshare", "-Ur", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody set limits of their own")
    yield


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
@pytest.mark.parametrize(("what", "value"), [("watches", 3), ("watches", 0), ("instances", 0)])
def test_where_the_system_refuses_to_tell_it_is_asked_and_said_once(site: Site, what: str, value: int) -> None:
    for number in range(6):
        (site.videos / str(number)).mkdir()
    limited = ("unshare", "-Ur", "sh", "-c", LIMITED.format(what=what, value=value), "sh")
    with may_limit(), watching(site, before=limited) as watcher:
        watcher.tells("added", 1)
        watcher.put("5/second.mp4")
        watcher.tells("added", 2)
        watcher.put("5/third.mp4")
        watcher.tells("added", 3)
    assert len([line for line in watcher.said if "WARNING" in line]) == 1


def test_a_locked_database_is_tried_again(site: Site) -> None:
    locked = """
watching.RETRY_SECONDS = 0.1
attempts = []
def locked_first(**options):
    attempts.append(1)
    if len(attempts) < 3:
        raise OperationalError("database is locked")
    return scan(**options)
scanning.scan = locked_first
"""
    with watching(site, change=locked) as watcher:
        watcher.tells("added", 1)
    assert len([line for line in watcher.said if "database is locked" in line]) == 2


def test_it_ends_at_once_when_told_to_also_during_a_scan(site: Site) -> None:
    endless = """
import time
def endless(**options):
    print("scanning", flush=True)
    time.sleep(600)
scanning.scan = endless
"""
    for change in ("", endless):
        with watching(site, change=change) as watcher:
            until(lambda watcher=watcher: watcher.scans, what="a scan")  # type: ignore[misc]
            assert watcher.stop() == 0


def test_a_problem_is_told_once(site: Site) -> None:
    (site.videos / ".videoignore").write_bytes(b"\xff")
    with settled(site) as watcher:
        watcher.put("second.mp4")
        watcher.tells("added", 2)
    assert len([line for line in watcher.said if "is not UTF-8" in line]) == 1


@pytest.mark.parametrize("value", ["0", "-1", "x", "nan", "1e99"])
def test_a_bad_time_is_refused(site: Site, value: str) -> None:
    ended = site.run("watch_videos", "--rescan", value, check=False)
    assert ended.returncode != 0
    assert "is not a number of minutes" in ended.stderr
