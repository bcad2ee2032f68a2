"""Which SQLite, and how it keeps what was acknowledged."""

import sqlite3
import sys

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


def test_the_bundled_version_is_preferred_where_there_is_one() -> None:
    bundled = pytest.importorskip("pysqlite3", reason="there is no wheel of pysqlite3 for this machine")
    assert sys.modules["sqlite3"] is bundled
    assert sqlite3.sqlite_version_info >= sqlite.FIRST_SOUND_WAL


def test_without_the_bundled_version_the_standard_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sys.modules["sqlite3"]
    monkeypatch.setitem(sys.modules, "pysqlite3", None)
    sqlite.prefer_bundled_sqlite()
    assert sys.modules["sqlite3"] is before
