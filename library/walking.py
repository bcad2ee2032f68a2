"""What lies below the library roots: reads folders, and nothing else."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from library import legacy, naming, roots
from library.progress import Track, silent
from library.roots import Root

LONGEST_SHOWN = 500
MAX_TIME_NS = 2**63 - 1
"""What the database holds, the year 2262; some file systems go beyond."""


class FoundFile(NamedTuple):
    """A video file below a root."""

    path: str
    """As stored."""
    size: int
    modified_ns: int


@dataclass
class RootListing:
    """What one root holds."""

    root: Root
    files: list[FoundFile] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    """Stored paths of what could not be read: of a folder nothing below it is known to be missing. "" is the root."""
    problems: list[str] = field(default_factory=list)

    def hides(self, path: str) -> bool:
        """Whether a stored path may be there although it was not found."""
        return any(not place or path == place or path.startswith(f"{place}/") for place in self.unreadable)

    def note(self, place: "str | os.PathLike[str]", problem: str) -> None:
        """Keep a problem as one line, whatever the place is called."""
        self.problems.append(f"{legacy.printable(os.fspath(place), LONGEST_SHOWN)}: {problem}")


def list_roots(track: Track = silent) -> Iterator[RootListing]:
    """The listing of each root that is there and holds a video; of another only its problem."""
    for root in roots.all_roots():
        listing = RootListing(root)
        walker = _Walker(listing)
        listing.files = list(track(walker.walk(), f"Reading {root.directory.name}", None))
        if not listing.files:
            listing.note(root.directory, "is not there, or holds no video: nothing was changed for it")
        yield listing


class _Walker:
    """Goes through one root, once through each folder, whatever links lead to it."""

    def __init__(self, listing: RootListing) -> None:
        self.listing = listing
        self.real_root = Path(os.path.realpath(listing.root.directory))
        self.seen: set[tuple[int, int]] = set()
        self.hidden_mounts = set() if listing.root.mount else {root.mount for root in roots.all_roots()[1:]}

    def walk(self) -> Iterator[FoundFile]:
        """The videos, folder by folder."""
        folders = [(self.real_root, "")]
        while folders:
            folder, relative = folders.pop()
            below: list[tuple[Path, str]] = []
            for entry in self._entries(folder, relative):
                yield from self._entry(entry, relative, below)
            folders += reversed(below)

    def _entries(self, folder: Path, relative: str) -> list["os.DirEntry[str]"]:
        """What a folder holds, by name; nothing for one that can't be read, or was read by another way."""
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.listing.unreadable.append(self.listing.root.stored(relative) if relative else "")
            self.listing.note(folder, error.strerror or str(error))
            return []
        if (status.st_dev, status.st_ino) in self.seen:
            return []
        self.seen.add((status.st_dev, status.st_ino))
        return entries

    def _entry(self, entry: "os.DirEntry[str]", folder: str, below: list[tuple[Path, str]]) -> Iterator[FoundFile]:
        """A video, or a folder to be read later."""
        name = naming.to_stored(entry.name)
        if entry.name.startswith(".") or not self._stays_inside(entry):
            return
        relative = f"{folder}/{name}" if folder else name or ""
        if entry.is_dir():
            if name is None or len(relative) > naming.MAX_PATH_LENGTH:
                self.listing.note(entry, "the name can't be kept")
            elif relative in self.hidden_mounts:
                self.listing.note(entry, "is hidden by the library folder of the same name")
            else:
                below.append((Path(entry.path), relative))
        elif naming.is_video(entry.name):
            yield from self._file(entry, relative, name)

    def _file(self, entry: "os.DirEntry[str]", relative: str, name: str | None) -> Iterator[FoundFile]:
        try:
            status = entry.stat()
        except OSError as error:
            self.listing.unreadable.append(self.listing.root.stored(relative))
            self.listing.note(entry, error.strerror or str(error))
            return
        if not stat.S_ISREG(status.st_mode):
            return
        path = self.listing.root.stored(relative)
        if name is None or not naming.is_safe_path(path):
            self.listing.note(entry, "the name is too long, or can't be kept")
            return
        yield FoundFile(path, status.st_size, max(-MAX_TIME_NS, min(status.st_mtime_ns, MAX_TIME_NS)))

    def _stays_inside(self, entry: "os.DirEntry[str]") -> bool:
        if not entry.is_symlink():
            return True
        try:
            return Path(entry.path).resolve(strict=True).is_relative_to(self.real_root)
        except (OSError, RuntimeError):
            return False


def any_video() -> bool:
    """Whether any root holds a video; stops at the first."""
    return any(True for root in roots.all_roots() for _ in _Walker(RootListing(root)).walk())
