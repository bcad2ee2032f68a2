"""What a real server makes of a request: whom it believes, what it logs, and what comes through a proxy."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.environment import Site, make_site
from tests.media import make_video
from tests.serving import Answer, Server, serving
from tests.site.conftest import LONG

CLAIMS = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Protocol": "ssl",
    "X-Forwarded-Ssl": "on",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=203.0.113.7;host=evil.example;proto=https",
    "SCRIPT_NAME": "/watch",
    "SCRIPT-NAME": "/watch",
    "PATH_INFO": "/admin/login/",
    "REMOTE_USER": "admin",
}
"""What a proxy may say of a request, and anyone else can; some of it gunicorn takes for more than a header."""

FILM = "film.mp4"
TOKEN = re.compile(r'(csrfmiddlewaretoken" value=)"\w+"')


def ask(server: Server, method: str, path: str, headers: dict[str, str] | None = None, body: str = "") -> Answer:
    """One request, made as it is written, and its answer."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path, body or None, headers or {})
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def text(answer: Answer) -> str:
    """A page, without the token that is new each time."""
    return TOKEN.sub(r"\1", answer.body.decode())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = make_site(tmp_path)
    make_video(site.videos / FILM, duration=0.5)
    return site


@pytest.mark.parametrize("path", ["/", f"/watch/{quote(LONG)}", f"/playlist/{quote(LONG)}.m3u8", "/login/"])
@pytest.mark.parametrize("claim", CLAIMS)
def test_what_anyone_says_of_a_proxy_is_not_believed(server: Server, path: str, claim: str) -> None:
    plain, claimed = ask(server, "GET", path), ask(server, "GET", path, {claim: CLAIMS[claim]})
    assert (claimed.status, text(claimed)) == (200, text(plain))
    assert b'src="/' in plain.body or f"http://127.0.0.1:{server.port}/video/".encode() in plain.body


def test_what_is_asked_for_in_vain_and_heads_leave_no_trace_in_the_log(site: Site) -> None:
    with serving(site) as server:
        server.wait_for_posters(1)
        page = ask(server, "GET", "/").body.decode()
        poster, stylesheet = re.search(r"/poster/[^ \"]+", page), re.search(r"/static/[^\"]+\.css", page)
        assert poster and stylesheet
        there = ("/", "/ping", "/tags", f"/watch/{FILM}", f"/video/{FILM}", poster[0], stylesheet[0], "/get_views")
        for path in there:
            got, head = ask(server, "GET", path), ask(server, "HEAD", path)
            assert (head.status, head.body) == (200, b"")
            assert head.headers["Content-Length"] == str(len(got.body))
        for path in ("/nowhere", "/watch/none.mp4", "/video/none.mp4", "/random", "/login/", "/admin/"):
            assert ask(server, "HEAD", path).body == b""
            ask(server, "GET", path)
        assert ask(server, "GET", "/", {"Host": "evil.example"}).status == 400
        assert ask(server, "HEAD", "/", {"Host": "evil.example"}).status == 400
        assert ask(server, "GET", "/rate").status == 405
    assert server.errors == []


@pytest.fixture
def site_with_guest(site: Site) -> Site:
    script = (
        "from django.contrib.auth import get_user_model; get_user_model().objects.create_user('guest', None, 'secret')"
    )
    site.run("shell", "-v0", "-c", script)
    return site


def sign_in(server: Server, host: str, origin: str) -> Answer:
    """As a browser does it through a proxy that speaks TLS: it hands on the host and the origin."""
    page = ask(server, "GET", "/login/", {"Host": host})
    cookie = page.headers["Set-Cookie"].split(";")[0]
    form = {"username": "guest", "password": "secret", "csrfmiddlewaretoken": cookie.removeprefix("csrftoken=")}
    headers = {"Host": host, "Origin": origin, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    return ask(server, "POST", "/login/", headers, urlencode(form))


def test_through_a_proxy_that_speaks_tls_every_page_needs_an_account_and_one_can_sign_in(site_with_guest: Site) -> None:
    names = {"VIDEOSERVER_HOSTS": "localhost,127.0.0.1,films.example,.home.example", "VIDEOSERVER_ACCESS": "auto"}
    with serving(site_with_guest, **names) as server:
        assert "every page needs an account" in server.printed
        assert "films.example, .home.example must be a proxy's name" in server.printed
        for host in ("films.example", "tv.home.example", "localhost"):
            assert ask(server, "GET", "/get_views", {"Host": host}).status == 401
        for host in ("films.example", "tv.home.example"):
            assert sign_in(server, host, f"https://{host}").status == 302
            assert sign_in(server, host, f"http://{host}").status == 302
        for origin in (
            "https://evil.example",
            "https://films.example.evil.example",
            "null",
            "https://home.example.evil",
        ):
            assert sign_in(server, "films.example", origin).status == 403
