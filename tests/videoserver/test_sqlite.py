"""Which SQLite, and how it keeps what was acknowledged."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from videoserver import sqlite


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 6, 23), "DELETE"),
        ((3, 40, 1), "DELETE"),
        ((3, 51, 2), "DELETE"),
        ((3, 51, 3), "WAL"),
        ((3, 53, 4), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_a_write_ahead_log_is_kept_by_a_sound_version_only(version: tuple[int, ...], mode: str) -> None:
    assert sqlite.journal_mode(version) == mode


def pragma(name: str) -> object:
    with connection.cursor() as cursor:
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.mark.django_db
def test_every_connection_writes_through_to_the_disk_and_keeps_its_promises() -> None:
    full = 2
    assert pragma("synchronous") == full
    assert pragma("foreign_keys") == 1
    assert pragma("busy_timeout") == 20_000
    assert pragma("journal_mode") == sqlite.journal_mode(sqlite3.sqlite_version_info).lower()


def test_a_reader_who_takes_long_lets_the_log_grow_and_afterwards_it_is_small_again(tmp_path: Path) -> None:
    path, limit = tmp_path / "db.sqlite3", sqlite.LOG_BYTES
    log, content = Path(f"{path}-wal"), bytes(2**20)
    with closing(opened(path)) as writer, closing(opened(path)) as reader, closing(opened(path)) as visitor:
        writer.execute("CREATE TABLE film (content)")
        writer.execute("INSERT INTO film VALUES ('first')")
        reader.execute("BEGIN")
        assert count(reader) == 1
        while log.stat().st_size <= limit:
            writer.execute("INSERT INTO film VALUES (?)", (content,))
            assert count(visitor) == count(writer)
        assert count(reader) == 1
        reader.execute("COMMIT")
        for _ in range(2):
            writer.execute("INSERT INTO film VALUES ('last')")
        assert log.stat().st_size <= limit
        assert count(reader) == count(visitor) > 10


def opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(sqlite.init_command())
    return connection


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM film").fetchone()[0])


def test_the_bundled_version_is_preferred_where_there_is_one() -> None:
    bundled = pytest.importorskip("pysqlite3", reason="there is no wheel of pysqlite3 for this machine")
    assert sys.modules["sqlite3"] is bundled
    assert sqlite3.sqlite_version_info >= sqlite.FIRST_SOUND_WAL


def test_without_the_bundled_version_the_standard_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sys.modules["sqlite3"]
    monkeypatch.setitem(sys.modules, "pysqlite3", None)
    sqlite.prefer_bundled_sqlite()
    assert sys.modules["sqlite3"] is before
