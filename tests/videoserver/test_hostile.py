"""Requests drawn at random: whatever is sent, there is an answer, and nothing from outside the library in it."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.builders import Folder, a_video, an_account, body
from tests.hostile_requests import SECRET, TOKEN, Hostile, draw, octets
from videoserver.env import Access

pytestmark = pytest.mark.django_db
REQUESTS = 150


@pytest.fixture(autouse=True)
def a_library_among_secrets(folder: Folder, settings: Any) -> None:
    """Films, and secrets above the root, beside it, in the data dir, and behind links that lead out."""
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    for name in ("a.mp4", "b.mp4", "sub/c.mp4"):
        folder.put(name, b"a film, " + name.encode())
    twin = Path(f"{folder.path}-private")
    twin.mkdir()
    settings.DATA_DIR.mkdir()
    for place in (folder.path.parent / "secret.mp4", twin / "secret.mp4", settings.DATA_DIR / "secret_key"):
        place.write_bytes(SECRET)
    folder.scan()
    for link in ("leak.mp4", "sub/leak.mp4", "tunnel/secret.mp4"):
        a_video(link)
    for link in ("leak.mp4", "sub/leak.mp4"):
        (folder.path / link).symlink_to(twin / "secret.mp4")
    (folder.path / "tunnel").symlink_to(twin)


def asked_by(client: Client) -> Callable[[Hostile], Any]:
    client.raise_request_exception = False

    def ask(request: Hostile) -> Any:
        headers = {name: octets(value).decode("latin-1") for name, value in request.headers.items()}
        content_type = headers.pop("Content-Type", "application/octet-stream")
        if session := client.cookies.get("sessionid"):
            headers["Cookie"] = f"sessionid={session.value}; {headers.get('Cookie', '')}"
        return client.generic(request.method, request.target, request.body, content_type, headers=headers)

    return ask


@pytest.mark.parametrize("who", ["anonymous", "staff"])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_request_breaks_anything_or_gets_what_is_outside(settings: Any, seed: int, who: str) -> None:
    settings.ACCESS = Access.OPEN
    client = Client(enforce_csrf_checks=True)
    if who == "staff":
        client.force_login(an_account())
    ask, choice = asked_by(client), random.Random(seed)
    for number in range(REQUESTS):
        request = draw(choice)
        response = ask(request)
        assert response.status_code < 500, (number, request)
        assert SECRET not in body(response), (number, request)
        assert "X-Injected" not in response.headers


@pytest.mark.parametrize("seed", [3])
def test_in_login_mode_no_request_of_a_stranger_gets_anything_of_the_library(settings: Any, seed: int) -> None:
    settings.ACCESS = Access.LOGIN
    ask, choice = asked_by(Client(enforce_csrf_checks=True)), random.Random(seed)
    for number in range(REQUESTS):
        request = draw(choice)
        response = ask(request)
        assert response.status_code < 500, (number, request)
        assert b"a film, " not in body(response), (number, request)


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        (b"--x", "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data; nam", "multipart/form-data; boundary=\xff"),
        (b"a=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
        (b"a&" * 2000, "application/x-www-form-urlencoded"),
    ],
)
def test_a_form_that_can_not_be_read_is_the_sender_s_error_on_every_kind_of_page(
    form: bytes, content_type: str
) -> None:
    for strict in (True, False):
        client = Client(enforce_csrf_checks=strict, raise_request_exception=False)
        client.cookies["csrftoken"] = TOKEN
        for address, right in (("/nowhere", 404), ("/login/", 400), ("/watch/none.mp4", 405), ("/metrics", 405)):
            assert client.generic("POST", address, form, content_type).status_code in (right, 400, 403)


@pytest.mark.parametrize(
    "query", ["_to_field=", "_to_field=no_such", "e=1&no_such=1", "o=x&p=-1", "_changelist_filters=%00", "video=."]
)
def test_nonsense_in_an_address_of_the_admin_is_no_error_of_ours(admin_client: Client, query: str) -> None:
    admin_client.raise_request_exception = False
    video = a_video("d.mp4")
    for page in ("video/", f"video/{video.pk}/change/", "favorite/add/", "rating/"):
        for method in ("GET", "HEAD", "DELETE"):  # which the admin takes for one
            assert admin_client.generic(method, f"/admin/library/{page}?{query}").status_code in (200, 302, 400)
