"""Where people are in what they play: noted every few seconds, in a file of its own beside the database.

Whatever is committed to the database makes each page anew, and waits for its turn behind imports. What players say all
the time may do neither: it is noted here, and carried into the database (positions.py) before that is copied or
replaced. A note is on the disk before it is acknowledged. It holds for the database that it was made beside, for in
another its numbers mean other people and other videos.

Each process has two connections, so that who reads never waits for what another thread writes, and holds neither while
it asks the database. A file that is damaged is set aside, and a new one begun.
"""

import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from library.querysets import Owner

logger = logging.getLogger(__name__)

FILE = "bookmarks.sqlite3"
BUSY_SECONDS = 0.1
"""How long a note waits for others: longer only holds up whoever is answered next, and the player says it again."""

OPENING_SECONDS = 5.0
"""How long those wait for each other who open the file first: one of them makes it."""

CARRY_SECONDS = 20.0
"""How long a backup and the like wait for notes under way, and for each other."""

DAMAGED = "damaged"
"""Why a file was set aside, as its name says it."""

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
ON CONFLICT (library, owner, video) DO UPDATE SET seconds = excluded.seconds, at = max(excluded.at, bookmark.at)
"""
"""What is said last counts, also where the machine's clock was set back since."""


COLUMNS = "owner, video, seconds, at FROM bookmark"

T = TypeVar("T")


class Bookmark(NamedTuple):
    """That somebody was at a place of a video."""

    owner: Owner
    video: int
    seconds: float
    at: datetime


class _DamagedError(OperationalError):
    """The file is no database, or holds what no database does."""


def note(bookmark: Bookmark) -> None:
    """Keep a place, instead of an older one of the same. Raises django.db.OperationalError, as do the others."""
    owner, video, seconds, at = bookmark
    _to_write.run(NOTE, (_library(), owner or SHARED, video, seconds, at.isoformat()))


def of(owner: Owner, video_ids: Iterable[int] | None = None) -> list[Bookmark]:
    """Those of an owner, or of these videos alone."""
    if not _path().exists():
        return []
    rows = _to_read.run(f"SELECT {COLUMNS} WHERE library = ? AND owner = ?", (_library(), owner or SHARED))
    wanted = None if video_ids is None else set(video_ids)
    return [_bookmark(*row) for row in rows if wanted is None or row[1] in wanted]


def forget(owner: Owner, video_id: int | None = None) -> None:
    """Forget an owner's place in a video, or in all."""
    if _path().exists():
        which = (_library(), owner or SHARED, video_id)
        _to_write.run("DELETE FROM bookmark WHERE library = ? AND owner = ? AND video = coalesce(?, video)", which)


@contextmanager
def emptied(carry: Callable[[list[Bookmark]], None]) -> Iterator[None]:
    """Nothing is noted meanwhile, and nothing is left here: what there was has been carried away.

    Each is carried before it is gone, so that a kill at worst has it carried twice.
    """
    if not _path().exists() or getattr(_emptying, "under_way", False):  # by who called us
        yield
        return
    library = _library()
    file = _mended(lambda: _emptied(library, carry))
    _emptying.under_way = True
    try:
        yield
    finally:
        _emptying.under_way = False
        file.close()  # ends the transaction


_emptying = threading.local()


def _emptied(library: str, carry: Callable[[list[Bookmark]], None]) -> sqlite3.Connection:
    """A connection that keeps all others from noting, with nothing left in the file."""
    file = _open(_path(), CARRY_SECONDS)
    try:
        while noted := _begin(file, library):
            carry(noted)
            _execute(file, "DELETE FROM bookmark WHERE library = ?", (library,))
            _execute(file, "COMMIT")
    except BaseException:
        file.close()
        raise
    return file


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


# --- The file --------------------------------------------------------------------------------------------------


def _path() -> Path:
    return Path(settings.DATA_DIR / FILE)


def _identity() -> tuple[int, Path, int, int]:
    """What changes when another file takes the place of this one, and in a process that was forked."""
    path = _path()
    try:
        status = path.stat()
    except FileNotFoundError:
        return os.getpid(), path, 0, 0
    return os.getpid(), path, status.st_dev, status.st_ino


class _Shared:
    """This process's connection to the file: opened once, for closing the last one would sync all of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: tuple[int, Path, int, int] | None = None
        self._connection: sqlite3.Connection | None = None

    def run(self, statement: str, parameters: tuple[Any, ...]) -> list[Any]:
        """The rows of a statement, in the file that is made where there is none. Raises OperationalError."""
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise OperationalError(f"{FILE}: another thread is at it")
        try:
            return _mended(lambda: _execute(self._opened(), statement, parameters))
        finally:
            self._lock.release()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None or self._of != _identity():
            self._connection = _open(_path(), BUSY_SECONDS)
            self._of = _identity()
        return self._connection


_to_read, _to_write = _Shared(), _Shared()


def _open(path: Path, timeout: float) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _told():
        file = sqlite3.connect(path, timeout=OPENING_SECONDS, isolation_level=None, check_same_thread=False)
        file.executescript(settings.SQLITE_INIT)
    _execute(file, TABLE)
    _execute(file, f"PRAGMA busy_timeout = {round(1000 * timeout)}")
    return file


def _execute(file: sqlite3.Connection, statement: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
    with _told():
        return file.execute(statement, parameters).fetchall()


@contextmanager
def _told() -> Iterator[None]:
    """SQLite's errors as Django's."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        is_damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        raise (_DamagedError if is_damaged else OperationalError)(f"{FILE}: {error}") from error


def _mended(action: Callable[[], T]) -> T:
    """What an action returns; where it finds the file damaged, that is set aside, and it is done anew."""
    before = _identity()
    try:
        return action()
    except _DamagedError as error:
        logger.error("%s. It is set aside, and a new one begun.", error)
        set_aside(DAMAGED, before)
        return action()


def set_aside(why: str, seen: tuple[int, Path, int, int] | None = None) -> None:
    """Rename the file, if it still is the one that was seen, so that the next note begins a new one.

    Raises OperationalError.
    """
    path = _path()
    if not path.exists():
        return
    try:
        with path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists() and seen in (None, _identity()):
                stamp = f"{timezone.localtime():%Y-%m-%d_%H%M%S_%f}"
                for part in ("-wal", "-shm", ""):  # the file last: a new one must not find the old one's log
                    beside = Path(f"{path}{part}")
                    if beside.exists():
                        beside.rename(path.with_name(f"{path.stem}-{why}-{stamp}{path.suffix}{part}"))
    except OSError as error:
        raise OperationalError(f"{FILE}: {error.strerror}") from error


def damaged() -> list[str]:
    """The names of the files that were set aside because they were damaged."""
    path = _path()
    return sorted(found.name for found in path.parent.glob(f"{path.stem}-{DAMAGED}-*{path.suffix}"))
