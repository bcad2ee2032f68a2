"""Many videos changed at once, each time as one entry of the history that its maker may take back."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from library.models import Entry, Favorite, Video, WatchLater
from tests.builders import a_video, an_account, dump, tables, videos
from tests.library.list_routes import shown, signed_in
from tests.library.test_api import post

pytestmark = pytest.mark.django_db

THREE = ["film001.mp4", "film002.mp4", "film003.mp4"]


def refused(client: Client, route: str, status: int, **payload: Any) -> str:
    before = dump()
    response = client.post(route, json.dumps(payload), content_type="application/json")
    assert response.status_code == status, response.content
    assert dump() == before
    return str(response.json()["error"])


def stars() -> list[int | None]:
    return [video.rating.stars for video in Video.objects.with_standing().order_by("path")]


def test_stars_are_given_to_all_and_taken_back_with_what_was_so_before(client: Client) -> None:
    videos(3)
    a_video("film004.mp4", stars=2)
    post(client, "/rate", filename="film002.mp4", rating=5)
    answer = post(client, "/bulk", filenames=THREE, action="rate", rating=3)
    assert (answer["changed"], answer["summary"]) == (3, "★★★ for 3 videos")
    assert answer["standing"] == {name: [3, False] for name in THREE}
    assert stars() == [3, 3, 3, 2]
    undone = post(client, "/undo", entry=answer["entry"])
    assert undone["standing"] == {"film001.mp4": [0, False], "film002.mp4": [5, False], "film003.mp4": [0, False]}
    assert undone["kept"] == []
    assert stars() == [None, 5, None, 2]
    post(client, "/undo", entry=undone["entry"])
    assert stars() == [3, 3, 3, 2]


def test_no_stars_are_given_by_0(client: Client) -> None:
    a_video("a.mp4", stars=4)
    assert post(client, "/bulk", filenames=["a.mp4"], action="rate", rating=0)["standing"] == {"a.mp4": [0, False]}
    assert stars() == [None]


def test_a_tag_is_hung_on_all_and_taken_off_all(client: Client) -> None:
    videos(3)
    post(client, "/bulk", filenames=THREE, action="tag", tag="#Sea, deep")
    assert all([tag.name for tag in video.tags.all()] == ["Sea, deep"] for video in Video.objects.all())
    answer = post(client, "/bulk", filenames=THREE[:2], action="untag", tag="sea, deep")
    assert answer["changed"] == 2
    assert [video.tags.count() for video in Video.objects.order_by("path")] == [0, 0, 1]
    post(client, "/undo", entry=answer["entry"])
    assert [video.tags.count() for video in Video.objects.order_by("path")] == [1, 1, 1]


def test_favourites_are_marked_in_the_order_that_was_sent(client: Client) -> None:
    videos(3)
    answer = post(client, "/bulk", filenames=THREE[::-1], action="favorite", favorite=True)
    assert Favorite.objects.paths() == THREE[::-1]
    assert answer["standing"]["film001.mp4"] == [0, True]
    post(client, "/bulk", filenames=THREE[:1], action="favorite", favorite=False)
    assert Favorite.objects.paths() == THREE[:0:-1]


def test_each_action_is_one_entry_and_what_was_so_already_is_none(client: Client) -> None:
    videos(3)
    post(client, "/bulk", filenames=[*THREE, THREE[0]], action="favorite", favorite=True)
    assert Entry.objects.count() == 1
    assert Entry.objects.get().changes.count() == 3
    again = post(client, "/bulk", filenames=THREE, action="favorite", favorite=True)
    assert (again["entry"], again["changed"]) == (None, 0)
    assert Entry.objects.count() == 1


def test_what_was_changed_again_since_is_kept_and_told(client: Client) -> None:
    videos(3)
    answer = post(client, "/bulk", filenames=THREE, action="rate", rating=3)
    post(client, "/rate", filename="film002.mp4", rating=5)
    undone = post(client, "/undo", entry=answer["entry"])
    assert stars() == [None, 5, None]
    assert len(undone["kept"]) == 1
    assert "changed since" in undone["kept"][0]


def test_a_file_may_be_named_by_its_former_place(client: Client) -> None:
    video = a_video("new.mp4")
    video.former_paths.create(path="old.mp4")
    answer = post(client, "/bulk", filenames=["old.mp4", "new.mp4"], action="rate", rating=3)
    assert answer["standing"] == {"new.mp4": [3, False]}


def test_of_two_at_one_path_the_one_that_is_there_is_meant(client: Client) -> None:
    a_video("a.mp4", missing=True)
    a_video("a.mp4")
    post(client, "/bulk", filenames=["a.mp4"], action="rate", rating=3)
    assert Video.objects.present().get().rating.stars == 3


@pytest.mark.parametrize("name", ["unknown.mp4", "", "../a.mp4", "nul\0.mp4", "x" * 5_000])
def test_one_unknown_file_among_others_is_404_and_changes_nothing(client: Client, name: str) -> None:
    a_video("a.mp4")
    said = refused(client, "/bulk", 404, filenames=["a.mp4", name], action="rate", rating=3)
    assert said == "There is no such video."


@pytest.mark.parametrize("filenames", [None, [], "a.mp4", [3], ["a.mp4", None], {"a.mp4": 1}, ["a.mp4"] * 1_001])
def test_filenames_that_are_none_odd_or_too_many_are_400(client: Client, filenames: Any) -> None:
    a_video("a.mp4")
    refused(client, "/bulk", 400, filenames=filenames, action="rate", rating=3)


@pytest.mark.parametrize(
    "payload",
    [
        {}, {"action": None}, {"action": ["rate"]}, {"action": "forget"}, {"action": "rate"},
        *({"action": "rate", "rating": rating} for rating in (-1, 6, "3", 3.0, True, None, 10**30)),
        *({"action": action, "tag": tag} for action in ("tag", "untag") for tag in ("", " # ", None, 3)),
        {"action": "tag", "tag": "x" * 201}, {"action": "favorite"}, {"action": "favorite", "favorite": 1},
        {"action": "later"}, {"action": "later", "later": "true"},
    ],
)  # fmt: skip
def test_an_action_that_is_none_or_lacks_something_is_400(client: Client, payload: dict[str, Any]) -> None:
    a_video("a.mp4")
    refused(client, "/bulk", 400, filenames=["a.mp4"], **payload)


@pytest.mark.parametrize("route", ["/bulk", "/undo"])
def test_both_take_json_alone_and_the_token(client: Client, route: str) -> None:
    assert client.post(route, {"a": "b"}).status_code == 415
    assert client.post(route, b"{", content_type="application/json").status_code == 400
    assert client.get(route).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(route, b"{}", content_type="application/json").status_code == 403


def test_an_entry_of_another_or_of_long_ago_or_a_made_up_one_is_not_undone_here(client: Client) -> None:
    videos(3)
    entry = post(client, "/bulk", filenames=THREE, action="rate", rating=3)["entry"]
    signed_in = Client()
    signed_in.force_login(an_account())
    known = Entry.objects.get()
    for made_up in (entry[:-1], str(known.pk), known.pk, None, "", [entry], signing.dumps([known.pk, None])):
        refused(client, "/undo", 404, entry=made_up)
    refused(signed_in, "/undo", 404, entry=entry)
    theirs = post(signed_in, "/bulk", filenames=THREE, action="rate", rating=4)["entry"]
    refused(client, "/undo", 404, entry=theirs)
    assert post(signed_in, "/undo", entry=theirs)["changed"] == 3


def test_an_hour_later_the_way_back_is_closed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    a_video("a.mp4")
    entry = post(client, "/bulk", filenames=["a.mp4"], action="rate", rating=3)["entry"]
    later = (timezone.now() + timedelta(hours=1, seconds=5)).timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    refused(client, "/undo", 404, entry=entry)


def test_what_is_taken_back_is_all_that_is_read(client: Client) -> None:
    """The lock is held meanwhile: to read all that is known of 100,000 videos took 20 seconds."""
    names = [video.path for video in videos(3)]
    entry = post(client, "/bulk", filenames=names, action="rate", rating=4)["entry"]
    with CaptureQueriesContext(connection) as queries:
        assert post(client, "/undo", entry=entry)["changed"] == 3
    asked = {table for table in tables() for query in queries if f'FROM "{table}"' in query["sql"]}
    assert "library_rating" in asked
    assert not asked & {"library_favorite", "library_viewcount", "library_withdrawal", "library_video_tags"}


def test_the_number_of_queries_does_not_grow_with_the_files(client: Client, django_assert_max_num_queries: Any) -> None:
    names = [video.path for video in videos(40)]
    with django_assert_max_num_queries(30):
        post(client, "/bulk", filenames=names, action="favorite", favorite=True)
    with django_assert_max_num_queries(12):
        post(client, "/bulk", filenames=names, action="later", later=True)


# --- To watch later: each one's own ---


def later(client: Client) -> list[str]:
    return shown(client, "/watch-later")


def test_all_are_to_be_watched_later_the_first_on_top_and_what_was_so_stays(client: Client) -> None:
    videos(3)
    post(client, "/watch_later", filename="film002.mp4", later=True)
    answer = post(client, "/bulk", filenames=THREE, action="later", later=True)
    assert (answer["changed"], answer["summary"]) == (2, "Watch later: 3 videos")
    assert answer["queued"] == dict.fromkeys(THREE, True)
    assert later(client) == ["film001.mp4", "film003.mp4", "film002.mp4"]
    undone = post(client, "/undo", entry=answer["entry"])
    assert undone["queued"] == {"film001.mp4": False, "film003.mp4": False}
    assert later(client) == ["film002.mp4"]
    post(client, "/undo", entry=undone["entry"])
    assert later(client) == ["film001.mp4", "film003.mp4", "film002.mp4"]


def test_what_was_taken_off_comes_back_where_it_was(client: Client) -> None:
    videos(3)
    post(client, "/bulk", filenames=THREE, action="later", later=True)
    rows = list(WatchLater.objects.values_list().order_by("pk"))
    answer = post(client, "/bulk", filenames=THREE[:2], action="later", later=False)
    assert answer["summary"] == "Taken off Watch later: 2 videos"
    assert later(client) == THREE[2:]
    assert post(client, "/undo", entry=answer["entry"])["queued"] == dict.fromkeys(THREE[:2], True)
    assert list(WatchLater.objects.values_list().order_by("pk")) == rows
    assert Entry.objects.count() == 0


def test_nothing_is_to_be_undone_where_all_was_so_and_a_video_that_is_gone_stays_gone(client: Client) -> None:
    gone, *_ = videos(3)
    again = post(client, "/bulk", filenames=THREE, action="later", later=False)
    assert (again["entry"], again["changed"], again["summary"]) == (None, 0, "")
    post(client, "/bulk", filenames=THREE, action="later", later=True)
    entry = post(client, "/bulk", filenames=THREE, action="later", later=False)["entry"]
    gone.delete()
    assert post(client, "/undo", entry=entry)["changed"] == 2
    assert later(client) == THREE[1:]


def test_what_somebody_watches_later_is_theirs_to_take_back(client: Client) -> None:
    videos(3)
    ann = signed_in("ann")
    entry = post(ann, "/bulk", filenames=THREE, action="later", later=True)["entry"]
    assert later(client) == []
    refused(client, "/undo", 404, entry=entry)
    assert later(ann) == THREE
