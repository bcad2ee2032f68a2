"""Counts that all threads of all processes add to: cheap, exact after a kill -9, and of a size that stays."""

import fcntl
import mmap
import os
import struct
import threading
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

MOST_PROCESSES = 64
"""How many count at once; what a further one does goes uncounted."""


class Counts(NamedTuple):
    """What a query cache did, in all processes, since it was last emptied."""

    hits: int = 0
    """Queries that it answered."""
    misses: int = 0
    """Queries that it was asked for and the database had to answer."""
    stores: int = 0
    """Results that it took in."""
    invalidations: int = 0
    """Writes after which results of their tables count for nothing."""

    @property
    def hit_rate(self) -> float | None:
        """The share of queries that it answered, 0 to 1; None before the first."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None


_FORMAT = struct.Struct(f"{len(Counts._fields)}Q")


class Tally:
    """This process's hand in the counts of a folder.

    A process adds to a file of its own, mapped into its memory, and holds the file's lock, which the kernel frees with
    its end. The next process takes over the file with its numbers: so none are lost, and there are no more files than
    there ever were processes at once. A full disk costs the counting, and nothing else.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._base = folder / "counts.base"
        self._begin_in_this_process()

    def _begin_in_this_process(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._numbers: memoryview | None = None
        self._tried = False

    def add(self, *, hits: int = 0, misses: int = 0, stores: int = 0, invalidations: int = 0) -> None:
        """Count on."""
        if self._pid != os.getpid():
            self._begin_in_this_process()
        with self._lock:
            if not self._tried:
                self._tried, self._numbers = True, self._take_numbers()
            if self._numbers is not None:
                for index, more in enumerate((hits, misses, stores, invalidations)):
                    self._numbers[index] += more

    def counts(self) -> Counts:
        """The sums over all processes, ended ones too."""
        return Counts(*(max(0, now - then) for now, then in zip(self._sums(), _read(self._base), strict=True)))

    def begin_anew(self) -> None:
        """Let all counts be 0, while others go on counting."""
        with suppress(OSError):
            self._base.write_bytes(_FORMAT.pack(*self._sums()))

    def _sums(self) -> Counts:
        return Counts(*map(sum, zip(*map(_read, self._files()), strict=True)))

    def _files(self) -> list[Path]:
        return [self._folder / f"counts.{number}" for number in range(MOST_PROCESSES)]

    def _take_numbers(self) -> memoryview | None:
        """Those of the first file that no living process holds. The map keeps the file open, and so locked."""
        for path in self._files():
            try:
                with path.open("a+b") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if file.seek(0, os.SEEK_END) != _FORMAT.size:
                        file.truncate(0)
                        file.write(bytes(_FORMAT.size))
                        file.flush()
                    return memoryview(mmap.mmap(file.fileno(), _FORMAT.size)).cast("Q")
            except BlockingIOError:
                continue
            except OSError:
                break
        return None


def _read(path: Path) -> Counts:
    """A file's numbers; zeros where there is none, or not yet a whole one."""
    try:
        return Counts(*_FORMAT.unpack(path.read_bytes()))
    except (OSError, struct.error):
        return Counts()


_tallies: WeakValueDictionary[Path, Tally] = WeakValueDictionary()
_finding = threading.Lock()


def tally_of(folder: Path) -> Tally:
    """The one that all threads of this process share."""
    with _finding:
        return _tallies.setdefault(folder, Tally(folder))
