"""The site as people use it: in a real browser, against a real server."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.environment import Site, make_site
from tests.media import make_video
from tests.serving import Server, serving, until
from tests.site.conftest import LONG, OLD, SHORT

pytestmark = pytest.mark.browser

WATCH = f"/watch/{quote(LONG)}"
LISTS = ["/watch-later", "/playlists", "/recent", "/rediscover"]
PAGES = ["/", "/?sort=title", "/favorites", "/best-of", "/tags", "/tag/outdoors", *LISTS, WATCH, "/no/such/page"]


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
        server.wait_until_idle()  # none of them holds the database
        workers = server.workers()
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        make_video(own_site.videos / "New one.mp4")
        own_site.run("scan_videos")
        page = browser.new_page(base_url=server.url)
        page.goto("/?sort=title")
        expect(page.locator(".poster[data-pending]")).to_have_count(1)
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        image = page.get_by_role("link", name="New one").locator("img")
        expect(image).to_be_visible(timeout=30_000)
        comes_true(page, "[...document.images].every(image => image.complete && image.naturalWidth > 0)")
        page.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1400, "light")])
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


def test_light_or_dark_is_chosen_kept_and_read_by_the_admin(browser: Browser, server: Server) -> None:
    context = browser.new_context(base_url=server.url, color_scheme="light")
    page = context.new_page()
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.goto("/tags")
    assert page.evaluate(ground) == dark
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    bars = "[...document.querySelectorAll('meta[name=theme-color]')].filter(bar => matchMedia(bar.media).matches)"
    assert page.evaluate(f"{bars}.map(bar => bar.content)") == ["#131211"]
    page.goto("/admin/login/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/")
    page.get_by_role("button", name="Auto").click()
    assert page.evaluate(ground) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == dark
    context.close()


def test_stars_are_given_by_keyboard(page: Page) -> None:
    page.goto(f"/watch/{quote(SHORT)}")
    with page.expect_response("**/rate") as caught:
        page.get_by_role("radio", name="2 stars").focus()
        page.keyboard.press("ArrowRight")
    assert caught.value.json() == {"success": True, "rating": 3}


def test_stars_given_in_quick_succession_are_sent_one_after_the_other(page: Page) -> None:
    events: list[tuple[str, int]] = []
    held: list[Route] = []

    def note(event: str, request: Request) -> None:
        if request.url.endswith("/rate"):
            events.append((event, request.post_data_json["rating"]))

    page.on("request", lambda request: note("sent", request))
    page.on("response", lambda response: note("answered", response.request))
    page.route("**/rate", lambda route: route.continue_() if held else held.append(route))
    page.goto(f"/watch/{quote(SHORT)}")
    page.get_by_role("radio", name="3 stars").focus()
    page.keyboard.press("ArrowRight")
    until(lambda: page.evaluate("1") and held, what="the first request")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("fetch('/ping').then(response => response.status)") == 200
    with page.expect_response(lambda response: response.request.post_data_json == {"filename": SHORT, "rating": 5}):
        held[0].continue_()
    assert events == [("sent", 4), ("answered", 4), ("sent", 5), ("answered", 5)]
    page.reload()
    expect(page.get_by_role("radio", name="5 stars")).to_be_checked()


def test_a_refused_star_does_not_undo_a_later_one(page: Page) -> None:
    held: list[Route] = []
    page.goto(f"/watch/{quote(SHORT)}")
    page.route("**/rate", lambda route: route.continue_() if held else held.append(route))
    page.get_by_role("radio", name="3 stars").check(force=True)
    until(lambda: page.evaluate("1") and held, what="the first request")
    page.get_by_role("radio", name="1 star").check(force=True)
    with page.expect_response("**/rate"):
        held[0].abort()
    expect(page.get_by_role("status")).to_contain_text("doesn't answer")
    expect(page.get_by_role("radio", name="1 star")).to_be_checked()


def test_who_removes_tags_by_keyboard_keeps_the_focus(page: Page) -> None:
    page.goto(f"/watch/{quote(SHORT)}")
    for name in ("alpha", "beta", "gamma"):
        page.get_by_label("Add a tag").fill(name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name=f"#{name}")).to_be_visible()
    remaining = {
        "Remove the tag beta": "Remove the tag gamma",
        "Remove the tag gamma": "Add a tag",
    }
    page.get_by_role("button", name="Remove the tag beta").focus()
    for removed, focused in remaining.items():
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=removed)).to_have_count(0)
        expect(page.get_by_label(focused, exact=True)).to_be_focused()
    page.get_by_role("button", name="Remove the tag alpha").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Add a tag")).to_be_focused()


def test_who_is_about_to_add_a_tag_is_offered_those_that_there_are(page: Page) -> None:
    page.goto(f"/watch/{quote(SHORT)}")
    offered = "[...document.querySelector('#known-tags').options].map((option) => option.value)"
    assert page.evaluate(offered) == []
    page.get_by_label("Add a tag").focus()
    comes_true(page, f"{offered}.length > 0")
    assert page.evaluate(offered) == page.request.get("/library/tags").json()["tags"]


def test_what_is_said_by_a_sign_is_said_in_words_too(page: Page) -> None:
    page.goto("/?sort=rating")
    page.locator(".sorts summary").click()
    expect(page.get_by_role("group", name="Sort by")).to_match_aria_snapshot("""
        - group "Sort by":
          - link "Newest"
          - link "Rating descending"
          - link "Title"
    """)
    page.goto("/tags")
    expect(page.get_by_role("link", name=re.compile("outdoors", re.IGNORECASE))).to_have_accessible_name(
        re.compile(r"^outdoors 2 videos$", re.IGNORECASE)
    )
    for path in PAGES:
        page.goto(path)
        unheard = "[...document.querySelectorAll('span[aria-label]:not([role])')].map(span => span.outerHTML)"
        assert page.evaluate(unheard) == [], path


def test_a_file_that_is_awaited_and_one_that_is_gone_each_get_a_true_word(browser: Browser, own_site: Site) -> None:
    (own_site.videos / "ratings.json").write_text(json.dumps({"Awaited.mp4": 5}))
    own_site.run("import_json")
    (own_site.videos / SHORT).unlink()
    own_site.run("scan_videos")
    with serving(own_site) as server:
        page = browser.new_page(base_url=server.url)
        page.goto("/watch/Awaited.mp4")
        expect(page.locator(".absent")).to_contain_text("has not been found yet")
        expect(page.locator(".absent")).not_to_contain_text("last seen")
        page.goto(f"/watch/{quote(SHORT)}")
        expect(page.locator(".absent")).to_contain_text("was last seen before")
        page.close()


def test_on_a_phone_the_sort_that_is_on_is_in_sight(browser: Browser, server: Server) -> None:
    page = browser.new_page(base_url=server.url, viewport={"width": 390, "height": 800})
    page.goto("/?sort=size")
    expect(page.locator(".sorts summary")).to_have_text(re.compile("File size"))
    page.locator(".sorts summary").click()
    expect(page.locator(".sorts [aria-current]")).to_be_in_viewport(ratio=1)
    assert page.evaluate("window.scrollY") == 0
    page.close()


def test_the_lines_of_the_tags_are_of_one_height(page: Page) -> None:
    page.goto("/tags")
    assert len({link.bounding_box()["height"] for link in page.locator(".cloud a").all()}) == 1  # type: ignore[index]


def test_the_poster_of_a_portrait_film_is_no_taller_than_others_in_the_admin(browser: Browser, tmp_path: Path) -> None:
    site = make_site(tmp_path)
    make_video(site.videos / "portrait.mp4", size="180x320")
    with serving(site) as server:
        server.wait_for_posters(1)
        page = browser.new_page(base_url=server.url)
        page.goto("/admin/login/?next=/admin/thumbnails/mediawork/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(server.printed.partition("password ")[2].split()[0])
        page.get_by_role("button", name="Log in").click()
        poster = page.locator("#result_list img.poster")
        box = poster.bounding_box()
        assert box
        assert (box["width"], box["height"]) == (128, 72)
        assert poster.evaluate("image => getComputedStyle(image).objectFit") == "cover"
        page.get_by_role("link", name="portrait").click()
        expect(page.locator("img.large.poster")).to_be_visible()
        page.close()
