"""The grid by mouse, keyboard and finger, on a wide screen and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.environment import make_site
from tests.media import make_video
from tests.serving import Server, serving, until

pytestmark = pytest.mark.browser

FILMS = 190
WIDE, PHONE = {"width": 1400, "height": 800}, {"width": 390, "height": 800}
DAY = 86_400

COLUMNS = "getComputedStyle(document.querySelector('.grid')).gridTemplateColumns.split(' ').length"

FINISHED = """
from thumbnails.models import MediaWork
MediaWork.objects.filter(video__path__startswith="shelf/").update(state="failed", attempts=3)
"""
"""The films of the shelf are no videos: nobody needs to find that out."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two real videos, the newest, and many more."""
    site = make_site(tmp_path_factory.mktemp("grid"))
    for name in ("First.mp4", "Second.mp4"):
        make_video(site.videos / name, duration=12, rate=5, options=("-g", "5"))
    (site.videos / "shelf").mkdir()
    for number in range(1, FILMS + 1):
        film = site.videos / f"shelf/Film {number}.mp4"
        film.write_text(film.name)
        os.utime(film, (1_700_000_000 - number * DAY,) * 2)
    site.run("scan_videos")
    site.run("shell", "-v0", "-c", FINISHED)
    with serving(site) as server:
        server.wait_until_idle()
        yield server


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[object]:
    """Contexts of any window; none may complain, or ask another host."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(touch: bool = False, **options: object) -> Page:
        context = browser.new_context(base_url=server.url, has_touch=touch, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: complaints.append(asked.url) if elsewhere(asked.url) else None)
        return page

    def elsewhere(url: str) -> bool:
        return urlsplit(url).scheme.startswith("http") and not url.startswith(server.url)

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def page(visit: object, request: pytest.FixtureRequest) -> Page:
    """The same on both."""
    return visit(viewport=request.param, touch=request.param is PHONE)  # type: ignore[operator, no-any-return]


@pytest.fixture
def wide(visit: object) -> Page:
    return visit(viewport=WIDE)  # type: ignore[operator, no-any-return]


@pytest.fixture
def phone(visit: object) -> Page:
    return visit(viewport=PHONE, touch=True, is_mobile=True)  # type: ignore[operator, no-any-return]


def card(page: Page, title: str) -> Locator:
    return page.locator(".grid .card", has=page.get_by_text(title, exact=True))


def cell(page: Page, title: str) -> Locator:
    return page.locator(".grid .cell", has=page.get_by_text(title, exact=True))


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.querySelector('.title')?.textContent"))


def titles(page: Page) -> list[str]:
    return page.locator(".grid .title").all_inner_texts()


def scroll_to(page: Page, title: str) -> None:
    """Scroll on until a card is there, as people do, and let it stand at the top."""

    def come() -> bool:
        page.mouse.wheel(0, 700)
        return card(page, title).count() > 0

    until(come, what=title)
    card(page, title).evaluate("card => card.scrollIntoView({ block: 'center', behavior: 'instant' })")


def top_of(page: Page, title: str) -> float:
    box = card(page, title).bounding_box()
    assert box
    return box["y"]


def page_in_address(page: Page) -> str:
    return str(page.evaluate("new URL(location.href).searchParams.get('page') ?? '1'"))


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
