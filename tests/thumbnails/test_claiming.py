"""Locks between processes."""

from __future__ import annotations

import os
import signal

from tests.builders import Folder
from tests.thumbnails.conftest import held_by_another
from thumbnails.claiming import alone_with, is_free, take_place


def taken(video_id: int) -> bool:
    with alone_with(video_id) as alone:
        return not alone


def test_one_process_at_a_time_is_alone_with_a_video(folder: Folder) -> None:
    with held_by_another(lambda: alone_with(7)):
        assert (taken(7), taken(6), taken(8), taken(10**12)) == (True, False, False, False)
    assert not taken(7)


def test_a_killed_process_lets_its_video_and_its_place_go(folder: Folder) -> None:
    with held_by_another(lambda: alone_with(7)) as pid:
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert not taken(7)
    with held_by_another(lambda: take_place()[1]) as pid:
        assert not is_free(0)
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert is_free(0)


def test_each_worker_has_a_place_of_its_own(folder: Folder) -> None:
    with held_by_another(lambda: take_place()[1]):
        place, file = take_place()
        with file:
            assert (place, is_free(0), is_free(1), is_free(2)) == (1, False, False, True)
        assert is_free(1)
    assert is_free(0)
