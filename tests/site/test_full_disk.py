"""A disk that is full: pages go on, and nothing old is served once there is room again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.environment import Site, make_site
from tests.full_disk import fill_up, small_disk
from tests.media import make_video
from tests.serving import Server, serving

FILM = "film.mp4"
PAGES = (
    "/",
    "/?sort=title",
    "/?sort=views&order=asc",
    "/tags",
    "/favorites",
    "/best-of",
    f"/watch/{FILM}",
    "/get_views",
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site whose data dir is a disk of its own."""
    with small_disk(tmp_path / "site" / "var", megabytes=48):
        site = make_site(tmp_path / "site")
        make_video(site.videos / FILM, duration=0.5)
        yield site


def rate(server: Server, stars: int) -> int:
    """Give the film stars, as its page does."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/")
    answer = connection.getresponse()
    cookie = (answer.headers["Set-Cookie"] or "").split(";")[0]
    answer.read()
    headers = {"Cookie": cookie, "X-CSRFToken": cookie.partition("=")[2], "Content-Type": "application/json"}
    connection.request("POST", "/rate", json.dumps({"filename": FILM, "rating": stars}), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def shown_stars(server: Server) -> str | None:
    found = re.search(r"(\d) of 5 stars", server.get("/").body.decode())
    return found[1] if found else None


def empty_the_cache(site: Site) -> None:
    for file in (site.data / "cache").rglob("*.djcache"):
        file.unlink(missing_ok=True)


def test_pages_go_on_while_the_data_dir_is_full_and_show_nothing_old(site: Site) -> None:
    with serving(site, COVERAGE_PROCESS_CONFIG="") as server:  # which, measured, can't write what it measured
        server.wait_for_posters(1)
        assert rate(server, 2) == 200
        assert shown_stars(server) == "2"
        empty_the_cache(site)
        filler = fill_up(site.data)
        for _ in range(3):
            assert {page: server.get(page).status for page in PAGES} == dict.fromkeys(PAGES, 200)
        assert server.get(f"/video/{FILM}").body == (site.videos / FILM).read_bytes()
        status = rate(server, 3)
        assert status in (200, 503)
        assert shown_stars(server) == ("3" if status == 200 else "2")
        filler.unlink()
        assert rate(server, 5) == 200
        assert shown_stars(server) == "5"
    assert "Traceback" not in "".join(server.errors), "".join(server.errors)
