"""Sidecar files and the later store, beside the four documents."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library import curating, legacy_store, naming
from library.importing import ImportRefusedError, import_folder
from library.legacy import UnreadableDocumentError
from library.models import Favorite, Video
from tests import legacy_files
from tests.builders import NEW_YEAR, Folder

pytestmark = pytest.mark.django_db

SCHEMA = """
    CREATE TABLE videos (filename TEXT PRIMARY KEY, added_date REAL, file_size INTEGER, duration REAL);
    CREATE TABLE ratings (filename TEXT PRIMARY KEY, rating INTEGER);
    CREATE TABLE views (filename TEXT PRIMARY KEY, view_count INTEGER, last_viewed REAL);
    CREATE TABLE video_tags (filename TEXT, tag TEXT);
    CREATE TABLE favorites (filename TEXT PRIMARY KEY, created_at REAL);
"""
ADDED = datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC)


def a_store(folder: Path, **tables: list[tuple[Any, ...]]) -> Path:
    """`video_metadata.db` with those rows."""
    path = folder / legacy_store.NAME
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        for table, rows in tables.items():
            for row in rows:
                connection.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)
    return path


def video(path: str) -> Video:
    return Video.objects.with_standing().get(path=path)


def problems(folder: Folder) -> list[str]:
    return [str(problem) for problem in import_folder(folder.path).problems]


def test_the_store_alone_is_imported_whole(folder: Folder) -> None:
    folder.put("a.mp4")
    a_store(
        folder.path,
        videos=[("a.mp4", ADDED.timestamp(), 5, 1.5)],
        ratings=[("a.mp4", 4)],
        views=[("a.mp4", 12, ADDED.timestamp())],
        video_tags=[("a.mp4", "#sea"), ("a.mp4", "two words")],
        favorites=[("a.mp4", 1.0)],
    )
    report = import_folder(folder.path)
    a = video("a.mp4")
    assert (a.rating.stars, a.view_count.count, a.view_count.last_viewed_at, a.added_at) == (4, 12, ADDED, ADDED)
    assert curating.tag_names(a) == ["sea", "two words"]
    assert a.is_favorite
    assert report.problems == []
    assert not any(tally.written for tally in import_folder(folder.path).kinds.values())


def test_the_store_wins_and_tags_and_favourites_are_united(folder: Folder) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        folder.put(name)
    legacy_files.write(
        folder.path,
        ratings={"a.mp4": 1, "b.mp4": 2},
        views={"a.mp4": 100, "b.mp4": 7},
        tags={"a.mp4": ["#Sea"], "b.mp4": ["#old"]},
        favorites=["b.mp4", "a.mp4"],
    )
    a_store(
        folder.path,
        ratings=[("a.mp4", 5), ("b.mp4", 0)],
        views=[("a.mp4", 3, None)],
        video_tags=[("a.mp4", "sea"), ("a.mp4", "new")],
        favorites=[("c.mp4", 2.0), ("a.mp4", 1.0)],
    )
    import_folder(folder.path)
    assert (video("a.mp4").rating.stars, video("b.mp4").rating.stars) == (5, 2)
    assert (video("a.mp4").view_count.count, video("b.mp4").view_count.count) == (3, 7)
    assert curating.tag_names(video("a.mp4")) == ["new", "Sea"]
    assert Favorite.objects.paths() == ["b.mp4", "a.mp4", "c.mp4"]


@pytest.mark.parametrize("added", [0, None, "", "soon", 1e300, b"\x00"])
def test_without_a_usable_date_the_files_own_counts(folder: Folder, added: object) -> None:
    folder.put("a.mp4", modified=NEW_YEAR)
    a_store(folder.path, videos=[("a.mp4", added, 0, 0)])
    import_folder(folder.path)
    assert video("a.mp4").added_at == NEW_YEAR


def test_an_imported_date_survives_until_the_file_comes_and_after(folder: Folder) -> None:
    folder.put("other.mp4")
    a_store(folder.path, videos=[("late.mp4", ADDED.timestamp(), 0, 0), ("undated.mp4", None, 0, 0)])
    import_folder(folder.path)
    assert video("late.mp4").is_missing
    folder.put("sub/late.mp4", modified=NEW_YEAR)
    folder.put("undated.mp4", modified=NEW_YEAR)
    folder.scan()
    assert video("sub/late.mp4").added_at == ADDED
    assert video("undated.mp4").added_at == NEW_YEAR
    folder.put("sub/late.mp4", b"edited", modified=datetime(2025, 1, 1, tzinfo=UTC))
    folder.scan()
    assert video("sub/late.mp4").added_at == ADDED


@pytest.mark.parametrize("viewed", [ADDED.timestamp(), "2021-05-04 03:02:01", "2021-05-04T05:02:01+02:00"])
def test_the_last_view_is_read_from_seconds_and_from_text(folder: Folder, viewed: object) -> None:
    folder.put("a.mp4")
    a_store(folder.path, views=[("a.mp4", 1, viewed)])
    import_folder(folder.path)
    assert video("a.mp4").view_count.last_viewed_at == ADDED


def test_bad_rows_are_listed_and_the_others_taken(folder: Folder) -> None:
    folder.put("a.mp4")
    a_store(
        folder.path,
        ratings=[("a.mp4", 9), ("../b.mp4", 3), (b"\xff.mp4", 3), (None, 1)],
        views=[("a.mp4", -1, "yesterday")],
        video_tags=[("a.mp4", None), ("a.mp4", "good")],
    )
    listed = problems(folder)
    assert len(listed) == 7
    assert all(line.startswith("video_metadata.db: ") for line in listed)
    assert curating.tag_names(video("a.mp4")) == ["good"]


def test_a_store_that_lacks_tables_and_columns_gives_what_it_has(folder: Folder) -> None:
    folder.put("a.mp4")
    with closing(sqlite3.connect(folder.path / legacy_store.NAME)) as connection, connection:
        connection.execute("CREATE TABLE views (filename TEXT, view_count INTEGER)")
        connection.execute("CREATE TABLE ratings (file TEXT, rating INTEGER)")
        connection.execute("INSERT INTO views VALUES ('a.mp4', 3)")
    import_folder(folder.path)
    assert video("a.mp4").view_count.count == 3


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_store_that_is_no_database_stops_the_import(folder: Folder, content: bytes) -> None:
    legacy_files.write(folder.path, ratings={"a.mp4": 3})
    folder.put(legacy_store.NAME, content)
    with pytest.raises(ImportRefusedError, match=legacy_store.NAME):
        import_folder(folder.path)
    assert not Video.objects.exists()


@given(st.binary(max_size=400))
def test_no_content_makes_the_stores_reader_fail_otherwise(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes
) -> None:
    path = a_store(tmp_path_factory.getbasetemp(), ratings=[("a.mp4", 3)])
    content = bytearray(path.read_bytes())
    content[100 : 100 + len(junk)] = junk
    path.write_bytes(content)
    try:
        collection = legacy_store.read(path)
    except UnreadableDocumentError:
        return
    assert set(collection.ratings.values()) <= {1, 2, 3, 4, 5}


def test_reading_the_store_leaves_its_folder_as_it_was(folder: Folder) -> None:
    folder.put("a.mp4")
    path = a_store(folder.path)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("INSERT INTO ratings VALUES ('a.mp4', 2)")
        writer.commit()
        before = {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(folder.path)}
        import_folder(folder.path)
        assert {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(folder.path)} == before
    assert video("a.mp4").rating.stars == 2


@pytest.mark.parametrize("name", ["a film.mp4.json", "a film.json"])
def test_a_sidecar_gives_its_video_its_tags(folder: Folder, name: str) -> None:
    for place in ("a film.mp4", "sub/a film.mp4"):
        folder.put(place)
    folder.put(f"sub/{name}", b'\xef\xbb\xbf{"tags": ["#sea", "Two words", "#SEA"]}')
    import_folder(folder.path)
    assert curating.tag_names(video("sub/a film.mp4")) == ["sea", "Two words"]
    assert curating.tag_names(video("a film.mp4")) == []


def test_sidecars_and_documents_are_united(folder: Folder) -> None:
    folder.put("a.mp4")
    folder.put("a.mp4.json", b'{"tags": ["#one"]}')
    legacy_files.write(folder.path, tags={"a.mp4": ["#two", "#ONE"]})
    import_folder(folder.path)
    assert curating.tag_names(video("a.mp4")) == ["ONE", "two"]


def test_a_sidecar_of_a_file_that_is_away_waits_with_it(folder: Folder) -> None:
    folder.put("other.mp4")
    folder.put("sub/away.mp4.json", b'{"tags": ["#sea"]}')
    assert import_folder(folder.path).waiting == ["sub/away.mp4"]
    assert curating.tag_names(video("sub/away.mp4")) == ["sea"]


def test_other_peoples_json_is_left_alone(folder: Folder) -> None:
    folder.put("a.mp4")
    folder.put("a.json", b'{"title": "no tags"}')
    folder.put("package.json", b'{"tags": ["#no"]}')
    folder.put("a.mp4.json", b"[1, 2]")
    with pytest.raises(ImportRefusedError, match="none of"):
        import_folder(folder.path)


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"tags": 3}', b'{"tags": [3]}', b"[" * 100_000, b" " * 2_000_000])
def test_a_faulty_sidecar_is_listed_and_stops_nothing(folder: Folder, content: bytes) -> None:
    folder.put("a.mp4")
    folder.put("sub/b.mp4")
    folder.put("sub/b.mp4.json", content)
    folder.put("a.mp4.json", b'{"tags": ["#good"]}')
    (listed,) = problems(folder)
    assert listed.startswith("sub/b.mp4.json: ")
    assert curating.tag_names(video("a.mp4")) == ["good"]


def test_a_folder_within_the_library_is_imported_for_its_own_files(folder: Folder) -> None:
    folder.put("a.mp4")
    folder.put("sub/a.mp4")
    legacy_files.write(folder.path / "sub", ratings={"a.mp4": 2, "away.mp4": 3})
    import_folder(folder.path / "sub")
    assert (video("a.mp4").rating.stars, video("sub/a.mp4").rating.stars) == (None, 2)
    assert video("sub/away.mp4").is_missing


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "yesterday",
        float("inf"),
        1e300,
        -1e300,
        b"\xff",
        10**18,
    ],
)
def test_a_moment_beyond_the_calendar_is_a_problem_and_not_the_end(folder: Folder, moment: Any) -> None:
    folder.put("a.mp4")
    a_store(folder.path, videos=[("a.mp4", moment, 5, 1.5)], views=[("a.mp4", 3, moment)])
    assert len(problems(folder)) == 2
    assert (video("a.mp4").view_count.count, video("a.mp4").added_at) == (3, NEW_YEAR)


@pytest.mark.parametrize("moment", ["2021-05-04T03:02:01", "2021-05-04 05:02:01+02:00", ADDED.timestamp()])
def test_a_moment_is_taken_from_seconds_or_from_text_in_any_zone(folder: Folder, moment: Any) -> None:
    folder.put("a.mp4")
    a_store(folder.path, videos=[("a.mp4", moment, 5, 1.5)])
    assert problems(folder) == []
    assert video("a.mp4").added_at == ADDED


def test_a_folder_whose_name_is_not_utf_8_may_hold_documents(folder: Folder) -> None:
    name = os.fsdecode(b"caf\xe9")
    folder.put(f"{name}/a.mp4")
    legacy_files.write(folder.path / name, ratings={"a.mp4": 3, "away.mp4": 4})
    report = import_folder(folder.path / name)
    assert (report.matched, report.waiting) == (1, ["away.mp4"])
    assert video(f"{naming.to_stored(name)}/a.mp4").rating.stars == 3
    assert video(f"{naming.to_stored(name)}/away.mp4").rating.stars == 4
