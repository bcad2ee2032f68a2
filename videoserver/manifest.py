"""What a backup says of its own content, and whether that is true.

A backup is one SQLite file: the tables of the site, and one more with the manifest, a JSON document.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

TABLE = "videoserver_backup"
FORMAT = 1
MIGRATIONS = "django_migrations"


class BadBackupError(Exception):
    """A file is no backup of ours, or no longer what was written; the message is one line."""


class Content(NamedTuple):
    """What a table holds."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    """A backup's description of itself."""

    version: str
    """Of Videoserver."""
    made_at: str
    """ISO 8601, with the offset to UTC."""
    migrations: list[str]
    """`app.name` of all that were applied."""
    tables: dict[str, Content]

    @property
    def rows(self) -> int:
        """In all tables."""
        return sum(content.rows for content in self.tables.values())

    def write(self, connection: sqlite3.Connection) -> None:
        """Put it into a copy of the database, in place of any that is there."""
        connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
        connection.execute(f"CREATE TABLE {TABLE} (manifest TEXT NOT NULL)")
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1)
        connection.execute(f"INSERT INTO {TABLE} VALUES (?)", (text,))  # noqa: S608 - our own name


def read_only(path: Path) -> sqlite3.Connection:
    """A file that nobody changes, opened so that nothing is written beside it. Raises sqlite3.DatabaseError."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def verified(path: Path) -> Manifest:
    """The manifest of a backup of which every page and every row was read and found right. Raises BadBackupError."""
    try:
        if not path.is_file():
            raise BadBackupError(f"{path} is no file")
        with path.open("rb"), closing(read_only(path)) as connection:
            manifest = _read(connection, path)
            if path.stat().st_size != _full_size(connection):
                raise BadBackupError(f"{path} is damaged: it is not as long as it was")
            (fault,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if fault != "ok":
                raise BadBackupError(f"{path} is damaged: {' '.join(fault.split())}")
            found = contents(connection)
    except OSError as error:
        raise BadBackupError(f"{path}: {error.strerror}") from error
    except sqlite3.DatabaseError as error:
        raise BadBackupError(f"{path} is no backup, or damaged: {error}") from error
    difference = differing(manifest.tables, found)
    if difference:
        raise BadBackupError(f"{path} is damaged: {difference} is not what was written")
    return manifest


def _read(connection: sqlite3.Connection, path: Path) -> Manifest:
    if not has_table(connection, TABLE):
        raise BadBackupError(f"{path} was not made by the command backup")
    try:
        (text,) = connection.execute(f"SELECT manifest FROM {TABLE}").fetchone()  # noqa: S608 - our own name
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise BadBackupError(f"{path} was made by a newer version of Videoserver")
        return Manifest(
            str(document["version"]),
            str(document["made_at"]),
            [str(name) for name in document["migrations"]],
            {str(name): Content(int(rows), str(digest)) for name, (rows, digest) in document["tables"].items()},
        )
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise BadBackupError(f"{path} is damaged: its manifest can't be read") from error


def _full_size(connection: sqlite3.Connection) -> int:
    """In bytes: SQLite takes a file whose last page is cut off for whole."""
    ((pages,), (page,)) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    return int(pages) * int(page)


def contents(connection: sqlite3.Connection) -> dict[str, Content]:
    """What each table of the database `main` holds, the schema among them; the manifest's own is left out."""
    previous, connection.text_factory = connection.text_factory, bytes
    try:
        schema = f"SELECT type, name, tbl_name, sql FROM main.sqlite_master WHERE name != '{TABLE}' ORDER BY 1, 2"  # noqa: S608
        found = {"sqlite_master": _content(connection, schema)}
        for name in plain_tables(connection):
            listed = ", ".join(columns(connection, name))
            order = ", ".join(str(number) for number in range(1, listed.count(", ") + 2))
            found[name] = _content(connection, f"SELECT {listed} FROM main.{quoted(name)} ORDER BY {order}")  # noqa: S608
    finally:
        connection.text_factory = previous
    return found


def _content(connection: sqlite3.Connection, query: str) -> Content:
    digest, rows = blake2b(digest_size=16), 0
    for row in connection.execute(query):
        digest.update(repr(row).encode())
        rows += 1
    return Content(rows, digest.hexdigest())


def differing(one: dict[str, Content], other: dict[str, Content]) -> str:
    """The first table of which two descriptions say different things; "" when there is none."""
    return next((name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)), "")


def plain_tables(connection: sqlite3.Connection, schema: str = "main") -> list[str]:
    """The tables that hold rows themselves: all but the virtual ones, SQLite's statistics, and the manifest's."""
    query = f"SELECT name, sql FROM {schema}.sqlite_master WHERE type = 'table' ORDER BY name"  # noqa: S608 - ours
    rows = [(_text(name), _text(sql)) for name, sql in connection.execute(query)]
    return [
        name
        for name, sql in rows
        if name != TABLE and not is_virtual(sql) and (name == "sqlite_sequence" or not name.startswith("sqlite_"))
    ]


def is_virtual(sql: str) -> bool:
    """Whether that statement makes a table whose rows lie in others, as a full-text index does."""
    return sql.upper().startswith("CREATE VIRTUAL")


def columns(connection: sqlite3.Connection, table: str, schema: str = "main") -> list[str]:
    """A table's columns, quoted; those that SQLite computes are left out."""
    return [quoted(_text(row[1])) for row in connection.execute(f"PRAGMA {schema}.table_info({quoted(table)})")]


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether the database has a table of that name."""
    query = "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (name,)).fetchone() is not None


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it is."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: str | bytes | None) -> str:
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else value or ""
