"""What is to be watched later: put there by a selection, taken off by a card's button or a key, each with undo."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.site.acts import press
from tests.site.grid.acts import card, cell, focused, titles

pytestmark = pytest.mark.browser

ONLY = """async names => {
    const headers = {'Content-Type': 'application/json', 'X-CSRFToken': /csrftoken=([^;]*)/.exec(document.cookie)[1]};
    const change = (filenames, later) =>
        fetch('/bulk', {method: 'POST', headers, body: JSON.stringify({filenames, action: 'later', later})});
    for (;;) {
        const page = new DOMParser().parseFromString(await (await fetch('/watch-later')).text(), 'text/html');
        const there = [...page.querySelectorAll('.grid .card')].map(card => decodeURIComponent(card.pathname).slice(7));
        if (there.length === 0) break;
        await change(there, false);
    }
    await change(names.map(name => `shelf/${name}.mp4`), true);
}"""
"""Let these be all that is to be watched later."""


def queue(page: Page, *names: str) -> None:
    """Begin on the list of what is to be watched later, which is of these."""
    page.goto("/")
    page.evaluate(ONLY, names)
    page.goto("/watch-later")
    expect(page.locator(".grid .title")).to_have_text(list(names[:60]))


def test_all_that_are_selected_are_queued_and_undone(page: Page) -> None:
    queue(page, "Film 90")
    page.goto("/")
    press(page, page.locator(".viewing summary"))
    press(page, page.get_by_role("button", name="Select videos"))
    for name in ("Film 3", "Film 5"):
        press(page, card(page, name))
    bar = page.get_by_role("region", name="Selected videos")
    press(page, bar.get_by_role("button", name="Watch later", exact=True))
    expect(page.locator(".notice")).to_have_text("Watch later: 2 videosUndo")
    press(page, page.get_by_role("button", name="Undo"))
    expect(page.locator(".notice")).to_have_text("Taken off Watch later: 2 videosUndo")
    press(page, bar.get_by_role("button", name="Watch later", exact=True))
    expect(page.locator(".notice")).to_have_text("Watch later: 2 videosUndo")
    page.goto("/watch-later")
    expect(page.locator(".grid .title")).to_have_text(["Film 3", "Film 5", "Film 90"])


def test_a_card_leaves_the_list_by_its_button_and_comes_back_where_it_was(page: Page) -> None:
    queue(page, "Film 3", "Film 5", "Film 9")
    press(page, page.get_by_role("button", name="Take Film 5 off the list"))
    expect(page.locator(".grid .title")).to_have_text(["Film 3", "Film 9"])
    expect(page.locator(".heading .count")).to_have_text("2 videos")
    press(page, page.get_by_role("button", name="Undo"))
    expect(page.locator(".grid .title")).to_have_text(["Film 3", "Film 5", "Film 9"])
    expect(page.locator(".heading .count")).to_have_text("3 videos")
    page.reload()
    assert titles(page) == ["Film 3", "Film 5", "Film 9"]


def test_the_last_leaves_a_word_and_comes_back(page: Page) -> None:
    queue(page, "Film 3")
    press(page, page.get_by_role("button", name="Take Film 3 off the list"))
    expect(page.get_by_text("Nothing to watch later.")).to_be_visible()
    expect(page.get_by_role("link", name="Play all")).to_be_hidden()
    press(page, page.get_by_role("button", name="Undo"))
    expect(page.get_by_text("Nothing to watch later.")).to_be_hidden()
    expect(page.get_by_role("link", name="Play all")).to_be_visible()


def test_a_key_queues_and_on_the_list_takes_off_and_keeps_the_focus(wide: Page) -> None:
    queue(wide, "Film 90", "Film 91")
    wide.goto("/")
    card(wide, "Film 7").focus()
    wide.keyboard.press("w")
    expect(wide.locator(".notice")).to_contain_text("Watch later: “Film 7”")
    wide.goto("/watch-later")
    card(wide, "Film 7").focus()
    wide.keyboard.press("w")
    expect(cell(wide, "Film 7")).to_have_count(0)
    assert focused(wide) == "Film 90"
    wide.keyboard.press("u")
    expect(wide.locator(".grid .title")).to_have_text(["Film 7", "Film 90", "Film 91"])


def test_what_follows_comes_although_others_left_before_it(wide: Page) -> None:
    names = [f"Film {number}" for number in range(1, 71)]
    queue(wide, *names)
    wide.get_by_role("button", name="Take Film 2 off the list").click()
    expect(cell(wide, "Film 2")).to_have_count(0)
    wide.mouse.move(700, 500)
    for _ in range(8):
        wide.mouse.wheel(0, 900)
        wide.evaluate("new Promise(requestAnimationFrame)")
    expect(wide.locator(".grid .title")).to_have_text([name for name in names if name != "Film 2"])
