"""The cache behind django-cachalot: shared by all processes, and never stale.

cachalot keeps a time stamp for each table (its last invalidation) and for each result; a result is used while it is
not older than its tables. Left alone, it can serve an old row: it stamps a result when it stores it, so that a read
which straddles a commit looks newer than the invalidation of that commit. Three rules close the gap:

1. a result is stamped with the moment at which its look-up began;
2. an invalidation takes its stamp under a lock, so that a table's stamp never goes back;
3. a reader may give a table its first stamp, but never replaces one.

A disk that is full or can't be written costs speed and nothing else: a result that can't be stored is not stored, and
a table whose stamp can't be stored has none, so that its results count for nothing until it gets its next first one.

Writes belong in `transaction.atomic()`: in autocommit cachalot would invalidate before the write.
"""

import fcntl
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache
from django.core.exceptions import ImproperlyConfigured


class StampedFileCache(FileBasedCache):
    """Django's file-based cache with the three rules; an instance belongs to one thread, as Django's caches do.

    Raises ImproperlyConfigured for a directory that others can write: the cache unpickles what it finds there.
    """

    def __init__(self, location: str | Path, params: dict[str, Any]) -> None:
        super().__init__(str(location), params)
        self._began_at: dict[str, float] = {}
        self._lock_file = Path(location) / "stamps.lock"
        status = Path(location).stat()
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or status.st_uid != os.geteuid():
            raise ImproperlyConfigured(f"{location} can be written by others: make it yours alone, mode 0700")

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        keys = list(keys)
        began_at = time.time()
        found = super().get_many(keys, version=version)
        self._began_at = dict.fromkeys(keys, began_at)
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
        return []

    def _stamp(self, tables: list[Any], timeout: Any, version: int | None, only_first: bool) -> None:
        try:
            self._stamp_locked(tables, timeout, version, only_first)
        except OSError:
            if not only_first:
                self.delete_many(tables, version=version)

    def _stamp_locked(self, tables: list[Any], timeout: Any, version: int | None, only_first: bool) -> None:
        with self._lock():
            now = time.time()
            for key in tables:
                if not (only_first and self.has_key(key, version=version)):
                    self.set(key, now, timeout=timeout, version=version)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with self._lock_file.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
