"""What is meant for other hosts, and what other sites' pages may do: a link leads here, and that is all."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from library.models import Video
from tests.builders import Folder, a_video, body
from thumbnails import posters

DIGEST = "1" * 32
LIBRARY = ("/", "/watch/a.mp4", "/video/a.mp4", f"/poster/{DIGEST}-320.webp", "/get_views", "/static/own.css", "/ping")
"""A page that is kept, one that isn't, bytes, a poster, JSON, a static file, and what anybody may ask."""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_library(folder: Folder, settings: Any) -> None:
    """Something behind each of the addresses; what can be kept is kept."""
    folder.put_and_scan("a.mp4", b"the film")
    poster = posters.path_of(DIGEST, 320)
    poster.parent.mkdir(parents=True)
    poster.write_bytes(b"a picture")
    settings.STATIC_ROOT = folder.path.parent / "static"
    Path(settings.STATIC_ROOT).mkdir()
    (settings.STATIC_ROOT / "own.css").write_text("body {}")
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]


def status(address: str, **sent: str) -> int:
    """Of a fresh visitor's request, with these headers."""
    return told(address, **sent)[0]


def told(address: str, **sent: str) -> tuple[int, dict[str, str]]:
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    response = Client().get(address, headers=headers)
    body(response)
    return response.status_code, dict(response.items())


def browser(site: str, mode: str, dest: str) -> dict[str, str]:
    return {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": dest}


@pytest.mark.parametrize("address", LIBRARY)
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1", "a,localhost", "local host"])
def test_a_name_that_is_not_ours_gets_nothing_at_all(address: str, host: str) -> None:
    assert status(address, Host="localhost") == 200  # now the page is kept
    response = Client().get(address, headers={"Host": host})
    assert (response.status_code, response["X-Content-Type-Options"]) == (400, "nosniff")
    assert response.content.startswith(b"This server does not answer to that name")


@pytest.mark.parametrize("address", LIBRARY)
def test_programs_our_own_pages_and_people_themselves_get_everything(address: str) -> None:
    for sent in ({}, browser("same-origin", "no-cors", "image"), browser("none", "navigate", "document")):
        assert status(address, **sent) == 200


@pytest.mark.parametrize("address", LIBRARY)
@pytest.mark.parametrize("site", ["cross-site", "same-site", "something-new"])
def test_another_site_links_here_and_shows_nothing_of_ours(address: str, site: str) -> None:
    assert status(address) == 200
    assert status(address, **browser(site, "navigate", "document")) == 200
    for mode, dest in (
        ("navigate", "iframe"), ("navigate", "frame"), ("navigate", "embed"), ("navigate", "object"),
        ("no-cors", "video"), ("no-cors", "image"), ("no-cors", "script"), ("no-cors", "style"), ("cors", "track"),
        ("cors", "empty"), ("same-origin", "empty"), ("", ""), ("navigate", ""), ("no-cors", "document"),
    ):  # fmt: skip
        assert status(address, **browser(site, mode, dest)) == 403


@pytest.mark.parametrize("mode", ["navigate", "cors", "no-cors"])
def test_another_site_writes_nothing_even_with_the_token(mode: str) -> None:
    client = Client(enforce_csrf_checks=True)
    token = client.get("/").cookies["csrftoken"].value
    sent = json.dumps({"filename": "a.mp4", "rating": 4})
    for site, right in (("cross-site", 403), ("same-site", 403), ("same-origin", 200)):
        headers = {"X-CSRFToken": token, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": "document"}
        response = client.post("/rate", sent, content_type="application/json", headers=headers)
        assert response.status_code == right
    assert Video.objects.with_standing().get().rating.stars == 4


@pytest.mark.parametrize(
    "address", [*LIBRARY, "/no/such/page", "/rate", "/admin/login/", f"/poster/{'2' * 32}-320.webp"]
)
def test_every_answer_says_that_it_is_for_our_own_pages_and_never_to_be_guessed_at(address: str) -> None:
    for sent in ({}, {}, {"Host": "evil.example"}, browser("cross-site", "cors", "empty")):
        headers = told(address, **sent)[1]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        for used in ("picture-in-picture", "fullscreen", "screen-wake-lock", "autoplay"):
            assert used not in headers["Permissions-Policy"]
        if not sent:
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_an_error_page_of_ours_carries_them_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    a_video("b.mp4")
    client.raise_request_exception = False
    monkeypatch.setattr("library.views.api.JsonResponse", None)
    response = client.get("/get_views")
    assert (response.status_code, response["X-Content-Type-Options"]) == (500, "nosniff")
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
