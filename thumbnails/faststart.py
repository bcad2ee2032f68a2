"""Copies of films whose index lies in front, as pages and addresses need them: which there are, and their files.

A copy is played in the place of a file whose index lies at its end. Imported by the web process: nothing here may start
a program.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection
from contextlib import suppress
from io import FileIO
from pathlib import Path

from django.conf import settings
from django.db.models import Case, F, When

from library import roots
from library.models import Video
from thumbnails.models import FastStart

HOUR = 3600
COLUMN = Case(When(fast_start__size=F("size"), fast_start__modified_ns=F("modified_ns"), then=F("fast_start__digest")))
"""From a video to the name of its copy, "" or None where there is none."""

_OURS = re.compile(r"[0-9a-f]{32}(\.part)?")


def folder() -> Path:
    """Where the copies lie."""
    place: Path = settings.DATA_DIR / "faststart"
    return place


def path_of(digest: str) -> Path:
    """Where a copy lies."""
    return folder() / digest


def open_copy(video: Video, digest: str) -> FileIO | None:
    """A copy of that name, for the caller to close; None unless it is the video's, and its file is as it was then."""
    work = FastStart.objects.copy_of(video, digest)
    if work is None:
        return None
    try:
        status = roots.locate(video.path).stat()
        same = (status.st_size, status.st_mtime_ns) == (work.size, work.modified_ns)
        return FileIO(os.open(path_of(digest), os.O_RDONLY | os.O_CLOEXEC), "rb") if same else None
    except OSError:
        return None


def forget_lost() -> None:
    """Let every video whose copy has vanished from the disk wait for another."""
    digests = FastStart.objects.all_digests()  # first: what is written meanwhile must not look lost
    there = _names()
    FastStart.objects.forget_lost([pk for pk, digest in digests.items() if digest not in there])


def sweep() -> None:
    """Delete what is no video's copy, an hour after the last byte was written to it: it may yet become one."""
    _sweep(set(FastStart.objects.all_digests().values()), time.time() - HOUR)


def _sweep(kept: Collection[str], old: float) -> None:
    for name in _names() - set(kept):
        with suppress(OSError):  # gone already, or not ours to delete
            if path_of(name).lstat().st_mtime < old:
                path_of(name).unlink()


def _names() -> set[str]:
    """Of the copies, and of what is being written or was when a worker died."""
    try:
        return {path.name for path in folder().iterdir() if _OURS.fullmatch(path.name)}
    except FileNotFoundError:
        return set()
