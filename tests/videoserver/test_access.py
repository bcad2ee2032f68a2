"""Who may enter, and by which ways. test_policies.py asks it of every route there is."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.core import signing
from django.test import Client

from library import streaming
from library.models import Video
from tests.builders import Folder, a_video, an_account, body
from videoserver.env import Access

pytestmark = pytest.mark.django_db

PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(autouse=True)
def a_film(folder: Folder) -> None:
    folder.put_and_scan("a.mp4", b"the film")
    Video.objects.get().tags.create(name="sea")


@pytest.fixture
def login_mode(settings: Any) -> None:
    settings.ACCESS = Access.LOGIN


@pytest.fixture
def guest(client: Client) -> Client:
    """Someone with an account that is not staff."""
    client.force_login(an_account("guest", staff=False))
    return client


@pytest.mark.usefixtures("login_mode")
def test_without_an_account_a_page_leads_to_the_sign_in_and_all_else_is_401(client: Client) -> None:
    response = client.get("/tag/sea?sort=title", headers=PAGE)
    assert (response.status_code, response["Location"]) == (
        302,
        f"/login/?next={quote('/tag/sea?sort=title', safe='/')}",
    )
    for answer in (client.get("/tag/sea"), client.head("/tag/sea"), client.post("/rate", headers=PAGE)):
        assert answer.status_code == 401
    assert client.get("/tag/sea").json() == {"error": "Sign in first."}


@pytest.mark.usefixtures("login_mode")
def test_nothing_can_be_written_without_an_account(client: Client) -> None:
    sent = json.dumps({"filename": "a.mp4", "rating": 5})
    assert client.post("/rate", sent, content_type="application/json").status_code == 401
    assert Video.objects.with_standing().get().rating.stars is None


@pytest.mark.usefixtures("login_mode")
def test_addresses_that_lead_nowhere_tell_no_more_than_that(client: Client) -> None:
    assert client.get("/watch/unknown.mp4", headers=PAGE).status_code == 302
    assert client.get("/video/unknown.mp4").status_code == 401
    assert b"a.mp4" not in client.get("/nowhere").content


def test_staff_may_enter_the_admin(admin_client: Client) -> None:
    assert admin_client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("login_mode")
def test_signing_in_leads_to_where_one_wanted_to_go() -> None:
    an_account("guest", staff=False)
    client = Client(enforce_csrf_checks=True)
    page = client.get("/watch/a.mp4", headers=PAGE, follow=True)
    assert page.redirect_chain == [("/login/?next=/watch/a.mp4", 302)]
    form = {"username": "guest", "password": "secret", "next": "/watch/a.mp4"}
    form["csrfmiddlewaretoken"] = client.cookies["csrftoken"].value
    response = client.post("/login/", form)
    assert (response.status_code, response["Location"]) == (302, "/watch/a.mp4")
    assert client.get("/watch/a.mp4").status_code == 200


@pytest.mark.usefixtures("login_mode")
def test_the_sign_in_page_names_no_part_that_needs_an_account(client: Client) -> None:
    html = client.get("/login/").content.decode()
    assert "Sign in</h1>" in html
    assert [address for address in ('"/library/smart-lists"', '"/tags"') if address in html] == []


@pytest.mark.usefixtures("login_mode")
def test_a_wrong_password_lets_nobody_in(client: Client) -> None:
    an_account("guest", staff=False)
    assert client.post("/login/", {"username": "guest", "password": "wrong"}).status_code == 200
    assert client.get("/").status_code == 401


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "http:evil.example",
        "///evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:///evil.example",
        " //evil.example",
        "/\t/evil.example",
    ],
)
def test_signing_in_never_leads_to_another_site(client: Client, target: str) -> None:
    an_account("guest", staff=False)
    address = f"/login/?next={quote(target)}"
    response = client.post(address, {"username": "guest", "password": "secret", "next": target})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get(address)["Location"] == "/"


@pytest.mark.usefixtures("login_mode")
def test_signing_out_needs_a_post_and_ends_the_session(guest: Client) -> None:
    assert guest.get("/logout/").status_code == 405
    assert guest.get("/").status_code == 200
    assert guest.post("/logout/").status_code == 302
    assert guest.get("/").status_code == 401


@pytest.mark.usefixtures("login_mode")
def test_the_link_of_a_playlist_works_for_a_player_without_a_session(guest: Client) -> None:
    link = guest.get("/playlist/a.mp4.m3u8").content.decode().splitlines()[-1]
    address = link.removeprefix("http://testserver")
    player = Client()
    assert address.startswith("/stream/")
    assert body(player.get(address)) == b"the film"
    part = player.get(address, headers={"Range": "bytes=4-7"})
    assert (part.status_code, body(part)) == (206, b"film")
    assert player.get("/video/a.mp4").status_code == 401


def test_in_open_mode_a_playlist_has_the_plain_address(client: Client) -> None:
    assert client.get("/playlist/a.mp4.m3u8").content.decode().endswith("http://testserver/video/a.mp4\n")


@pytest.mark.usefixtures("login_mode")
def test_a_false_or_tampered_link_is_404(client: Client) -> None:
    token = streaming.sign_link("a.mp4")
    payload, rest = token.split(":", 1)
    other = streaming.sign_link("b.mp4").split(":", 1)[0]
    for wrong in ("x", "", token + "x", token[:-1], f"{other}:{rest}", f"{payload}:{rest[1:]}", signing.dumps("a.mp4")):
        assert client.get(f"/stream/{wrong}/a.mp4").status_code == 404


@pytest.mark.usefixtures("login_mode")
def test_a_link_expires(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"/stream/{streaming.sign_link('a.mp4')}/a.mp4"
    assert client.head(address).status_code == 200
    monkeypatch.setattr(streaming, "LINK_SECONDS", -1)
    assert client.head(address).status_code == 404


@pytest.mark.usefixtures("login_mode")
def test_a_link_to_a_video_that_is_gone_is_404(client: Client) -> None:
    a_video("gone.mp4")
    assert client.get(f"/stream/{streaming.sign_link('gone.mp4')}/gone.mp4").status_code == 404
    assert client.get(f"/stream/{streaming.sign_link('never.mp4')}/never.mp4").status_code == 404
