"""Runs the server's processes as one: what is killed is started again, and nothing outlives its parent."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 5.0
"""How long a process may take to stop before it is killed."""


@dataclass(frozen=True)
class Patience:
    """How long to wait before a process that died is started again: twice as long each time. Seconds."""

    least: float = 1.0
    most: float = 60.0
    good_life: float = 60.0
    """Who lived that long starts afresh."""

    def after(self, waited: float, lived: float) -> float:
        """The next wait of a process that was waited for `waited` seconds and then lived for `lived`."""
        return self.least if lived >= self.good_life else min(max(2 * waited, self.least), self.most)


@dataclass
class Child:
    """A process to run."""

    name: str
    command: Sequence[str]
    essential: bool
    """Whether the others end with it when it ends by itself. Else it is started again, as is whatever was killed."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Its own variables, for what the common ones leave open."""
    nice: int = 0
    """How far it gives way to others from its first moment on, from 0 to 19."""
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    waited: float = 0.0
    due_at: float | None = None
    """When a dead one is started again."""

    def start(self, environment: Mapping[str, str], inherited: Sequence[int], folder: Path) -> None:
        """Start it in a process group of its own, so that a terminal's Ctrl-C reaches only us."""
        self.started_at = time.monotonic()
        self.due_at = None
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            env={**self.environment, **environment},
            cwd=folder,
            pass_fds=inherited if self.essential else (),
            process_group=0,
            preexec_fn=_in_child(os.getpid(), self.nice),
        )

    def mourn(self, patience: Patience) -> None:
        """End what its group left behind, and settle when it is started again."""
        assert self.process  # noqa: S101 - only who lived can die
        end_group(self.process.pid)
        self.waited = patience.after(self.waited, time.monotonic() - self.started_at)
        self.due_at = time.monotonic() + self.waited


class Supervisor:
    """Runs children in a folder until one that is essential ends, or a signal asks us to stop."""

    def __init__(
        self,
        children: Sequence[Child],
        environment: Mapping[str, str],
        inherited: Sequence[int],
        folder: Path,
        patience: Patience = Patience(),
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        self.children = children
        self.environment = environment
        self.inherited = inherited
        self.folder = folder
        self.patience = patience
        self.meanwhile = meanwhile
        """What else is done about once a second, and takes moments."""
        self.stopping = False

    def run(self) -> int:
        """Returns the exit status: 0 after a signal, 1 when an essential child ended by itself."""
        previous = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for child in self.children:
                child.start(self.environment, self.inherited, self.folder)
            while not self.stopping and self._tend():
                self.meanwhile()
                self._wait_for_a_death()
        finally:
            self._stop_all()
            for number, handler in previous.items():
                signal.signal(number, handler)
        return 0 if self.stopping else 1

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _tend(self) -> bool:
        """Start again what died, when its time has come; False when that can't go on."""
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            if child.due_at is None:
                print(f"{child.name} ended with status {child.process.returncode}", file=sys.stderr)  # noqa: T201
                if child.essential and child.process.returncode >= 0:
                    return False
                child.mourn(self.patience)
            elif time.monotonic() >= child.due_at and not self.stopping:
                child.start(self.environment, self.inherited, self.folder)
        return True

    def _seconds_to_wait(self) -> float:
        """Until the next start that is due, a second at most."""
        now = time.monotonic()
        return max(0.0, min([1.0, *(child.due_at - now for child in self.children if child.due_at is not None)]))

    def _wait_for_a_death(self) -> None:
        """Until a child ends (SIGCHLD), a signal comes, or it is time to look again."""
        waited_for = {signal.SIGCHLD, signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
        try:
            if not self.stopping:
                received = signal.sigtimedwait(waited_for, self._seconds_to_wait())
                self.stopping = received is not None and received.si_signo != signal.SIGCHLD
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, waited_for)

    def _stop_all(self) -> None:
        """Ask all to end, and then end whatever is left of them: also the children of one that was killed."""
        started = [child.process for child in self.children if child.process]
        for process in started:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in started:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in started:
            end_group(process.pid)
            process.wait()


def end_group(leader: int) -> None:
    """Kill what lives in a process group; there may be nothing."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _in_child(parent: int, nice: int) -> Callable[[], None]:
    """What a child does before its program: give way, and have the kernel end it with us, even when we are killed."""
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None

    def prepare() -> None:
        os.nice(nice)
        if libc:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return prepare
