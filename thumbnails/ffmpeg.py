"""The only room that starts ffmpeg, and the rules under which every run of it lives.

A media file is a stranger's program for a large decoder. Each run therefore has a time limit, bounded memory, files and
descriptors, no network, no input but the one file and no way to outlive us; and where the system offers it, a sandbox
sees to that, whatever the decoder is talked into. Nothing here is imported by the web process.
"""

from __future__ import annotations

import errno
import math
import os
import re
import resource
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from thumbnails import confinement, sandbox

CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,ogg,asf,flv,live_flv,"
    "mpeg,mpegts,mpegvideo,m4v,h264,hevc,dv,mjpeg,ivf,nut"
)
"""Formats that hold media; none that names other files: no playlist, manifest, script or image sequence."""

MEMORY = 4 << 30
"""Bytes of address space: enough for 8K video, too little to take the machine down."""

MAX_OUTPUT = 64 << 20
DESCRIPTORS = 256
HEAD, TAIL = 1 << 20, 8 << 10
"""Bytes of messages that are kept: the first, where a file is described, and the last, where the reason stands."""

FULL_DISK = re.compile("No space left on device|Disk quota exceeded")

EXIT_POLL = 0.002
"""Seconds between looks at a process that has closed its streams: it ends within one, as a rule."""

LAST_SIGNAL = 31
"""Of those that a kernel sends."""

KILL_LIMIT = 1.0
"""Seconds that a killed process has to end in; on a disk that has gone away it may take for ever."""

_bell, _bell_rope = os.pipe()
"""Readable, for good, once we are told to stop."""


class Stopped(BaseException):
    """We were told to stop. Not an Exception: nothing may take it for the file's fault."""


class MediaError(Exception):
    """ffmpeg could make nothing of a file; the message is a line or a few, fit for people."""


class Finished(NamedTuple):
    """What a run left."""

    code: int
    output: bytes
    messages: str


@lru_cache
def binary() -> str:
    """The ffmpeg that comes with imageio-ffmpeg, or the one that its IMAGEIO_FFMPEG_EXE names."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def stop() -> None:
    """End the run at hand, and whatever run this process tries after it, by Stopped; fit for a signal handler."""
    os.write(_bell_rope, b"!")


def _told_to_stop() -> bool:
    return bool(select.select([_bell], [], [], 0)[0])


def reading(path: Path, *options: str) -> list[str]:
    """Arguments that open one file as input, and that let it open no other."""
    guards = ("-protocol_whitelist", "file", "-format_whitelist", CONTAINERS)
    return [*guards, *options, "-i", f"file:{path}"]


def isolation() -> str:
    """How runs are locked in here: the name of the sandbox."""
    return sandbox.kind(Path(binary()))


def run(
    arguments: list[str],
    *,
    time_limit: float,
    reads: Path | None = None,
    writes: Sequence[Path] = (),
    may_write: int = 0,
) -> bytes:
    """Run ffmpeg to its end and return its standard output. It sees no files but the one that it reads and those that
    it writes, of `may_write` bytes each at the most; the folders of these must be there.

    Raises MediaError when it fails, takes longer than `time_limit` seconds, or puts out more than MAX_OUTPUT; Stopped
    when we are told to stop; OSError when it can't be started, or the disk that it writes to is full.
    """
    for path in writes:
        path.touch()
    files = sandbox.Files(Path(binary()), reads, tuple(writes))
    finished = _finish(["-v", "error", *arguments], files, time_limit, may_write)
    if finished.code:
        if writes and (full := FULL_DISK.search(finished.messages)):
            raise OSError(errno.ENOSPC, full[0])
        raise MediaError(readable(finished.messages) or _ending(finished.code))
    return finished.output


def describe(path: Path, *, time_limit: float) -> str:
    """What `ffmpeg -i` says about a file. Raises MediaError when it can't be opened as media."""
    files = sandbox.Files(Path(binary()), path)
    messages = _finish(["-hide_banner", *reading(path)], files, time_limit, 0).messages
    if "\nInput #0, " not in f"\n{messages}":
        raise MediaError(readable(messages) or "no media file")
    return messages


def readable(messages: str) -> str:
    """The last lines of what ffmpeg said, without its own places and what it repeats, or characters that no page can
    show.
    """
    text = re.sub(r"^(\[[^\]\n]*\] )+|^Error opening (input|output) files?[: ].*$", "", messages, flags=re.MULTILINE)
    text = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    lines = [line.strip()[:300] for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-3:])


def _ending(code: int) -> str:
    """Words for an exit without a message; bubblewrap adds 128 to the signal that ended the program in it."""
    number = -code if code < 0 else code - 128
    if 0 < number <= LAST_SIGNAL:
        return f"ffmpeg was killed: {signal.strsignal(number)}"
    return f"ffmpeg failed with exit code {code}"


def _finish(arguments: list[str], files: sandbox.Files, time_limit: float, may_write: int) -> Finished:
    with sandbox.around(files) as cell:
        restrain = partial(_restrain, os.getpid(), _limits(time_limit, may_write), cell.enter)
        process = subprocess.Popen(  # noqa: S603 - our own binary; paths never begin an argument
            [*cell.prefix, files.program, "-nostdin", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=sandbox.environment(),
            start_new_session=True,
            pass_fds=cell.inherited,
            preexec_fn=restrain,
        )
    try:
        output, messages = _collect(process, time.monotonic() + time_limit)
        if process.returncode and _told_to_stop():  # whoever stops us may well have stopped ffmpeg too
            raise Stopped
        if sandbox.failed_to_start(cell, process.returncode, messages):
            raise OSError(f"ffmpeg can't be started: {readable(messages)}")
        return Finished(process.returncode, output, messages)
    except TimeoutError:
        raise MediaError(f"ffmpeg took longer than {time_limit:g} seconds") from None
    finally:
        _dispose_of(process)


def _dispose_of(process: subprocess.Popen[bytes]) -> None:
    """Kill it with all that it started, if it still runs, and close what led to it."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(KILL_LIMIT)
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()


def _limits(time_limit: float, may_write: int) -> dict[int, int]:
    """The most that a run may have of each resource; of a processor's time what all of them have in its time limit."""
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_FSIZE: may_write,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: DESCRIPTORS,
        resource.RLIMIT_CPU: math.ceil(time_limit) * (os.cpu_count() or 1) + 1,
    }
    ceilings = {kind: resource.getrlimit(kind)[1] for kind in limits}
    return {kind: most if ceilings[kind] < 0 else min(most, ceilings[kind]) for kind, most in limits.items()}


def _restrain(parent: int, limits: dict[int, int], enter: Callable[[], None]) -> None:  # pragma: no cover
    """In the new process, before ffmpeg: the lowest priority, its limits, death with the parent, and its cell."""
    os.nice(19)
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    confinement.die_with(parent, signal.SIGKILL)
    enter()


def _collect(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, str]:
    """Both streams of a process to their ends, however much it says, and its exit.

    Raises TimeoutError, MediaError, Stopped.
    """
    output, head, tail = bytearray(), bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream in (_bell, process.stdout, process.stderr):
            assert stream is not None  # noqa: S101 - both are pipes
            selector.register(stream, selectors.EVENT_READ)
        while (talks := len(selector.get_map()) > 1) or process.poll() is None:
            left = max(deadline - time.monotonic(), 0)
            for key, _events in selector.select(left if talks else min(left, EXIT_POLL)):
                if key.fileobj == _bell:
                    raise Stopped
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    output += chunk
                elif len(head) < HEAD:
                    head += chunk
                else:
                    tail = (tail + chunk)[-TAIL:]
            if len(output) > MAX_OUTPUT:
                raise MediaError(f"ffmpeg put out more than {MAX_OUTPUT >> 20} MiB")
            if time.monotonic() >= deadline:
                raise TimeoutError
    return bytes(output), (head + tail).decode(errors="replace")
