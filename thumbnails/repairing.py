"""Draws up the copy of a film whose index lies at its end: the same streams, unchanged, and the index in front."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from django.template.defaultfilters import filesizeformat

from thumbnails import boxes, faststart, ffmpeg, probing
from thumbnails.ffmpeg import MediaError

ROOM_LEFT = 1 << 30
"""Bytes that stay free in the data folder, for the database and all else."""

GROWTH = 64 << 20
"""Bytes by which a copy may be larger than its film."""

LEAST_SPEED = 2 << 20
"""Bytes a second that a disk reads and writes, at the least."""

SLACK = 1.0
"""Seconds by which the lengths of a film and its copy may differ: the longest stream counts, and some are left out."""


def copy_with_index_in_front(path: Path) -> tuple[str, int]:
    """Make a copy of a film; returns its name and its size in bytes, once it is on the disk.

    Raises MediaError where none can be made, or none that is whole, and OSError, for one where there is no room.
    """
    folder = faststart.folder()
    folder.mkdir(parents=True, exist_ok=True)
    size = path.stat().st_size
    _need_room(folder, size + GROWTH)
    digest = secrets.token_hex(16)
    part = faststart.path_of(f"{digest}.part")
    try:
        _write(path, part, size)
        _check(path, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
            copied = os.fstat(file.fileno()).st_size
        part.replace(faststart.path_of(digest))
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return digest, copied


def _need_room(folder: Path, size: int) -> None:
    """Raises OSError where a copy of that size would leave too little free."""
    free = shutil.disk_usage(folder).free
    if free < size + ROOM_LEFT:
        wanted, there = filesizeformat(size + ROOM_LEFT), filesizeformat(free)
        raise OSError(errno.ENOSPC, f"The data folder has no room: a copy wants {wanted} free, and {there} are.")


def _write(path: Path, part: Path, size: int) -> None:
    container = "mov" if path.suffix.lower() == ".mov" else "mp4"
    streams = ("-map", "0:V?", "-map", "0:a?", "-c", "copy", "-movflags", "+faststart")
    ffmpeg.run(
        [*ffmpeg.reading(path), *streams, "-f", container, "-y", f"file:{part}"],
        reads=path,
        writes=[part],
        time_limit=60 + 2 * size / LEAST_SPEED,
        may_write=size + GROWTH,
    )


def _check(path: Path, part: Path) -> None:
    """Raises MediaError unless the copy holds what its film does, with the index in front."""
    film, copy = (probing.parse(ffmpeg.describe(one, time_limit=probing.TIME_LIMIT)) for one in (path, part))
    with part.open("rb") as file:
        if boxes.index_at_end(file):
            raise MediaError("the copy's index lies at its end, too")
    if abs((film.duration or 0) - (copy.duration or 0)) > SLACK:
        raise MediaError("the copy is not as long as the film")
    shown = ("width", "height", "video_codec", "audio_codec")
    if any(getattr(film, name) != getattr(copy, name) for name in shown):
        raise MediaError("the copy does not hold what the film does")
