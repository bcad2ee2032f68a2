"""What the routes of places and of the history refuse."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.builders import a_video, dump
from tests.library.list_routes import HOUR, needs_the_csrf_token, play, send, takes_only_posts_of_json, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_data_dir")]

ROUTES: dict[str, dict[str, Any]] = {
    "/position": {"filename": "a.mp4", "seconds": 600},
    "/leave_position": {"filename": "a.mp4"},
    "/put_back_position": {"filename": "a.mp4", "seconds": 600, "at": "2026-01-01T00:00:00Z"},
    "/watched": {"filename": "a.mp4", "watched": True},
    "/pause_history": {"paused": True},
    "/clear_history": {},
}


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_write_needs_a_post_of_json_with_the_csrf_token(route: str) -> None:
    takes_only_posts_of_json(Client(), route)
    needs_the_csrf_token(route, **ROUTES[route])


@pytest.mark.parametrize(
    ("route", "payload", "status"),
    [
        *[("/position", {"seconds": bad}, 400) for bad in (None, -1, "9", True, [1], 1e9, float("nan"), float("inf"))],
        *[("/position", {"duration": bad}, 400) for bad in (-1, "9", False, 10**400)],
        *[("/put_back_position", {"seconds": bad}, 400) for bad in (None, -1)],
        *[("/put_back_position", {"at": bad}, 400) for bad in (None, 1, "now", "2026-01-01", "2026-01-01T00:00:00")],
        *[("/watched", {"watched": bad}, 400) for bad in (None, 1, "true")],
        *[("/pause_history", {"paused": bad}, 400) for bad in (None, 0, "no")],
        *[
            (route, {"filename": name}, status)
            for route in ("/position", "/leave_position", "/put_back_position", "/watched")
            for name, status in [("none.mp4", 404), ("\ud800", 404), (None, 400)]
        ],
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    client: Client, route: str, payload: dict[str, Any], status: int
) -> None:
    video = a_video("a.mp4", duration=HOUR)
    play(client, video, 700)
    before = dump(), told(client, video)
    response = send(client, route, **{**ROUTES[route], **payload})
    assert (response.status_code, set(response.json())) == (status, {"error"})
    assert (dump(), told(client, video)) == before


@pytest.mark.parametrize("query", ["video=x", "video=-1", "video=1&video=", "video=1", "&".join(["video=1"] * 201)])
def test_only_numbers_are_asked_for_and_not_too_many(client: Client, query: str) -> None:
    wanted = 200 if query == "video=1" else 400
    assert client.get(f"/positions?{query}").status_code == wanted
