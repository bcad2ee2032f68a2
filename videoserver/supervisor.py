"""Runs the server's processes as one: what dies is started again or ends all, and nothing outlives its parent."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 5.0
"""How long a process may take to stop before it is killed."""
RESTART_SECONDS = 1.0


@dataclass
class Child:
    """A process to run."""

    name: str
    command: Sequence[str]
    essential: bool
    """Whether the others end with it; one that isn't essential is started again."""
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0

    def start(self, environment: Mapping[str, str], inherited: Sequence[int]) -> None:
        """Start it in a process group of its own, so that a terminal's Ctrl-C reaches only us."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            env=environment,
            pass_fds=inherited if self.essential else (),
            process_group=0,
            preexec_fn=_die_with_parent(os.getpid()),
        )


class Supervisor:
    """Runs children until one that is essential ends, or a signal asks us to stop."""

    def __init__(self, children: Sequence[Child], environment: Mapping[str, str], inherited: Sequence[int]) -> None:
        self.children = children
        self.environment = environment
        self.inherited = inherited
        self.stopping = False

    def run(self) -> int:
        """Returns the exit status: 0 after a signal, 1 when an essential child ended by itself."""
        previous = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for child in self.children:
                child.start(self.environment, self.inherited)
            while not self.stopping and self._tend():
                self._wait_for_a_death()
        finally:
            self._stop_all()
            for number, handler in previous.items():
                signal.signal(number, handler)
        return 0 if self.stopping else 1

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _tend(self) -> bool:
        """Start again what died; False when that can't go on."""
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            print(f"{child.name} ended with status {child.process.returncode}", file=sys.stderr)  # noqa: T201
            if child.essential:
                return False
            time.sleep(max(0.0, RESTART_SECONDS - (time.monotonic() - child.started_at)))
            if not self.stopping:
                child.start(self.environment, self.inherited)
        return True

    def _wait_for_a_death(self) -> None:
        """Until a child ends (SIGCHLD), a signal comes, or a second has gone."""
        waited_for = {signal.SIGCHLD, signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
        try:
            if not self.stopping:
                received = signal.sigtimedwait(waited_for, 1.0)
                self.stopping = received is not None and received.si_signo != signal.SIGCHLD
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, waited_for)

    def _stop_all(self) -> None:
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    """Have the kernel end a child whose parent was killed with -9; on Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel
