"""The cards of a grid by mouse, keyboard and finger."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.serving import until
from tests.site.grid.acts import FILMS, WIDE, card, cell, focused, scroll_to, titles

pytestmark = pytest.mark.browser


# --- Storyboards ---


def test_a_pointer_runs_through_the_storyboard_which_comes_only_then(wide: Page) -> None:
    asked: list[str] = []
    wide.on("request", lambda request: asked.append(request.url) if "/storyboards/" in request.url else None)
    wide.goto("/", wait_until="networkidle")
    assert asked == []
    box = card(wide, "First").locator(".poster").bounding_box()
    assert box
    seen = []
    for part in (0.1, 0.5, 0.9):
        wide.mouse.move(box["x"] + part * box["width"], box["y"] + 50)
        expect(wide.locator(".tile")).to_have_count(1)
        seen.append(wide.locator(".tile").evaluate("tile => tile.style.backgroundPosition"))
        width = wide.locator(".place").evaluate("place => place.getBoundingClientRect().width")
        assert width == pytest.approx(part * box["width"], abs=2)
    assert len(set(seen)) == 3
    assert len(set(asked)) == 1
    wide.mouse.move(5, 5)
    expect(wide.locator(".tile, .place")).to_have_count(0)


class Finger:
    """One finger on the glass."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def down(self, x: float, y: float) -> None:
        self._send("touchStart", (x, y))

    def move(self, x: float, y: float) -> None:
        self._send("touchMove", (x, y))

    def up(self) -> None:
        self._send("touchEnd")


def test_a_finger_drawn_across_runs_through_it_and_opens_nothing(phone: Page) -> None:
    phone.goto("/", wait_until="networkidle")
    box = card(phone, "First").locator(".poster").bounding_box()
    assert box
    finger, y = Finger(phone), box["y"] + 40
    finger.down(box["x"] + 10, y)
    for step in range(1, 5):
        finger.move(box["x"] + 10 + step * 20, y)
    expect(phone.locator(".tile")).to_have_count(1)
    before = phone.locator(".tile").evaluate("tile => tile.style.backgroundPosition")
    finger.move(box["x"] + box["width"] - 5, y)
    until(
        lambda: phone.locator(".tile").evaluate("tile => tile.style.backgroundPosition") != before, what="another tile"
    )
    finger.up()
    expect(phone.locator(".tile")).to_have_count(0)
    assert urlsplit(phone.url).path == "/"


def test_a_finger_that_moves_up_scrolls(phone: Page) -> None:
    phone.goto("/", wait_until="networkidle")
    box = card(phone, "First").locator(".poster").bounding_box()
    assert box
    finger, x, y = Finger(phone), box["x"] + 60, box["y"] + 60
    finger.down(x, y)
    for step in range(1, 8):
        finger.move(x, y - step * 20)
    until(lambda: phone.evaluate("scrollY") > 50, what="the page to scroll")
    finger.up()
    assert phone.locator(".tile").count() == 0


# --- Keys ---


def test_arrows_go_from_card_to_card_by_row_and_column(page: Page) -> None:
    page.goto("/")
    columns = 4 if page.viewport_size == WIDE else 2
    order = titles(page)
    page.keyboard.press("ArrowRight")
    assert focused(page) == order[0]
    for key, place in [
        ("ArrowRight", 1), ("ArrowDown", 1 + columns), ("ArrowDown", 1 + 2 * columns), ("ArrowLeft", 2 * columns),
        ("ArrowUp", columns), ("ArrowUp", 0), ("ArrowUp", 0), ("ArrowLeft", 0),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert focused(page) == order[place]
    outline = "getComputedStyle(document.activeElement.querySelector('.poster')).outlineStyle"
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page).to_have_title(f"{order[1]} · Videoserver")


def test_below_a_full_row_is_the_last_of_a_shorter_one(wide: Page) -> None:
    wide.goto("/folder/?sort=title")
    card(wide, "Second").focus()
    wide.keyboard.press("ArrowDown")
    assert focused(wide) == "Second"
    wide.goto("/?page=4")
    order = titles(wide)
    assert len(order) == FILMS + 2 - 180
    card(wide, order[7]).focus()
    wide.keyboard.press("ArrowDown")
    assert focused(wide) == order[11]


def test_stars_and_favourites_by_key_each_with_a_way_back(wide: Page) -> None:
    wide.goto("/")
    target = cell(wide, "Film 3")
    target.locator(".card").focus()
    wide.keyboard.press("4")
    expect(target.get_by_role("img", name="4 of 5 stars")).to_be_visible()
    expect(wide.get_by_role("status")).to_contain_text("★★★★ for “Film 3”")
    wide.keyboard.press("f")
    expect(target.get_by_role("img", name="Favourite")).to_be_visible()
    wide.keyboard.press("u")
    expect(target.get_by_role("img", name="Favourite")).to_have_count(0)
    wide.keyboard.press("4")
    expect(target.locator(".given")).to_have_count(0)
    wide.keyboard.press("2")
    expect(target.get_by_role("img", name="2 of 5 stars")).to_be_visible()
    wide.get_by_role("button", name="Undo").click()
    expect(target.locator(".given")).to_have_count(0)
    wide.reload()
    expect(cell(wide, "Film 3").locator(".given")).to_have_count(0)


def test_the_keys_are_told_and_do_nothing_where_someone_types(wide: Page) -> None:
    wide.goto("/")
    wide.keyboard.press("?")
    dialog = wide.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    wide.keyboard.press("x")
    wide.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(wide.locator(".bulk")).to_be_hidden()
    card(wide, "Film 3").focus()
    wide.keyboard.press("x")
    wide.get_by_label("Tag for the selected").focus()
    wide.keyboard.type("fx4?")
    expect(wide.get_by_label("Tag for the selected")).to_have_value("fx4?")
    expect(dialog).to_be_hidden()
    expect(wide.locator(".bulk output")).to_have_text("1 selected")


# --- Selecting ---


def test_several_are_selected_by_mouse_and_changed_at_once_with_a_way_back(wide: Page) -> None:
    wide.goto("/")
    cell(wide, "Film 5").hover()
    wide.get_by_role("checkbox", name="Select Film 5", exact=True).check()
    card(wide, "Film 9").click(modifiers=["Shift"])
    bar = wide.get_by_role("region", name="Selected videos")
    expect(bar).to_contain_text("5 selected")
    card(wide, "Film 7").click()
    expect(bar).to_contain_text("4 selected")
    bar.get_by_role("button", name="3 stars").click()
    expect(wide.locator(".picked .given")).to_have_text(["★ 3"] * 4)
    bar.get_by_label("Tag for the selected").fill("evening")
    bar.get_by_role("button", name="Add", exact=True).click()
    expect(wide.get_by_role("status").last).to_contain_text("evening on 4 videos")
    bar.get_by_role("button", name="Favourites", exact=True).click()
    expect(wide.locator(".picked .mark")).to_have_count(4)
    wide.get_by_role("button", name="Undo").click()
    expect(wide.locator(".picked .mark")).to_have_count(0)
    bar.get_by_role("button", name="No stars").click()
    expect(wide.locator(".picked .given")).to_have_count(0)
    bar.get_by_role("button", name="End the selection").click()
    expect(bar).to_be_hidden()
    wide.goto("/tag/evening")
    assert sorted(titles(wide)) == ["Film 5", "Film 6", "Film 8", "Film 9"]


def test_several_are_selected_by_keys_alone(wide: Page) -> None:
    wide.goto("/")
    card(wide, "Film 11").focus()
    wide.keyboard.press("x")
    for _ in range(3):
        wide.keyboard.press("ArrowRight")
    wide.keyboard.press("Shift+X")
    expect(wide.locator(".picked .title")).to_have_text(["Film 11", "Film 12", "Film 13", "Film 14"])
    wide.keyboard.press("5")
    expect(wide.locator(".picked .given")).to_have_text(["★ 5"] * 4)
    wide.keyboard.press("u")
    expect(wide.locator(".picked .given")).to_have_count(0)
    wide.keyboard.press("Escape")
    expect(wide.locator(".picked")).to_have_count(0)
    expect(wide.locator(".bulk")).to_be_hidden()
    assert focused(wide) == "Film 14"


def test_a_long_press_begins_a_selection_in_which_a_tap_selects(phone: Page) -> None:
    phone.goto("/")
    box = card(phone, "Film 2").locator(".poster").bounding_box()
    assert box
    finger = Finger(phone)
    finger.down(box["x"] + 60, box["y"] + 50)
    expect(phone.locator(".bulk output")).to_have_text("1 selected")
    finger.up()
    card(phone, "Film 3").tap()
    expect(phone.locator(".bulk output")).to_have_text("2 selected")
    assert urlsplit(phone.url).path == "/"
    phone.get_by_role("button", name="End the selection").tap()
    card(phone, "Film 3").tap()
    expect(phone).to_have_title("Film 3 · Videoserver")


def test_a_selection_begins_by_the_menu_and_outlives_scrolling(phone: Page) -> None:
    phone.goto("/")
    phone.locator(".viewing summary").click()
    phone.get_by_role("button", name="Select videos").click()
    phone.get_by_role("button", name="Select all shown").click()
    expect(phone.locator(".bulk output")).to_have_text("60 selected")
    scroll_to(phone, f"Film {FILMS}")
    card(phone, f"Film {FILMS}").click()
    expect(phone.locator(".bulk output")).to_have_text("61 selected")
    with phone.expect_response("**/bulk") as caught:
        phone.get_by_role("button", name="No favourites").click()
    assert len(caught.value.request.post_data_json["filenames"]) == 61
    phone.evaluate("scrollTo(0, 0)")
    expect(phone.get_by_role("checkbox", name="Select Film 2", exact=True)).to_be_checked()
