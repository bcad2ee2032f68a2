"""The folder of pictures: files that are named by their content, and are there whole or not at all.

Imported by the web process: nothing here may load an image library or start a program.
"""

import os
import re
import stat
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

DAY = 86_400

_OURS = re.compile(r"[0-9a-f]{32}(-(320|640)\.webp|\.(webp|vtt))|\.[a-z0-9_]{8}\.part")
"""Names of posters and storyboards, and those that mkstemp gives to what is being written."""


def path_of(name: str) -> Path:
    """Where a file lies, sharded by the first two characters of its name."""
    return Path(settings.THUMBNAILS_DIR) / name[:2] / name


def put(name: str, content: bytes) -> None:
    """Put a file in place in one step, after its bytes are on the disk. Raises OSError, for one when that is full."""
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def names() -> set[str]:
    """The names of all that is there."""
    return {path.name for path in _files()}


def sweep(kept: Collection[str]) -> None:
    """Delete what isn't kept, a day after it was made: a page may still show it."""
    old = time.time() - DAY
    for path in _files():
        with suppress(OSError):  # gone already, or not ours to delete
            if path.name not in kept and _is_file_before(old, path.lstat()):
                path.unlink()


def _is_file_before(moment: float, status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_mtime < moment


def _files() -> Iterator[Path]:
    """Our files, and the half-written ones of a crash; whatever else lies there isn't ours."""
    found = Path(settings.THUMBNAILS_DIR).glob("[0-9a-f][0-9a-f]/*")
    return (path for path in found if _OURS.fullmatch(path.name))
