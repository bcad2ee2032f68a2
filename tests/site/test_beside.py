"""The title of a video, changed where it stands."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from tests.serving import Server
from tests.site.conftest import LONG

pytestmark = pytest.mark.browser


def test_a_title_is_changed_by_keys_and_taken_back(browser: Browser, server: Server) -> None:
    page = browser.new_page(base_url=server.url)
    errors: list[object] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(f"/watch/{quote(LONG)}")
    heading, pen = page.get_by_role("heading", level=1), page.get_by_role("button", name="Change the title")
    field = page.get_by_label("Title", exact=True)
    page.keyboard.press("e")
    expect(field).to_be_focused()
    expect(field).to_have_value("The long walk")
    page.keyboard.type("Up the hill")
    page.keyboard.press("Escape")
    expect(pen).to_be_focused()
    expect(heading).to_have_text("The long walk")
    page.keyboard.press("Enter")
    expect(field).to_have_value("The long walk")
    page.keyboard.type("Up the hill")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Up the hill")
    expect(page).to_have_title("Up the hill · Videoserver")
    expect(pen).to_be_focused()
    assert b"Up the hill" in server.get("/").body
    page.get_by_role("button", name="Undo").click()
    expect(heading).to_have_text("The long walk")
    assert b"Up the hill" not in server.get("/").body
    page.keyboard.press("t")
    expect(page.get_by_label("Add a tag")).to_be_focused()
    page.set_viewport_size({"width": 390, "height": 800})
    box = pen.bounding_box()
    assert box and min(box["width"], box["height"]) >= 44
    page.close()
    assert errors == []
