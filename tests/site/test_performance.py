"""The performance page in a real browser, before a real server."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.environment import Site, make_site
from tests.media import make_video
from tests.serving import Server, serving

pytestmark = pytest.mark.browser
ACCOUNTS = """
from django.contrib.auth import get_user_model
get_user_model().objects.create_superuser("curator", password="secret")
get_user_model().objects.create_user("guest", password="secret")
from monitoring.models import LoadRun
LoadRun.objects.create(url="http://127.0.0.1", users=200, seconds=9, requests=9, errors=0, p50_ms=1, p95_ms=2, p99_ms=3,
                       routes=[])
"""
PAGE = "/admin/performance/"


@pytest.fixture(scope="module")
def watched_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with one film, two accounts and a load test behind it."""
    site = make_site(tmp_path_factory.mktemp("performance"))
    make_video(site.videos / "film.mp4", duration=1)
    site.run("scan_videos")
    site.run("shell", "-v0", "-c", ACCOUNTS)
    return site


@pytest.fixture(scope="module")
def server(watched_site: Site) -> Iterator[Server]:
    with serving(watched_site) as server:
        yield server


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    """Somebody's first page; at the end nothing may have been asked of another host, or refused by the policy."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    foreign: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: None if request.url.startswith(server.url) else foreign.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert foreign == []
    assert [text for text in said if "403" not in text] == []


def sign_in(page: Page, server: Server, name: str) -> None:
    page.goto(f"{server.url}/admin/login/?next={PAGE}")
    page.fill("#id_username", name)
    page.fill("#id_password", "secret")
    page.click("[type=submit]")


def test_what_happens_is_shown_at_the_next_refresh_without_a_reload(server: Server, page: Page) -> None:
    sign_in(page, server, "curator")
    page.evaluate("window.stillThere = true")
    routes = page.locator("#routes + .scrolled")
    expect(routes).not_to_contain_text("best_of")
    page.locator("[data-chart=times] summary").click()
    threads = [threading.Thread(target=server.get, args=("/best-of",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    expect(routes).to_contain_text("best_of", timeout=20_000)
    for thread in threads:
        thread.join()
    assert page.evaluate("window.stillThere")
    expect(page.locator("[data-chart=times] details")).to_have_attribute("open", "")


def test_a_slowed_down_route_and_a_dropped_hit_rate_are_seen_at_the_next_refresh(server: Server, page: Page) -> None:
    token = {"Cookie": f"csrftoken={'a' * 32}", "X-CSRFToken": "a" * 32}
    viewed = ("/view", '{"filename": "film.mp4"}', token)
    for _ in range(3):
        post(server, *viewed)
    for _ in range(500):
        server.get("/video/film.mp4", Range="bytes=0-9")
    sign_in(page, server, "curator")
    expect(hit_rate(page)).to_contain_text("holds:")
    row = page.locator("#routes + .scrolled tbody tr", has=page.get_by_role("rowheader", name="view", exact=True))
    three_seconds, time_of_views = re.compile(r"^[34]\.\d* ?s"), row.locator("td").nth(2)
    expect(time_of_views).not_to_have_text(three_seconds)

    held = threading.Event()
    holder = threading.Thread(target=hold, args=(server.site.data / "db.sqlite3", 3.2, held))
    holder.start()
    assert held.wait(30)
    post(server, *viewed)  # is answered when the database is free
    holder.join()
    for _ in range(120):
        assert page.evaluate(EMPTY_THE_QUERY_CACHE) == 200
        server.get("/video/film.mp4", Range="bytes=0-9")

    with page.expect_response(lambda response: "part=content" in response.url):
        pass
    soon = 2_000
    expect(time_of_views).to_have_text(three_seconds, timeout=soon)
    expect(page.locator("#slowest + .scrolled tbody tr", has_text="POST /view").first).to_be_visible(timeout=soon)
    expect(page.locator("[data-chart=routes] .legend")).to_contain_text("view", timeout=soon)
    expect(hit_rate(page)).to_contain_text("doesn't hold:", timeout=soon)


EMPTY_THE_QUERY_CACHE = """async () => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "X-CSRFToken": token, Accept: "application/json" };
  return (await fetch("/admin/cache/refresh/", { method: "POST", headers })).status;
}"""


def hit_rate(page: Page) -> Locator:
    """What the targets say of the query cache."""
    return page.locator("#targets + .scrolled tbody tr", has_text="hit rate")


def hold(database: Path, seconds: float, held: threading.Event) -> None:
    """Keep others from writing, from the event on."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database, timeout=20, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        held.set()
        threading.Event().wait(seconds)
        connection.execute("ROLLBACK")


def post(server: Server, path: str, body: str, headers: dict[str, str]) -> None:
    """Send JSON."""
    import urllib.request

    headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(server.url + path, body.encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.status == 200


def test_routes_are_sorted_without_a_reload(server: Server, page: Page) -> None:
    for _ in range(3):
        server.get("/ping")
    sign_in(page, server, "curator")
    page.evaluate("window.stillThere = true")
    page.get_by_role("link", name="Route", exact=True).click()
    heading = page.locator("#routes + .scrolled th[aria-sort=ascending]")
    expect(heading).to_have_text("Route")
    names = page.locator("#routes + .scrolled tbody th").all_inner_texts()
    assert names == sorted(names)
    assert page.evaluate("window.stillThere")
    assert "sort=route" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_it_fits_the_screen_and_its_colours_follow_the_scheme(
    server: Server, page: Page, scheme: str, width: int
) -> None:
    sign_in(page, server, "curator")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    for name in ("", "load/"):
        page.goto(server.url + PAGE + name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(server.url + PAGE)
    line = page.locator("[data-chart=requests] path.line-1").evaluate("path => getComputedStyle(path).stroke")
    assert line == {"light": "rgb(37, 99, 168)", "dark": "rgb(111, 179, 242)"}[scheme]


def test_a_guest_sees_nothing_of_it(server: Server, page: Page) -> None:
    sign_in(page, server, "guest")
    expect(page.locator("#performance")).to_have_count(0)
    page.goto(server.url + PAGE)
    expect(page.locator("#performance")).to_have_count(0)
    for address in (PAGE, f"{PAGE}?part=content", f"{PAGE}load/", "/admin/cache/status/"):
        answer = page.request.get(server.url + address, max_redirects=0)
        assert answer.status in (302, 403), address
        assert "p95" not in answer.text()
        assert "hit_rate" not in answer.text()
    cookie = next(cookie for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    for address in (f"{PAGE}retry/", "/admin/cache/refresh/"):
        answer = page.request.post(server.url + address, headers={"X-CSRFToken": cookie["value"]}, max_redirects=0)
        assert answer.status in (302, 403), address
