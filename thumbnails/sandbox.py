"""Where a run of ffmpeg is locked in, as well as the system offers it. For ffmpeg.py alone.

A sandbox shows a run its program and libraries, the files that it is given and nothing else: no other file, no network,
no other process. It is tried once, with the very program, before it is relied on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from thumbnails import confinement

TRIAL_LIMIT = 30.0
ELF = b"\x7fELF"
LINKER_CACHE = Path("/etc/ld.so.cache")
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")

KERNEL, BUBBLEWRAP, OLDER_KERNEL = "Landlock and seccomp", "bubblewrap", "an older Landlock and seccomp"
CALLS_ALONE, NONE = "seccomp alone", "none"


class Files(NamedTuple):
    """What a run may open."""

    program: Path
    reads: Path | None = None
    writes: tuple[Path, ...] = ()
    """Files that exist already."""


class Cell(NamedTuple):
    """How a run is started so that it is locked in."""

    prefix: tuple[str, ...] = ()
    """What stands before its command."""
    inherited: tuple[int, ...] = ()
    """Descriptors that it needs."""
    enter: Callable[[], None] = lambda: None
    """What its process does before it becomes the program."""


def around(files: Files) -> AbstractContextManager[Cell]:
    """The best sandbox that works here; what belongs to it ends with the block. Raises OSError."""
    return KINDS[kind(files.program)](files)


@lru_cache
def kind(program: Path) -> str:
    """Which sandbox that is. A script in ffmpeg's place may start whatever it likes, so it gets none."""
    return next(name for name in KINDS if name == NONE or (_is_binary(program) and works(name, program)))


def environment() -> dict[str, str]:
    """Of a run: no secret of ours, and nothing that makes ffmpeg write reports."""
    return {name: value for name, value in os.environ.items() if name in PASSED_ON}


def failed_to_start(cell: Cell, code: int, messages: str) -> bool:
    """Whether it was the sandbox that ended, and not the program."""
    return bool(cell.prefix) and code == 1 and messages.startswith("bwrap: ")


@contextmanager
def _bubblewrap(files: Files) -> Iterator[Cell]:
    """Name spaces of its own, in which there is nothing else. As root it may still read what others own.

    A worker that is killed in the milliseconds in which bubblewrap sets this up leaves its run to end by itself.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise FileNotFoundError("bwrap")
    rights = ["--cap-drop", "ALL"]
    if os.geteuid() == 0:
        rights += ["--cap-add", "CAP_DAC_OVERRIDE"]
    else:
        rights += ["--unshare-user"]
    apart = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--as-pid-1"]
    shown = [LINKER_CACHE, *_libraries(files.program), files.program, *filter(None, [files.reads])]
    binds = [option for path in shown if path.exists() for option in ("--ro-bind", str(path), str(path))]
    for path in files.writes:
        binds += ["--bind", str(path), str(path)]
    with _descriptor_of(confinement.call_filter()) as calls:
        filtered = ["--seccomp", str(calls[0])] if calls else []
        yield Cell((program, *rights, *apart, *binds, "--remount-ro", "/", *filtered, "--"), calls)


@contextmanager
def _kernel(least_version: int, files: Files) -> Iterator[Cell]:
    """Files by Landlock, of a version, system calls by seccomp."""
    if confinement.landlock_version() < least_version:
        raise OSError(f"no Landlock {least_version}")
    shown = [(path, confinement.RUN_BELOW) for path in _libraries(files.program)]
    shown += [(LINKER_CACHE, confinement.READ)] if LINKER_CACHE.exists() else []
    shown += [(files.program, confinement.RUN)]
    shown += [(files.reads, confinement.READ)] if files.reads else []
    shown += [(path, confinement.WRITE) for path in files.writes]
    ruleset = confinement.only_files(shown)
    try:
        yield Cell(enter=partial(confinement.confine, ruleset, confinement.call_filter()))
    finally:
        os.close(ruleset)


@contextmanager
def _calls_alone(_files: Files) -> Iterator[Cell]:
    """Every file, but no network and no children."""
    program = confinement.call_filter()
    if not program:
        raise OSError("unknown machine")
    yield Cell(enter=partial(confinement.confine, None, program))


@contextmanager
def _none(_files: Files) -> Iterator[Cell]:
    yield Cell()


KINDS: dict[str, Callable[[Files], AbstractContextManager[Cell]]] = {
    KERNEL: partial(_kernel, confinement.WITH_TRUNCATION),
    BUBBLEWRAP: _bubblewrap,
    OLDER_KERNEL: partial(_kernel, 1),
    CALLS_ALONE: _calls_alone,
    NONE: _none,
}
"""From the best to none. The first two hide the same, but bubblewrap costs a run 5 to 25 ms."""


def works(name: str, program: Path) -> bool:
    """Whether a program tells its version in there."""
    with suppress(OSError, subprocess.SubprocessError), KINDS[name](Files(program)) as cell:
        trial = subprocess.run(  # noqa: S603 - our own binary
            [*cell.prefix, program, "-version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
            pass_fds=cell.inherited,
            preexec_fn=cell.enter,
            timeout=TRIAL_LIMIT,
            check=False,
        )
        return trial.returncode == 0
    return False


def _is_binary(program: Path) -> bool:
    with suppress(OSError), program.open("rb") as file:
        return file.read(len(ELF)) == ELF
    return False


@lru_cache
def _libraries(program: Path) -> Sequence[Path]:
    """The folders of a program's shared libraries; none for one that is linked statically."""
    listed = subprocess.run(  # noqa: S603 - our own binary
        [program],
        env={**environment(), "LD_TRACE_LOADED_OBJECTS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TRIAL_LIMIT,
        check=False,
    )
    words = (word for line in listed.stdout.splitlines() for word in line.split())
    return sorted({Path(word).parent for word in words if word.startswith("/")})


@contextmanager
def _descriptor_of(content: bytes) -> Iterator[tuple[int, ...]]:
    """A descriptor from which a program reads that content; none for b""."""
    if not content:
        yield ()
        return
    descriptor = os.memfd_create("calls")
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield (descriptor,)
    finally:
        os.close(descriptor)
