"""The site as people use it: in a real browser, against a real server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.environment import Site
from tests.media import make_video
from tests.serving import Server, serving, until
from tests.site.conftest import LONG, OLD, SHORT

pytestmark = pytest.mark.browser

WATCH = f"/watch/{quote(LONG)}"
PAGES = ["/", "/?sort=title", "/favorites", "/best-of", "/tags", "/tag/outdoors", WATCH, "/no/such/page"]


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url)
    yield context.new_page()
    context.close()


def comes_true(page: Page, expression: str) -> None:
    """Wait for an expression in the page; Playwright's own way needs `eval`, which the policy forbids."""
    until(lambda: page.evaluate(expression), what=expression)


def play(page: Page) -> None:
    """Press play, and see the time advance."""
    page.eval_on_selector("video", "video => { video.muted = true; return video.play(); }")
    comes_true(page, "document.querySelector('video').currentTime > 0.3")


def views(page: Page) -> int:
    return int(page.locator("[data-views]").inner_text())


def test_a_click_on_a_card_leads_to_a_video_that_plays(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="The long walk").click()
    expect(page).to_have_title("The long walk · Videoserver")
    play(page)


def test_seeking_to_the_middle_fetches_a_part_and_plays_on_from_there(page: Page) -> None:
    page.goto(WATCH)
    play(page)
    statuses: list[int] = []
    page.on("response", lambda response: statuses.append(response.status) if "/video/" in response.url else None)
    page.eval_on_selector("video", "video => { video.currentTime = 6; }")
    comes_true(page, "document.querySelector('video').currentTime > 6.3")
    fetched = page.evaluate("""async () => {
        const url = document.querySelector('video').currentSrc;
        const response = await fetch(url, {headers: {Range: 'bytes=1000-'}});
        return response.status;
    }""")
    assert fetched == 206
    assert set(statuses) <= {206}


def test_the_browsers_own_player_asks_for_ranges(page: Page) -> None:
    with page.expect_response(lambda response: "/video/" in response.url) as caught:
        page.goto(WATCH)
    assert caught.value.status == 206
    assert caught.value.headers["content-type"] == "video/mp4"


def test_a_view_is_counted_once_when_playing_starts(page: Page) -> None:
    page.goto(WATCH)
    before = views(page)
    play(page)
    expect(page.locator("[data-views]")).to_have_text(str(before + 1))
    page.eval_on_selector("video", "video => { video.pause(); return video.play(); }")
    comes_true(page, "document.querySelector('video').currentTime > 0.8")
    page.reload()
    assert views(page) == before + 1


def test_what_people_gave_a_video_survives_a_restart(browser: Browser, own_site: Site) -> None:
    with serving(own_site) as server:
        page = browser.new_page(base_url=server.url)
        page.goto(WATCH)
        play(page)
        expect(page.locator("[data-views]")).to_have_text("8")
        with page.expect_response("**/rate"):
            page.get_by_role("radio", name="4 stars").check(force=True)
        with page.expect_response("**/favorite"):
            page.get_by_role("button", name="Favourite").click()
        page.get_by_label("Add a tag").fill("  ##Été & soleil ")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("link", name="#Été & soleil")).to_be_visible()
        page.get_by_role("button", name="Remove the tag two words").click()
        expect(page.get_by_role("link", name="#two words")).to_have_count(0)
        page.close()
    with serving(own_site) as server:
        page = browser.new_page(base_url=server.url)
        page.goto(WATCH)
        expect(page.get_by_role("radio", name="4 stars")).to_be_checked()
        expect(page.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("link", name="#Été & soleil")).to_be_visible()
        expect(page.get_by_role("link", name="#two words")).to_have_count(0)
        assert views(page) == 8
        page.get_by_role("link", name="#Été & soleil").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("#Été & soleil")
        expect(page.locator(".card")).to_have_count(1)
        page.close()


def test_a_refused_change_is_taken_back_and_said(page: Page) -> None:
    page.goto(WATCH)
    button = page.get_by_role("button", name="Favourite")
    before = button.get_attribute("aria-pressed")
    page.context.set_offline(True)
    button.click()
    expect(page.get_by_role("status")).to_contain_text("doesn't answer")
    assert button.get_attribute("aria-pressed") == before


def test_a_file_that_the_browser_cannot_play_says_so_and_offers_other_ways(page: Page, server: Server) -> None:
    page.goto(f"/watch/{quote(OLD)}")
    panel = page.locator(".unplayable")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("mpeg4")
    with page.expect_download() as caught:
        panel.get_by_role("link", name="Download").click()
    assert caught.value.suggested_filename == OLD
    assert caught.value.path().read_bytes() == (server.site.videos / OLD).read_bytes()
    playlist = server.get(panel.get_by_role("link", name="Open in VLC").get_attribute("href") or "").body.decode()
    assert playlist.splitlines()[-1] == f"{server.url}/video/{quote(OLD)}"


def test_a_playable_file_shows_no_such_panel(page: Page) -> None:
    page.goto(f"/watch/{quote(SHORT)}")
    play(page)
    expect(page.locator(".unplayable")).to_be_hidden()


def test_a_poster_appears_without_a_reload(browser: Browser, own_site: Site) -> None:
    with serving(own_site) as server:
        server.wait_for_posters(3)
        (worker,) = server.processes("media_worker")
        os.kill(worker, signal.SIGSTOP)
        make_video(own_site.videos / "New one.mp4")
        own_site.run("scan_videos")
        page = browser.new_page(base_url=server.url)
        page.goto("/?sort=title")
        expect(page.locator(".poster[data-pending]")).to_have_count(1)
        os.kill(worker, signal.SIGCONT)
        image = page.get_by_role("link", name="New one").locator("img")
        expect(image).to_be_visible(timeout=30_000)
        comes_true(page, "[...document.images].every(image => image.complete && image.naturalWidth > 0)")
        page.close()


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_its_policy_asks_another_host_overflows_or_jumps(
    browser: Browser, server: Server, width: int, scheme: str
) -> None:
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.add_init_script("""
        window.shift = 0;
        new PerformanceObserver(list => list.getEntries().forEach(entry => { window.shift += entry.value; }))
            .observe({type: 'layout-shift', buffered: true});
    """)
    complaints: list[str] = []
    asked: list[Request] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request))
    for path in PAGES:
        page.goto(path, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate("window.shift") < 0.01, path
    context.close()
    assert {urlsplit(request.url).netloc for request in asked} == {urlsplit(server.url).netloc}
    assert [text for text in complaints if "404" not in text] == []


def test_pages_are_read_without_script(browser: Browser, server: Server) -> None:
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?sort=title&order=desc")
    assert page.locator(".card .title").all_inner_texts() == ["The long walk", "Old camera", "Café à l'été 100%"]
    page.get_by_role("link", name="The long walk").click()
    expect(page.get_by_role("heading", name="The long walk")).to_be_visible()
    expect(page.get_by_role("link", name="#outdoors")).to_be_visible()
    expect(page.locator(".beside .card")).to_have_count(1)
    expect(page.get_by_label("Add a tag")).to_be_hidden()
    context.close()


def test_the_colours_follow_the_system(browser: Browser, server: Server) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        page = browser.new_page(base_url=server.url, color_scheme=scheme)  # type: ignore[arg-type]
        page.goto("/")
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.close()
    assert len(grounds) == 2


def test_stars_are_given_by_keyboard(page: Page) -> None:
    page.goto(f"/watch/{quote(SHORT)}")
    with page.expect_response("**/rate") as caught:
        page.get_by_role("radio", name="2 stars").focus()
        page.keyboard.press("ArrowRight")
    assert caught.value.json() == {"success": True, "rating": 3}
