"""The cache behind django-cachalot: shared by all processes, and never stale.

cachalot keeps a time stamp for each table (its last invalidation) and for each result; a result is used while it is
not older than its tables. Left alone, it can serve an old row: it stamps a result when it stores it, so that a read
which straddles a commit looks newer than the invalidation of that commit. Three rules close the gap:

1. a result is stamped with the moment at which its look-up began;
2. an invalidation takes its stamp under a lock, so that a table's stamp never goes back;
3. a reader may give a table its first stamp, but never replaces one.

A disk that is full or can't be written costs speed and nothing else: a result that can't be stored is not stored, and
a table whose stamp can't be stored has none, so that its results count for nothing until it gets its next first one.

cachalot asks for a query and all of its tables at once: that is one hit or one miss, whatever the number of keys.

Writes belong in `transaction.atomic()`: in autocommit cachalot would invalidate before the write.
"""

from __future__ import annotations

import fcntl
import functools
import mmap
import os
import secrets
import stat
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from cachalot.transaction import AtomicCache
from django.core.cache import cache
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache
from django.core.exceptions import ImproperlyConfigured

from monitoring.counting import Counts, tally_of

_NUMBER = struct.Struct("=Q")


def counts() -> Counts:
    """How often the query cache answered since it was last emptied, in all processes together."""
    counted: Counts = cache.counts()  # type: ignore[attr-defined]
    return counted


class StampedFileCache(FileBasedCache):
    """Django's file-based cache with the three rules; an instance belongs to one thread, as Django's caches do.

    Raises ImproperlyConfigured for a directory that others can write: the cache unpickles what it finds there.
    """

    def __init__(self, location: str | Path, params: dict[str, Any]) -> None:
        super().__init__(str(location), params)
        self._began_at: dict[str, float] = {}
        self._lock_file = Path(location) / "stamps.lock"
        self._mark = _mark_in(Path(location) / "invalidated")
        self._tally = tally_of(Path(location))
        status = Path(location).stat()
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or status.st_uid != os.geteuid():
            raise ImproperlyConfigured(f"{location} can be written by others: make it yours alone, mode 0700")

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        keys = list(keys)
        began_at = time.time()
        found = super().get_many(keys, version=version)
        self._began_at = dict.fromkeys(keys, began_at)
        self._count_look_up(found, complete=len(found) == len(keys))
        return found

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store a value, or forget the key where that can't be done. Raises OSError where neither can."""
        try:
            super().set(key, value, timeout=timeout, version=version)
        except OSError:
            self.delete(key, version=version)

    def set_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        results = {key: value for key, value in data.items() if isinstance(value, tuple)}
        tables = [key for key in data if key not in results]
        if tables:
            self._stamp(tables, timeout, version, only_first=bool(results))
        stamped = {
            key: (min(stored_at, self._began_at.get(key, stored_at)), rows)
            for key, (stored_at, rows) in results.items()
        }
        super().set_many(stamped, timeout=timeout, version=version)
        invalidates = tables and not results and not isinstance(data, AtomicCache)  # a commit sets its tables twice
        self._tally.add(stores=len(results), invalidations=int(bool(invalidates)))
        return []

    def clear(self) -> None:
        super().clear()
        self._mark.change()
        self._tally.begin_anew()

    def counts(self) -> Counts:
        """What all processes did here since `clear`."""
        return self._tally.counts()

    def last_invalidation(self) -> int | None:
        """A number that is another after each invalidation, in whatever process; None where that can't be told.

        It changes after the stamps are set, and before the write that caused it is acknowledged.
        """
        return self._mark.value()

    def _count_look_up(self, found: dict[Any, Any], *, complete: bool) -> None:
        """By cachalot's rule: a hit has all tables' stamps, and a result that is not older than any of them.

        A transaction keeps some of it itself: what it then asks for here without a result or a table is not counted.
        """
        results = [value[0] for value in found.values() if isinstance(value, tuple)]
        stamps = [value for value in found.values() if isinstance(value, float)]
        if not complete:
            self._tally.add(misses=1)
        elif results and stamps:
            hit = max(results) >= max(stamps)
            self._tally.add(hits=int(hit), misses=int(not hit))

    def _stamp(self, tables: list[Any], timeout: Any, version: int | None, only_first: bool) -> None:
        try:
            self._stamp_locked(tables, timeout, version, only_first)
        except OSError:
            if not only_first:
                self.delete_many(tables, version=version)
                self._mark.change()

    def _stamp_locked(self, tables: list[Any], timeout: Any, version: int | None, only_first: bool) -> None:
        with self._lock():
            now = time.time()
            for key in tables:
                if not (only_first and self.has_key(key, version=version)):
                    self.set(key, now, timeout=timeout, version=version)
            if not only_first:
                self._mark.change()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with self._lock_file.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@functools.cache
def _mark_in(path: Path) -> _Mark:
    """One for all threads of this process."""
    return _Mark(path)


class _Mark:
    """A number in a file that all processes map into their memory, so that it is read without a system call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._map: mmap.mmap | None = None

    def value(self) -> int | None:
        """The number; None where the file can't be made."""
        if self._map is None:
            try:
                with self._open() as file:
                    self._map = mmap.mmap(file.fileno(), _NUMBER.size)
            except OSError:
                return None
        return int(_NUMBER.unpack_from(self._map)[0])

    def change(self) -> None:
        """Make it a number that it never was: by chance, so that two who change it at once need no lock."""
        if self.value() is not None and self._map is not None:
            self._map[: _NUMBER.size] = secrets.token_bytes(_NUMBER.size)

    def _open(self) -> BinaryIO:
        file = self._path.open("a+b")
        if file.seek(0, os.SEEK_END) < _NUMBER.size:
            file.write(bytes(_NUMBER.size))
            file.flush()
        return file
