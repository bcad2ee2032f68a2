"""The query cache: shared by all processes, and never stale after an acknowledged write."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from library import curating
from library.models import Tag, Video
from monitoring.file_cache import STORES_PER_CULL, StampedFileCache
from monitoring.query_cache import counts
from tests.audit import events
from tests.builders import a_video
from tests.environment import HOUSE
from tests.full_disk import fill_up, small_disk
from videoserver.sqlite import journal_mode


def tag_names() -> list[str]:
    return [tag.name for tag in Tag.objects.order_by("name")]


def in_thread(work: Callable[[], Any]) -> threading.Thread:
    """Work begun in a thread with connections of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def straddle_a_commit() -> list[str]:
    """A read that has its rows before a commit, and stores them after it; then what the next read shows."""
    has_rows, committed = threading.Event(), threading.Event()

    def hold(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        has_rows.set()
        committed.wait(10)
        return result

    def read() -> None:
        with connection.execute_wrapper(hold):
            tag_names()

    reader = in_thread(read)
    assert has_rows.wait(10)
    writer = in_thread(lambda: curating.add_tag(Video.objects.get(), "new"))
    writer.join()
    committed.set()
    reader.join()
    return tag_names()


@pytest.fixture
def straddling(transactional_db: None) -> None:
    """A video with a tag, in a database whose readers and writers don't wait for each other."""
    if journal_mode(sqlite3.sqlite_version_info) != "WAL":
        pytest.skip("this SQLite has no sound WAL: a writer waits for the readers, so that no read straddles a commit")
    a_video("a.mp4", tags=["old"])
    cache.clear()


@pytest.mark.usefixtures("straddling")
def test_a_read_that_straddles_a_commit_is_not_served_after_it() -> None:
    assert straddle_a_commit() == ["new", "old"]


@pytest.mark.usefixtures("straddling")
def test_the_plain_file_cache_does_serve_such_a_read(settings: Any, tmp_path: Path) -> None:
    plain = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": tmp_path / "cache"}
    settings.CACHES = {"default": plain}
    assert straddle_a_commit() == ["old"]


@pytest.mark.django_db(transaction=True)
def test_a_repeated_read_asks_the_database_once() -> None:
    a_video("a.mp4", tags=["sea"])
    tag_names()
    with CaptureQueriesContext(connection) as captured:
        assert tag_names() == ["sea"]
    assert len(captured) == 0


@pytest.mark.django_db(transaction=True)
def test_a_write_of_another_thread_is_seen_at_once() -> None:
    video = a_video("a.mp4", tags=["sea"])
    assert tag_names() == ["sea"]
    in_thread(lambda: curating.add_tag(video, "sun")).join()
    assert tag_names() == ["sea", "sun"]


@pytest.mark.django_db(transaction=True)
def test_a_write_of_another_process_is_seen_at_once(settings: Any) -> None:
    a_video("a.mp4", tags=["sea"])
    assert tag_names() == ["sea"]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "videoserver.settings",
        "VIDEOSERVER_DATA_DIR": str(settings.QUERY_CACHE_DIR.parent.parent),
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
    }
    script = 'from library import curating, models; curating.add_tag(models.Video.objects.get(), "sun")'
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", script]
    subprocess.run(command, cwd=HOUSE, env=environment, check=True)
    assert tag_names() == ["sea", "sun"]


@pytest.mark.lengthy
@pytest.mark.parametrize(("options", "status"), [(["--reads", "1600"], 0),
                                                 (["--reads", "320", "--without", "generation"], 1)])  # fmt: skip
def test_no_acknowledged_write_is_missed_by_many_readers_and_it_would_be_told(options: list[str], status: int) -> None:
    """Whole pages and queries; without what tells pages that something was written, they are stale at once."""
    command = [sys.executable, "-m", "benchmarks.staleness", *options]
    ended = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (status, "")
    assert f"of {int(options[1]):7}  all" in ended.stdout


@pytest.fixture
def stamped(tmp_path: Path) -> Iterator[StampedFileCache]:
    """A cache in a folder of its own."""
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    yield StampedFileCache(folder, {})


def test_a_result_is_stamped_with_the_moment_at_which_its_look_up_began(stamped: StampedFileCache) -> None:
    stamped.set_many({"table": 1.0})
    invalidated = stamped.get("table")
    stamped.get_many(["table", "result"])
    stamped.set_many({"result": (9e24, ["row"])})
    at, rows = stamped.get("result")
    assert invalidated <= at < 9e24
    assert rows == ["row"]


def test_a_table_stamp_never_goes_back(stamped: StampedFileCache) -> None:
    stamps = []
    for claimed in (9e24, 1.0, 5.0):
        stamped.set_many({"table": claimed})
        stamps.append(stamped.get("table"))
    assert stamps == sorted(stamps)
    assert stamps[-1] < 9e24


def test_a_reader_gives_a_table_its_first_stamp_and_never_replaces_one(stamped: StampedFileCache) -> None:
    stamped.get_many(["table", "result"])
    stamped.set_many({"table": 1.0, "result": (1.0, [])})
    first = stamped.get("table")
    assert first is not None
    stamped.set_many({"table": 2.0, "other": 2.0, "result": (2.0, [])})
    assert stamped.get("table") == first
    assert stamped.get("other") >= first


def test_nothing_is_stale_where_the_clock_is_set_back(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    video = a_video("a.mp4", tags=["old"])
    assert tag_names() == tag_names() == ["old"]
    an_hour_ago = time.time_ns() - 3600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: an_hour_ago)
    monkeypatch.setattr(time, "time", lambda: an_hour_ago / 1e9)
    curating.add_tag(video, "new")
    assert tag_names() == ["new", "old"]


def test_a_first_look_up_is_a_hit_for_the_next(transactional_db: None) -> None:
    a_video("a.mp4", tags=["old"])
    cache.clear()
    tag_names()
    before = counts()
    tag_names()
    assert counts().hits == before.hits + 1


def test_stamps_survive_many_writers_at_once(stamped: StampedFileCache) -> None:
    location = stamped._dir
    seen: list[float] = []

    def write() -> None:
        own = StampedFileCache(location, {})
        for _ in range(20):
            own.set_many({"table": 0.0})
            seen.append(own.get("table"))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stamped.get("table") >= max(seen)


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o720, 0o702])
def test_a_folder_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(mode)
    with pytest.raises(ImproperlyConfigured, match="can be written by others"):
        StampedFileCache(tmp_path / "cache", {})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o700)
    os.chown(tmp_path / "cache", 65534, 65534)
    with pytest.raises(ImproperlyConfigured, match="can be written by others"):
        StampedFileCache(tmp_path / "cache", {})


def test_a_folder_that_is_not_there_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    StampedFileCache(tmp_path / "new" / "cache", {})
    assert (tmp_path / "new" / "cache").stat().st_mode & 0o777 == 0o700


@pytest.fixture
def small(tmp_path: Path) -> Iterator[StampedFileCache]:
    """A cache on a disk of its own that holds a table's stamp and a result, and is full."""
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        cache = StampedFileCache(disk / "cache", {})
        cache.get_many(["table", "result"])
        cache.set_many({"table": 1.0, "result": (1.0, ["old"])})
        fill_up(disk)
        yield cache


def test_a_result_that_can_not_be_stored_is_not_stored(small: StampedFileCache) -> None:
    large = [os.urandom(100_000)]
    small.get_many(["table", "result", "other"])
    small.set_many({"other": (9e24, large), "result": (9e24, large), "new_table": 9e24})
    assert small.get_many(["result", "other", "new_table"]) == {}
    assert [file.name for file in Path(small._dir).iterdir() if file.name.startswith("tmp")] == []


def test_a_table_whose_stamp_can_not_be_stored_has_none(small: StampedFileCache) -> None:
    assert small.get("table") is not None
    small.set_many({"table": 1.0})
    assert small.get("table") is None


@pytest.mark.parametrize("gone", [False, True])
def test_a_lock_that_can_not_be_taken_makes_nothing_stale_either(stamped: StampedFileCache, gone: bool) -> None:
    stamped.get_many(["table", "result"])
    stamped.set_many({"table": 1.0, "result": (1.0, ["old"])})
    stamped._lock_file.unlink()
    stamped._lock_file.symlink_to("not there/" if gone else "..")
    stamped.get_many(["new_table", "other"])
    stamped.set_many({"new_table": 1.0, "other": (1.0, ["row"])})
    assert stamped.get("new_table") is None
    stamped.set_many({"table": 1.0})
    assert stamped.get("table") is None


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_could_not_begin_leaves_nothing_stale_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the database is locked: what this thread reads and writes afterwards counts for all again."""

    def locked(*_: Any) -> None:
        raise OperationalError("database is locked")

    video = a_video("a.mp4", tags=["old"])
    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(connection, "_start_transaction_under_autocommit", locked)
        curating.add_tag(video, "never")
    assert tag_names() == ["old"]
    in_thread(lambda: curating.add_tag(video, "new")).join()
    assert tag_names() == ["new", "old"]
    seen: list[list[str]] = []
    in_thread(lambda: seen.append(tag_names())).join()
    curating.add_tag(video, "newest")
    in_thread(lambda: seen.append(tag_names())).join()
    assert seen == [["new", "old"], ["new", "newest", "old"]]


def test_what_is_kept_has_a_bound(tmp_path: Path) -> None:
    kept = StampedFileCache(tmp_path, {"OPTIONS": {"MAX_ENTRIES": 100}})
    for number in range(5 * STORES_PER_CULL):
        kept.set(str(number), number)
    assert len(list(tmp_path.glob("*.djcache"))) <= 3 * STORES_PER_CULL


def test_a_write_does_not_go_through_all_that_is_kept(tmp_path: Path) -> None:
    kept = StampedFileCache(tmp_path, {"OPTIONS": {"MAX_ENTRIES": 10_000}})
    with events() as heard:
        for number in range(STORES_PER_CULL):
            kept.set(str(number), number)
    assert heard.count("os.scandir") + heard.count("os.listdir") <= 2
