"""Who is at which work: locks that the kernel frees when their holder ends, however it ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings

MOST_WORKERS = 64


@contextmanager
def alone_with(video_id: int, work: str = "media-work") -> Iterator[bool]:
    """Whether this process alone is at a kind of work on a video, until the end of the block; one video at a time.

    The lock is the byte of that number in a file without bytes.
    """
    with _lock_file(work) as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, video_id)
        except OSError:
            yield False
        else:
            yield True


def take_place() -> tuple[int, IO[bytes]]:
    """The first place that no living worker has, which is ours for as long as the file is open."""
    for place in range(MOST_WORKERS):
        if file := _taken(place):
            return place, file
    raise RuntimeError(f"{MOST_WORKERS} workers live already")


def is_free(place: int) -> bool:
    """Whether no living worker has that place."""
    if not _lock_path(f"worker-{place}").exists():
        return True
    file = _taken(place)
    if file:
        file.close()
    return file is not None


def _taken(place: int) -> IO[bytes] | None:
    file = _lock_file(f"worker-{place}")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _lock_file(name: str) -> IO[bytes]:
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    file: IO[bytes] = _lock_path(name).open("ab")
    return file


def _lock_path(name: str) -> Path:
    path: Path = settings.DATA_DIR / f"{name}.lock"
    return path
