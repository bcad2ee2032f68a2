"""Lists, and places in videos, as people reach them: by routes and pages."""

import json
import re
from typing import Any

from django.test import Client

from library.models import Video
from tests.builders import a_video, an_account

HOUR = 3600.0
"""A film's length."""


def send(client: Client, route: str, **payload: Any) -> Any:
    return client.post(route, json.dumps(payload), content_type="application/json")


def post(client: Client, route: str, **payload: Any) -> Any:
    """The answer, which must be a success."""
    response = send(client, route, **payload)
    assert response.status_code == 200, response.content
    return response.json()


def shown(client: Client, address: str) -> list[str]:
    """The paths of the videos on a page of cards, in their order."""
    response = client.get(address)
    assert response.status_code == 200
    page = response.content.decode().partition("<main")[2]
    return re.findall(r'<a class="card" href="/watch/([^"?]+)', page)


def a_playlist(client: Client, name: str, *paths: str) -> int:
    """A playlist of these videos; its id."""
    number: int = post(client, "/new_playlist", name=name)["id"]
    for path in paths:
        post(client, "/add_to_playlist", id=number, filename=path)
    return number


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(an_account(name, staff=False))
    return client


def told(client: Client, *found: Video) -> dict[str, Any]:
    """What the page of these videos is told."""
    response = client.get("/positions", {"video": [video.pk for video in found]})
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()["positions"]
    return answer


def play(client: Client, video: Video, seconds: float, **more: Any) -> Any:
    """Let the player say where it is."""
    return post(client, "/position", filename=video.path, seconds=seconds, **more)


def place(seconds: float, *, watched: bool = False, of: float = HOUR) -> dict[str, Any]:
    return {"seconds": seconds, "part": seconds / of, "watched": watched}


def takes_only_posts_of_json(client: Client, route: str) -> None:
    """Whatever else is sent is refused."""
    for body, content_type, status in [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "text/plain", 415),
    ]:
        assert client.post(route, body, content_type=content_type).status_code == status
    assert client.get(route).status_code == 405


def needs_the_csrf_token(route: str, **payload: Any) -> None:
    """Also of who has looked at a page."""
    a_video("a.mp4")
    client = Client(enforce_csrf_checks=True)
    client.get("/watch/a.mp4")
    assert send(client, route, **payload).status_code == 403
