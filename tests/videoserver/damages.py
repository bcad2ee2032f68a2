"""What can befall a file that should be a backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from videoserver import manifest


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def a_page_less(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4096])


def a_byte_less(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def a_letter_changed(path: Path) -> None:
    content = path.read_bytes()
    assert content.count(b"The long walk") >= 1
    path.write_bytes(content.replace(b"The long walk", b"The long talk"))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 1000)


def garbage_with_a_head(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100] + bytes(range(256)) * 1000)


def gone(path: Path) -> None:
    path.unlink()


def another_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def foreign(path: Path) -> None:
    path.unlink()
    edit(path, "CREATE TABLE notes (text)")


def the_bare_database(path: Path) -> None:
    edit(path, f"DROP TABLE {manifest.TABLE}")


def a_row_less(path: Path) -> None:
    edit(path, "DELETE FROM library_favorite")


def a_column_less(path: Path) -> None:
    edit(path, "DROP INDEX video_missing")


def no_manifest_in_its_table(path: Path) -> None:
    edit(path, f"DELETE FROM {manifest.TABLE}")


def another_manifest(path: Path) -> None:
    edit(path, f"UPDATE {manifest.TABLE} SET manifest = '[1]'")


def a_later_format(path: Path) -> None:
    edit(path, f"UPDATE {manifest.TABLE} SET manifest = replace(manifest, '\"format\": 1', '\"format\": 2')")


def a_later_version(path: Path) -> None:
    edit(path, f"UPDATE {manifest.TABLE} SET manifest = replace(manifest, '\"library.0001', '\"library.9999')")


def edit(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
