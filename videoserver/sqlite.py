"""Which SQLite the server uses.

Versions 3.7.0 to 3.51.2 can corrupt a database when a write-ahead log is reset (https://sqlite.org/wal.html);
Python 3.11 on Debian 12 carries 3.40.1. The pysqlite3 wheel bundles a sound one.
"""

import sys

FIRST_SOUND_WAL = (3, 51, 3)

PAGE_CACHE_KB = 250
"""Of each connection, and each thread of the web server has one. The system keeps the file's pages too."""


LOG_BYTES = 16 * 2**20
"""To which the write-ahead log is cut back after it had to grow, behind a large import or a reader who took long."""

CACHED_STATEMENTS = 20
"""Of each connection, kept ready to run again. Python's default of 128 costs a web process 5 MB."""


def prefer_bundled_sqlite() -> None:
    """Let `import sqlite3` find pysqlite3 where it is installed. Call before Django opens a database."""
    try:
        import pysqlite3
    except ImportError:
        return
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


def leave_psycopg_out() -> None:
    """Let `import psycopg` fail, as where it is not installed: cachalot would load it into each process, for 9 MB."""
    sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]


def journal_mode(version: tuple[int, ...]) -> str:
    """WAL on a sound version, the rollback journal on one with the WAL-reset bug."""
    return "WAL" if version >= FIRST_SOUND_WAL else "DELETE"


def init_command() -> str:
    """The statements that every new connection runs: a write is on the disk before it is acknowledged."""
    import sqlite3

    mode = journal_mode(sqlite3.sqlite_version_info)
    return (
        f"PRAGMA journal_mode={mode}; PRAGMA synchronous=FULL; PRAGMA cache_size=-{PAGE_CACHE_KB};"
        f" PRAGMA journal_size_limit={LOG_BYTES};"
    )
