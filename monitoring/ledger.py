"""Rows of numbers, by name, that all threads of all processes add to: cheap, exact after a kill -9, bounded.

Each process has a file of its own, mapped into its memory, and holds the file's lock, which the kernel frees with its
end, however it ends. The next process takes over the file with its numbers: so nothing has to be merged, and there are
no more files than there ever were processes at once. A full disk costs the counting, and nothing else: a file is whole
before it is mapped.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from operator import add
from pathlib import Path
from typing import NamedTuple

MOST_PROCESSES = 64
"""How many count at once; what a further one does goes uncounted."""
MOST_ROWS = 200
CELLS = 216
"""Numbers in a row."""
OTHERS = "others"
"""The row of the names for which there was no room."""
NOTES = 24
"""Short texts that a process keeps beside its numbers, each at a place of its own."""

_NAME_BYTES, _NOTE_BYTES, _ROLE_BYTES = 96, 256, 32
_MAGIC = f"ledger1 {MOST_ROWS}x{CELLS}".encode().ljust(24)
_HEAD = struct.Struct(f"=24s4Q{_ROLE_BYTES}s")
_NOTE = struct.Struct("=IH")
_PID, _BORN, _USED, _OPEN = range(3, 7)
"""Places of the head's numbers, in words of eight bytes."""
_NOTES_AT = 128
_ROWS_AT = _NOTES_AT + NOTES * _NOTE_BYTES
_ROW_BYTES = _NAME_BYTES + 8 * CELLS
_SIZE = _ROWS_AT + MOST_ROWS * _ROW_BYTES

Rows = dict[str, list[int]]
"""{name: the numbers of its row}."""


class Member(NamedTuple):
    """A living process that counts."""

    pid: int
    role: str
    streams: int
    """How many it is sending."""


class Ledger:
    """This process's file. Numbers are changed while its `lock` is held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begin_in_this_process()
        os.register_at_fork(after_in_child=self._begin_in_this_process)

    def _begin_in_this_process(self) -> None:
        self.lock = threading.Lock()
        self._rows: dict[str, memoryview] = {}
        self._map: mmap.mmap | None = None
        self._bytes = memoryview(b"")
        self._words = memoryview(b"")

    def row(self, name: str) -> memoryview:
        """The numbers of that name. They are nobody's where nothing can be counted."""
        known = self._rows.get(name)
        if known is None:
            with self.lock:
                self._open()
                known = self._rows.get(name) or self._new_row(name)
        return known

    def add(self, name: str, *amounts: int) -> None:
        """Add to the first numbers of a row."""
        row = self.row(name)
        with self.lock:
            for index, amount in enumerate(amounts):
                row[index] += amount

    def count_streams(self, more: int) -> None:
        """Note that so many streams more, or less, are open."""
        with self.lock:
            self._open()
            self._words[_OPEN] = max(0, self._words[_OPEN] + more)

    def write_note(self, place: int, text: bytes) -> None:
        """Put a text in the place of an older one; what is too long is left out."""
        text = text[: _NOTE_BYTES - _NOTE.size]
        with self.lock:
            self._open()
            start = _NOTES_AT + place * _NOTE_BYTES
            written = _NOTE.pack(zlib.crc32(text), len(text)) + text
            self._bytes[start : start + len(written)] = written

    def join(self) -> None:
        """Be counted among the living."""
        with self.lock:
            self._open()

    def _open(self) -> None:
        if self._map is None:
            self._map = _take_file(self._folder) or mmap.mmap(-1, _SIZE)
            self._bytes = memoryview(self._map)
            self._words = self._bytes[: _HEAD.size // 8 * 8].cast("Q")
            used = self._words[_USED]
            self._bytes[: _HEAD.size] = _HEAD.pack(_MAGIC, os.getpid(), born(os.getpid()), used, 0, _role())
            for place in range(used):
                name, numbers = self._row_at(place)
                self._rows[bytes(name).rstrip(b"\0").decode(errors="replace")] = numbers

    def _row_at(self, place: int) -> tuple[memoryview, memoryview]:
        """A row's name and its numbers."""
        start = _ROWS_AT + place * _ROW_BYTES
        row = self._bytes[start : start + _ROW_BYTES]
        return row[:_NAME_BYTES], row[_NAME_BYTES:].cast("Q")

    def _new_row(self, name: str) -> memoryview:
        place = self._words[_USED]
        if place >= MOST_ROWS - (name != OTHERS):
            self._rows[name] = self._rows.get(OTHERS) or self._new_row(OTHERS)
            return self._rows[name]
        label, numbers = self._row_at(place)
        label[:] = name.encode()[:_NAME_BYTES].ljust(_NAME_BYTES, b"\0")
        self._words[_USED] = place + 1
        self._rows[name] = numbers
        return numbers


@cache
def ledger_of(folder: Path) -> Ledger:
    """The one that all threads of this process share."""
    return Ledger(folder)


def totals(folder: Path) -> Rows:
    """The sums over all processes, ended ones too."""
    return _combined(folder, add)


def maxima(folder: Path) -> Rows:
    """The largest of all processes, place by place: for rows that are moments and no counts."""
    return _combined(folder, max)


def _combined(folder: Path, combine: Callable[[int, int], int]) -> Rows:
    rows: Rows = {}
    for content in _contents(folder):
        for name, numbers in _rows_of(content):
            known = rows.get(name)
            rows[name] = list(map(combine, known, numbers)) if known else list(numbers)
    return rows


def members(folder: Path) -> list[Member]:
    """The processes that live."""
    found = []
    for content in _contents(folder):
        _, pid, began, _, streams, role = _HEAD.unpack_from(content)
        if pid and born(pid) == began:
            found.append(Member(pid, role.rstrip(b"\0").decode(errors="replace"), streams))
    return found


def notes(folder: Path) -> Iterator[bytes]:
    """The texts that processes left, ended ones too; one that is just being written is left out."""
    for content in _contents(folder):
        for place in range(NOTES):
            start = _NOTES_AT + place * _NOTE_BYTES
            checksum, length = _NOTE.unpack_from(content, start)
            text = content[start + _NOTE.size : start + _NOTE.size + length]
            if length and zlib.crc32(text) == checksum:
                yield text


def born(pid: int) -> int:
    """What tells a process from another that had the same number: its start, in ticks; 0 where it doesn't live."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return 0 if fields[0] in (b"Z", b"X") else int(fields[19])
    except (OSError, IndexError, ValueError):
        return 0


def _role() -> bytes:
    """What this process is: a command of manage.py, or the web."""
    program = Path(sys.argv[0]).name if sys.argv else ""
    role = sys.argv[1] if program == "manage.py" and len(sys.argv) > 1 else "web"
    return role.encode(errors="replace")[:_ROLE_BYTES]


def _files(folder: Path) -> list[Path]:
    return [folder / f"process.{number}" for number in range(MOST_PROCESSES)]


def _take_file(folder: Path) -> mmap.mmap | None:
    """Map the first file that no living process holds. The map keeps the file open, and so locked."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in _files(folder):
            with path.open("a+b") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                file.seek(0)
                if file.read(len(_MAGIC)) != _MAGIC or path.stat().st_size != _SIZE:
                    file.truncate(0)
                    file.write(bytes(_SIZE))
                    file.flush()
                return mmap.mmap(file.fileno(), _SIZE)
    except OSError:
        pass
    return None


def _contents(folder: Path) -> Iterator[bytes]:
    """The used part of each whole file."""
    for path in _files(folder):
        try:
            with path.open("rb") as file:
                head = file.read(_ROWS_AT)
                if len(head) == _ROWS_AT and head.startswith(_MAGIC):
                    yield head + file.read(_HEAD.unpack_from(head)[3] * _ROW_BYTES)
        except FileNotFoundError:
            return
        except OSError:
            continue


def _rows_of(content: bytes) -> Iterator[tuple[str, memoryview]]:
    view = memoryview(content)
    for start in range(_ROWS_AT, len(content) - _ROW_BYTES + 1, _ROW_BYTES):
        name = bytes(view[start : start + _NAME_BYTES]).rstrip(b"\0").decode(errors="replace")
        yield name, view[start + _NAME_BYTES : start + _ROW_BYTES].cast("Q")
