"""Whose lists are: nobody sees or changes another's."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from library.models import Playlist, PlaylistItem, Video, Viewing, WatchLater
from library.urls import urlpatterns
from tests.builders import a_video, body, dump
from tests.library.list_routes import a_playlist, post, send, shown

pytestmark = pytest.mark.django_db


def lists_of(client: Client, numbers: list[int]) -> list[Any]:
    """All that a visitor sees of lists."""
    pages = ["/watch-later", "/recent"]
    menu = [row["id"] for row in client.get("/library/playlists", {"filename": "a.mp4"}).json()["playlists"]]
    there = [number for number in numbers if client.get(f"/playlist/{number}").status_code == 200]
    linked = re.findall(r'class="card shelf" href="/playlist/(\d+)"', client.get("/playlists").content.decode())
    played = [number for number in numbers if client.get(f"/play?list={number}").status_code == 302]
    saved = [number for number in numbers if client.get(f"/export.m3u8?list={number}").status_code == 200]
    walked = [n for n in numbers if "in-list" in client.get(f"/watch/a.mp4?list={n}").content.decode()]
    assert menu == there == list(map(int, linked)) == played == saved == walked
    return [there, *(shown(client, page) for page in pages)]


def test_nobody_sees_another_s_lists(client: Client, ann: Client, ben: Client) -> None:
    for name in ("a.mp4", "b.mp4"):
        a_video(name)
    clients = [ann, ben, client]
    numbers = [a_playlist(one, "Mine", "a.mp4") for one in clients]
    for one in (ann, client):
        post(one, "/watch_later", filename="a.mp4", later=True)
    post(ben, "/view", filename="b.mp4")
    assert [lists_of(one, numbers) for one in clients] == [
        [[numbers[0]], ["a.mp4"], []],
        [[numbers[1]], [], ["b.mp4"]],
        [[numbers[2]], ["a.mp4"], []],
    ]


TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
"""Another one each time."""


def every_route(client: Client, playlist: int, video: Video) -> dict[str, tuple[int, str]]:
    """{address: (status, content)} of all that the library answers, but for where it leads by chance."""
    values = {"path": video.path, "name": "sea", "token": "none", "pk": playlist}
    queries = [f"?list={name}&seed=1&video={video.pk}&filename=a.mp4" for name in (playlist, "watch-later", "recent")]
    found = {}
    parts = {one.name: one.pattern.converters for one in urlpatterns if one.name != "random"}
    parts |= {"account": {}, "sign_out_elsewhere": {}}
    for route, varying in parts.items():
        address = reverse(route, kwargs={name: values[name] for name in varying})
        for query in ("", *queries):
            response = client.get(address + query)
            found[address + query] = response.status_code, TOKEN.sub("", body(response).decode(errors="replace"))
    return found


def differing(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What is answered otherwise: {address: (before, after)}."""
    return {address: (told, after[address]) for address, told in before.items() if after[address] != told}


@pytest.mark.usefixtures("folder")
def test_no_route_shows_anything_of_what_another_keeps(client: Client, ann: Client, ben: Client) -> None:
    video = a_video("a.mp4", tags=["sea"], duration=3600.0)
    a_video("b.mp4", tags=["sea"], duration=3600.0)
    number = a_playlist(ann, "Annsown", "a.mp4")
    before = [every_route(one, number, video) for one in (ben, client)]
    own = every_route(ann, number, video)
    post(ann, "/watch_later", filename="a.mp4", later=True)
    post(ann, "/position", filename="a.mp4", seconds=600)
    post(ann, "/watched", filename="b.mp4", watched=True)
    post(ann, "/pause_history", paused=True)
    post(ann, "/library/smart-lists/keep", name="Annsown", query="tag:sea")
    Viewing.objects.note(Playlist.objects.get(pk=number).owner_id, video, timezone.now())
    after = [every_route(one, number, video) for one in (ben, client)]
    assert [differing(*told) for told in zip(before, after, strict=True)] == [{}, {}]
    assert not any("Annsown" in text for told in after for _, text in told.values())
    assert {told[f"/playlist/{number}"][0] for told in after} == {404}
    changed = {address.partition("?")[0] for address in differing(own, every_route(ann, number, video))}
    own_pages = {"/watch-later", "/recent", "/continue", "/account", "/watch/a.mp4"}
    assert own_pages | {"/positions", "/library/smart-lists"} <= changed


@pytest.mark.parametrize(
    ("route", "payload"),
    [
        ("/add_to_playlist", {"filename": "b.mp4"}),
        ("/remove_from_playlist", {"filename": "a.mp4"}),
        ("/move_in_playlist", {"filename": "a.mp4", "place": 0}),
        ("/rename_playlist", {"name": "Taken over"}),
        ("/delete_playlist", {}),
    ],
)
def test_another_s_playlist_is_as_unknown_as_none(
    client: Client, ann: Client, ben: Client, route: str, payload: dict[str, Any]
) -> None:
    for name in ("a.mp4", "b.mp4"):
        a_video(name)
    number = a_playlist(ann, "Mine", "a.mp4")
    before = dump()
    for one in (ben, client):
        response = send(one, route, id=number, **payload)
        assert (response.status_code, response.json()) == (404, {"error": "There is no such playlist."})
    assert dump() == before
    assert send(ann, route, id=number, **payload).status_code == 200


def test_an_account_that_goes_takes_its_lists_along_and_no_others(client: Client, ann: Client, ben: Client) -> None:
    a_video("a.mp4")
    for one in (client, ann, ben):
        a_playlist(one, "Mine", "a.mp4")
        post(one, "/watch_later", filename="a.mp4", later=True)
        post(one, "/view", filename="a.mp4")
    Playlist.objects.exclude(owner=None).first().owner.delete()  # type: ignore[union-attr]
    assert [model.objects.count() for model in (Playlist, PlaylistItem, WatchLater, Viewing)] == [2, 2, 2, 2]
    assert Playlist.objects.of(None).count() == 1
