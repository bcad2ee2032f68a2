"""The old site's later SQLite store, `video_metadata.db`: from the file to a checked collection.

The file lies in a library folder, which is never written to: SQLite would put files of its own beside one that it
opens, so a copy is opened.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from library.legacy import Collection, EntryReader, UnreadableDocumentError, shown

NAME = "video_metadata.db"
COLUMNS = {
    "videos": ("filename", "added_date"),
    "ratings": ("filename", "rating"),
    "views": ("filename", "view_count", "last_viewed"),
    "video_tags": ("filename", "tag"),
    "favorites": ("filename", "created_at"),
}


def read(path: Path) -> Collection:
    """Read the store. Raises UnreadableDocumentError, and OSError for a file that can't be read."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / NAME
        shutil.copyfile(path, copy)
        log = path.with_name(f"{path.name}-wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name(f"{NAME}-wal"))
        try:
            with closing(sqlite3.connect(copy)) as connection:
                connection.text_factory = _text
                return _Store(connection).read()
        except sqlite3.Error as error:
            raise UnreadableDocumentError(f"{NAME}: {error}") from error


class _Store:
    """Reads table by table; a table or a column that is not there has nothing to say."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.collection = Collection()
        self.check = EntryReader(NAME, self.collection)

    def read(self) -> Collection:
        """All that it says."""
        for filename, added in self._rows("videos"):
            self.collection.names.append(filename)
            self._keep(self.collection.added, filename, self._moment(filename, added))
        for filename, rating in self._rows("ratings"):
            if rating is not None:
                self._keep(self.collection.ratings, filename, self.check.rating(filename, rating))
        for filename, count, viewed in self._rows("views"):
            if count is not None:
                self._keep(self.collection.views, filename, self.check.count(filename, count))
            self._keep(self.collection.last_viewed, filename, self._moment(filename, viewed))
        tags: dict[str, list[Any]] = {}
        for filename, tag in self._rows("video_tags"):
            tags.setdefault(filename, []).append(tag)
        for filename, listed in tags.items():
            self._keep(self.collection.tags, filename, self.check.tags(filename, listed))
        self.collection.favorites = [filename for filename, _ in self._rows("favorites")]
        return self.collection

    def _rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """The rows whose file name can be one; NULL for a column that is not there."""
        there = {row[1] for row in self.connection.execute(f"PRAGMA table_info({table})")}
        if "filename" not in there:
            return
        columns = [column if column in there else "NULL" for column in COLUMNS[table]]
        order = "created_at, rowid" if "created_at" in columns else "rowid"
        for row in self.connection.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}"):  # noqa: S608
            if self.check.is_file_name(row[0]):
                yield row

    def _moment(self, filename: str, value: Any) -> datetime | None:
        """A time from seconds since 1970 or ISO 8601 text, UTC where it names no zone; None for 0 and NULL."""
        if value in (None, 0, ""):
            return None
        try:
            if isinstance(value, str):
                moment = datetime.fromisoformat(value)
                return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, TypeError, OverflowError, OSError):
            self.check.problem(filename, f"{shown(value)} is no point in time")
            return None

    @staticmethod
    def _keep(values: dict[str, Any], filename: str, value: Any) -> None:
        if value is not None:
            values[filename] = value


def _text(raw: bytes) -> str:
    """Text that may not be UTF-8: such a byte becomes a lone surrogate, and the entry a problem."""
    return raw.decode("utf-8", "surrogateescape")
