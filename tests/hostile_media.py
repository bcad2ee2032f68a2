"""All the work on a file, and whether it keeps what is promised, whatever the file is."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from library.models import Video
from tests.builders import a_video
from thumbnails import boxes, captioning, making, probing, rendering, tiling
from thumbnails.models import FastStart, MediaWork


class Seen(NamedTuple):
    """What became of a file."""

    made: tuple[str, ...]
    """The works that were done."""
    faults: tuple[str, ...]
    seconds: float


def work_on(path: Path, stored: str) -> Seen:
    """Do all work on one file below the library's only root, and look whether any promise was broken."""
    before = _state(path)
    video = a_video(stored, size=before[1], modified_ns=before[2])
    start = time.monotonic()
    faults, made = [], []
    with _unexpected() as unexpected:
        for kind, attempt in (
            ("poster", making.attempt),
            ("storyboard", making.attempt_storyboard),
            ("subtitles", making.attempt_subtitles),
            ("copy", _copy),
        ):
            if kind == "copy" and not path.name.endswith(boxes.ENDINGS):
                continue
            outcome = attempt(video.pk)
            if outcome.made:
                made.append(kind)
            if outcome.postponed or outcome.busy:
                faults.append(f"{kind}: put off, as if it were the disk's fault: {outcome.error}")
    seconds = time.monotonic() - start
    faults += unexpected
    if _state(path) != before:
        faults.append("the file was changed")
    if children := _children():
        faults.append(f"left running: {children}")
    work = MediaWork.objects.get(pk=video.pk)
    if work.state == "pending" and not work.error:
        faults.append("no error is told")
    return Seen(tuple(made), tuple(faults), seconds)


def _copy(video_id: int) -> making.Outcome:
    FastStart.objects.ask_for([Video.objects.get(pk=video_id)])
    return making.attempt_fast_start(video_id)


def _state(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return sha256(path.read_bytes()).hexdigest(), status.st_size, status.st_mtime_ns


def _children() -> list[str]:
    """The command lines of processes that we started and that live, or wait to be buried."""
    pids = [pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]
    return [f"{pid} {Path(f'/proc/{pid}/comm').read_text().strip()}" for pid in pids]


@contextmanager
def _unexpected() -> Iterator[list[str]]:
    """What the work on files logs: whatever nobody foresaw."""
    told: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(logging.Formatter().format(record))

    listener = Listener()
    making.logger.addHandler(listener)
    try:
        yield told
    finally:
        making.logger.removeHandler(listener)


@contextmanager
def short_limits() -> Iterator[float]:
    """Time limits that suit clips of a second, for the block; yields how long the work on one file may take."""
    limits = {
        (probing, "TIME_LIMIT"): 10.0,
        (rendering, "TIME_LIMIT"): 20.0,
        (rendering, "FRAME_TIME_LIMIT"): 10.0,
        (tiling, "TIME_LIMIT"): 20.0,
        (tiling, "GROUP_TIME_LIMIT"): 10.0,
        (captioning, "DESCRIBE_LIMIT"): 10.0,
        (captioning, "EXTRACT_LIMIT"): 20.0,
    }
    usual = {place: getattr(*place) for place in limits}
    for place, limit in limits.items():
        setattr(*place, limit)
    try:
        yield 150.0
    finally:
        for place, limit in usual.items():
            setattr(*place, limit)


def remains(folder: Path) -> list[str]:
    """Processes in whose command lines a folder stands, and half-written files in it."""
    listed = subprocess.run(["ps", "-eo", "pid,args", "-ww"], capture_output=True, text=True, check=True).stdout
    running = [line for line in listed.splitlines() if str(folder) in line and "ffmpeg" in line.split()[1]]
    return running + [str(path) for path in folder.rglob("*") if path.name.endswith(".part")]


def descriptors() -> int:
    """How many this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
