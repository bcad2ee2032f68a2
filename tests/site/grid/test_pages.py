"""The pages of a grid: how they follow each other, are sorted and laid out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving import Server, until
from tests.site.grid.acts import COLUMNS, FILMS, WIDE, card, page_in_address, scroll_to, titles, top_of

pytestmark = pytest.mark.browser


# --- Endless ---


def test_pages_follow_by_themselves_and_the_address_is_that_of_the_page_in_view(page: Page) -> None:
    page.goto("/")
    assert len(titles(page)) == 60
    scroll_to(page, "Film 100")
    until(lambda: page_in_address(page) == "2", what="the address of page 2")
    scroll_to(page, f"Film {FILMS}")
    until(lambda: page_in_address(page) in ("3", "4"), what="the address of the last")
    keys = page.evaluate("[...document.querySelectorAll('.grid .cell:not(.awaited)')].length")
    assert keys == FILMS + 2
    assert page.locator(".grid .card").count() < FILMS
    page.evaluate("scrollTo(0, 0)")
    until(lambda: page_in_address(page) == "1", what="the address of page 1")
    expect(card(page, "First")).to_be_visible()
    assert page.locator(".grid .card").count() < FILMS
    expect(page.get_by_role("navigation", name="Pages")).to_have_count(1)


def test_who_comes_back_is_where_they_were(page: Page) -> None:
    page.goto("/?sort=title")
    scroll_to(page, "Film 100")
    until(lambda: page_in_address(page) == "2", what="the address of page 2")
    until(lambda: page.evaluate("Boolean(history.state?.place)"), what="the place")
    before = top_of(page, "Film 100")
    if page.viewport_size == WIDE:
        card(page, "Film 100").click()
        expect(page).to_have_title("Film 100 · Videoserver")
        page.go_back()
    else:
        page.reload()
    expect(card(page, "Film 100")).to_be_in_viewport()
    until(lambda: abs(top_of(page, "Film 100") - before) < 2, what="the same place")


def test_earlier_pages_come_above_without_a_jump(wide: Page) -> None:
    wide.goto("/?page=3")
    assert titles(wide)[0] == "Film 119"
    wide.mouse.move(600, 400)
    wide.mouse.wheel(0, 900)
    until(lambda: wide.evaluate("scrollY") == 900, what="the first scrolling")
    before = top_of(wide, "Film 139")
    wide.mouse.wheel(0, -300)
    until(lambda: wide.locator(".grid .cell").count() == 120, what="page 2")
    until(lambda: abs(top_of(wide, "Film 139") - before - 300) < 2, what="what was in view, where it was")
    assert titles(wide)[:60] == [f"Film {number}" for number in range(59, 119)]
    expect(wide.locator(".earlier a")).to_have_attribute("href", wide.url.partition("?")[0])


def test_the_link_to_earlier_videos_keeps_the_place_and_works_without_script(wide: Page, browser: Browser) -> None:
    wide.goto("/?page=2")
    before = top_of(wide, "Film 59")
    wide.get_by_role("link", name="Earlier videos").click()
    expect(wide.locator(".earlier")).to_have_count(0)
    assert titles(wide)[2:4] == ["Film 1", "Film 2"]
    assert top_of(wide, "Film 59") == pytest.approx(before, abs=2)
    plain = browser.new_context(base_url=wide.url, java_script_enabled=False).new_page()
    plain.goto("/?page=2")
    plain.get_by_role("link", name="Earlier videos").click()
    expect(plain).to_have_url(f"{wide.url.partition('?')[0]}?page=1")
    plain.context.close()


def test_without_script_the_pager_leads_on_and_nothing_dead_is_shown(browser: Browser, server: Server) -> None:
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Next").click()
    assert titles(page)[0] == "Film 59"
    page.locator(".viewing summary").click()
    expect(page.get_by_role("link", name="Title", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Select videos")).to_be_hidden()
    expect(page.get_by_role("button", name="Small")).to_be_hidden()
    context.close()


# --- Sorts and sizes ---


def test_the_sort_menu_opens_and_closes_by_mouse_and_key(page: Page) -> None:
    page.goto("/")
    summary = page.locator(".viewing summary")
    summary.click()
    expect(page.get_by_role("group", name="Sort by")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Sort by")).to_be_hidden()
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Title", exact=True).click()
    expect(page.locator(".viewing summary")).to_contain_text("Title")
    assert titles(page)[:3] == ["Film 1", "Film 2", "Film 3"]


def test_a_random_order_goes_on_without_repeating(wide: Page) -> None:
    wide.goto("/?sort=random")
    first = titles(wide)
    assert "seed=" in wide.url
    until(lambda: wide.mouse.wheel(0, 900) or wide.locator(".grid .cell").count() > 120, what="two more pages")
    some = wide.evaluate("[...document.querySelectorAll('.grid .card')].map(card => card.href)")
    assert len(set(some)) == len(some)
    wide.goto(wide.url.partition("&page")[0])
    assert titles(wide)[:60] == first


def test_the_size_of_the_cards_is_kept_and_there_before_the_first_paint(phone: Page) -> None:
    phone.goto("/")
    medium = phone.evaluate(COLUMNS)
    phone.locator(".viewing summary").click()
    phone.get_by_role("button", name="Small").click()
    small = phone.evaluate(COLUMNS)
    expect(phone.get_by_role("button", name="Small")).to_have_attribute("aria-pressed", "true")
    phone.get_by_role("button", name="Large").click()
    assert phone.evaluate(COLUMNS) < medium < small
    phone.add_init_script("""
        window.shift = 0;
        new PerformanceObserver(list => list.getEntries().forEach(entry => { window.shift += entry.value; }))
            .observe({type: 'layout-shift', buffered: true});
    """)
    phone.reload(wait_until="networkidle")
    assert phone.evaluate(COLUMNS) < medium
    assert phone.evaluate("window.shift") < 0.01


def test_every_row_is_full_and_nothing_is_wider_than_the_window(wide: Page) -> None:
    wide.goto("/")
    for density in ("large", "medium", "small"):
        wide.evaluate(f"document.documentElement.dataset.density = '{density}'")
        for width in (360, 700, 1100, 1920, 2700, 3840):
            wide.set_viewport_size({"width": width, "height": 900})
            assert 60 % wide.evaluate(COLUMNS) == 0
            assert wide.evaluate("document.documentElement.scrollWidth") <= width


# --- Arrivals ---


def test_what_arrives_while_more_pages_are_there_comes_first(wide: Page, server: Server) -> None:
    def shown() -> list[str]:
        return list(wide.evaluate("[...document.querySelectorAll('.grid .card')].map(card => card.href)"))

    wide.goto("/")
    until(lambda: wide.mouse.wheel(0, 300) or wide.locator(".grid .cell").count() >= 120, what="page 2")
    before = shown()
    film = server.site.videos / "Arrived.mp4"
    film.write_text("new")
    expect(card(wide, "Arrived")).to_have_count(1, timeout=20_000)
    assert "Arrived" in shown()[0]
    assert len(set(shown())) == len(shown())
    assert set(before) <= set(shown())
    film.unlink()
    expect(card(wide, "Arrived")).to_have_count(0, timeout=20_000)
    assert shown()[: len(before)] == before
