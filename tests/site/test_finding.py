"""Finding in a real browser: as one types, by keys, by filters, by lists; on a phone and on a desk, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.serving import Server
from tests.site.conftest import LONG
from tests.site.test_contrast import too_faint

pytestmark = pytest.mark.browser

WALK, CAFE, CAMERA = "The long walk", "Café à l'été 100%", "Old camera"
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1400, "height": 900}}


@pytest.fixture(params=["phone", "desk"])
def context(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A visitor, who must see no error in the console and ask no other host for anything."""
    phone = request.param == "phone"
    context = browser.new_context(
        base_url=server.url,
        viewport=SIZES[request.param],
        has_touch=phone,
        is_mobile=phone,  # type: ignore[arg-type]
    )
    faults: list[str] = []
    context.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("request", lambda request: faults.append(request.url) if _is_foreign(request.url, server) else None)
    yield context
    context.close()
    assert faults == []


def _is_foreign(url: str, server: Server) -> bool:
    return urlsplit(url).scheme != "data" and not url.startswith(server.url)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/")
    return page


def shows(page: Page, *titles: str) -> None:
    """Wait until the grid shows just these, in this order."""
    expect(page.locator("#content .grid .title")).to_have_text(list(titles))


def address(page: Page) -> str:
    parts = urlsplit(page.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def test_results_come_while_one_types_and_the_history_goes_back_and_forth(page: Page) -> None:
    everything = page.locator("#content .grid .title").all_inner_texts()
    box = page.get_by_role("combobox", name="Search")
    box.press_sequentially("ete cafe")
    shows(page, CAFE)
    expect(page.locator("mark")).to_have_text(["Café", "été"])
    expect(page.locator("#found")).to_have_text("1 video")
    assert address(page) == "/?q=ete+cafe"
    expect(page).to_have_title("ete cafe · Videoserver")
    box.press("Enter")
    box.fill("walk")
    shows(page, WALK)
    page.go_back()
    shows(page, CAFE)
    expect(box).to_have_value("ete cafe")
    page.go_back()
    shows(page, *everything)
    expect(box).to_have_value("")
    assert address(page) == "/"
    page.go_forward()
    page.go_forward()
    shows(page, WALK)
    page.reload()
    shows(page, WALK)
    expect(box).to_have_value("walk")
    box.fill("")
    shows(page, *everything)


def test_a_slip_is_forgiven_and_a_mistake_is_told(page: Page) -> None:
    box = page.get_by_role("combobox")
    box.fill("camrea")
    shows(page, CAMERA)
    expect(page.locator(".near")).to_contain_text("This comes near.")
    box.fill("walk rating:9")
    expect(page.locator(".mistakes")).to_contain_text("Stars are 1 to 5")
    box.fill("walk tag:outdoor")
    expect(page.locator(".empty")).to_contain_text("Did you mean outdoors?")
    page.locator(".empty").get_by_role("link", name="outdoors").click()
    shows(page, WALK)


def test_the_keyboard_alone_searches_completes_and_closes(page: Page) -> None:
    page.keyboard.press("/")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    expect(page.get_by_role("option", name="tag: a tag")).to_be_visible()
    box.press_sequentially("tag:")
    option = page.get_by_role("option", name="tag:outdoors")
    expect(option).to_contain_text("2 videos")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "")
    page.keyboard.press("Enter")
    expect(box).to_have_value("tag:outdoors ")
    expect(page.locator("#content .grid .card")).to_have_count(2)
    box.press_sequentially("ra")
    expect(page.get_by_role("option", name="rating: stars")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#offers")).to_be_hidden()
    expect(box).to_have_value("tag:outdoors ra")
    page.keyboard.press("/")
    expect(box).to_have_value("tag:outdoors ra/")


def test_an_offer_can_be_clicked(page: Page) -> None:
    box = page.get_by_role("combobox")
    box.press_sequentially("two")
    page.get_by_role("option", name='tag:"two words"').click()
    expect(box).to_have_value('tag:"two words" ')
    expect(box).to_be_focused()
    shows(page, WALK)


def test_filters_edit_the_search_and_every_state_is_an_address(page: Page) -> None:
    page.get_by_role("link", name="Filters").click()
    panel = page.get_by_role("region", name="Filters")
    panel.get_by_role("link", name="4 and up").click()
    box = page.get_by_role("combobox", name="Search")
    expect(box).to_have_value("rating:>=4")
    shows(page, CAMERA)
    chip = panel.get_by_role("link", name="4 and up")
    expect(chip).to_have_attribute("aria-current", "true")
    panel.get_by_role("link", name="#outdoors").click()
    expect(box).to_have_value("rating:>=4 tag:outdoors")
    assert address(page) == "/?q=rating%3A%3E%3D4+tag%3Aoutdoors"
    expect(panel.get_by_role("link", name="#outdoors")).to_be_focused()
    panel.get_by_role("link", name="4 and up").click()
    expect(page.locator("#content .grid .card")).to_have_count(2)
    panel.get_by_role("link", name="Leave out two words").click()
    shows(page, CAMERA)
    expect(box).to_have_value('tag:outdoors -tag:"two words"')
    page.go_back()
    expect(page.locator("#content .grid .card")).to_have_count(2)
    expect(panel.get_by_role("link", name="Leave out two words")).not_to_have_attribute("aria-current", "true")
    panel.get_by_role("link", name="Any of them").click()
    expect(panel.get_by_role("link", name="Any of them")).to_have_attribute("aria-current", "true")
    field = panel.get_by_label("Another tag")
    field.fill("two words")
    field.press("Enter")
    expect(box).to_have_value('tag:outdoors or tag:"two words"')
    panel.get_by_role("link", name="Clear all").click()
    expect(page.locator("#content .grid .card")).to_have_count(3)
    expect(box).to_have_value("")
    panel.get_by_role("link", name="Close").click()
    expect(panel).to_have_count(0)
    expect(page.locator(".choose")).to_be_focused()


def test_filters_and_search_go_from_any_page(page: Page) -> None:
    page.goto(f"/watch/{LONG}")
    page.get_by_role("link", name="Filters").click()
    page.get_by_role("heading", name="Filters").wait_for()
    page.get_by_role("group", name="Played").get_by_role("link", name="Not yet").click()
    page.get_by_role("link", name=re.compile(r"Show \d+ videos?")).click()
    expect(page.get_by_role("combobox", name="Search")).to_have_value("unplayed")
    page.goto("/tags")
    page.keyboard.press("/")
    page.get_by_role("combobox").press_sequentially("walk")
    page.keyboard.press("Enter")
    shows(page, WALK)
    assert address(page) == "/?q=walk"


def test_a_search_is_kept_in_the_navigation_renamed_and_deleted(page: Page) -> None:
    box = page.get_by_role("combobox", name="Search")
    box.fill("tag:outdoors seen")
    box.press("Enter")
    page.get_by_role("button", name="Keep as a smart list").click()
    name = page.get_by_label("Its name")
    name.fill("Watched outdoors")
    name.press("Enter")
    expect(page.locator(".kept")).to_contain_text("Watched outdoors")
    page.goto("/")
    wide = (page.viewport_size or {"width": 0})["width"] > 820
    if wide:
        page.get_by_role("navigation", name="Sections").get_by_role("link", name="Watched outdoors").click()
    else:
        box.tap()
        page.get_by_role("option", name="Watched outdoors").tap()
    shows(page, WALK)
    expect(box).to_have_value("tag:outdoors seen")
    page.get_by_role("button", name="Rename").click()
    name.fill("Out and seen")
    name.press("Enter")
    expect(page.locator(".kept")).to_contain_text("Out and seen")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Keep as a smart list")).to_be_focused()
    assert page.evaluate("fetch('/library/smart-lists').then(answer => answer.json())") == {"lists": []}


def test_without_script_it_is_a_plain_form_and_the_filters_are_links(browser: Browser, server: Server) -> None:
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/tags")
    page.locator("#q").fill("old camera")
    page.locator("#q").press("Enter")
    shows(page, CAMERA)
    page.locator(".choose").click()
    page.get_by_role("link", name="4 and up").click()
    assert page.locator("#q").input_value() == "old camera rating:>=4"
    page.get_by_role("link", name="Show 1 video").click()
    shows(page, CAMERA)
    context.close()


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_can_be_read_and_touched_and_nothing_is_wider_than_the_screen(
    browser: Browser, server: Server, size: str, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(base_url=server.url, viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for address_ in ("/?q=wlak", "/?q=lake+rating:9+tag:no", "/filters?q=tag:outdoors+-tag:%22two+words%22+unseen"):
        page.goto(address_)
        page.wait_for_load_state("networkidle")
        assert [faint for faint in too_faint(page) if "empty" not in str(faint[0])] == [], address_
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address_
    page.locator("#q").click()
    page.locator("#q").fill("")
    page.get_by_role("option").first.wait_for()
    assert too_faint(page) == []
    if size == "phone":
        heights = "[...document.querySelectorAll('.chip, .without, #offers li, #q')].map(each => each.offsetHeight)"
        assert min(page.evaluate(heights)) >= 44
    context.close()
