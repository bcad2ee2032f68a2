"""Who may enter, on every route there is."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.core import signing
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from library import streaming
from library.models import Video
from tests.builders import Folder, a_video, an_account, body
from videoserver.env import Access

pytestmark = pytest.mark.django_db

ANYONE, ACCOUNT = "anyone", "account"

ROUTES: dict[str, tuple[str, str]] = {
    "home": ("/", ACCOUNT),
    "watch": ("/watch/a.mp4", ACCOUNT),
    "favorites": ("/favorites", ACCOUNT),
    "best_of": ("/best-of", ACCOUNT),
    "tags": ("/tags", ACCOUNT),
    "tag": ("/tag/sea", ACCOUNT),
    "random": ("/random", ACCOUNT),
    "video": ("/video/a.mp4", ACCOUNT),
    "stream": ("/stream/token/a.mp4", ANYONE),
    "playlist": ("/playlist/a.mp4.m3u8", ACCOUNT),
    "version": ("/library/version", ACCOUNT),
    "tag_names": ("/library/tags", ACCOUNT),
    "get_views": ("/get_views", ACCOUNT),
    "rate": ("/rate", ACCOUNT),
    "view": ("/view", ACCOUNT),
    "add_tag": ("/tag", ACCOUNT),
    "delete_tag": ("/delete_tag", ACCOUNT),
    "favorite": ("/favorite", ACCOUNT),
    "title": ("/title", ACCOUNT),
    "bulk": ("/bulk", ACCOUNT),
    "undo": ("/undo", ACCOUNT),
    "folders": ("/folder/", ACCOUNT),
    "folder": ("/folder/a", ACCOUNT),
    "storyboards": ("/storyboards?video=1", ACCOUNT),
    "watch_later": ("/watch-later", ACCOUNT),
    "playlists": ("/playlists", ACCOUNT),
    "playlist_page": ("/playlist/1", ACCOUNT),
    "recent": ("/recent", ACCOUNT),
    "added": ("/added", ACCOUNT),
    "rediscover": ("/rediscover?seed=1", ACCOUNT),
    "play": ("/play?list=all", ACCOUNT),
    "export": ("/export.m3u8?list=all", ACCOUNT),
    "playlists_for": ("/library/playlists?filename=a.mp4", ACCOUNT),
    "keep_for_later": ("/watch_later", ACCOUNT),
    "new_playlist": ("/new_playlist", ACCOUNT),
    "add_to_playlist": ("/add_to_playlist", ACCOUNT),
    "remove_from_playlist": ("/remove_from_playlist", ACCOUNT),
    "move_in_playlist": ("/move_in_playlist", ACCOUNT),
    "rename_playlist": ("/rename_playlist", ACCOUNT),
    "delete_playlist": ("/delete_playlist", ACCOUNT),
    "continue": ("/continue", ACCOUNT),
    "positions": ("/positions?video=1", ACCOUNT),
    "save_position": ("/position", ACCOUNT),
    "leave_position": ("/leave_position", ACCOUNT),
    "put_back_position": ("/put_back_position", ACCOUNT),
    "markers": ("/library/markers?filename=a.mp4", ACCOUNT),
    "add_marker": ("/add_marker", ACCOUNT),
    "rename_marker": ("/rename_marker", ACCOUNT),
    "delete_marker": ("/delete_marker", ACCOUNT),
    "mark_watched": ("/watched", ACCOUNT),
    "pause_history": ("/pause_history", ACCOUNT),
    "clear_history": ("/clear_history", ACCOUNT),
    "has_pin": ("/library/curtain", ACCOUNT),
    "open_curtain": ("/open_curtain", ACCOUNT),
    "set_pin": ("/set_pin", ACCOUNT),
    "filters": ("/filters", ACCOUNT),
    "complete": ("/library/complete?q=a", ACCOUNT),
    "smart_lists": ("/library/smart-lists", ACCOUNT),
    "keep_list": ("/library/smart-lists/keep", ACCOUNT),
    "rename_list": ("/library/smart-lists/rename", ACCOUNT),
    "delete_list": ("/library/smart-lists/delete", ACCOUNT),
    "ping": ("/ping", ANYONE),
    "health_live": ("/health/live", ANYONE),
    "poster": (f"/poster/{'0' * 32}-320.webp", ACCOUNT),
    "storyboard": (f"/storyboards/{'0' * 32}.vtt", ACCOUNT),
    "chapters": ("/chapters?video=1", ACCOUNT),
    "subtitles": (f"/subtitles/{'0' * 32}.vtt", ACCOUNT),
    "posters": ("/posters?video=1", ACCOUNT),
    "favicon": ("/favicon.ico", ANYONE),
    "login": ("/login/", ANYONE),
    "logout": ("/logout/", ACCOUNT),
    "account": ("/account", ACCOUNT),
    "sign_out_elsewhere": ("/account/sign-out-elsewhere", ACCOUNT),
}
"""Every route outside the admin, an address of it, and who may enter in login mode."""

OF_THE_STAFF = {
    "performance": "/admin/performance/",
    "load_runs": "/admin/performance/load/",
    "performance_retry": "/admin/performance/retry/",
    "cache_status": "/admin/cache/status/",
    "cache_refresh": "/admin/cache/refresh/",
}
"""Routes below the admin's address that are not its own."""

FOR_PROGRAMS = {"health_ready", "metrics"}
"""Whose answers depend on more than accounts: tests/monitoring/test_health.py and test_metrics.py have them."""

PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(name, address) of every route; in an address each part that varies is 1."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            for name, address in patterns(pattern, prefix + str(pattern.pattern)):
                yield inner + name, address
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "", prefix + str(pattern.pattern)


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


def test_every_route_has_its_rule_here() -> None:
    names = {name for name, _ in patterns(get_resolver())}
    assert {name for name in names if not name.startswith("admin:")} == set(ROUTES) | set(OF_THE_STAFF) | FOR_PROGRAMS


@pytest.mark.usefixtures("login_mode")
@pytest.mark.parametrize("name", [name for name, (_, who) in ROUTES.items() if who == ACCOUNT])
def test_without_an_account_a_page_leads_to_the_sign_in_and_all_else_is_401(client: Client, name: str) -> None:
    address = ROUTES[name][0]
    response = client.get(address, headers=PAGE)
    assert response.status_code == 302
    assert response["Location"] == f"/login/?next={quote(address, safe='/')}"
    for answer in (client.get(address), client.head(address), client.post(address), client.post(address, headers=PAGE)):
        assert answer.status_code == 401
    assert client.get(address).json() == {"error": "Sign in first."}


@pytest.mark.usefixtures("login_mode")
@pytest.mark.parametrize("name", [name for name, (_, who) in ROUTES.items() if who == ANYONE])
def test_a_few_routes_are_for_anyone(client: Client, name: str) -> None:
    response = client.get(ROUTES[name][0])
    assert response.status_code in (200, 302, 404)
    assert "/login/" not in response.headers.get("Location", "")


@pytest.mark.usefixtures("login_mode")
@pytest.mark.parametrize("name", sorted(ROUTES))
def test_with_an_account_every_route_is_there(guest: Client, name: str) -> None:
    response = guest.get(ROUTES[name][0])
    assert response.status_code != 401
    assert "/login/" not in response.headers.get("Location", "")
    response.close()


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


@pytest.mark.parametrize("name", [name for name in ROUTES if name != "logout"])
def test_in_open_mode_anyone_may_enter(client: Client, name: str) -> None:
    response = client.get(ROUTES[name][0], headers=PAGE)
    assert response.status_code not in (401, 403)
    assert "/login/" not in response.headers.get("Location", "")
    response.close()


FOR_SCRIPTS_OF_THE_ADMIN = ("/admin/library/video/suggestions/queue/",)
"""Answered in JSON, which tells a page whose session has ended."""


def admin_addresses() -> list[str]:
    return sorted(
        "/" + address.replace("<path:object_id>", "1").replace("<int:content_type_id>/<path:object_id>", "1/1")
        for name, address in patterns(get_resolver())
        if name.startswith("admin:") and name not in ("admin:login", "admin:logout", "admin:") and "(" not in address
    )


@pytest.mark.parametrize("mode", [Access.OPEN, Access.LOGIN])
@pytest.mark.parametrize("address", admin_addresses())
def test_the_admin_always_needs_staff(settings: Any, guest: Client, address: str, mode: Access) -> None:
    settings.ACCESS = mode
    for visitor in (Client(), guest):
        response = visitor.get(address, headers=PAGE)
        if address in FOR_SCRIPTS_OF_THE_ADMIN and response.status_code == 401:
            assert list(response.json()) == ["error"]
        else:
            assert response.status_code == 302
            assert "/login/?next=" in response["Location"]


@pytest.mark.parametrize("mode", [Access.OPEN, Access.LOGIN])
@pytest.mark.parametrize("name", sorted(OF_THE_STAFF))
def test_what_is_the_staff_s_nobody_else_sees(settings: Any, guest: Client, name: str, mode: Access) -> None:
    settings.ACCESS = mode
    for visitor in (Client(), guest):
        for response in (visitor.get(OF_THE_STAFF[name], headers=PAGE), visitor.post(OF_THE_STAFF[name])):
            assert response.status_code in (302, 401, 403)
            assert "/login/?next=" in response.headers.get("Location", "/login/?next=")


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
