"""What lies below the library roots: reads folders, and nothing else."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from library import ignoring, legacy, naming, roots
from library.companions import Companion, companions_of
from library.ignoring import IGNORE_FILE, Rules
from library.progress import Track, silent
from library.roots import Root

LONGEST_SHOWN = 500
MAX_TIME_NS = 2**63 - 1
"""What the database holds, the year 2262; some file systems go beyond."""


def clamped_time(nanoseconds: int) -> int:
    """The nearest time that the database holds."""
    return nanoseconds if abs(nanoseconds) <= MAX_TIME_NS else max(-MAX_TIME_NS, min(nanoseconds, MAX_TIME_NS))


class FoundFile(NamedTuple):
    """A video file below a root."""

    path: str
    """As stored."""
    size: int
    modified_ns: int


@dataclass
class RootListing:
    """What one root holds. All but the files themselves is known once the files were read to their end."""

    root: Root
    files: Iterable[FoundFile] = ()
    """In the order of their paths, by code points; read from the disk while they are asked for, once."""
    count: int = 0
    unreadable: list[str] = field(default_factory=list)
    """Stored paths of what could not be read: of a folder nothing below it is known to be missing. "" is the root."""
    left_out: set[str] = field(default_factory=set)
    """Stored paths of the videos and folders that patterns or our habits leave out; hidden ones are not noted."""
    companions: dict[str, list[Companion]] = field(default_factory=dict)
    """By the stored path of a video, the subtitle files beside it."""
    folders: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Each folder that was read, with its device and inode."""
    problems: list[str] = field(default_factory=list)

    @property
    def is_there(self) -> bool:
        """Whether anything shows that the root is what it was, and no drive that is away."""
        return bool(self.count or self.left_out)

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
    """The listing of each root."""
    return (list_root(root, track) for root in roots.all_roots())


def list_root(root: Root, track: Track = silent) -> RootListing:
    """What one root holds."""
    listing = RootListing(root)
    listing.files = track(_Walker(listing).walk(), f"Reading {root.directory.name}", None)
    return listing


class _Folder(NamedTuple):
    """A folder that is being read."""

    place: str
    prefix: str
    """What the paths of all that is in it begin with, below its root: "", or its own path and a slash."""
    rules: Rules | None


_Entry = tuple[str, "os.DirEntry[str]"]
"""What a folder holds, by its name as stored, which ends in a slash if it is a folder itself."""


class _Walker:
    """Goes through one root, once through each folder, whatever links lead to it."""

    def __init__(self, listing: RootListing) -> None:
        self.listing = listing
        self.real_root = Path(os.path.realpath(listing.root.directory))
        self.seen: set[tuple[int, int]] = set()
        self.hidden_mounts = set() if listing.root.mount else {f"{root.mount}/" for root in roots.all_roots()[1:]}

    def walk(self) -> Iterator[FoundFile]:
        """The videos in the order of their paths."""
        way = [self._open(_Folder(str(self.real_root), "", None))]
        while way:
            folder, entries = way[-1]
            for name, entry in entries:
                is_folder = name[-1] == "/"
                relative = folder.prefix + name
                if ignoring.leaves_out(folder.rules, relative.rstrip("/"), entry.name, folder=is_folder):
                    self.listing.left_out.add(self.listing.root.stored(relative.rstrip("/")))
                elif not is_folder:
                    file = self._file(entry, relative)
                    if file:
                        self.listing.count += 1
                        yield file
                elif self._may_enter(entry, relative):
                    way.append(self._open(_Folder(entry.path, relative, folder.rules)))
                    break
            else:
                way.pop()
        if not self.listing.is_there:
            self.listing.note(self.real_root, "is not there, or holds no video: nothing was changed for it")

    def _open(self, folder: _Folder) -> tuple[_Folder, Iterator[_Entry]]:
        """A folder with the rules that hold in it, and what it holds, in the order of the paths to which that leads.

        Nothing for one that can't be read, or was read by another way.
        """
        try:
            status = os.stat(folder.place)  # noqa: PTH116 - a Path for each of 100,000 folders takes its time
            entries, subtitles, has_rules = self._list(folder.place)
        except OSError as error:
            self.listing.unreadable.append(self.listing.root.stored(folder.prefix[:-1]) if folder.prefix else "")
            self.listing.note(folder.place, error.strerror or str(error))
            return folder, iter(())
        inode = status.st_dev, status.st_ino
        if inode in self.seen:
            return folder, iter(())
        self.seen.add(inode)
        self.listing.folders[folder.place] = inode
        if has_rules:
            folder = folder._replace(rules=self._rules(folder))
        if subtitles:
            self._pair(folder, [name for name, _ in entries if name[-1] != "/"], subtitles)
        return folder, iter(sorted(entries, key=itemgetter(0)))

    def _list(self, place: str) -> tuple[list[_Entry], list[_Entry], bool]:
        """Folders and videos; subtitle files; and whether there are rules. Raises OSError."""
        entries: list[_Entry] = []
        subtitles: list[_Entry] = []
        has_rules = False
        with os.scandir(place) as found:
            for entry in found:
                if entry.name.startswith("."):
                    has_rules = has_rules or entry.name == IGNORE_FILE
                elif not entry.is_symlink() or self._is_inside(Path(entry.path)):
                    if entry.is_dir():
                        entries.append((f"{naming.to_stored(entry.name) or entry.name}/", entry))
                    elif naming.is_video(entry.name):
                        entries.append((naming.to_stored(entry.name) or entry.name, entry))
                    elif naming.is_subtitle(entry.name):
                        subtitles.append((naming.to_stored(entry.name) or "", entry))
        return entries, subtitles, has_rules

    def _pair(self, folder: _Folder, videos: list[str], subtitles: list[_Entry]) -> None:
        """Note which subtitle files of a folder, given with their stored names, belong to which of its videos."""
        files: dict[str, tuple[int, int]] = {}
        for name, entry in subtitles:
            if not name or ignoring.leaves_out(folder.rules, folder.prefix + name, entry.name, folder=False):
                continue
            try:
                status = entry.stat()
            except OSError as error:
                self.listing.note(entry, error.strerror or str(error))
                continue
            if stat.S_ISREG(status.st_mode):
                files[name] = status.st_size, clamped_time(status.st_mtime_ns)
        for video, companions in companions_of(videos, files).items():
            self.listing.companions[self.listing.root.stored(folder.prefix + video)] = companions

    def _rules(self, folder: "_Folder") -> Rules | None:
        """The rules of a folder that has a file of its own; those from above where that is odd."""
        place = Path(folder.place, IGNORE_FILE)
        try:
            patterns, problems = ignoring.read_patterns(self._read(place))
        except (OSError, ValueError) as error:
            self.listing.note(place, getattr(error, "strerror", None) or str(error))
            return folder.rules
        for problem in problems:
            self.listing.note(place, problem)
        return Rules(patterns, folder.prefix[:-1], folder.rules)

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

    def _may_enter(self, entry: "os.DirEntry[str]", relative: str) -> bool:
        """Whether what is below a folder can be kept; notes why not."""
        if relative in self.hidden_mounts:
            self.listing.note(entry, "is hidden by the library folder of the same name")
            return False
        if not naming.can_be_kept(entry.name, self.listing.root.stored(relative[:-1])):
            self.listing.note(entry, "the name can't be kept")
            return False
        return True

    def _file(self, entry: "os.DirEntry[str]", relative: str) -> FoundFile | None:
        """A video; None, with the reason noted, for what is none or can't be kept."""
        path = self.listing.root.stored(relative)
        try:
            status = entry.stat()
        except OSError as error:
            self.listing.unreadable.append(path)
            self.listing.note(entry, error.strerror or str(error))
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        if not naming.can_be_kept(entry.name, path):
            self.listing.note(entry, "the name is too long, or can't be kept")
            return None
        return FoundFile(path, status.st_size, clamped_time(status.st_mtime_ns))

    def _is_inside(self, place: Path) -> bool:
        try:
            return place.resolve(strict=True).is_relative_to(self.real_root)
        except (OSError, RuntimeError):
            return False


def any_video() -> bool:
    """Whether any root holds a video; stops at the first."""
    return any(True for listing in list_roots() for _ in listing.files)
