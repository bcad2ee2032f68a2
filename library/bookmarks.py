"""Where people are in what they play: noted every few seconds, in a file of its own beside the database.

Whatever is committed to the database makes each page anew, and waits for its turn behind imports. What players say all
the time may do neither: it is noted here, and carried into the database (positions.py) before that is copied or
replaced. A note is on the disk before it is acknowledged. It holds for the database that it was made beside, for in
another its numbers mean other people and other videos.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import OperationalError, connection

from library.querysets import Owner

FILE = "bookmarks.sqlite3"
BUSY_SECONDS = 0.1
"""How long a note waits for others: longer only holds up whoever is answered next, and the player says it again."""

OPENING_SECONDS = 5
"""How long those wait for each other who open the file first: one of them makes it."""

SHARED = 0
"""Stands for those who are not signed in: a primary key takes no NULL."""

TABLE = """
CREATE TABLE IF NOT EXISTS bookmark (
    library TEXT NOT NULL,
    owner INTEGER NOT NULL,
    video INTEGER NOT NULL,
    seconds REAL NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (library, owner, video)
) WITHOUT ROWID
"""
NOTE = """
INSERT INTO bookmark VALUES (?, ?, ?, ?, ?)
ON CONFLICT (library, owner, video) DO UPDATE SET seconds = excluded.seconds, at = excluded.at
WHERE excluded.at >= bookmark.at
"""


class Bookmark(NamedTuple):
    """That somebody was at a place of a video."""

    owner: Owner
    video: int
    seconds: float
    at: datetime


def note(bookmark: Bookmark) -> None:
    """Keep a place, instead of an older one of the same. Raises django.db.OperationalError, as do the others."""
    owner, video, seconds, at = bookmark
    with _file.made() as file:
        _execute(file, NOTE, (_library(), owner or SHARED, video, seconds, at.isoformat()))


def of(owner: Owner, video_ids: Iterable[int] | None = None) -> list[Bookmark]:
    """Those of an owner, or of these videos alone."""
    with _file.opened() as file:
        if file is None:
            return []
        rows = _execute(file, f"SELECT {COLUMNS} WHERE library = ? AND owner = ?", (_library(), owner or SHARED))
    wanted = None if video_ids is None else set(video_ids)
    return [_bookmark(*row) for row in rows if wanted is None or row[1] in wanted]


def forget(owner: Owner, video_id: int | None = None) -> None:
    """Forget an owner's place in a video, or in all."""
    with _file.opened() as file:
        if file:
            which = (_library(), owner or SHARED, video_id)
            _execute(file, "DELETE FROM bookmark WHERE library = ? AND owner = ? AND video = coalesce(?, video)", which)


@contextmanager
def emptied(carry: Callable[[list[Bookmark]], None]) -> Iterator[None]:
    """Nothing is noted meanwhile, and nothing is left here: what there was has been carried away.

    Each is carried before it is gone, so that a kill at worst has it carried twice.
    """
    with _file.opened() as file:
        if file is None or file.in_transaction:  # of who called us
            yield
            return
        library = _library()
        try:
            while noted := _begin(file, library):
                carry(noted)
                _execute(file, "DELETE FROM bookmark WHERE library = ?", (library,))
                _execute(file, "COMMIT")
            yield
        finally:
            if file.in_transaction:
                _execute(file, "ROLLBACK")


COLUMNS = "owner, video, seconds, at FROM bookmark"


def _begin(file: sqlite3.Connection, library: str) -> list[Bookmark]:
    """Keep all others from noting; what there is."""
    _execute(file, "BEGIN IMMEDIATE")
    return [_bookmark(*row) for row in _execute(file, f"SELECT {COLUMNS} WHERE library = ?", (library,))]


def _bookmark(owner: int, video: int, seconds: float, at: str) -> Bookmark:
    return Bookmark(owner or None, video, seconds, datetime.fromisoformat(at))


def _library() -> str:
    """What no other database has: the moment in which this one was made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT applied FROM django_migrations WHERE app = 'library' ORDER BY id LIMIT 1")
        (row,) = cursor.fetchall() or [("",)]
    return str(row[0])


def _execute(file: sqlite3.Connection, statement: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
    try:
        return file.execute(statement, parameters).fetchall()
    except sqlite3.DatabaseError as error:
        raise OperationalError(f"{FILE}: {error}") from error


class _File:
    """This process's connection to the file: opened once, for closing the last one would sync all of it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._of: tuple[int, str] | None = None
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def made(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time, to the file that is made where there is none."""
        with self._lock:
            of = os.getpid(), str(settings.DATA_DIR / FILE)
            if self._connection is None or self._of != of:
                self._connection, self._of = _open(of[1]), of
            yield self._connection

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection | None]:
        """The same, but None where there is no file."""
        if (settings.DATA_DIR / FILE).exists():
            with self.made() as connection:
                yield connection
        else:
            yield None


def _open(path: str) -> sqlite3.Connection:
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    try:
        file = sqlite3.connect(path, timeout=OPENING_SECONDS, isolation_level=None, check_same_thread=False)
        file.executescript(f"{settings.SQLITE_INIT}; {TABLE}; PRAGMA busy_timeout = {round(1000 * BUSY_SECONDS)}")
    except sqlite3.DatabaseError as error:
        raise OperationalError(f"{path}: {error}") from error
    return file


_file = _File()
