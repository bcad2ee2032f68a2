"""The whole state in one file, and back again, while the server runs.

The state is the database. What the server can make again stays out (posters, cache), and so does the secret key: a
backup opens nobody's session. It does hold the hashes of passwords, and is readable by its owner alone.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from cachalot.api import invalidate
from django.conf import settings
from django.core.cache import cache
from django.db import Error, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from django.utils.module_loading import import_string

from videoserver import manifest
from videoserver.manifest import BadBackupError, Content, Manifest
from videoserver.sqlite import init_command

TURN_SECONDS = 60
"""How long we wait for our turn to write."""
START_AFRESH = "Stop the server, move the database away, and restore again"


class RefusedError(Exception):
    """Nothing was changed; the message says why, in one line."""


@dataclass(frozen=True)
class BackupReport:
    """A backup that was written and read again."""

    path: Path
    size: int
    manifest: Manifest


@dataclass(frozen=True)
class RestoreReport:
    """What a restore put in place."""

    manifest: Manifest
    migrated: bool
    """Whether the backup was of an older version and was brought up to date."""
    saved: Path | None
    """A backup of the state before; None where there was none."""


def back_up(target: Path, *, replace: bool = False) -> BackupReport:
    """Write the state of one moment, all that was acknowledged before included, and read it again.

    The file is there whole or not at all. Raises RefusedError: for a file that is there already (with `replace`: that
    is no earlier backup), a place in a library folder, or a database that can't be copied.
    """
    database = _database()
    if not database.is_file():
        raise RefusedError(f"There is no database yet at {database}")
    try:
        target = target.resolve()
        _check_target(target, database, replace)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as room:
            copy = Path(room) / "backup"
            described = _copy_live(database, copy)
            if manifest.verified(copy) != described:
                raise RefusedError(f"The copy in {target.parent} is not what was written to it")
            _sync(copy, 0o600)
            size = copy.stat().st_size
            copy.replace(target)
            _sync(target.parent)
    except OSError as error:
        raise RefusedError(f"{error.filename or target}: {error.strerror}") from error
    except (sqlite3.Error, Error, BadBackupError) as error:
        raise RefusedError(f"The database can't be copied: {error}") from error
    return BackupReport(target, size, described)


def restore(source: Path) -> RestoreReport:
    """Put a backup's state in the place of the present one, of which a backup is made at that moment.

    All in one transaction, which is committed once every row that was written has been compared with the backup's.
    Waits for a scan or an import under way. Raises RefusedError.
    """
    database = _database()
    try:
        described = manifest.verified(source)
    except BadBackupError as error:
        raise RefusedError(str(error)) from error
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    unknown = sorted(set(described.migrations) - known)
    if unknown:
        raise RefusedError(f"{source} was made by a newer version of Videoserver, whose {unknown[0]} we don't know")
    behind = bool(known - set(described.migrations))
    try:
        with import_string("library.locking.exclusive")("scan"), _workspace() as room:
            staged = room / "db.sqlite3"
            wanted = _stage(source, described, staged, behind)
            saved = _replace(database, staged, wanted)
    except OSError as error:
        raise RefusedError(f"{error.filename or database}: {error.strerror}") from error
    except (sqlite3.OperationalError, OperationalError) as error:
        raise RefusedError(f"The database {database} can't be replaced: {error}") from error
    except (sqlite3.Error, Error) as error:
        raise RefusedError(f"{database}: {error}. {START_AFRESH}") from error
    _forget_cached()
    import_string("library.tasks.rescan").enqueue()
    return RestoreReport(described, behind, saved)


# --- Backing up ------------------------------------------------------------------------------------------------


def _database() -> Path:
    """The file of the database. Raises RefusedError where it is none."""
    if connection.vendor != "sqlite":
        raise RefusedError("This works with SQLite only so far: for PostgreSQL, use pg_dump and pg_restore.")
    return Path(connection.settings_dict["NAME"]).resolve()


def _check_target(target: Path, database: Path, replace: bool) -> None:
    for _mount, root in settings.VIDEO_ROOTS:
        if target.is_relative_to(root.resolve()):
            raise RefusedError(f"{target} lies in the library folder {root}, which is never written to")
    if target == database:
        raise RefusedError(f"{target} is the database itself")
    if target.is_dir():
        raise RefusedError(f"{target} is a folder: name a file")
    if target.exists() and not replace:
        raise RefusedError(f"{target} is there already: --force replaces it")
    if target.exists() and not _is_backup(target):
        raise RefusedError(f"{target} is no earlier backup, which is all that --force replaces")


def _is_backup(path: Path) -> bool:
    try:
        with closing(manifest.read_only(path)) as file:
            return manifest.has_table(file, manifest.TABLE)
    except sqlite3.DatabaseError:
        return False


def _copy_live(database: Path, copy: Path) -> Manifest:
    """Copy the database at one moment, and describe that moment from the database itself, not from the copy."""
    with (
        closing(_open(database, "rw")) as live,
        closing(sqlite3.connect(copy, isolation_level=None)) as new,
    ):
        with _places_carried(live):
            live.execute("BEGIN")
            live.execute("SELECT name FROM sqlite_master LIMIT 1").fetchone()  # the moment of the copy
        described = _describe(live)
        live.backup(new)
        live.execute("ROLLBACK")
        new.execute("PRAGMA journal_mode = DELETE")  # the copy came as WAL, which is more than one file
        described.write(new)
    return described


def _places_carried(live: sqlite3.Connection) -> AbstractContextManager[None]:
    """The database holds what is noted beside it, where it holds a library, and nothing is noted meanwhile."""
    if not manifest.has_table(live, manifest.MIGRATIONS):
        return nullcontext()
    carried: AbstractContextManager[None] = import_string("library.positions.in_the_database")()
    return carried


def _describe(live: sqlite3.Connection) -> Manifest:
    if not manifest.has_table(live, manifest.MIGRATIONS):
        raise RefusedError("The database holds no library yet")
    applied = live.execute(f"SELECT app, name FROM {manifest.MIGRATIONS} ORDER BY 1, 2")  # noqa: S608 - our own name
    return Manifest(
        version=_version(),
        made_at=timezone.localtime().isoformat(timespec="seconds"),
        migrations=[f"{app}.{name}" for app, name in applied],
        tables=manifest.contents(live),
    )


def _version() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def _open(database: Path, mode: str) -> sqlite3.Connection:
    uri = f"{database.as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=TURN_SECONDS)


def _sync(path: Path, mode: int | None = None) -> None:
    """Have a file's or folder's bytes on the disk; set the mode before, where one is given."""
    if mode is not None:
        path.chmod(mode)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- Restoring -------------------------------------------------------------------------------------------------


@contextmanager
def _workspace() -> Iterator[Path]:
    """A folder in the data dir that is gone afterwards; what a killed restore left in it is gone before.

    Only who holds the lock may ask for it.
    """
    room = settings.DATA_DIR / "restoring"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(mode=0o700)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _stage(source: Path, described: Manifest, staged: Path, behind: bool) -> dict[str, Content]:
    """Copy a backup aside, bring it up to date there, and return what its tables then hold. Raises RefusedError."""
    shutil.copyfile(source, staged)
    with closing(_open(staged, "rw")) as copy:
        difference = manifest.differing(described.tables, manifest.contents(copy))
        if difference:
            raise RefusedError(f"{source} was changed while it was read: {difference}")
        copy.execute(f"DROP TABLE {manifest.TABLE}")
    if behind:
        _migrate(source, staged.parent)
    with closing(_open(staged, "rw")) as copy:
        return manifest.contents(copy)


def _migrate(source: Path, room: Path) -> None:
    """Migrate the database of a data dir in a process of its own, so that nothing of it gets into our query cache."""
    environment = {**os.environ, "VIDEOSERVER_DATA_DIR": str(room)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "--no-input", "--verbosity", "0"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode:
        reason = (ended.stderr.strip().splitlines() or [f"status {ended.returncode}"])[-1]
        raise RefusedError(f"{source} can't be brought up to date: {reason}")


def _replace(database: Path, staged: Path, wanted: dict[str, Content]) -> Path | None:
    """Replace all tables in one transaction; returns where the state before was saved.

    Writers wait meanwhile, of the 20 s that they have: 3 at 100,000 videos, 8 where somebody wrote while the state
    before was saved. Readers see the old state until the commit.
    """
    with closing(_open(database, "rwc")) as live:
        live.executescript(init_command())
        live.execute("PRAGMA foreign_keys = OFF")
        live.execute("ATTACH ? AS staged", (str(staged),))
        is_library = manifest.has_table(live, manifest.MIGRATIONS)
        of_another = not is_library or _made_at(live, "main") != _made_at(live, "staged")
        with _places_carried(live):
            saved = _save_and_lock(live)
            _drop_all(live)
            _copy_all(live)
            difference = manifest.differing(wanted, manifest.contents(live))
            if difference:
                raise RefusedError(f"{difference} would not be what the backup holds")
            if of_another:  # what was noted beside a database that was moved away would count as later
                import_string("library.bookmarks.set_aside")("before-restore")
            live.execute("COMMIT")
        live.execute("PRAGMA busy_timeout = 0")
        live.execute("PRAGMA main.wal_checkpoint(TRUNCATE)")  # gives the disk space back, unless somebody reads
    return saved


def _made_at(live: sqlite3.Connection, schema: str) -> list[tuple[str]]:
    """When a database with a library was made, which is so of no other."""
    query = f"SELECT applied FROM {schema}.{manifest.MIGRATIONS} WHERE app = 'library' ORDER BY id LIMIT 1"  # noqa: S608
    return live.execute(query).fetchall()


def _save_and_lock(live: sqlite3.Connection) -> Path | None:
    """Begin to write, having saved the very last state before; returns where. None where there is no state yet."""
    seen = _commits_of_others(live)
    saved = _save_present() if manifest.has_table(live, manifest.MIGRATIONS) else None
    live.execute("BEGIN IMMEDIATE")
    if saved and _commits_of_others(live) != seen:
        saved.unlink()
        saved = _save_present()
    return saved


def _commits_of_others(live: sqlite3.Connection) -> int:
    """A number that is another one once somebody else has written."""
    return int(live.execute("PRAGMA main.data_version").fetchone()[0])


def _save_present() -> Path:
    stamp = f"{timezone.localtime():%Y-%m-%d_%H%M%S_%f}"
    try:
        return back_up(settings.DATA_DIR / "backups" / f"before-restore-{stamp}.sqlite3").path
    except RefusedError as error:
        raise RefusedError(f"The present state can't be saved first ({error}). {START_AFRESH}") from error


def _drop_all(live: sqlite3.Connection) -> None:
    """Drop triggers and views, then virtual tables with those that are part of them, then the rest."""
    rows = live.execute("SELECT type, name, sql FROM main.sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    rank = {"trigger": 0, "view": 1}
    found = [(rank.get(kind, 3 - manifest.is_virtual(sql or "")), kind, name) for kind, name, sql in rows]
    for _rank, kind, name in sorted(found):
        if kind != "index":
            live.execute(f"DROP {kind} IF EXISTS main.{manifest.quoted(name)}")


def _copy_all(live: sqlite3.Connection) -> None:
    """Make what `staged` has: virtual tables first, since they make tables of their own; triggers last."""
    rows = live.execute(
        "SELECT type, name, sql FROM staged.sqlite_master "
        "WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
    ).fetchall()
    tables = sorted((row for row in rows if row[0] == "table"), key=lambda row: not manifest.is_virtual(row[2]))
    for _kind, name, sql in tables:
        if not manifest.has_table(live, name):
            live.execute(sql)
    for name in manifest.plain_tables(live, "staged"):
        listed = ", ".join(manifest.columns(live, name, "staged"))
        table = manifest.quoted(name)
        live.execute(f"DELETE FROM main.{table}")  # noqa: S608 - names that are quoted
        live.execute(f"INSERT INTO main.{table} ({listed}) SELECT {listed} FROM staged.{table}")  # noqa: S608
    for kind in ("index", "view", "trigger"):
        for _kind, _name, sql in (row for row in rows if row[0] == kind):
            live.execute(sql)


def _forget_cached() -> None:
    """Let every process read the database again; a result of before that is stored only now counts for nothing."""
    connection.close()
    cache.clear()
    invalidate()
