"""A video that is forgotten between the moment in which a route finds it and that in which it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from library import merging
from library.models import Marker, Playlist, SmartList, Video
from tests.builders import a_video, an_account, dump
from tests.library.list_routes import HOUR, a_playlist, send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_data_dir")]

ROUTES: dict[str, dict[str, Any]] = {
    "/rate": {"rating": 3},
    "/view": {},
    "/tag": {"tag": "sea"},
    "/favorite": {},
    "/watch_later": {"later": True},
    "/new_playlist": {"name": "New"},
    "/position": {"seconds": HOUR},
    "/leave_position": {},
    "/watched": {"watched": True},
    "/add_marker": {"seconds": 1},
    "/bulk": {"action": "tag", "tag": "sea"},
}
IDLE: dict[str, dict[str, Any]] = {
    "/delete_tag": {"tag": "sea"},
    "/watch_later": {"later": False},
    "/remove_from_playlist": {},
    "/move_in_playlist": {"place": 0},
}
"""Of these some find nothing to do."""


@contextmanager
def before_it_writes(action: Callable[[], object]) -> Iterator[None]:
    """Another process's change, as soon as the next transaction is about to begin."""
    done = False

    def there() -> None:
        action()
        connection.close()

    def watch(execute: Any, sql: str, *arguments: Any) -> Any:
        nonlocal done
        if sql.startswith("BEGIN") and not done:
            done = True
            thread = Thread(target=there)
            thread.start()
            thread.join()
        return execute(sql, *arguments)

    with connection.execute_wrapper(watch):
        yield
    assert done


def forgotten(video: Video) -> Any:
    return before_it_writes(lambda: Video.objects.filter(pk=video.pk).delete())


def nothing_hangs_on_nothing() -> bool:
    with connection.cursor() as cursor:
        return not cursor.execute("PRAGMA foreign_key_check").fetchall()


def payload_for(route: str, payload: dict[str, Any]) -> dict[str, Any]:
    return payload | ({"filenames": ["a.mp4"]} if route == "/bulk" else {"filename": "a.mp4"})


def test_what_would_hang_on_it_is_refused_like_an_unknown_video(client: Client) -> None:
    a_video("b.mp4")
    before = dump()
    for route, payload in ROUTES.items():
        with forgotten(a_video("a.mp4", duration=HOUR)):
            response = send(client, route, **payload_for(route, payload))
        assert (response.status_code, set(response.json())) == (404, {"error"}), route
        assert dump() == before, route


def test_what_it_had_is_gone_without_an_error(client: Client) -> None:
    playlist = a_playlist(client, "Mine")
    for route, payload in IDLE.items():
        video = a_video("a.mp4", tags=["sea"])
        send(client, "/add_to_playlist", id=playlist, filename="a.mp4")
        with forgotten(video):
            response = send(client, route, id=playlist, **payload_for(route, payload))
        assert response.status_code in (200, 400, 404), route
        assert nothing_hangs_on_nothing()


def test_a_playlist_takes_no_video_that_is_gone_and_one_that_is_gone_takes_none(client: Client) -> None:
    video = a_video("a.mp4")
    playlist = a_playlist(client, "Mine")
    with forgotten(video):
        assert send(client, "/add_to_playlist", id=playlist, filename="a.mp4").status_code == 404
    a_video("b.mp4")
    for route, payload in (("/add_to_playlist", {"filename": "b.mp4"}), ("/rename_playlist", {"name": "Other"})):
        number = a_playlist(client, route)
        with before_it_writes(lambda number=number: Playlist.objects.filter(pk=number).delete()):
            assert send(client, route, id=number, **payload).status_code in (400, 404)
        assert not Playlist.objects.filter(pk=number).exists()
    assert nothing_hangs_on_nothing()


def test_who_has_no_account_any_more_keeps_nothing() -> None:
    a_video("a.mp4")
    for route, payload in (
        ("/library/smart-lists/keep", {"name": "Mine", "query": "sea"}),
        ("/add_marker", {"filename": "a.mp4", "seconds": 1}),
    ):
        account = an_account(f"for {route}", staff=False)
        client = Client()
        client.force_login(account)
        with before_it_writes(account.delete):
            assert send(client, route, **payload).status_code == 404
    assert (SmartList.objects.count(), Marker.objects.count()) == (0, 0)


@pytest.mark.parametrize("answer", ["accept", "reject"])
def test_a_suggestion_for_it_is_refused(admin_client: Client, answer: str) -> None:
    tag = merging.make("beach")
    video = a_video("a.mp4")
    address = f"/admin/library/video/suggestions/{video.pk}/{answer}/"
    with forgotten(video):
        response = send(admin_client, address, name="beach", tag=tag.pk, evidence="")
    assert (response.status_code, set(response.json())) == (404, {"error"})
    assert nothing_hangs_on_nothing()
