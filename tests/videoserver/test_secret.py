"""The secret key: one for all processes, and for nobody else."""

import errno
import multiprocessing
import os
import sys
import threading
from pathlib import Path

import pytest

from tests.audit import just_before
from videoserver.secret import secret_key


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "var")
    assert secret_key(tmp_path / "var") == key
    assert len(key) >= 50
    assert len(set(key)) > 10


def test_each_data_dir_has_a_key_of_its_own(tmp_path: Path) -> None:
    assert secret_key(tmp_path / "a") != secret_key(tmp_path / "b")


def test_only_the_server_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        secret_key(tmp_path)
    finally:
        os.umask(before)
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_the_key_of_a_process_that_was_a_moment_faster_is_taken(tmp_path: Path) -> None:
    key = tmp_path / "secret_key"
    with just_before("os.link", lambda arguments: arguments[1] == str(key), lambda: key.write_text("theirs") and None):
        assert secret_key(tmp_path) == "theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_where_there_are_no_hard_links_the_faster_process_wins_too(tmp_path: Path) -> None:
    key = tmp_path / "secret_key"

    def fail_after_theirs() -> None:
        key.write_text("theirs")
        raise PermissionError(errno.EPERM, "Operation not permitted")

    with just_before("os.link", lambda arguments: True, fail_after_theirs):
        assert secret_key(tmp_path) == "theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def no_hard_links(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook that does to links what exFAT does."""
    if event == "os.link":
        raise PermissionError(errno.EPERM, "Operation not permitted")


def make(folder: Path, start: threading.Event, keys: "multiprocessing.Queue[str]", linked: bool) -> None:
    if not linked:
        sys.addaudithook(no_hard_links)
    start.wait()
    keys.put(secret_key(folder))


@pytest.mark.parametrize("linked", [True, False])
def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path, linked: bool) -> None:
    context = multiprocessing.get_context("spawn")
    start, keys = context.Event(), context.Queue()
    processes = [context.Process(target=make, args=(tmp_path, start, keys, linked)) for _ in range(4)]
    for process in processes:
        process.start()
    start.set()
    made = {keys.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()
    keys.close()
    assert made == {(tmp_path / "secret_key").read_text()}
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
