"""All of a visit by keys alone, at each step with the focus in sight."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.serving import until
from tests.site.grid.acts import focused, top_of

pytestmark = pytest.mark.browser

IN_SIGHT = """() => {
    const one = document.activeElement;
    const shown = one.matches('.card') ? one.querySelector('.poster') : one.closest('label') ?? one;
    const pseudo = one.matches('.pick') ? '::before' : null;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown, pseudo);
    const { x, y, width, height } = shown.getBoundingClientRect();
    const there = document.elementFromPoint(x + width / 2, y + height / 2);
    const free = shown.contains(there) || one.closest('.cell')?.contains(there);
    const ringed = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
    return one === document.body ? 'nothing has the focus' : !ringed ? 'no ring' : !free ? 'covered' : '';
}"""
"""Why the focus can't be seen; "" where it can: a ring around it, and nothing in front."""


def in_sight(page: Page) -> None:
    until(lambda: page.evaluate(IN_SIGHT) == "", what=f"the focus in sight: {page.evaluate(IN_SIGHT)}", seconds=5)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        in_sight(page)


def tab_to(page: Page, selector: str, *, most: int = 40) -> None:
    """Go on by Tab until something has the focus."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        press(page, "Tab")
    raise AssertionError(f"{selector} is not reached")


def opens(page: Page, title: str, act: Callable[[], None]) -> None:
    act()
    expect(page).to_have_title(f"{title} · Videoserver")


def test_all_of_a_visit_is_done_by_keys_with_the_focus_in_sight(page: Page) -> None:
    page.goto("/")
    press(page, "Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    search(page)
    filter_what_was_found(page)
    judge_a_card(page)
    tag_two_cards_and_undo_it(page)


def search(page: Page) -> None:
    press(page, "/")
    page.keyboard.type("unp")
    page.get_by_role("option", name="unplayed").wait_for()
    press(page, "ArrowDown", "Enter")
    expect(page.get_by_role("combobox", name="Search")).to_have_value("unplayed ")
    expect(page).to_have_url(re.compile("q=unplayed"))


def filter_what_was_found(page: Page) -> None:
    press(page, "Tab")
    expect(page.get_by_role("link", name="Filters")).to_be_focused()
    press(page, "Enter")
    page.locator("#filtering .chip").first.wait_for()
    tab_to(page, "[data-key='Favourite No']")
    press(page, "Enter")
    expect(page.locator("[data-key='Favourite No']")).to_have_attribute("aria-current", "true")
    expect(page.locator("[data-key='Favourite No']")).to_be_focused()
    press(page, "Escape")
    expect(page.get_by_role("link", name="Filters")).to_be_focused()


def judge_a_card(page: Page) -> None:
    tab_to(page, ".card")
    press(page, *["ArrowDown"] * 5, "ArrowRight")
    press(page, "4")
    held = page.locator(".cell:has(.card:focus)")
    expect(held.get_by_role("img", name="4 of 5 stars")).to_be_visible()
    press(page, "f")
    expect(held.get_by_role("img", name="Favourite")).to_be_visible()
    press(page, "u")
    expect(held.get_by_role("img", name="Favourite")).to_have_count(0)


def tag_two_cards_and_undo_it(page: Page) -> None:
    first = focused(page)
    press(page, "x", "ArrowRight", "ArrowRight", "x")
    expect(page.locator(".bulk output")).to_have_text("2 selected")
    press(page, "t")
    page.keyboard.type("evening")
    press(page, "Enter")
    expect(page.locator(".notice")).to_contain_text("evening on 2 videos")
    tab_to(page, ".notice button")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("Undone")
    press(page, "Shift+Tab", "Escape")
    expect(page.locator(".bulk")).to_be_hidden()
    last = focused(page)
    assert last and last != first

    before = top_of(page, last)
    opens(page, last, lambda: page.keyboard.press("Enter"))
    tab_to(page, "a, button")
    page.go_back()  # the browser's own keys don't reach it in a test
    expect(page.locator(".card:focus .title")).to_have_text(last)
    until(lambda: abs(top_of(page, last) - before) < 2, what="the same place")
    in_sight(page)


def test_a_film_is_found_and_played_by_keys(page: Page) -> None:
    page.goto("/")
    press(page, "/")
    page.keyboard.type("first")
    expect(page.locator(".grid .title")).to_have_text(["First"])
    page.keyboard.press("Enter")
    tab_to(page, ".card")
    opens(page, "First", lambda: page.keyboard.press("Enter"))
    tab_to(page, ".player button[aria-label=Play]")
    page.keyboard.press("Space")
    until(lambda: page.evaluate("!document.querySelector('video').paused"), what="the film plays")
    page.go_back()
    expect(page.locator(".card:focus .title")).to_have_text("First")
