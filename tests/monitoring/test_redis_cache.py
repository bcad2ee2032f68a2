"""The query cache on a real Redis, which stops, hangs and comes back."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library import curating
from library.models import Tag, Video
from monitoring.redis_cache import QueryCacheUnreachableError, StampedRedisCache
from tests.builders import a_video
from tests.environment import HOUSE
from tests.redis_server import RedisServer, redis_server

pytestmark = pytest.mark.skipif(not shutil.which("redis-server"), reason="there is no redis-server")


@pytest.fixture(scope="module")
def running() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as server:
        yield server


@pytest.fixture
def redis(running: RedisServer, settings: Any, tmp_path: Path) -> Iterator[RedisServer]:
    """The query cache is there, and empty."""
    if not running._answers():
        running.start()
    settings.CACHES = {"default": backend(running, tmp_path)}
    caches["default"].clear()
    yield running


def backend(server: RedisServer, folder: Path) -> dict[str, Any]:
    counts = folder / "counts"
    counts.mkdir(exist_ok=True)
    return {
        "BACKEND": "monitoring.redis_cache.StampedRedisCache",
        "LOCATION": server.url,
        "KEY_PREFIX": folder.name,
        "OPTIONS": {"COUNTS": counts},
    }


def a_process(server: RedisServer, folder: Path, *, name: str = "other") -> StampedRedisCache:
    """A cache as another process has it: with connections of its own."""
    (folder / "counts").mkdir(exist_ok=True)
    url = f"{server.url}&client_name={name}"
    return StampedRedisCache(url, {"KEY_PREFIX": "shared", "OPTIONS": {"COUNTS": folder / "counts"}})


def tag_names() -> list[str]:
    return [tag.name for tag in Tag.objects.order_by("name")]


def queries() -> int:
    """How many questions reach the database for one read."""
    with CaptureQueriesContext(connection) as captured:
        tag_names()
    return len(captured)


@pytest.mark.django_db(transaction=True)
def test_a_repeated_read_is_answered_by_redis(redis: RedisServer) -> None:
    a_video("a.mp4", tags=["sea"])
    tag_names(), tag_names()
    assert queries() == 0
    counted = caches["default"].counts()
    assert counted.hits >= 1
    assert counted.stores >= 1


@pytest.mark.django_db(transaction=True)
def test_a_write_of_another_thread_is_seen_at_once(redis: RedisServer) -> None:
    video = a_video("a.mp4", tags=["sea"])
    assert tag_names() == tag_names() == ["sea"]

    def write() -> None:
        curating.add_tag(Video.objects.get(pk=video.pk), "sun")
        connections.close_all()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert tag_names() == ["sea", "sun"]


def test_a_result_whose_look_up_began_before_an_invalidation_is_older(redis: RedisServer, tmp_path: Path) -> None:
    reader, writer = a_process(redis, tmp_path), a_process(redis, tmp_path, name="writer")
    writer.set_many({"table": 0.0})
    reader.get_many(["table", "result"])
    writer.set_many({"table": 0.0})
    reader.set_many({"result": (9e12, ["old row"])})
    found = reader.get_many(["table", "result"])
    assert found["result"][0] < found["table"]


def test_a_reader_gives_a_table_its_first_stamp_and_never_replaces_one(redis: RedisServer, tmp_path: Path) -> None:
    cache = a_process(redis, tmp_path)
    cache.set_many({"table": 1.0})
    first = cache.get("table")
    cache.get_many(["table", "new", "result"])
    cache.set_many({"table": 2.0, "new": 2.0, "result": (2.0, [])})
    assert cache.get("table") == first
    assert cache.get("new") > first


def test_a_table_stamp_never_goes_back_and_the_mark_changes_with_each(redis: RedisServer, tmp_path: Path) -> None:
    cache = a_process(redis, tmp_path)
    stamps, marks = [], [cache.last_invalidation()]
    for _ in range(5):
        cache.set_many({"table": 0.0})
        stamps.append(cache.get("table"))
        marks.append(cache.last_invalidation())
    assert stamps == sorted(set(stamps))
    assert len(set(marks)) == len(marks)


def test_without_the_count_nothing_old_counts(redis: RedisServer, tmp_path: Path) -> None:
    """As where Redis threw it out for want of memory: the next count begins above all that were."""
    cache = a_process(redis, tmp_path)
    cache.set_many({"table": 0.0})
    before = cache.get("table")
    cache._server.read(lambda client: client.delete(cache._clock))
    assert cache.last_invalidation() is None
    cache.set_many({"table": 0.0})
    assert cache.get("table") >= before - 1_000_000
    cache.get_many(["table", "result"])
    cache.set_many({"result": (0.0, [])})
    found = cache.get_many(["table", "result"])
    assert found["result"][0] >= found["table"]


@pytest.mark.django_db(transaction=True)
def test_pages_and_writes_go_on_while_redis_is_stopped_and_nothing_old_is_shown_after(
    redis: RedisServer, client: Client
) -> None:
    video = a_video("a.mp4", tags=["sea"])
    assert tag_names() == tag_names() == ["sea"]
    redis.stop()
    assert client.get("/").status_code == 200
    assert tag_names() == ["sea"]
    curating.add_tag(video, "sun")
    assert tag_names() == ["sea", "sun"]
    redis.start()
    come_back()
    assert tag_names() == ["sea", "sun"]
    tag_names()
    assert queries() == 0


def come_back() -> None:
    """As if the second were over in which Redis is not asked."""
    caches["default"]._server._away_until = 0.0


def test_what_a_redis_brings_back_from_its_disk_is_thrown_away(redis: RedisServer, tmp_path: Path) -> None:
    cache = a_process(redis, tmp_path)
    cache.set_many({"table": 0.0})
    cache.get_many(["table", "result"])
    cache.set_many({"result": (0.0, ["row"])})
    redis.stop()
    redis.start()
    cache._server._away_until = 0.0
    assert cache.get_many(["table", "result"]) == {}


@pytest.mark.django_db(transaction=True)
def test_a_write_is_not_acknowledged_while_others_may_still_read_what_was_before(
    redis: RedisServer, tmp_path: Path
) -> None:
    video = a_video("a.mp4", tags=["sea"])
    assert tag_names() == tag_names() == ["sea"]
    with redis.frozen():
        with pytest.raises(QueryCacheUnreachableError):
            curating.add_tag(video, "sun")
        assert tag_names() == ["sea", "sun"]
    come_back()
    assert tag_names() == ["sea", "sun"]
    elsewhere = StampedRedisCache(
        f"{redis.url}&client_name=elsewhere", {"KEY_PREFIX": tmp_path.name, "OPTIONS": {"COUNTS": tmp_path / "counts"}}
    )
    assert elsewhere.last_invalidation() is not None


@pytest.mark.lengthy
def test_no_acknowledged_write_is_missed_with_redis() -> None:
    command = [sys.executable, "-m", "benchmarks.staleness", "--redis", "--reads", "1600"]
    ended = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "0 of    1600  all" in ended.stdout
