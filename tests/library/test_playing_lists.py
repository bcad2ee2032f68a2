"""A list played through, one video after the other; and lists with nothing in them."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from tests.builders import a_video
from tests.library.list_routes import a_playlist, post, send

pytestmark = pytest.mark.django_db

Beside = Callable[[str], tuple[list[str], list[str], list[str]]]


@pytest.fixture
def beside(client: Client) -> Beside:
    """(previous, next, place) of a watch page, each a list of none or one."""

    def find(address: str) -> tuple[list[str], list[str], list[str]]:
        page = client.get(address).content.decode()
        ways = [re.findall(rf'<a rel="{way}" href="([^"]+)" aria-label', page) for way in ("prev", "next")]
        return ways[0], ways[1], re.findall(r'class="number">([^<]+)</span></p>', page)

    return find


def test_a_list_is_played_from_its_first_to_its_last(client: Client, beside: Beside) -> None:
    for name in ("a b.mp4", "é#?.mp4", "c.mp4"):
        a_video(name)
    number = a_playlist(client, "All", "c.mp4", "é#?.mp4", "a b.mp4")
    first = client.get(f"/play?list={number}")
    query = f"?list={number}"
    assert (first.status_code, first["Location"]) == (302, f"/watch/c.mp4{query}")
    second = f"/watch/%C3%A9%23%3F.mp4{query}"
    assert beside(first["Location"]) == ([], [second], ["1 of 3"])
    assert beside(second) == ([f"/watch/c.mp4{query}"], [f"/watch/a%20b.mp4{query}"], ["2 of 3"])
    assert beside(f"/watch/a%20b.mp4{query}") == ([second], [], ["3 of 3"])


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("all", "bca"),
        ("all&sort=title&order=asc", "abc"),
        ("tag%3ASea&sort=title&order=desc", "cba"),
        ("favorites", "ac"),
        ("best-of", "ba"),
        ("watch-later", "cab"),
        ("recent", "bac"),
    ],
)
def test_every_kind_of_list_can_be_played(client: Client, beside: Beside, name: str, order: str) -> None:
    a_video("a.mp4", tags=["sea"], stars=4)
    a_video("c.mp4", tags=["sea"], favorite=True)
    a_video("b.mp4", tags=["sea"], stars=5)
    a_video("gone.mp4", tags=["sea"], stars=5, favorite=True, missing=True)
    send(client, "/favorite", filename="a.mp4")
    for one in ("gone", "b", "a", "c"):
        post(client, "/watch_later", filename=f"{one}.mp4", later=True)
    for one in ("c", "a", "b"):
        post(client, "/view", filename=f"{one}.mp4")
    address = client.get(f"/play?list={name}")["Location"]
    played = [address]
    while following := beside(address)[1]:
        address = following[0].replace("&amp;", "&")
        played.append(address)
    assert [step.partition(".mp4")[0] for step in played] == [f"/watch/{one}" for one in order]
    assert {step.partition("?list=")[2] for step in played} == {name}


@pytest.mark.parametrize(
    "name", ["", "nonsense", "tag:none", "tag:", "tag", "\0", "-1", "²", "rediscover:x", "a" * 9000]
)
def test_a_list_that_is_none_leaves_the_watch_page_as_it_is(client: Client, name: str) -> None:
    a_video("a.mp4")
    response = client.get("/watch/a.mp4", {"list": name})
    assert response.status_code == 200
    assert "in-list" not in response.content.decode()
    assert client.get("/play", {"list": name}).status_code == 404


def test_a_video_that_is_not_in_the_list_has_no_neighbours_there(client: Client) -> None:
    a_video("a.mp4")
    a_video("b.mp4")
    number = a_playlist(client, "All", "a.mp4")
    assert "in-list" not in client.get(f"/watch/b.mp4?list={number}").content.decode()


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    number = a_playlist(client, "Empty")
    for page, words in {
        "/watch-later": "Press “Watch later”",
        "/recent": "What you play",
        "/playlists": "Empty",
        f"/playlist/{number}": "Press “Playlist”",
        "/rediscover?seed=1": "Nothing to rediscover",
    }.items():
        assert words in client.get(page).content.decode(), page
    assert client.get(f"/play?list={number}").status_code == 404


def test_recently_added_is_what_the_home_page_begins_with(client: Client) -> None:
    assert client.get("/added")["Location"] == "/?sort=date&order=desc"
