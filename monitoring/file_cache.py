"""The query cache in a folder: shared by all processes of one machine.

Its moments are nanoseconds by the machine's clock, but each is later than the one before, also where that clock is set
back; and they change with invalidations alone, so that a look-up begins at the moment of the last one.

A disk that is full or can't be written costs speed and nothing else: a result that can't be stored is not stored, and
a table whose stamp can't be stored has none, so that its results count for nothing until it gets its next first one.
"""

from __future__ import annotations

import fcntl
import functools
import itertools
import mmap
import os
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache
from django.core.exceptions import ImproperlyConfigured

from monitoring.counting import tally_of
from monitoring.query_cache import StampedCache

STORES_PER_CULL = 200
"""To count the files is to list them all: as long as a whole write, once there are some thousands."""

_NUMBER = struct.Struct("=Q")
_stores = itertools.count(1)


class StampedFileCache(StampedCache, FileBasedCache):
    """Django's file-based cache with the three rules.

    Raises ImproperlyConfigured for a directory that others can write: the cache unpickles what it finds there.
    """

    def __init__(self, location: str | Path, params: dict[str, Any]) -> None:
        FileBasedCache.__init__(self, str(location), params)
        self._began_at = {}
        self._lock_file = Path(location) / "stamps.lock"
        self._clock = _clock_in(Path(location) / "moment")
        self.tally = tally_of(Path(location))
        status = Path(location).stat()
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or status.st_uid != os.geteuid():
            raise ImproperlyConfigured(f"{location} can be written by others: make it yours alone, mode 0700")

    def look_up(self, keys: list[str], version: int | None) -> tuple[float | None, dict[str, Any]]:
        began_at = self._clock.moment()
        return began_at, FileBasedCache.get_many(self, keys, version=version)

    def store(self, results: dict[str, tuple[float, Any]], timeout: Any, version: int | None) -> None:
        FileBasedCache.set_many(self, results, timeout=timeout, version=version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store a value, or forget the key where that can't be done. Raises OSError where neither can."""
        try:
            super().set(key, value, timeout=timeout, version=version)
        except OSError:
            self.delete(key, version=version)

    def _cull(self) -> None:
        """Hold the number of files to MAX_ENTRIES, give or take what this process stores between two counts."""
        if next(_stores) % STORES_PER_CULL == 0:
            super()._cull()  # type: ignore[misc]

    def clear(self) -> None:
        super().clear()
        with self._lock():
            self._clock.advance()
        self.tally.begin_anew()

    def last_invalidation(self) -> int | None:
        return self._clock.moment()

    def stamp(self, tables: list[str], timeout: Any, version: int | None, *, only_first: bool) -> None:
        try:
            self._stamp_locked(tables, timeout, version, only_first)
        except OSError:
            if not only_first:
                self.delete_many(tables, version=version)
                self._clock.advance()

    def _stamp_locked(self, tables: list[Any], timeout: Any, version: int | None, only_first: bool) -> None:
        with self._lock():
            if only_first:
                tables = [key for key in tables if not self.has_key(key, version=version)]
            else:
                self._clock.advance()
            moment = self._clock.moment()
            if moment is None:
                raise OSError
            for key in tables:
                self.set(key, moment, timeout=timeout, version=version)
            if not only_first:
                self._clock.advance()  # what was made of a result that was still there a moment ago is void too

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with self._lock_file.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@functools.cache
def _clock_in(path: Path) -> _Clock:
    """One for all threads of this process."""
    return _Clock(path)


class _Clock:
    """A number in a file that all processes map into their memory, so that it is read without a system call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._map: mmap.mmap | None = None

    def moment(self) -> int | None:
        """Nanoseconds; None where the file can't be made."""
        if self._map is None:
            try:
                with self._open() as file:
                    self._map = mmap.mmap(file.fileno(), _NUMBER.size)
            except OSError:
                return None
        return int(_NUMBER.unpack_from(self._map)[0])

    def advance(self) -> None:
        """To now, or where that is not later, by one."""
        last = self.moment()
        if last is not None and self._map is not None:
            self._map[: _NUMBER.size] = _NUMBER.pack(max(last + 1, time.time_ns()))

    def _open(self) -> BinaryIO:
        file = self._path.open("a+b")
        if file.seek(0, os.SEEK_END) < _NUMBER.size:
            file.write(_NUMBER.pack(time.time_ns()))
            file.flush()
        return file
