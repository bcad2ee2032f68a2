"""A moved file keeps all that people gave it, and its old address leads to the new one."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from library import curating, scanning
from library.models import Favorite, FormerPath, Video
from library.scanning import scan
from tests.builders import NEW_YEAR, Folder, a_video, body

pytestmark = pytest.mark.django_db


def cherish(video: Video) -> None:
    """Give a video everything that people can give."""
    curating.rate(video, 5)
    curating.add_tag(video, "Sea")
    curating.count_view(video)
    curating.toggle_favorite(video)


def standing(video: Video) -> tuple[Any, ...]:
    fresh = Video.objects.with_standing().get(pk=video.pk)
    return fresh.added_at, fresh.rating.stars, fresh.view_count.count, fresh.is_favorite, curating.tag_names(fresh)


@pytest.fixture
def moved(folder: Folder) -> Video:
    """A cherished video whose file went from old.mp4 to sub/new name.mkv."""
    folder.put("stays.mp4")
    video = folder.put_and_scan("old.mp4", b"the film")
    cherish(video)
    (folder.path / "sub").mkdir()
    (folder.path / "old.mp4").rename(folder.path / "sub/new name.mkv")
    return video


def test_a_moved_file_is_the_same_video_with_all_it_had(moved: Video) -> None:
    before = standing(moved)
    report = scan()
    assert (report.moved, report.added, report.missing) == (1, 0, 0)
    moved.refresh_from_db()
    assert (moved.path, moved.title, moved.is_missing) == ("sub/new name.mkv", "new name", False)
    assert standing(moved) == before


@pytest.mark.parametrize("route", ["/watch/{}", "/video/{}"])
def test_the_old_address_redirects_to_the_new_with_its_query(moved: Video, client: Client, route: str) -> None:
    scan()
    response = client.get(route.format("old.mp4") + "?t=90")
    assert response.status_code == 302
    assert response["Location"] == route.format(quote("sub/new name.mkv")) + "?t=90"


def test_the_new_address_has_the_bytes(moved: Video, client: Client) -> None:
    scan()
    assert body(client.get("/video/old.mp4", follow=True)) == b"the film"


@pytest.mark.parametrize(
    ("route", "payload", "answer"),
    [
        ("/rate", {"rating": 2}, {"rating": 2}),
        ("/view", {}, {"views": 2}),
        ("/tag", {"tag": "Sun"}, {"tags": ["#Sea", "#Sun"]}),
        ("/delete_tag", {"tag": "sea"}, {"tags": []}),
        ("/favorite", {}, {"is_favorite": False, "favorites": []}),
    ],
)
def test_scripts_may_go_on_using_the_old_name(
    moved: Video, client: Client, route: str, payload: dict[str, Any], answer: dict[str, Any]
) -> None:
    scan()
    sent = json.dumps({"filename": "old.mp4", **payload})
    assert client.post(route, sent, content_type="application/json").json() == {"success": True, **answer}


def test_a_file_that_moves_twice_is_found_by_each_of_its_names(moved: Video, folder: Folder) -> None:
    scan()
    (folder.path / "sub/new name.mkv").rename(folder.path / "third.mkv")
    scan()
    assert {Video.objects.at_path(path) for path in ("old.mp4", "sub/new name.mkv", "third.mkv")} == {moved}


def test_a_file_that_moves_there_and_back_has_no_former_path_at_its_own(moved: Video, folder: Folder) -> None:
    scan()
    (folder.path / "sub/new name.mkv").rename(folder.path / "old.mp4")
    scan()
    assert Video.objects.get(path="old.mp4") == moved
    assert list(FormerPath.objects.values_list("path", flat=True)) == ["sub/new name.mkv"]


def test_a_file_moved_to_another_root_is_the_same_video(folder: Folder) -> None:
    films = folder.beside("films")
    films.put("stays.mp4")
    folder.put("stays.mp4", b"too")
    video = folder.put_and_scan("a.mp4")
    (folder.path / "a.mp4").rename(films.path / "a.mp4")
    assert scan().moved == 1
    assert Video.objects.get(path="films/a.mp4") == video


def test_a_file_that_was_missing_for_long_is_known_again_at_another_place(moved: Video, folder: Folder) -> None:
    before = standing(moved)
    (folder.path / "sub/new name.mkv").rename(folder.path.parent / "away")
    scan()
    assert Video.objects.missing().get() == moved
    (folder.path.parent / "away").rename(folder.path / "back.mp4")
    assert scan().moved == 1
    assert standing(moved) == before


def test_a_copy_does_not_steal_from_its_original(folder: Folder) -> None:
    original = folder.put_and_scan("a.mp4", b"the film")
    cherish(original)
    before = standing(original)
    folder.put("copy.mp4", b"the film")
    assert scan().added == 1
    assert standing(original) == before
    assert Video.objects.with_standing().get(path="copy.mp4").rating.stars is None
    assert Video.objects.get(path="a.mp4") == original


def test_of_two_files_with_equal_content_that_both_move_each_keeps_a_video(folder: Folder) -> None:
    folder.put("stays.mp4")
    for name in ("a.mp4", "b.mp4"):
        folder.put(name, b"twins")
    scan()
    for name in ("a.mp4", "b.mp4"):
        (folder.path / name).rename(folder.path / f"moved {name}")
    report = scan()
    assert (report.moved, report.added, report.missing) == (2, 0, 0)
    assert Video.objects.count() == 3


def test_two_files_that_swap_their_names_take_all_they_have_along(folder: Folder) -> None:
    for name, content, stars in (("a.mp4", b"film one", 1), ("b.mp4", b"the second film", 2)):
        curating.rate(folder.put_and_scan(name, content), stars)
    (folder.path / "a.mp4").rename(folder.path / "c")
    (folder.path / "b.mp4").rename(folder.path / "a.mp4")
    (folder.path / "c").rename(folder.path / "b.mp4")
    report = scan()
    assert (report.moved, report.changed, report.added, report.missing) == (2, 0, 0, 0)
    assert {v.path: (v.size, v.rating.stars) for v in Video.objects.with_standing()} == {
        "a.mp4": (15, 2),
        "b.mp4": (8, 1),
    }


def test_a_row_of_files_that_are_renumbered_keep_what_each_has(folder: Folder) -> None:
    for number in (1, 2, 3):
        curating.rate(folder.put_and_scan(f"ep{number}.mp4", b"content" * number), number)
    for number in (3, 2, 1):
        (folder.path / f"ep{number}.mp4").rename(folder.path / f"ep{number + 1}.mp4")
    assert scan().moved == 3
    assert {v.path: v.rating.stars for v in Video.objects.with_standing()} == {"ep2.mp4": 1, "ep3.mp4": 2, "ep4.mp4": 3}


def test_a_file_that_takes_the_place_of_another_leaves_that_one_missing(folder: Folder) -> None:
    for name, content, stars in (("a.mp4", b"film one", 1), ("b.mp4", b"the second film", 2)):
        curating.rate(folder.put_and_scan(name, content), stars)
    (folder.path / "a.mp4").rename(folder.path / "b.mp4")
    scan()
    assert [
        (v.path, v.rating.stars, v.is_missing) for v in Video.objects.with_standing().order_by("rating__stars")
    ] == [
        ("b.mp4", 1, False),
        ("b.mp4", 2, True),
    ]
    folder.put("back.mp4", b"the second film")
    scan()
    assert Video.objects.with_standing().get(path="back.mp4").rating.stars == 2


def test_a_file_edited_in_place_whose_old_content_is_elsewhere_is_a_new_video(folder: Folder) -> None:
    curating.rate(folder.put_and_scan("a.mp4", b"old"), 5)
    (folder.path / "a.mp4").rename(folder.path / "kept.mp4")
    folder.put("a.mp4", b"something else")
    report = scan()
    assert (report.moved, report.added) == (1, 1)
    assert {v.path: v.rating.stars for v in Video.objects.with_standing()} == {"kept.mp4": 5, "a.mp4": None}


def test_empty_files_are_known_by_their_names_alone(folder: Folder) -> None:
    curating.rate(folder.put_and_scan("e1.mp4", b""), 5)
    (folder.path / "e1.mp4").unlink()
    folder.put("another.mp4", b"")
    scan()
    assert Video.objects.with_standing().get(path="another.mp4").rating.stars is None


def test_of_several_files_the_one_that_an_imported_name_means_gets_what_it_had(folder: Folder) -> None:
    a_video("a_b.mp4", stars=5, missing=True)
    a_video("___.mp4", stars=4, missing=True)
    folder.put("sub/a b.mp4", modified=NEW_YEAR.replace(year=2010))
    folder.put("sub/a_b.mp4")
    folder.put("東京都.mp4")
    folder.put("大阪府.mp4")
    scan()
    assert {v.path: v.rating.stars for v in Video.objects.present().with_standing()} == {
        "sub/a b.mp4": None, "sub/a_b.mp4": 5, "東京都.mp4": None, "大阪府.mp4": None,
    }  # fmt: skip
    folder.put("韓国語.mp4")
    scan()
    assert Video.objects.with_standing().get(path="___.mp4").is_missing


def test_when_most_of_a_root_is_gone_at_once_nothing_is_marked_without_force(folder: Folder) -> None:
    for number in range(30):
        folder.put(f"{number}.mp4")
    scan()
    for number in range(20):
        (folder.path / f"{number}.mp4").unlink()
    report = scan()
    assert report.missing == 0
    assert "20 of 30 videos are gone at once" in report.problems[0]
    assert Video.objects.missing().count() == 0
    assert scanning.scan(force=True).missing == 20


def test_a_great_move_within_the_library_needs_no_force(folder: Folder) -> None:
    for number in range(30):
        folder.put(f"{number}.mp4")
    scan()
    (folder.path / "new home").mkdir()
    for number in range(30):
        (folder.path / f"{number}.mp4").rename(folder.path / "new home" / f"{number}.mp4")
    report = scan()
    assert (report.moved, report.missing, report.problems) == (30, 0, [])


@pytest.mark.parametrize(
    ("awaited", "appears"),
    [
        ("a film.mp4", "a film.mp4"),
        ("a film.mp4", "sub/deeper/a film.mp4"),
        ("a film.mp4", "A Film.MP4"),
        ("a_film.mp4", "a film.mp4"),
        ("a film.mp4", "a_film.mp4"),
        ("A_FILM.mp4", "sub/a film.mp4"),
    ],
)
def test_a_placeholder_of_an_import_takes_its_file_when_it_appears(folder: Folder, awaited: str, appears: str) -> None:
    placeholder = a_video(awaited, stars=3, tags=["sea"], missing=True)
    folder.put(appears, modified=NEW_YEAR.replace(year=2015))
    report = scan()
    assert (report.returned, report.added, report.moved) == (1, 0, 0)
    video = Video.objects.with_standing().get()
    assert (video.pk, video.path, video.rating.stars) == (placeholder.pk, appears, 3)
    assert video.added_at.year == 2015
    assert not video.is_missing


def test_a_placeholder_takes_one_file_only(folder: Folder) -> None:
    a_video("a.mp4", stars=3, missing=True)
    folder.put("one/a.mp4", b"first")
    folder.put("two/a.mp4", b"second")
    report = scan()
    assert (report.returned, report.added) == (1, 1)
    assert Favorite.objects.count() == 0
    assert sorted(Video.objects.values_list("rating__stars", flat=True), key=str) == [3, None]


def test_a_missing_video_with_a_file_once_is_not_taken_for_another_of_its_name(folder: Folder) -> None:
    folder.put("stays.mp4")
    video = folder.put_and_scan("a.mp4", b"first")
    cherish(video)
    (folder.path / "a.mp4").unlink()
    scan()
    folder.put("sub/a.mp4", b"a wholly different film")
    assert scan().added == 1
    assert Video.objects.missing().get() == video


def test_a_file_that_returns_to_a_path_ends_what_led_from_there(folder: Folder) -> None:
    folder.put_and_scan("a.mp4", b"first")
    (folder.path / "a.mp4").rename(folder.path / "b.mp4")
    scan()
    a_video("a.mp4", missing=True, fingerprint="x", size=7)
    folder.put("a.mp4", b"another")
    scan()
    assert not FormerPath.objects.exists()


def test_a_tree_deeper_than_any_path_that_can_be_kept_stops_nothing(folder: Folder) -> None:
    place = folder.path
    folder.put("a.mp4")
    here = Path.cwd()
    try:
        for _ in range(1200):
            os.chdir(place)
            place = Path("d")
            place.mkdir()
        report = scan()
    finally:
        os.chdir(here)
        subprocess.run(["rm", "-r", str(folder.path / "d")], check=True)  # Python's own way recurses
    assert report.added == 1
    assert "can't be kept" in report.problems[0]


def test_two_videos_that_bore_one_path_may_both_move_on(folder: Folder) -> None:
    folder.put("other.mp4")
    first, second = folder.put_and_scan("p.mp4", b"first"), folder.put_and_scan("b.mp4", b"second")
    away = (folder.path / "p.mp4").rename(folder.path.parent / "away")
    (folder.path / "b.mp4").rename(folder.path / "p.mp4")
    folder.scan()
    (folder.path / "p.mp4").rename(folder.path / "r.mp4")
    away.rename(folder.path / "q.mp4")
    folder.scan()
    assert dict(Video.objects.exclude(path="other.mp4").values_list("pk", "path")) == {
        first.pk: "q.mp4", second.pk: "r.mp4",
    }  # fmt: skip
    assert FormerPath.objects.get(path="p.mp4").video_id == second.pk, "the last that was there"


@pytest.mark.parametrize("scanned_between", [False, True])
def test_a_new_file_is_not_taken_for_a_missing_one_where_another_was_since(
    folder: Folder, scanned_between: bool
) -> None:
    folder.put("other.mp4")
    missing, mover = folder.put_and_scan("p.mp4", b"first"), folder.put_and_scan("b.mp4", b"second")
    (folder.path / "p.mp4").unlink()
    (folder.path / "b.mp4").rename(folder.path / "p.mp4")
    folder.scan()
    (folder.path / "p.mp4").rename(folder.path / "q.mp4")
    if scanned_between:
        folder.scan()
    folder.put("p.mp4", b"third")
    folder.scan()
    assert Video.objects.get(pk=missing.pk).is_missing
    assert Video.objects.get(pk=mover.pk).path == "q.mp4"
    assert Video.objects.present().get(path="p.mp4").pk not in (missing.pk, mover.pk)
