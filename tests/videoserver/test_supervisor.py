"""The processes of a server: started again with patience, and ended with all that they started."""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.serving import until
from videoserver.supervisor import Child, Patience, Supervisor

PYTHON = sys.executable


def supervisor(folder: Path, *children: Child, patience: Patience | None = None) -> Supervisor:
    return Supervisor(children, dict(os.environ), [], folder, patience or Patience())


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def test_the_wait_doubles_to_a_minute_and_a_good_life_makes_it_short_again() -> None:
    waits = [0.0]
    for _ in range(8):
        waits.append(Patience().after(waits[-1], lived=2))
    assert waits[1:] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert Patience().after(60, lived=60) == 1


def test_a_child_that_keeps_dying_is_started_ever_later(tmp_path: Path) -> None:
    short = Patience(least=0.05, most=0.2, good_life=60)
    births = "import time; open('births', 'a').write(f'{time.monotonic()}\\n')"
    wait = "import time\nwhile len(open('births').readlines()) < 6: time.sleep(0.01)"
    (tmp_path / "births").touch()
    dying = Child("The dying one", [PYTHON, "-c", births], essential=False)
    watching = Child("The watching one", [PYTHON, "-c", wait], essential=True)
    assert supervisor(tmp_path, dying, watching, patience=short).run() == 1
    times = [float(line) for line in (tmp_path / "births").read_text().split()]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(gap >= least * 0.9 for gap, least in zip(gaps, [0.05, 0.1, 0.2, 0.2, 0.2], strict=False))


def test_one_that_the_others_end_with_is_started_again_when_it_was_killed(tmp_path: Path) -> None:
    twice = "import os; open('births', 'a').write('x'); len(open('births').read()) > 1 or os.kill(os.getpid(), 9)"
    assert supervisor(tmp_path, Child("A", [PYTHON, "-c", twice], essential=True), patience=Patience(0.01)).run() == 1
    assert (tmp_path / "births").read_text() == "xx"


def test_children_run_in_the_folder_that_they_are_given(tmp_path: Path) -> None:
    assert supervisor(tmp_path, Child("A", [PYTHON, "-c", "open('here', 'w')"], essential=True)).run() == 1
    assert (tmp_path / "here").exists()


def test_a_child_gives_way_from_its_first_moment_as_far_as_it_should(tmp_path: Path) -> None:
    tell = "import os; open('nice', 'w').write(str(os.nice(0)))"
    assert supervisor(tmp_path, Child("A", [PYTHON, "-c", tell], essential=True, nice=7)).run() == 1
    assert int((tmp_path / "nice").read_text()) == os.nice(0) + 7


GRANDCHILD = (
    "import os, signal, subprocess, sys;"
    "stubborn = 'import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()';"
    "child = subprocess.Popen([sys.executable, '-c', stubborn], stdout=subprocess.PIPE); child.stdout.readline();"
    "open('grandchild', 'w').write(str(child.pid));"
)


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "sys.exit()"])
def test_what_a_dead_child_leaves_behind_ends_too(tmp_path: Path, end: str) -> None:
    script = "import os\nif os.path.exists('grandchild'): raise SystemExit\n" + GRANDCHILD + end
    assert supervisor(tmp_path, Child("A", [PYTHON, "-c", script], essential=True)).run() == 1
    grandchild = int((tmp_path / "grandchild").read_text())
    until(lambda: has_ended(grandchild), what="the end of the grandchild", seconds=10)


def test_what_a_dead_child_leaves_behind_ends_before_it_is_started_again(tmp_path: Path) -> None:
    once = "\nif os.path.exists('grandchild'): signal.pause()\n"
    script = "import os, signal" + once + GRANDCHILD + "sys.exit()"
    ended = (
        "import os, time\nwhile not os.path.exists('grandchild') or not open('grandchild').read(): time.sleep(0.01)\n"
        "stat = '/proc/' + open('grandchild').read() + '/stat'\n"
        "def lives():\n"
        "    try: return open(stat).read().rpartition(')')[2].split()[0] not in 'ZX'\n"
        "    except OSError: return False\n"
        "deadline = time.monotonic() + 10\n"
        "while lives() and time.monotonic() < deadline: time.sleep(0.01)\n"
        "open('lives', 'w').write(str(lives()))"
    )
    worker = Child("The worker", [PYTHON, "-c", script], essential=False)
    watching = Child("The watching one", [PYTHON, "-c", ended], essential=True)
    supervisor(tmp_path, worker, watching).run()
    assert (tmp_path / "lives").read_text() == "False"
