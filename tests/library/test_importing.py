"""What an import brings, and what it leaves as it is."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from library import curating, importing
from library.importing import ImportRefusedError, ImportReport, import_folder
from library.models import Favorite, Rating, Tag, Video, ViewCount
from tests import legacy_files
from tests.builders import Folder, a_video, dump

pytestmark = pytest.mark.django_db


def imported(folder: Folder, *, dry_run: bool = False, strict: bool = False, **documents: Any) -> ImportReport:
    return import_folder(legacy_files.write(folder.path, **documents), dry_run=dry_run, strict=strict)


def stars() -> dict[str, int]:
    return dict(Rating.objects.exclude(stars=None).values_list("video__path", "stars"))


def tags() -> dict[str, list[str]]:
    return {video.path: curating.tag_names(video) for video in Video.objects.filter(tags__isnull=False).distinct()}


def changed(report: ImportReport) -> int:
    return sum(tally.written for tally in report.kinds.values())


@pytest.fixture
def whole(folder: Folder) -> dict[str, Any]:
    """A whole collection: its files, and the documents beside them."""
    documents = legacy_files.collection()
    for name in documents["ratings"]:
        folder.put(name)
    legacy_files.write(folder.path, **documents)
    return documents


def test_all_counts_of_a_whole_collection_match_the_files(folder: Folder, whole: dict[str, Any]) -> None:
    report = import_folder(folder.path)
    assert stars() == whole["ratings"]
    assert dict(ViewCount.objects.filter(count__gt=0).values_list("video__path", "count")) == {
        name: count for name, count in whole["views"].items() if count
    }
    assert Favorite.objects.paths() == whole["favorites"]["favorites"]
    assert Tag.objects.count() == 149
    assert {name: len(listed) for name, listed in tags().items()} == {
        name: len({tag.casefold() for tag in listed}) for name, listed in whole["tags"].items()
    }
    assert (report.matched, report.waiting, report.problems) == (297, [], [])
    assert Video.objects.missing().count() == 0


def test_a_second_import_changes_nothing(folder: Folder, whole: dict[str, Any]) -> None:
    first = import_folder(folder.path)
    before = dump()
    second = import_folder(folder.path)
    assert dump() == before
    assert changed(first) > 1000
    assert changed(second) == 0
    assert [t.unchanged for t in second.kinds.values()] == [t.written + t.unchanged for t in first.kinds.values()]


def test_a_dry_run_tells_the_same_and_writes_nothing_at_all(folder: Folder, whole: dict[str, Any]) -> None:
    folder.put_and_scan("known before.mp4")
    before = dump()
    rehearsal = import_folder(folder.path, dry_run=True)
    assert dump() == before
    real = import_folder(folder.path)
    assert rehearsal.dry_run
    assert (rehearsal.kinds, rehearsal.matched, rehearsal.waiting) == (real.kinds, real.matched, real.waiting)


@pytest.mark.parametrize("favorites", [{"favorites": ["b.mp4", "a.mp4"]}, ["b.mp4", "a.mp4"]])
def test_favourites_keep_the_order_of_adding(folder: Folder, favorites: Any) -> None:
    folder.put("a.mp4")
    folder.put("b.mp4")
    imported(folder, favorites=favorites)
    assert Favorite.objects.paths() == ["b.mp4", "a.mp4"]
    assert [video.path for video in Video.objects.favorites()] == ["a.mp4", "b.mp4"]


def test_of_too_many_markers_the_first_are_taken_and_it_is_told(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_MARKERS", 2)
    folder.put("a.mp4")
    report = imported(folder, markers={"a.mp4": [{"seconds": second} for second in range(3)]})
    assert (report.kinds["markers"].written, report.kinds["markers"].unchanged) == (2, 1)
    assert list(map(str, report.problems)) == ["markers.json: a.mp4: more than 2 markers"]


def test_a_dry_run_names_accounts_and_makes_none(folder: Folder) -> None:
    folder.put("a.mp4")
    report = imported(folder, dry_run=True, markers={"a.mp4": [{"seconds": 9, "account": "ann"}]})
    assert report.accounts == ["ann"]
    assert not get_user_model().objects.exists()


def test_empty_favourites_are_none(folder: Folder) -> None:
    folder.put("a.mp4")
    assert imported(folder, favorites={}).kinds["favourites"].entries == 0


def test_stars_that_were_given_by_hand_stay(folder: Folder) -> None:
    curating.rate(folder.put_and_scan("a.mp4"), 2)
    folder.put("b.mp4")
    imported(folder, ratings={"a.mp4": 5, "b.mp4": 4})
    assert stars() == {"a.mp4": 2, "b.mp4": 4}


def test_stars_that_an_import_brought_follow_a_later_file(folder: Folder) -> None:
    folder.put("a.mp4")
    imported(folder, ratings={"a.mp4": 5})
    assert imported(folder, ratings={"a.mp4": 3}).kinds["stars"].written == 1
    assert stars() == {"a.mp4": 3}


def test_a_lower_view_count_does_not_lower_ours(folder: Folder) -> None:
    a_video("a.mp4", views=7)
    a_video("b.mp4", views=7)
    folder.put("a.mp4")
    folder.put("b.mp4")
    imported(folder, views={"a.mp4": 3, "b.mp4": 9})
    assert dict(Video.objects.view_counts()) == {"a.mp4": 7, "b.mp4": 9}


def test_tags_and_favourites_that_people_set_here_stay_beside_the_new(folder: Folder) -> None:
    a_video("a.mp4", tags=["ours"], favorite=True)
    folder.put("a.mp4")
    folder.put("b.mp4")
    imported(folder, tags={"a.mp4": ["#theirs"]}, favorites=["b.mp4"])
    assert tags() == {"a.mp4": ["ours", "theirs"]}
    assert Favorite.objects.paths() == ["a.mp4", "b.mp4"]


def test_a_tag_that_exists_in_another_case_is_used_with_its_spelling(folder: Folder) -> None:
    a_video("a.mp4", tags=["Sea"])
    folder.put("b.mp4")
    imported(folder, tags={"b.mp4": ["#sea", "#SEA"]})
    assert tags()["b.mp4"] == ["Sea"]
    assert Tag.objects.count() == 1


def test_a_key_that_fits_no_file_is_kept_until_its_file_comes(folder: Folder) -> None:
    folder.put("other.mp4")
    report = imported(folder, ratings={"away.mp4": 4}, tags={"away.mp4": ["sea"]}, favorites=["away.mp4"])
    assert (report.matched, report.waiting) == (0, ["away.mp4"])
    assert Video.objects.missing().get().path == "away.mp4"
    folder.put("sub/Away.mp4")
    folder.scan()
    video = Video.objects.with_standing().get(path="sub/Away.mp4")
    assert (video.rating.stars, video.is_favorite, curating.tag_names(video)) == (4, True, ["sea"])


def test_an_import_without_any_video_keeps_everything(folder: Folder) -> None:
    report = imported(folder, ratings={"a.mp4": 4}, views={"b.mp4": 0})
    assert report.waiting == ["a.mp4", "b.mp4"]
    assert Video.objects.missing().count() == 2
    assert changed(imported(folder)) == 0


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("sub/a film.mp4", "a film.mp4"),
        ("A Film.MP4", "a film.mp4"),
        ("a film (2001).mp4", "a_film__2001_.mp4"),
        ("a_film__2001_.mp4", "a film (2001).mp4"),
        ("cafe\u0301.mp4", "caf\u00e9.mp4"),
    ],
)
def test_a_key_finds_its_file_by_the_looser_rules(folder: Folder, file: str, key: str) -> None:
    folder.put(file)
    report = imported(folder, ratings={key: 4})
    assert (report.matched, report.waiting) == (1, [])
    assert stars() == {file: 4}


def test_a_key_with_several_files_takes_the_nearest_and_tells(folder: Folder) -> None:
    folder.put("one/a.mp4", b"1")
    folder.put("two/deep/a.mp4", b"2")
    report = imported(folder, ratings={"a.mp4": 4})
    assert stars() == {"one/a.mp4": 4}
    assert [str(p) for p in report.problems] == ["names: a.mp4: 2 files bear this name; taken: one/a.mp4"]


def test_of_two_keys_for_one_file_the_one_spelt_like_it_counts(folder: Folder) -> None:
    folder.put("a film.mp4")
    report = imported(folder, ratings={"a_film.mp4": 1, "A FILM.mp4": 2, "a film.mp4": 5}, views={"a_film.mp4": 3})
    assert stars() == {"a film.mp4": 5}
    assert dict(Video.objects.view_counts()) == {"a film.mp4": 3}
    assert [p.key for p in report.problems] == ["a_film.mp4", "A FILM.mp4"]
    before = dump()
    imported(folder)
    assert dump() == before


def test_the_tags_of_two_keys_for_one_file_are_united(folder: Folder) -> None:
    folder.put("a film.mp4")
    imported(folder, tags={"a_film.mp4": ["sea"], "a film.mp4": ["SEA", "sun"]})
    assert [tag.lower() for tag in tags()["a film.mp4"]] == ["sea", "sun"]


def test_bad_entries_are_listed_and_the_rest_is_taken(folder: Folder) -> None:
    folder.put("a.mp4")
    report = imported(folder, ratings={"a.mp4": 4, "b.mp4": 6, "../c.mp4": 1}, tags={"a.mp4": ["sea", 5]})
    assert (stars(), tags()) == ({"a.mp4": 4}, {"a.mp4": ["sea"]})
    assert len(report.problems) == 3
    assert set(Video.objects.values_list("path", flat=True)) == {"a.mp4"}


def test_strict_refuses_a_single_bad_entry_and_writes_nothing(folder: Folder) -> None:
    folder.put_and_scan("a.mp4")
    before = dump()
    with pytest.raises(ImportRefusedError, match="ratings.json: b.mp4: the rating 6"):
        imported(folder, strict=True, ratings={"a.mp4": 4, "b.mp4": 6})
    assert dump() == before


def test_strict_takes_a_faultless_collection(folder: Folder, whole: dict[str, Any]) -> None:
    assert changed(import_folder(folder.path, strict=True)) > 1000


@pytest.mark.parametrize("broken", [b"{", b"\xff", b"[1]", b'{"a":' * 99_999])
def test_an_unreadable_document_leaves_every_row_as_it_was(folder: Folder, broken: bytes) -> None:
    folder.put_and_scan("a.mp4")
    folder.put("new.mp4")
    before = dump()
    with pytest.raises(ImportRefusedError, match="^views.json: "):
        imported(folder, ratings={"a.mp4": 4}, views=broken)
    assert dump() == before


def test_a_folder_without_any_document_is_refused(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="none of tags.json, ratings.json, views.json, favorites.json"):
        import_folder(folder.path)
    with pytest.raises(ImportRefusedError, match="is there"):
        import_folder(tmp_path / "nowhere")


def test_a_folder_in_the_place_of_a_document_is_refused(folder: Folder) -> None:
    (folder.path / "tags.json").mkdir()
    with pytest.raises(ImportRefusedError, match="tags.json"):
        import_folder(folder.path)


def test_documents_may_lie_in_another_folder_than_the_videos(folder: Folder, tmp_path: Path) -> None:
    folder.put("a.mp4")
    import_folder(legacy_files.write(tmp_path / "elsewhere", ratings={"a.mp4": 4}))
    assert stars() == {"a.mp4": 4}


def test_the_files_of_a_further_root_are_found_by_their_bare_names(folder: Folder) -> None:
    folder.beside("films").put("a.mp4")
    imported(folder, ratings={"a.mp4": 4})
    assert stars() == {"films/a.mp4": 4}


def test_progress_is_tracked_over_the_names(folder: Folder) -> None:
    folder.put("a.mp4")
    tracked = []

    def track(items: Iterable[Any], description: str, total: int | None = None) -> Iterable[Any]:
        tracked.append(description)
        return items

    import_folder(legacy_files.write(folder.path, ratings={"a.mp4": 4}), track=track)
    assert "Matching names" in tracked


def test_the_queries_of_an_import_grow_with_its_batches_only(folder: Folder) -> None:
    def queries(entries: int, prefix: str) -> int:
        names = [f"{prefix}{number}.mp4" for number in range(entries)]
        legacy_files.write(
            folder.path,
            ratings=dict.fromkeys(names, 3),
            views=dict.fromkeys(names, 3),
            tags={name: [f"tag {index % 50}"] for index, name in enumerate(names)},
            favorites=names,
        )
        with CaptureQueriesContext(connection) as captured:
            importing.import_folder(folder.path)
        return len(captured)

    small, large = queries(1000, "a"), queries(2000, "b")
    assert large - small < 1000 / 5


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_before_an_import_is_answered_anew_after_it(folder: Folder) -> None:
    folder.put_and_scan("a.mp4")
    Tag.objects.create(name="sea")
    assert (tags(), stars(), dict(Video.objects.view_counts())) == ({}, {}, {})
    imported(folder, tags={"a.mp4": ["#sea"]}, ratings={"a.mp4": 4}, views={"a.mp4": 7})
    assert (tags(), stars(), dict(Video.objects.view_counts())) == ({"a.mp4": ["sea"]}, {"a.mp4": 4}, {"a.mp4": 7})


def test_an_import_after_a_rename_finds_the_file_by_its_former_name(folder: Folder) -> None:
    folder.put("sub/a.mp4")
    documents = {"ratings": {"a.mp4": 5}, "favorites": ["a.mp4"], "views": {"a.mp4": 3}, "tags": {"a.mp4": ["sea"]}}
    imported(folder, **documents)
    (folder.path / "sub" / "a.mp4").rename(folder.path / "b.mp4")
    folder.scan()
    before = dump()
    assert changed(imported(folder, **documents)) == 0
    assert dump() == before
    assert Video.objects.at_path("sub/a.mp4") == Video.objects.get(path="b.mp4")


def test_a_rehearsal_walks_the_folders_before_it_holds_the_database(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put("a.mp4")
    seen = []

    def track(items: Iterable[Any], description: str, total: int | None = None) -> Iterable[Any]:
        seen.append((description, len(connection.savepoint_ids)))
        return items

    outside = len(connection.savepoint_ids)
    import_folder(legacy_files.write(folder.path, ratings={"a.mp4": 3}), dry_run=True, track=track)
    assert ("Reading videos", outside) in seen


def test_a_fifo_in_the_place_of_a_document_is_refused(folder: Folder) -> None:
    os.mkfifo(folder.path / "ratings.json")
    with pytest.raises(ImportRefusedError, match="no regular file"):
        import_folder(folder.path)


@pytest.mark.django_db(transaction=True)
def test_a_scan_beside_an_import_waits_for_it(folder: Folder) -> None:
    legacy_files.write(folder.path, ratings={f"film {number}.mp4": 3 for number in range(300)})
    for number in range(300):
        folder.put(f"film {number}.mp4")

    def work(number: int) -> Any:
        try:
            return import_folder(folder.path) if number % 2 else folder.scan()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert Video.objects.count() == Video.objects.present().count() == 300
    assert len(stars()) == 300
