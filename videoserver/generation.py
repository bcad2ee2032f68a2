"""Which state the data is in: it changes with every commit, in whatever process that happens.

Two sources, because there are two ways to see an old row. SQLite itself counts the commits of others for every open
connection; one that never writes therefore counts them all, and no writer can forget to tell, not even one that is
killed. The query cache marks its invalidations: between a commit and its invalidation a look-up may still find what
was so before, and what is made of that must not outlive the invalidation, which comes before the write is acknowledged.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from typing import NamedTuple

from django.core.cache import cache
from django.db import connection


class Commits(NamedTuple):
    """How many commits a connection has seen of others. Another connection counts anew."""

    connection: int
    seen: int


class Generation(NamedTuple):
    """Two that are equal: nothing was committed, and nothing acknowledged, from one to the other."""

    commits: Commits
    last_invalidation: int


def current() -> Generation | None:
    """The state of the data at this moment; None where it can't be told: inside a transaction, which sees more than
    was committed, and with a database that doesn't count.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return None
    commits = _witness.commits(str(connection.settings_dict["NAME"]))
    last_invalidation: int | None = cache.last_invalidation()  # type: ignore[attr-defined]
    return None if commits is None or last_invalidation is None else Generation(commits, last_invalidation)


class _Witness:
    """A connection of this process that never writes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: tuple[int, str] | None = None
        self._connection: sqlite3.Connection | None = None
        self._number = 0

    def commits(self, database: str) -> Commits | None:
        """SQLite's count for this connection; None while the database is locked or away."""
        with self._lock:
            try:
                if self._connection is None or self._of != (os.getpid(), database):
                    self._connection = sqlite3.connect(
                        f"file:{database}?mode=ro", uri=True, timeout=0, check_same_thread=False
                    )
                    self._of = (os.getpid(), database)
                    self._number += 1
                return Commits(self._number, self._connection.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                self._connection = None
                return None


_witness = _Witness()
