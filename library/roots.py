"""Library roots: where the files of a stored path lie on the disk, and the one door through which they are opened."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from library import naming


class Root(NamedTuple):
    """A folder with videos. Its files' stored paths begin with the mount; the first root's mount is empty."""

    mount: str
    directory: Path

    def stored(self, relative: str) -> str:
        """The stored path of a file, given its path below this root."""
        return f"{self.mount}/{relative}" if self.mount else relative


LEFT_BY_THE_SYSTEM = "lost+found"
"""What an empty drive holds."""


class FileUnavailableError(OSError):
    """The file is not there, is no regular file, or lies outside its root."""


def all_roots() -> list[Root]:
    """The roots in the order of the settings, their names as databases take them."""
    return [Root(naming.to_stored(mount) or mount, directory) for mount, directory in settings.VIDEO_ROOTS]


def is_empty(root: Root) -> bool:
    """Whether its folder is there and holds nothing, hidden files aside. Raises OSError where that can't be told."""
    with os.scandir(root.directory) as entries:
        return not any(entry.name != LEFT_BY_THE_SYSTEM and entry.name[0] != "." for entry in entries)


def root_of(path: str) -> tuple[Root, str]:
    """The root that a stored path belongs to, and the rest of the path below it."""
    first, *mounted = all_roots()
    head, slash, rest = path.partition("/")
    for root in mounted:
        if slash and head == root.mount:
            return root, rest
    return first, path


def locate(path: str) -> Path:
    """The real place of a stored path's file, with symbolic links followed.

    Raises FileUnavailableError unless it is a regular file below its own root.
    """
    root, relative = root_of(path)
    if not naming.is_safe_path(relative):
        raise FileUnavailableError(f"no such file: {path}")
    try:
        directory = root.directory.resolve(strict=True)
        real = (directory / naming.to_fs(relative)).resolve(strict=True)
        regular = stat.S_ISREG(real.stat().st_mode)
    except (OSError, RuntimeError, ValueError) as error:
        raise FileUnavailableError(f"no such file: {path}") from error
    if not regular or not real.is_relative_to(directory):
        raise FileUnavailableError(f"no such file: {path}")
    return real


def readable_file(path: str) -> Path:
    """Where a stored path's file lies, which can be opened just now. Raises FileUnavailableError."""
    real = locate(path)
    os.close(open_file(path))
    return real


def open_file(path: str) -> int:
    """A descriptor of a stored path's file, for reading; the caller closes it.

    Never waits (for a FIFO put in the file's place), and never opens what a link leads to that was put there since;
    of links in place of a folder this is true on Linux alone.
    Raises FileUnavailableError.
    """
    real = locate(path)
    try:
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FileUnavailableError(f"can't open {path}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode) or not _is_at(descriptor, real):
        os.close(descriptor)
        raise FileUnavailableError(f"no such file: {path}")
    return descriptor


def _is_at(descriptor: int, real: Path) -> bool:
    """Whether an open file is the one that was at a place; taken for granted where the system can't tell."""
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink() == real
    except OSError:
        return True
