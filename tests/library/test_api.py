"""The JSON routes: the payloads and answers that people's scripts depend on."""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from library import curating
from library.models import Favorite, Tag, Video, ViewCount
from tests.builders import AWKWARD_NAMES, a_video, dump, stored

pytestmark = pytest.mark.django_db


def post(client: Client, route: str, **payload: Any) -> Any:
    """The answer to a JSON object; fails unless it is a success."""
    response = client.post(route, json.dumps(payload), content_type="application/json")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    return response.json()


def test_rating_gives_the_stars_and_tells_them(client: Client) -> None:
    video = a_video("a.mp4")
    for stars in (1, 2, 3, 4, 5):
        assert post(client, "/rate", filename="a.mp4", rating=stars) == {"success": True, "rating": stars}
    video = Video.objects.with_standing().get()
    assert video.rating.stars == 5
    assert video.rating.rated_at is not None


def test_a_rating_may_come_as_the_text_of_a_form_field(client: Client) -> None:
    a_video("a.mp4")
    assert post(client, "/rate", filename="a.mp4", rating="4") == {"success": True, "rating": 4}


def test_a_view_is_counted_and_dated(client: Client) -> None:
    video = a_video("a.mp4", views=7)
    before = timezone.now()
    assert post(client, "/view", filename="a.mp4") == {"success": True, "views": 8}
    last_viewed = ViewCount.objects.get(pk=video.pk).last_viewed_at
    assert last_viewed is not None
    assert before <= last_viewed <= timezone.now()


def test_tagging_answers_with_all_tags_each_with_its_hash(client: Client) -> None:
    a_video("a.mp4", tags=["sun"])
    assert post(client, "/tag", filename="a.mp4", tag="Road Trip, 2001") == {
        "success": True,
        "tags": ["#Road Trip, 2001", "#sun"],
    }


@pytest.mark.parametrize("again", ["sun", "#Sun", "## SUN "])
def test_a_tag_that_the_video_bears_in_another_case_is_not_added_twice(client: Client, again: str) -> None:
    a_video("a.mp4", tags=["Sun"])
    assert post(client, "/tag", filename="a.mp4", tag=again)["tags"] == ["#Sun"]
    assert Tag.objects.count() == 1


@pytest.mark.parametrize("tag", ["sun", "#SUN"])
def test_a_tag_is_taken_off_in_any_case(client: Client, tag: str) -> None:
    a_video("a.mp4", tags=["Sun", "sea"])
    assert post(client, "/delete_tag", filename="a.mp4", tag=tag) == {"success": True, "tags": ["#sea"]}


@pytest.mark.parametrize("tag", ["unknown", "on another"])
def test_taking_off_a_tag_that_the_video_does_not_bear_is_no_error(client: Client, tag: str) -> None:
    a_video("a.mp4", tags=["sea"])
    other = a_video("b.mp4", tags=["on another"])
    assert post(client, "/delete_tag", filename="a.mp4", tag=tag)["tags"] == ["#sea"]
    assert curating.tag_names(other) == ["on another"]


def test_a_favourite_is_toggled_and_the_list_is_in_the_order_of_adding(client: Client) -> None:
    for name in ("a.mp4", "b.mp4"):
        a_video(name)
    assert post(client, "/favorite", filename="b.mp4") == {
        "success": True,
        "is_favorite": True,
        "favorites": ["b.mp4"],
    }
    assert post(client, "/favorite", filename="a.mp4")["favorites"] == ["b.mp4", "a.mp4"]
    assert post(client, "/favorite", filename="b.mp4") == {
        "success": True,
        "is_favorite": False,
        "favorites": ["a.mp4"],
    }
    assert post(client, "/favorite", filename="b.mp4")["favorites"] == ["a.mp4", "b.mp4"]


def test_view_counts_are_told_by_file_of_all_that_were_watched(client: Client) -> None:
    a_video("b.mp4", views=3)
    a_video("never.mp4")
    a_video("sub/a.mp4", views=1, missing=True)
    assert client.get("/get_views").json() == {"b.mp4": 3, "sub/a.mp4": 1}


def test_ping_tells_that_the_server_is_there(client: Client) -> None:
    answer = client.get("/ping").json()
    assert answer["status"] == "ok"
    assert isinstance(answer["message"], str)
    assert set(answer) == {"status", "message"}


@pytest.mark.parametrize("name", AWKWARD_NAMES, ids=repr)
def test_any_file_name_may_be_named(client: Client, name: bytes) -> None:
    path = stored(Path(os.fsdecode(name)))
    a_video(path)
    assert post(client, "/view", filename=path)["views"] == 1
    assert client.get("/get_views").json() == {path: 1}


@pytest.mark.parametrize(
    "tag", ["<script>alert(1)</script>", "'\"&;", "映画", "\N{CLAPPER BOARD}", "x" * 200, "a/b", "C#"]
)
def test_any_text_may_be_a_tag(client: Client, tag: str) -> None:
    a_video("a.mp4")
    assert post(client, "/tag", filename="a.mp4", tag=tag)["tags"] == [f"#{tag}"]


def test_a_missing_file_may_be_rated_and_tagged_for_it_may_come_back(client: Client) -> None:
    a_video("a.mp4", missing=True)
    assert post(client, "/rate", filename="a.mp4", rating=3)["rating"] == 3


def test_reading_changes_nothing(client: Client) -> None:
    a_video("a.mp4", views=2, stars=3, tags=["sea"], favorite=True)
    before = dump()
    for route in ("/get_views", "/ping", "/random", "/", "/watch/a.mp4", "/tags", "/tag/sea", "/favorites", "/best-of"):
        assert client.get(route).status_code in (200, 302)
        assert client.head(route).status_code in (200, 302)
    assert dump() == before


def together(count: int, work: Any) -> list[Any]:
    """What `count` threads answer that do the same at the same time, each with a connection of its own."""
    start, answers = threading.Barrier(count), []

    def run() -> None:
        start.wait()
        try:
            answers.append(work(Client()))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_50_views_at_once_are_50_views() -> None:
    a_video("a.mp4", views=7)
    answers = together(50, lambda client: post(client, "/view", filename="a.mp4")["views"])
    assert sorted(answers) == list(range(8, 58))
    assert ViewCount.objects.get().count == 57


@pytest.mark.django_db(transaction=True)
def test_one_new_tag_from_many_at_once_is_one_tag() -> None:
    a_video("a.mp4")
    answers = together(12, lambda client: post(client, "/tag", filename="a.mp4", tag="New")["tags"])
    assert answers == [["#New"]] * 12
    assert Tag.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_even_number_of_toggles_at_once_leaves_no_mark() -> None:
    a_video("a.mp4")
    answers = together(12, lambda client: post(client, "/favorite", filename="a.mp4")["is_favorite"])
    assert sorted(answers) == [False] * 6 + [True] * 6
    assert not Favorite.objects.exists()
