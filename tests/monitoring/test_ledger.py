"""Numbers that all processes add to."""

import os
import random
import signal
import subprocess
import sys
import threading
from bisect import bisect_right
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring import buckets, ledger
from monitoring.ledger import Ledger, members, notes, totals
from tests.environment import HOUSE
from tests.full_disk import fill_up, small_disk

COUNT = """
import sys, pathlib
from monitoring.ledger import Ledger
own = Ledger(pathlib.Path(sys.argv[1]))
for _ in range(1000):
    own.add("apples", 1, 2)
own.count_streams(3)
print('counted', flush=True)
sys.stdin.readline()
"""


def counter(folder: Path) -> subprocess.Popen[str]:
    """A process that counts 1,000 apples, and then waits for a line or for its end."""
    command = [sys.executable, "-c", COUNT, folder]
    process = subprocess.Popen(command, cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "counted\n"
    return process


def apples(folder: Path) -> list[int]:
    return totals(folder)["apples"][:2]


def test_what_threads_and_processes_count_adds_up(tmp_path: Path) -> None:
    own = Ledger(tmp_path)
    threads = [threading.Thread(target=lambda: [own.add("apples", 1) for _ in range(2000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    processes = [counter(tmp_path), counter(tmp_path)]
    for thread in threads:
        thread.join()
    assert apples(tmp_path) == [10_000, 4_000]
    for process in processes:
        process.communicate("\n")


def test_a_kill_loses_nothing_and_the_next_process_takes_the_file_over(tmp_path: Path) -> None:
    for number in range(1, 4):
        process = counter(tmp_path)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert apples(tmp_path) == [1000 * number, 2000 * number]
    assert len(list(tmp_path.iterdir())) == 1


def test_who_lives_is_told_with_its_streams_and_who_was_killed_is_not(tmp_path: Path) -> None:
    process = counter(tmp_path)
    assert [(member.pid, member.streams) for member in members(tmp_path)] == [(process.pid, 3)]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert members(tmp_path) == []
    Ledger(tmp_path).join()
    assert [(member.pid, member.streams) for member in members(tmp_path)] == [(os.getpid(), 0)]


def test_a_fork_counts_for_itself(tmp_path: Path) -> None:
    own = Ledger(tmp_path)
    own.add("apples", 5)
    child = os.fork()
    if not child:
        own.add("apples", 7)
        os._exit(0)
    os.waitpid(child, 0)
    own.add("apples", 1)
    assert apples(tmp_path)[0] == 13


def test_names_beyond_the_room_for_them_share_a_row(tmp_path: Path) -> None:
    own = Ledger(tmp_path)
    for number in range(ledger.MOST_ROWS + 20):
        own.add(f"name {number}", 1)
    counted = totals(tmp_path)
    assert len(counted) == ledger.MOST_ROWS
    assert counted[ledger.OTHERS][0] == 21
    assert sum(row[0] for row in counted.values()) == ledger.MOST_ROWS + 20


def test_a_file_of_another_make_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "process.0").write_bytes(b"something else" * 100)
    assert totals(tmp_path) == {}
    Ledger(tmp_path).add("apples", 1, 2)
    assert apples(tmp_path) == [1, 2]


def test_where_nothing_can_be_written_nothing_is_counted_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    Ledger(tmp_path / "file" / "folder").add("apples", 1)
    assert totals(tmp_path / "file" / "folder") == {}


def test_a_full_disk_costs_the_counting_alone(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        fill_up(disk)
        own = Ledger(disk / "metrics")
        for number in range(100):
            own.add(f"name {number}", 1)
        assert "name 1" not in totals(disk / "metrics")


def test_notes_come_back_and_a_torn_one_is_left_out(tmp_path: Path) -> None:
    own = Ledger(tmp_path)
    for place in range(3):
        own.write_note(place, f"note {place}".encode())
    own.write_note(1, b"x" * 1000)
    assert [text[:6] for text in notes(tmp_path)] == [b"note 0", b"xxxxxx", b"note 2"]
    file = tmp_path / "process.0"
    file.write_bytes(file.read_bytes().replace(b"note 2", b"note 9"))
    assert len(list(notes(tmp_path))) == 2


@given(st.lists(st.integers(40_000, 60 * 10**9), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_told_as_exactly_as_promised(times: list[int], share: float) -> None:
    counts = Counter(bisect_right(buckets.TIME_BOUNDS, time) for time in times)
    told = buckets.percentile(counts, share)
    true = sorted(times)[max(0, -int(-share * len(times) // 1) - 1)] / 1e9
    assert told is not None
    assert true * 0.88 <= told <= true * 1.125


def test_the_percentile_of_many_times_is_close() -> None:
    dice = random.Random(1)
    times = sorted(int(dice.lognormvariate(16, 1)) for _ in range(20_000))
    counts = Counter(bisect_right(buckets.TIME_BOUNDS, time) for time in times)
    for share in (0.5, 0.95, 0.99):
        assert buckets.percentile(counts, share) == pytest.approx(times[int(share * 20_000)] / 1e9, rel=0.02)
    assert buckets.percentile({}, 0.5) is None
