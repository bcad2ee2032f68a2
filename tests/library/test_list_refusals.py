"""What the routes of lists refuse, and how they say it."""

from typing import Any

import pytest
from django.test import Client

from library import lists
from tests.builders import a_video, dump
from tests.library.list_routes import (
    a_playlist,
    needs_the_csrf_token,
    post,
    send,
    signed_in,
    takes_only_posts_of_json,
)

pytestmark = pytest.mark.django_db


LIST_ROUTES: dict[str, dict[str, Any]] = {
    "/watch_later": {"filename": "a.mp4", "later": True},
    "/new_playlist": {"name": "New"},
    "/add_to_playlist": {"filename": "b.mp4"},
    "/remove_from_playlist": {"filename": "a.mp4"},
    "/move_in_playlist": {"filename": "a.mp4", "place": 0},
    "/rename_playlist": {"name": "Other"},
    "/delete_playlist": {},
}
OF_A_VIDEO = sorted(route for route, payload in LIST_ROUTES.items() if "filename" in payload)
OF_A_PLAYLIST = sorted(set(LIST_ROUTES) - {"/watch_later", "/new_playlist"})


@pytest.fixture
def playlist(client: Client) -> int:
    a_video("a.mp4")
    a_video("b.mp4")
    return a_playlist(client, "Mine", "a.mp4")


def refused(client: Client, route: str, status: int, **payload: Any) -> str:
    """The reason of a refusal, which changed nothing."""
    before = dump()
    response = send(client, route, **payload)
    assert response.status_code == status, response.content
    assert dump() == before
    assert set(response.json()) == {"error"}
    return str(response.json()["error"])


@pytest.mark.parametrize("route", sorted(LIST_ROUTES))
def test_what_is_no_json_no_object_and_no_post_is_refused(client: Client, route: str) -> None:
    takes_only_posts_of_json(client, route)
    assert send(client, route).status_code == 400


@pytest.mark.parametrize("route", sorted(LIST_ROUTES))
def test_a_write_to_lists_needs_the_csrf_token(route: str) -> None:
    needs_the_csrf_token(route, **LIST_ROUTES[route])


@pytest.mark.parametrize("route", OF_A_VIDEO)
@pytest.mark.parametrize(("name", "status"), [("none.mp4", 404), ("\ud800", 404), ("\0", 404), (None, 400), (3, 400)])
def test_a_video_that_is_not_known_is_refused(
    client: Client, playlist: int, route: str, name: Any, status: int
) -> None:
    refused(client, route, status, **{"id": playlist, **LIST_ROUTES[route], "filename": name})


@pytest.mark.parametrize("route", OF_A_PLAYLIST)
@pytest.mark.parametrize(
    ("number", "status"),
    [(0, 404), (-1, 404), (2**63, 404), (10**30, 404), (None, 400), ("1", 400), (True, 400), (1.0, 400)],
)
def test_a_playlist_that_is_not_known_is_refused(
    client: Client, playlist: int, route: str, number: Any, status: int
) -> None:
    refused(client, route, status, **{**LIST_ROUTES[route], "id": number})


@pytest.mark.parametrize("route", ["/new_playlist", "/rename_playlist"])
@pytest.mark.parametrize("name", ["", "   ", "\n", "x" * 201, "\ud800", "nul\0", None, 3, ["x"]])
def test_a_name_that_is_none_is_refused(client: Client, playlist: int, route: str, name: Any) -> None:
    refused(client, route, 400, id=playlist, name=name)


def test_two_playlists_of_one_owner_have_two_names(client: Client, playlist: int) -> None:
    assert "already" in refused(client, "/new_playlist", 400, name="MINE")
    other = a_playlist(client, "Other")
    assert "already" in refused(client, "/rename_playlist", 400, id=other, name=" mine ")
    a_playlist(signed_in("ann"), "Mine")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "'\"&;", "映画", "x" * 200, "C#", "a/b", "İ" * 200])
def test_any_text_may_name_a_playlist(client: Client, name: str) -> None:
    made = post(client, "/new_playlist", name=name)
    assert made["name"] == name
    for page in ("/playlists", made["url"]):
        assert "<script>alert" not in client.get(page).content.decode()


@pytest.mark.parametrize("place", [-1, 1.5, "0", True, [0]])
def test_a_place_that_is_none_is_refused(client: Client, playlist: int, place: Any) -> None:
    for route in ("/add_to_playlist", "/move_in_playlist"):
        refused(client, route, 400, **{"id": playlist, **LIST_ROUTES[route], "place": place})


@pytest.mark.parametrize("later", [None, 1, "true", []])
def test_later_is_true_or_false(client: Client, playlist: int, later: Any) -> None:
    refused(client, "/watch_later", 400, filename="a.mp4", later=later)


def test_what_is_not_in_a_playlist_is_not_moved(client: Client, playlist: int) -> None:
    refused(client, "/move_in_playlist", 400, id=playlist, filename="b.mp4", place=0)


def test_lists_do_not_grow_without_bounds(client: Client, playlist: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_PLAYLISTS", 1)
    monkeypatch.setattr(lists, "MOST_ITEMS", 1)
    refused(client, "/new_playlist", 400, name="One more")
    refused(client, "/add_to_playlist", 400, id=playlist, filename="b.mp4")


@pytest.mark.parametrize("number", ["0", "999", "9" * 18, "9" * 40, "9" * 5000])
def test_a_page_of_no_playlist_is_404(client: Client, number: str) -> None:
    assert client.get(f"/playlist/{number}").status_code == 404
    assert client.get(f"/play?list={number}").status_code == 404
    assert client.get(f"/export.m3u8?list={number}").status_code == 404
