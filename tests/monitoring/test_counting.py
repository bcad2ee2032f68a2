"""What the query cache counts, across threads and processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections, transaction

from library import curating
from library.models import Rating, Tag, Video
from monitoring.counting import Counts, Tally, tally_of
from monitoring.query_cache import counts
from tests.builders import a_video, all_at_once
from tests.environment import HOUSE
from tests.full_disk import fill_up, small_disk

OF_FOUR_TABLES = Video.objects.filter(tags__name="sea", rating__stars=0)
COUNT = """
import os, sys, pathlib
from monitoring.counting import tally_of
tally = tally_of(pathlib.Path(sys.argv[1]))
for _ in range(1000):
    tally.add(hits=1, stores=2)
"""


def counter(folder: Path, then: str) -> subprocess.Popen[str]:
    """A process that counts 1,000 hits and 2,000 stores, and then does what it is told."""
    script = f"{COUNT}\nprint('counted', flush=True)\n{then}"
    return subprocess.Popen([sys.executable, "-c", script, folder], cwd=HOUSE, stdout=subprocess.PIPE,
                            stdin=subprocess.PIPE, text=True)  # fmt: skip


@pytest.fixture
def empty(transactional_db: None) -> None:
    """A video with a tag, and nothing counted."""
    a_video("a.mp4", tags=["sea"])
    cache.clear()


@pytest.fixture
def warm(empty: None) -> Counts:
    """All tables have been read before, so that they have their first stamps; what that counted."""
    list(OF_FOUR_TABLES.values_list("path", "view_count__count"))
    return counts()


def test_a_query_is_one_hit_or_one_miss_however_many_tables_it_reads(warm: Counts) -> None:
    assert warm == Counts(misses=1, stores=1)
    list(OF_FOUR_TABLES.values_list("title"))
    assert counts() == warm._replace(misses=2, stores=2)
    list(OF_FOUR_TABLES.values_list("title"))
    assert counts() == warm._replace(hits=1, misses=2, stores=2)
    assert counts().hit_rate == 1 / 3


def test_a_write_is_one_invalidation_and_makes_the_next_query_a_miss(warm: Counts) -> None:
    list(Tag.objects.all())
    before = counts()
    with transaction.atomic():
        Tag.objects.create(name="sun", key="sun")
        Tag.objects.create(name="snow", key="snow")
    assert counts() == before._replace(invalidations=1)
    assert len(Tag.objects.all()) == 3
    assert counts() == before._replace(invalidations=1, misses=before.misses + 1, stores=before.stores + 1)


def test_what_is_written_to_one_table_leaves_the_queries_of_others_hits(warm: Counts) -> None:
    list(Tag.objects.all())
    list(Rating.objects.all())
    curating.rate(Video.objects.get(), 3)
    before = counts()
    list(Tag.objects.all())
    assert counts() == before._replace(hits=before.hits + 1)
    list(Rating.objects.all())
    assert counts() == before._replace(hits=before.hits + 1, misses=before.misses + 1, stores=before.stores + 1)


def test_all_threads_count_together_and_none_is_lost(warm: Counts) -> None:
    list(Tag.objects.all())

    def read() -> None:
        for _ in range(50):
            list(Tag.objects.all())

    all_at_once(read, 8)
    assert counts() == Counts(hits=400, misses=2, stores=2)


def test_when_the_cache_is_emptied_the_counts_begin_anew(warm: Counts) -> None:
    assert warm != Counts()
    cache.clear()
    assert counts() == Counts()
    assert counts().hit_rate is None
    list(Tag.objects.all())
    assert counts() == Counts(misses=1, stores=1)


def test_what_a_killed_process_counted_stays_counted_and_its_file_is_taken_over(tmp_path: Path) -> None:
    for turn in (1, 2, 3):
        with counter(tmp_path, "os.kill(os.getpid(), 9)") as process:
            assert process.wait(30) == -signal.SIGKILL
        assert tally_of(tmp_path).counts() == Counts(hits=1000 * turn, stores=2000 * turn)
    assert [path.name for path in tmp_path.iterdir()] == ["counts.0"]


def test_processes_that_count_at_once_add_up(tmp_path: Path) -> None:
    processes = [counter(tmp_path, "sys.stdin.read()") for _ in range(3)]
    try:
        assert [process.stdout.readline() for process in processes if process.stdout] == ["counted\n"] * 3
        tally = tally_of(tmp_path)
        tally.add(hits=1)
        assert tally.counts() == Counts(hits=3001, stores=6000)
        assert len(list(tmp_path.iterdir())) == 4
    finally:
        for process in processes:
            process.communicate("")


def test_a_fork_counts_in_a_file_of_its_own(tmp_path: Path) -> None:
    forks = "if os.fork() == 0:\n    for _ in range(1000): tally.add(hits=1)\n    os._exit(0)\nos.wait()\n"
    with counter(tmp_path, forks) as process:
        assert process.wait(30) == 0
    assert len(list(tmp_path.iterdir())) == 2
    assert Tally(tmp_path).counts() == Counts(hits=2000, stores=2000)


def test_more_processes_than_are_counted_go_uncounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitoring.counting.MOST_PROCESSES", 1)
    counted, uncounted = Tally(tmp_path), Tally(tmp_path)
    counted.add(hits=1)
    uncounted.add(hits=1)
    assert uncounted.counts() == Counts(hits=1)


def test_a_full_disk_costs_the_counting_and_nothing_else(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        fill_up(disk)
        tally = Tally(disk)
        tally.add(hits=1)
        tally.begin_anew()
        assert tally.counts() == Counts()


def test_a_folder_that_is_not_there_costs_the_counting_and_nothing_else(tmp_path: Path) -> None:
    tally = Tally(tmp_path / "none")
    tally.add(misses=1)
    assert tally.counts() == Counts()


def test_a_file_that_was_cut_off_counts_for_nothing_and_is_made_whole(tmp_path: Path) -> None:
    (tmp_path / "counts.0").write_bytes(b"abc")
    tally = Tally(tmp_path)
    assert tally.counts() == Counts()
    tally.add(hits=1)
    assert tally.counts() == Counts(hits=1)
    assert [path.name for path in tmp_path.iterdir()] == ["counts.0"]


def test_the_counts_are_those_of_all_processes_of_a_site(warm: Counts, settings: Any) -> None:
    database = connections["default"].settings_dict["NAME"]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "videoserver.settings",
        "VIDEOSERVER_DATA_DIR": str(settings.QUERY_CACHE_DIR.parent.parent),
        "DATABASE_URL": f"sqlite:///{database}",
    }
    script = "from library.models import Tag; list(Tag.objects.all()); list(Tag.objects.all())"
    subprocess.run([sys.executable, "manage.py", "shell", "-v0", "-c", script], cwd=HOUSE, env=environment, check=True)
    assert counts() == Counts(hits=1, misses=2, stores=2)
