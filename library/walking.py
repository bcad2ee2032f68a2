"""What lies below the library roots: reads folders, and nothing else."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from library import ignoring, legacy, naming, roots
from library.ignoring import IGNORE_FILE, Rules
from library.progress import Track, silent
from library.roots import Root

LONGEST_SHOWN = 500
MAX_TIME_NS = 2**63 - 1
"""What the database holds, the year 2262; some file systems go beyond."""


def clamped_time(nanoseconds: int) -> int:
    """The nearest time that the database holds."""
    return max(-MAX_TIME_NS, min(nanoseconds, MAX_TIME_NS))


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
    left_out: set[str] = field(default_factory=set)
    """Stored paths of the videos and folders that patterns or our habits leave out; hidden ones are not noted."""
    folders: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Each folder that was read, with its device and inode."""
    problems: list[str] = field(default_factory=list)

    @property
    def is_there(self) -> bool:
        """Whether anything shows that the root is what it was, and no drive that is away."""
        return bool(self.files or self.left_out)

    def leaves_out(self, path: str) -> bool:
        """Whether a stored path is one of those that are left out, or below one."""
        if not self.left_out:
            return False
        parts = path.split("/")
        return any("/".join(parts[:end]) in self.left_out for end in range(1, len(parts) + 1))

    def hides(self, path: str) -> bool:
        """Whether a stored path may be there although it was not found."""
        return any(not place or path == place or path.startswith(f"{place}/") for place in self.unreadable)

    def note(self, place: "str | os.PathLike[str]", problem: str) -> None:
        """Keep a problem as one line, whatever the place is called."""
        self.problems.append(f"{legacy.printable(os.fspath(place), LONGEST_SHOWN)}: {problem}")


def list_roots(track: Track = silent) -> Iterator[RootListing]:
    """The listing of each root; where one is away, or holds no video, that is a problem in it."""
    for root in roots.all_roots():
        listing = list_root(root, track)
        if not listing.is_there:
            listing.note(root.directory, "is not there, or holds no video: nothing was changed for it")
        yield listing


def list_root(root: Root, track: Track = silent) -> RootListing:
    """What one root holds."""
    listing = RootListing(root)
    listing.files = list(track(_Walker(listing).walk(), f"Reading {root.directory.name}", None))
    return listing


class _Folder(NamedTuple):
    """A folder to be read."""

    place: Path
    relative: str
    """Below its root, as stored."""
    rules: Rules | None


class _Walker:
    """Goes through one root, once through each folder, whatever links lead to it."""

    def __init__(self, listing: RootListing) -> None:
        self.listing = listing
        self.real_root = Path(os.path.realpath(listing.root.directory))
        self.seen: set[tuple[int, int]] = set()
        self.hidden_mounts = set() if listing.root.mount else {root.mount for root in roots.all_roots()[1:]}

    def walk(self) -> Iterator[FoundFile]:
        """The videos, folder by folder."""
        folders: list[_Folder] = [_Folder(self.real_root, "", None)]
        while folders:
            folder = folders.pop()
            entries = self._entries(folder)
            if any(entry.name == IGNORE_FILE for entry in entries):
                folder = folder._replace(rules=self._rules(folder))
            below: list[_Folder] = []
            for entry in entries:
                yield from self._entry(entry, folder, below)
            folders += reversed(below)

    def _entries(self, folder: "_Folder") -> list["os.DirEntry[str]"]:
        """What a folder holds, by name; nothing for one that can't be read, or was read by another way."""
        try:
            status = folder.place.stat()
            entries = sorted(os.scandir(folder.place), key=lambda entry: entry.name)
        except OSError as error:
            self.listing.unreadable.append(self.listing.root.stored(folder.relative) if folder.relative else "")
            self.listing.note(folder.place, error.strerror or str(error))
            return []
        if (status.st_dev, status.st_ino) in self.seen:
            return []
        self.seen.add((status.st_dev, status.st_ino))
        self.listing.folders[str(folder.place)] = (status.st_dev, status.st_ino)
        return entries

    def _rules(self, folder: "_Folder") -> Rules | None:
        """The rules of a folder that has a file of its own; those from above where that is odd."""
        place = folder.place / IGNORE_FILE
        try:
            patterns, problems = ignoring.read_patterns(self._read(place))
        except (OSError, ValueError) as error:
            self.listing.note(place, getattr(error, "strerror", None) or str(error))
            return folder.rules
        for problem in problems:
            self.listing.note(place, problem)
        return Rules(patterns, folder.relative, folder.rules)

    def _read(self, place: Path) -> bytes:
        """The head of a file that lies in this root, without ever waiting. Raises OSError and ValueError."""
        if not self._is_inside(place):
            raise ValueError("leads out of the library folder, or nowhere")
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ValueError("is no file")
            return os.read(descriptor, ignoring.MAX_BYTES + 1)
        finally:
            os.close(descriptor)

    def _entry(self, entry: "os.DirEntry[str]", folder: "_Folder", below: list["_Folder"]) -> Iterator[FoundFile]:
        """A video, or a folder to be read later."""
        name = naming.to_stored(entry.name)
        if entry.name.startswith(".") or (entry.is_symlink() and not self._is_inside(Path(entry.path))):
            return
        relative = f"{folder.relative}/{name or entry.name}" if folder.relative else name or entry.name
        is_folder = entry.is_dir()
        if not is_folder and not naming.is_video(entry.name):
            return
        if ignoring.leaves_out(folder.rules, relative, entry.name, folder=is_folder):
            self.listing.left_out.add(self.listing.root.stored(relative))
        elif not is_folder:
            yield from self._file(entry, relative, name)
        elif name is None or len(relative) > naming.MAX_PATH_LENGTH:
            self.listing.note(entry, "the name can't be kept")
        elif relative in self.hidden_mounts:
            self.listing.note(entry, "is hidden by the library folder of the same name")
        else:
            below.append(_Folder(Path(entry.path), relative, folder.rules))

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
        yield FoundFile(path, status.st_size, clamped_time(status.st_mtime_ns))

    def _is_inside(self, place: Path) -> bool:
        try:
            return place.resolve(strict=True).is_relative_to(self.real_root)
        except (OSError, RuntimeError):
            return False


def any_video() -> bool:
    """Whether any root holds a video; stops at the first."""
    return any(True for root in roots.all_roots() for _ in _Walker(RootListing(root)).walk())
