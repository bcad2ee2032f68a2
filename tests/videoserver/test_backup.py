"""manage.py backup and restore: the whole state in one file, and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from library import curating, lists, positions, searching
from library.finding.parsing import parsed
from library.models import Position, Tag, Video, Viewing
from tests.builders import Folder, a_video, an_account, dump
from tests.videoserver import damages
from videoserver import backup, manifest
from videoserver.backup import RefusedError

Capture = pytest.CaptureFixture[str]
Rows = dict[str, list[tuple[Any, ...]]]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def library(folder: Folder) -> Video:
    """A library with something of everything; returns one of its videos."""
    a_video("gone \N{CLAPPER BOARD}.mp4", missing=True, views=3)
    account = an_account()
    video = a_video("a.mp4", title="The long walk", stars=4, views=7, tags=["sea", "two words"], favorite=True)
    for owner in (account.pk, None):
        lists.add(lists.new_playlist(owner, "Sundays"), video)
        lists.keep_for_later(owner, video, True)
        Viewing.objects.note(owner, video, timezone.now())
        positions.mark(owner, video, True)
    return video


@pytest.fixture
def saved(library: Video, tmp_path: Path) -> Path:
    """A backup of that library."""
    return backup.back_up(tmp_path / "saved" / "backup.sqlite3").path


def rows_of(path: Path) -> Rows:
    """Every row of a database, by table, save a backup's manifest; virtual tables keep theirs in others."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        names = [name for (name,) in database.execute(query)]
        return {
            name: sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for name in names
            if name != manifest.TABLE
        }


def live() -> Rows:
    return rows_of(Path(connection.settings_dict["NAME"]))


def test_a_backup_holds_every_row_of_the_database(library: Video, tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "new folder" / "backup.sqlite3"
    call_command("backup", target)
    assert rows_of(target) == live()
    assert len(live()["library_video"]) == 2
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    output = capsys.readouterr().out
    assert f"Backup: {target}\n" in output
    assert f"{sum(map(len, live().values())) + schema_size(target)} rows in " in output


def schema_size(path: Path) -> int:
    query = "SELECT count(*) FROM sqlite_master WHERE name != ?"
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute(query, (manifest.TABLE,)).fetchone()[0])


def test_a_backup_says_what_it_is(saved: Path) -> None:
    described = manifest.verified(saved)
    assert described.version == "1.0"
    assert "library.0001_initial" in described.migrations
    assert described.tables["library_video"].rows == 2
    with closing(sqlite3.connect(saved)) as database:
        (text,) = database.execute(f"SELECT manifest FROM {manifest.TABLE}").fetchone()
    assert json.loads(text)["tables"]["library_video"][0] == 2


def test_the_secret_key_is_in_no_backup(saved: Path, settings: Any) -> None:
    assert settings.SECRET_KEY.encode() not in saved.read_bytes()


def test_two_backups_of_one_state_describe_it_alike(saved: Path, tmp_path: Path) -> None:
    again = backup.back_up(tmp_path / "again")
    assert again.manifest.tables == manifest.verified(saved).tables


def test_restore_brings_back_exactly_what_was_saved(saved: Path, library: Video, capsys: Capture) -> None:
    before = dump()
    curating.rate(library, 1)
    curating.add_tag(library, "later")
    a_video("later.mp4")
    Video.objects.filter(path__startswith="gone").delete()
    call_command("restore", saved)
    assert dump() == before
    assert [tag.name for tag in Tag.objects.all()] == ["sea", "two words"]
    changed_since = {"django_tasks_database_dbtaskresult"}
    assert {name for name, rows in live().items() if rows != rows_of(saved)[name]} == changed_since
    assert "Restored: the state of 20" in capsys.readouterr().out


def test_where_people_are_is_in_the_backup_and_comes_back_with_it(library: Video, tmp_path: Path) -> None:
    """It is noted beside the database; what is noted later is saved with the state before the restore."""
    positions.save(None, library, 700, 3600)
    saved = backup.back_up(tmp_path / "saved" / "backup.sqlite3").path
    assert any(row[1] == 700 for row in rows_of(saved)["library_position"])
    positions.save(None, library, 900, 3600)
    before = backup.restore(saved).saved
    assert before
    assert positions.of(None, [library.pk])[library.pk].seconds == 700
    assert [place.seconds for place in Position.objects.of(None)] == [700]
    backup.restore(before)
    assert positions.of(None, [library.pk])[library.pk].seconds == 900


def test_what_is_made_after_a_restore_gets_the_ids_that_it_would_have_got(saved: Path) -> None:
    following = a_video("next.mp4").pk
    backup.restore(saved)
    assert a_video("next.mp4").pk == following


def test_a_restored_database_is_made_as_ours_are(saved: Path) -> None:
    def schema() -> list[Any]:
        with connection.cursor() as cursor:
            return cursor.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()

    before = schema()
    backup.restore(saved)
    assert schema() == before


def test_the_state_before_a_restore_is_saved_first_and_can_be_restored(saved: Path, library: Video) -> None:
    curating.add_tag(library, "later")
    before = dump()
    report = backup.restore(saved)
    assert dump() != before
    assert report.saved
    backup.restore(report.saved)
    assert dump() == before


def test_a_restore_asks_for_a_rescan(saved: Path) -> None:
    backup.restore(saved)
    with connection.cursor() as cursor:
        tasks = cursor.execute("SELECT task_path FROM django_tasks_database_dbtaskresult").fetchall()
    assert tasks == [("library.tasks.rescan",)]


def test_a_restore_leaves_nothing_behind_but_the_backup(saved: Path, settings: Any) -> None:
    (settings.DATA_DIR / "restoring").mkdir(parents=True)
    (settings.DATA_DIR / "restoring" / "of a killed one").write_text("")
    report = backup.restore(saved)
    assert report.saved
    assert {path.name for path in settings.DATA_DIR.iterdir()} == {"backups", "scan.lock"}
    assert list((settings.DATA_DIR / "backups").iterdir()) == [report.saved]


def test_an_index_for_full_texts_comes_back_with_its_triggers(library: Video, tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIRTUAL TABLE extra_text USING fts5(title, content='library_video', content_rowid='id')")
        cursor.execute("INSERT INTO extra_text (extra_text) VALUES ('rebuild')")
        cursor.execute(
            "CREATE TRIGGER extra_insert AFTER INSERT ON library_video BEGIN "
            "INSERT INTO extra_text (rowid, title) VALUES (new.id, new.title); END"
        )
        cursor.execute("CREATE VIEW extra_titles AS SELECT title FROM library_video")
    try:
        saved = backup.back_up(tmp_path / "saved").path
        a_video("walking later.mp4")
        assert found("walk*") == ["The long walk", "walking later"]
        backup.restore(saved)
        assert found("walk*") == ["The long walk"]
        a_video("walking again.mp4")
        assert found("walk*") == ["The long walk", "walking again"]
        backup.restore(saved)
        assert found("walk*") == ["The long walk"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER extra_insert")
            cursor.execute("DROP VIEW extra_titles")
            cursor.execute("DROP TABLE extra_text")


def test_the_search_finds_what_was_saved_and_what_comes_later(saved: Path) -> None:
    def sees(text: str) -> list[str]:
        return sorted(searching.matching(parsed(text).query).values_list("path", flat=True))

    a_video("walking later.mp4")
    assert sees("walk") == ["a.mp4", "walking later.mp4"]
    backup.restore(saved)
    assert sees("walk") == ["a.mp4"]
    a_video("walking again.mp4")
    assert sees("walk") == ["a.mp4", "walking again.mp4"]
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as database:  # without anything of ours
        database.execute("UPDATE library_video SET words = '  swim ' WHERE path = 'a.mp4'")
        database.commit()
    assert (sees("walk"), sees("swim")) == (["walking again.mp4"], ["a.mp4"])


def found(words: str) -> list[str]:
    with connection.cursor() as cursor:
        query = "SELECT title FROM extra_text WHERE extra_text MATCH %s ORDER BY title"
        return [title for (title,) in cursor.execute(query, [words]).fetchall()]


# --- What is refused -------------------------------------------------------------------------------------------


def test_force_replaces_an_earlier_backup_and_nothing_else(saved: Path, library: Video, tmp_path: Path) -> None:
    curating.add_tag(library, "later")
    with pytest.raises(CommandError, match=r"^Nothing was backed up: .* is there already: --force replaces it$"):
        call_command("backup", saved)
    call_command("backup", saved, "--force")
    assert rows_of(saved) == live()
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ada")
    with pytest.raises(CommandError, match="is no earlier backup"):
        call_command("backup", letter, "--force")
    assert letter.read_text() == "Dear Ada"


def in_the_library(folder: Folder) -> Path:
    return folder.path / "sub" / "backup"


def in_another_root(folder: Folder) -> Path:
    return folder.beside("other").path / "backup"


def by_a_link(folder: Folder) -> Path:
    (folder.path.parent / "link").symlink_to(folder.path)
    return folder.path.parent / "link" / "backup"


def the_database(folder: Folder) -> Path:
    return Path(connection.settings_dict["NAME"])


def a_folder(folder: Folder) -> Path:
    return folder.path.parent


def below_a_file(folder: Folder) -> Path:
    (folder.path.parent / "file").write_text("")
    return folder.path.parent / "file" / "backup"


def a_long_name(folder: Folder) -> Path:
    return folder.path.parent / ("x" * 300)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (in_the_library, "never written to"),
        (in_another_root, "never written to"),
        (by_a_link, "never written to"),
        (the_database, "is the database itself"),
        (a_folder, "name a file"),
        (below_a_file, "Not a directory|File exists"),
        (a_long_name, "File name too long"),
    ],
)
def test_a_place_where_no_backup_belongs_is_refused_in_one_line(
    folder: Folder, library: Video, place: Callable[[Folder], Path], reason: str
) -> None:
    target, before = place(folder), live()
    with pytest.raises(RefusedError, match=reason) as refused:
        backup.back_up(target, replace=True)
    assert "\n" not in str(refused.value)
    assert live() == before
    assert list(folder.path.iterdir()) == []


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (damages.half, "damaged"),
        (damages.a_page_less, "damaged"),
        (damages.a_byte_less, "damaged"),
        (damages.a_letter_changed, "is damaged: .* is not what was written"),
        (damages.empty, "was not made by the command backup"),
        (damages.garbage, "is no backup, or damaged: file is not a database"),
        (damages.garbage_with_a_head, "damaged"),
        (damages.gone, "is no file"),
        (damages.another_folder, "is no file"),
        (damages.foreign, "was not made by the command backup"),
        (damages.the_bare_database, "was not made by the command backup"),
        (damages.a_row_less, "is damaged: library_favorite is not what was written"),
        (damages.a_column_less, "is damaged: sqlite_master is not what was written"),
        (damages.no_manifest_in_its_table, "its manifest can't be read"),
        (damages.another_manifest, "its manifest can't be read"),
        (damages.a_later_format, "made by a newer version"),
        (damages.a_later_version, "made by a newer version of Videoserver, whose library.9999_initial we don't know"),
    ],
)
def test_what_is_no_whole_backup_is_refused_in_one_line_and_changes_nothing(
    saved: Path, settings: Any, damage: Callable[[Path], None], reason: str
) -> None:
    damage(saved)
    before = live()
    with pytest.raises(CommandError, match=rf"^Nothing was restored: {saved}.*{reason}") as refused:
        call_command("restore", saved)
    assert "\n" not in str(refused.value)
    assert live() == before
    assert not settings.DATA_DIR.exists()
    assert not list(saved.parent.glob("backup.sqlite3-*"))


@pytest.fixture
def elsewhere(saved: Path, tmp_path: Path) -> Iterator[Path]:
    """The place of a database that isn't there."""
    with moved_to(tmp_path / "elsewhere.sqlite3") as place:
        yield place


@contextmanager
def moved_to(place: Path) -> Iterator[Path]:
    """The database is at another place until the end of the block."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(place)
    try:
        yield place
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name


def test_without_a_database_there_is_nothing_to_back_up(elsewhere: Path, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="There is no database yet"):
        backup.back_up(tmp_path / "new")
    sqlite3.connect(elsewhere).close()
    elsewhere.touch()
    with pytest.raises(RefusedError, match="holds no library yet"):
        backup.back_up(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_backup_is_restored_where_no_database_is(saved: Path, elsewhere: Path) -> None:
    report = backup.restore(saved)
    assert report.saved is None
    assert rows_of(elsewhere)["library_video"] == rows_of(saved)["library_video"]


@pytest.mark.parametrize("started", [False, True])
def test_places_noted_beside_a_database_that_was_moved_away_are_not_those_of_the_backup(
    library: Video, tmp_path: Path, settings: Any, started: bool
) -> None:
    """Whether or not the server was started without it."""
    positions.save(None, library, 700, 3600)
    saved = backup.back_up(tmp_path / "saved" / "backup.sqlite3").path
    positions.save(None, library, 900, 3600)
    with moved_to(tmp_path / "elsewhere.sqlite3") as elsewhere:
        if started:
            with closing(sqlite3.connect(saved)) as made, closing(sqlite3.connect(elsewhere)) as fresh:
                made.backup(fresh)
                fresh.execute(f"DROP TABLE {manifest.TABLE}")
                fresh.execute(f"UPDATE {manifest.MIGRATIONS} SET applied = '2024-01-01'")
                fresh.commit()
        backup.restore(saved)
        assert positions.of(None, [library.pk])[library.pk].seconds == 700
    assert len(list(settings.DATA_DIR.glob("bookmarks-before-restore-*.sqlite3"))) == 1


@pytest.mark.parametrize("damage", [damages.half, damages.garbage, damages.garbage_with_a_head])
def test_a_damaged_database_is_not_replaced_behind_its_owners_back(
    saved: Path, elsewhere: Path, damage: Callable[[Path], None]
) -> None:
    backup.restore(saved)
    connection.close()
    damage(elsewhere)
    before = elsewhere.read_bytes()
    with pytest.raises(RefusedError, match="Stop the server, move the database away, and restore again") as refused:
        backup.restore(saved)
    assert "\n" not in str(refused.value)
    assert elsewhere.read_bytes() == before
