"""The cache behind django-cachalot: shared by all processes, and never stale.

cachalot keeps a stamp for each table (its last invalidation) and for each result; a result is used while it is not
older than its tables. Left alone, it can serve an old row: it stamps a result when it stores it, so that a read which
straddles a commit looks newer than the invalidation of that commit. Three rules close the gap:

1. a result is stamped with the moment at which its look-up began, and not stored where that is not known;
2. an invalidation takes its stamp in one step with all others, so that a table's stamp never goes back;
3. a reader may give a table its first stamp, but never replaces one.

What moments are is the backend's affair: file_cache.py takes a clock that never goes back, redis_cache.py counts.

cachalot asks for a query and all of its tables at once: that is one hit or one miss, whatever the number of keys.

Writes belong in `transaction.atomic()`: in autocommit cachalot would invalidate before the write.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from cachalot.transaction import AtomicCache
from django.core.cache import cache
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from monitoring import by_table
from monitoring.counting import Counts, Tally


def counts() -> Counts:
    """How often the query cache answered since it was last emptied, in all processes together."""
    counted: Counts = cache.counts()  # type: ignore[attr-defined]
    return counted


class StampedCache(BaseCache):
    """The three rules, for a backend to build on; an instance belongs to one thread, as Django's caches do."""

    tally: Tally

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._began_at: dict[str, float] = {}

    @abstractmethod
    def look_up(self, keys: list[str], version: int | None) -> tuple[float | None, dict[str, Any]]:
        """The moment at which it began, and what there is; None for a moment that can't be told."""

    @abstractmethod
    def stamp(self, tables: list[str], timeout: Any, version: int | None, *, only_first: bool) -> None:
        """Invalidate tables, or give those their first stamp that have none."""

    @abstractmethod
    def store(self, results: dict[str, tuple[float, Any]], timeout: Any, version: int | None) -> None:
        """Keep results with their stamps."""

    @abstractmethod
    def last_invalidation(self) -> int | None:
        """A number that is another after each invalidation, in whatever process; None where that can't be told.

        It changes after the stamps are set, and before the write that caused it is acknowledged.
        """

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        keys = list(keys)
        asked_at = time.monotonic_ns()
        began_at, found = self.look_up(keys, version)
        self._began_at = {} if began_at is None else dict.fromkeys(keys, began_at)
        hit = self._count_look_up(found, complete=len(found) == len(keys))
        by_table.asked(keys, hit=hit, nanoseconds=time.monotonic_ns() - asked_at)
        return found

    def set_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        results = {key: value for key, value in data.items() if isinstance(value, tuple)}
        tables = [key for key in data if key not in results]
        if tables:
            self.stamp(tables, timeout, version, only_first=bool(results))
        stamped = {key: (self._began_at[key], rows) for key, (_, rows) in results.items() if key in self._began_at}
        if stamped:
            self.store(stamped, timeout, version)
        invalidates = tables and not results and not isinstance(data, AtomicCache)  # a commit sets its tables twice
        self.tally.add(stores=len(stamped), invalidations=int(bool(invalidates)))
        by_table.written(stamped, self._began_at, tables if invalidates else ())
        return []

    def counts(self) -> Counts:
        """What all processes did here since `clear`."""
        return self.tally.counts()

    def _count_look_up(self, found: dict[Any, Any], *, complete: bool) -> bool | None:
        """Whether it was a hit; None where it isn't counted.

        By cachalot's rule: a hit has all tables' stamps, and a result that is not older than any of them.

        A transaction keeps some of it itself: what it then asks for here without a result or a table is not counted.
        """
        results = [value[0] for value in found.values() if isinstance(value, tuple)]
        stamps = [value for value in found.values() if isinstance(value, int | float)]
        if not complete:
            self.tally.add(misses=1)
            return False
        if not (results and stamps):
            return None
        hit = bool(max(results) >= max(stamps))
        self.tally.add(hits=int(hit), misses=int(not hit))
        return hit
