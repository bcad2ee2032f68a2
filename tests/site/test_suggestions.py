"""The suggestion queue as curators use it: by keys alone, in a real browser, against a real server."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.environment import Site, make_site
from tests.media import make_video
from tests.serving import Server, serving, until
from tests.site.test_contrast import too_faint

pytestmark = pytest.mark.browser

PAGE = "/admin/library/video/suggestions/"
WORDS = [
    *("beach", "harbour", "market", "garden", "kitchen", "castle", "island", "meadow", "picnic", "concert", "wedding"),
    *("autumn", "winter", "summer", "river", "bridge", "train", "mountain", "forest", "museum", "puppy", "theatre"),
    *("sunrise", "fireworks"),
]
SAID = [WORDS[start : start + 3] for start in range(0, len(WORDS), 3)]
"""The tags that the name of each film says."""

NUMBER = len(SAID)
EACH = len(SAID[0])
MAKE_TAGS = f"""
from django.contrib.auth import get_user_model
from library import merging
get_user_model().objects.create_superuser("grace", password="secret")
for name in {WORDS!r}: merging.make(name)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Films whose names say three tags each, and a curator."""
    site = make_site(tmp_path_factory.mktemp("suggestions"))
    first = make_video(site.folder / "first.mp4", duration=4)
    for number, tags in enumerate(SAID):
        unique = b"\0\0\0\x10free" + f"{number:08}".encode()
        (site.videos / f"{' '.join(tags)}.mp4").write_bytes(first.read_bytes() + unique)
    site.run("scan_videos")
    site.run("shell", "-v0", "-c", MAKE_TAGS)
    return site


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[Server]:
    with serving(site) as server:
        yield server


@pytest.fixture(scope="module")
def curator(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A browser in which the curator signed in, by keys."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto(f"/admin/login/?next={PAGE}")
    for text in ("grace", "secret"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#suggestions")).to_be_visible()
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(curator: BrowserContext) -> Iterator[Page]:
    """The queue, with its first video."""
    page = curator.new_page()
    page.goto(PAGE)
    expect(page.locator(".offers li")).to_have_count(EACH)
    yield page
    page.close()


def rows(site: Site, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(site.data / "db.sqlite3")) as database:
        return database.execute(query).fetchall()


def taggings(site: Site) -> list[tuple[object, ...]]:
    """(title, tag) of all."""
    return rows(
        site,
        "SELECT v.title, t.name FROM library_video_tags m JOIN library_video v ON v.id = m.video_id "
        "JOIN library_tag t ON t.id = m.tag_id ORDER BY 1, 2",
    )


def go_on(page: Page) -> None:
    """Press Enter, and see another video."""
    before = page.locator(".watch").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(".watch")).not_to_have_text(before)


def test_twenty_suggestions_are_worked_through_by_keys_alone(page: Page, site: Site) -> None:
    offers, left = page.locator(".offers li"), page.locator(".left")
    expect(left).to_contain_text(f"{NUMBER} of {NUMBER} left")
    until(lambda: page.evaluate("document.querySelector('video').currentTime > 0.2"), what="a playing video")
    assert page.evaluate("document.querySelector('video').muted")
    expected = []
    for number in range(NUMBER - 1):
        expect(offers).to_have_count(EACH)
        title, names = page.locator(".watch").inner_text(), page.locator(".offers .name").all_inner_texts()
        assert sorted(names) == sorted(title.split())
        page.keyboard.press("1")
        page.keyboard.press("Shift+2" if number % 2 else "x")
        page.keyboard.press("3")
        expect(page.locator("[data-answer=accepted]")).to_have_count(2)
        expect(page.locator("[data-answer=rejected]")).to_have_count(1)
        expected += [(title, names[0]), (title, names[2])]
        go_on(page)
    expect(left).to_contain_text(f"1 of {NUMBER} left")
    title = page.locator(".watch").inner_text()
    page.keyboard.press("t")
    page.keyboard.type("Waves 1")
    page.keyboard.press("Enter")
    expect(page.locator(".borne")).to_have_text("Waves 1")
    page.keyboard.press("Enter")
    expect(page.locator(".ending")).to_contain_text(f"You went through {NUMBER} videos")
    assert taggings(site) == sorted([*expected, (title, "Waves 1")])
    assert len(rows(site, "SELECT 1 FROM library_rejection")) == NUMBER - 1
    assert len(rows(site, "SELECT 1 FROM library_entry WHERE action = 'tag' AND actor = 'grace'")) == 2 * NUMBER - 1
    take_all_back(page, site)


def take_all_back(page: Page, site: Site) -> None:
    """Undo each step, over all the videos, by one key."""
    button = page.locator(".undo")
    page.keyboard.press("Backspace")
    expect(page.locator(".ending")).to_be_hidden()
    for number in range(4 * NUMBER):
        page.keyboard.press("u" if number % 2 else "Backspace")
    expect(button).to_be_disabled(timeout=30_000)
    expect(page.locator(".left")).to_contain_text(f"{NUMBER} of {NUMBER} left")
    assert (taggings(site), rows(site, "SELECT 1 FROM library_rejection")) == ([], [])


def test_what_the_server_does_not_take_is_said_and_taken_back(page: Page, site: Site) -> None:
    page.context.set_offline(True)
    page.keyboard.press("1")
    expect(page.get_by_role("alert")).to_contain_text("doesn't answer")
    expect(page.locator("[data-answer]")).to_have_count(0)
    title = page.locator(".watch").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Try again")
    expect(page.locator(".watch")).to_have_text(title)
    page.context.set_offline(False)
    go_on(page)
    assert taggings(site) == []


def test_mouse_and_touch_do_the_same(page: Page, site: Site) -> None:
    accept, reject = page.locator(".accept"), page.locator(".reject")
    accept.nth(1).click()
    reject.nth(0).click()
    expect(page.locator("[data-answer]")).to_have_count(2)
    expect(page.locator(".borne li")).to_have_count(1)
    until(lambda: len(taggings(site)) == 1, what="a tag on the video")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-answer]")).to_have_count(0)
    expect(page.locator(".undo")).to_be_disabled()
    assert taggings(site) == []


def test_another_queue_and_order_are_chosen_and_kept_in_the_address(page: Page) -> None:
    page.locator("[name=queue]").select_option("few")
    page.locator("[name=order]").select_option("newest")
    expect(page.locator(".left")).to_contain_text(f"{NUMBER} of {NUMBER} left")
    expect(page).to_have_url(re.compile(re.escape(f"{PAGE}?queue=few&order=newest")))
    page.reload()
    expect(page.locator("[name=queue]")).to_have_value("few")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_of_it_can_be_read_and_fits_a_phone(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.keyboard.press("x")
    expect(page.locator("[data-answer=rejected]")).to_have_count(1)
    expect(page.locator(".undo")).to_be_enabled()
    own = page.locator("#suggestions")
    said = own.all_inner_texts()[0]
    assert [fault for fault in too_faint(page) if str(fault[0]).removeprefix("text ") in said] == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("u")
    expect(page.locator(".undo")).to_be_disabled()


def test_the_page_breaks_no_rule_of_the_policy(page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    expect(page.locator(".offers li")).to_have_count(EACH)
    assert said == []
