"""One key hides all pages of a browser, in every tab, and opens them again: to a PIN alone, where one was set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.serving import Server, until
from tests.site.conftest import LONG

pytestmark = pytest.mark.browser

PLAIN = "Videoserver"
PIN = "2468"
SEEN = """[...document.querySelectorAll('body *')].map(one => one.outerHTML.slice(0, 80) + one.checkVisibility(
    {visibilityProperty: true})).filter(told => told.endsWith('true'))"""
VIDEO = "document.querySelector('.player video')"


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A browser; the site that it leaves has no PIN."""
    context = browser.new_context(base_url=server.url)
    yield context
    page = context.new_page()
    page.goto("/login/")
    page.evaluate(
        """async pin => {
        const token = document.cookie.match(/csrftoken=([^;]*)/)[1];
        await fetch('/set_pin', {method: 'POST', body: JSON.stringify({pin, new: ''}),
            headers: {'Content-Type': 'application/json', 'X-CSRFToken': token}});
    }""",
        PIN,
    )
    context.close()


def content(page: Page) -> Locator:
    return page.locator("main#content")


def is_hidden(page: Page) -> None:
    expect(content(page)).to_be_hidden()
    expect(page).to_have_title(PLAIN)


def is_shown(page: Page, title: str) -> None:
    expect(content(page)).to_be_visible()
    expect(page).to_have_title(re.compile(title))


def field(page: Page) -> Locator:
    return page.get_by_label("PIN", exact=True)


def test_a_key_hides_every_tab_and_opens_them_again(context: BrowserContext) -> None:
    grid, film = context.new_page(), context.new_page()
    grid.goto("/")
    film.goto(f"/watch/{quote(LONG)}")
    film.evaluate(f"{VIDEO}.muted = true; {VIDEO}.play()")
    until(lambda: film.evaluate(f"{VIDEO}.currentTime") > 0, what="the film")
    film.keyboard.press("h")
    is_hidden(film)
    is_hidden(grid)
    expect(film.get_by_role("dialog", name="All is hidden")).to_be_visible()
    for key in ("k", "Escape", "Escape"):
        film.keyboard.press(key)
    assert film.evaluate(f"{VIDEO}.paused")
    film.evaluate(f"{VIDEO}.muted = false; {VIDEO}.play().catch(() => {{}})")
    until(lambda: film.evaluate(f"{VIDEO}.paused"), what="the film's end behind the curtain", seconds=5)
    is_hidden(film)
    grid.reload()
    is_hidden(grid)
    grid.get_by_role("button", name="Show all again").click()
    is_shown(grid, "All videos")
    is_shown(film, "The long walk")


def test_a_hidden_page_shows_nothing_even_before_its_scripts_arrive(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Hide all").click()
    is_hidden(page)
    page.route("**/js/site*.js", lambda route: route.abort())
    page.goto("/")
    expect(content(page).locator(".card").first).to_be_attached()
    is_hidden(page)
    assert page.evaluate(SEEN) == []


def test_with_a_pin_it_opens_to_that_alone(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    page.keyboard.press("h")
    page.get_by_text("Ask for a PIN").click()
    page.get_by_label("New PIN").fill(PIN)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("From now on the PIN opens it.")).to_be_visible()
    page.reload()
    expect(field(page)).to_be_focused()
    page.keyboard.press("h")
    expect(page.get_by_text("Give the PIN.")).to_be_visible()
    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    expect(page.get_by_text("That is not the PIN.")).to_be_visible()
    is_hidden(page)
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    is_shown(page, "All videos")
    expect(page.locator("dialog.curtain")).to_be_hidden()
    page.keyboard.press("h")
    expect(field(page)).to_have_value("")
