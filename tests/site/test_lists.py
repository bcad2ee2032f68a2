"""Lists as people use them: by mouse, by keyboard and by touch, on a wide screen and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from tests.environment import make_site
from tests.media import make_video
from tests.serving import Server, serving, until
from tests.site.acts import PHONE_WIDTH, Listener, is_phone, press, write

pytestmark = pytest.mark.browser

NAMES = ["Alpha", "Béta #2", "Gamma, part 1", "Delta"]
SIZES = {"wide": (1400, 900), "phone": (PHONE_WIDTH, 844)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A site of four films that play."""
    site = make_site(tmp_path_factory.mktemp("lists"))
    film = make_video(tmp_path_factory.mktemp("film") / "film.mp4", duration=2).read_bytes()
    for number, name in enumerate(NAMES):
        (site.videos / f"{name}.mp4").write_bytes(film + b"%d" % number)
    with serving(site) as server:
        until(lambda: server.get("/").body.count(b'class="card"') == len(NAMES), what="the films")
        yield server


@pytest.fixture(params=SIZES)
def page(request: Any, browser: Browser, server: Server) -> Iterator[Page]:
    """A page of one size, of which nothing complains and which asks no other host."""
    width, height = SIZES[request.param]
    context = browser.new_context(
        base_url=server.url, viewport={"width": width, "height": height}, has_touch=request.param == "phone"
    )
    listener = Listener(server.url, "error", "warning")
    page = listener.hear(context.new_page())
    yield page
    listener.end()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def watch(page: Page, name: str) -> None:
    page.goto(f"/watch/{quote(name)}.mp4")


@pytest.fixture
def playlist(page: Page, server: Server) -> Iterator[str]:
    """The address of a playlist of all films."""
    page.goto("/playlists")
    made = write(page, "/new_playlist", name="Sunday")
    for name in NAMES:
        write(page, "/add_to_playlist", id=made["id"], filename=f"{name}.mp4")
    yield made["url"]
    page.goto("/playlists")
    write(page, "/delete_playlist", id=made["id"])


def order(page: Page) -> list[str]:
    return page.locator(".items .card .title").all_inner_texts()


def has_order(page: Page, *names: str) -> None:
    """The order is shown, and after a reload it is still there."""
    expect(page.locator(".items .card .title")).to_have_text(list(names))


def is_kept(page: Page, playlist: str, *names: str) -> None:
    page.goto(playlist)
    has_order(page, *names)


def handle(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=f"Move {name}", exact=True)


def test_watch_later_is_kept_without_a_reload_and_taken_back(page: Page) -> None:
    watch(page, "Alpha")
    button = page.get_by_role("button", name="Watch later")
    for pressed in ("true", "false", "true"):
        with page.expect_response("**/watch_later"):
            press(page, button)
        expect(button).to_have_attribute("aria-pressed", pressed)
    page.goto("/watch-later")
    expect(page.locator(".card .title")).to_have_text(["Alpha"])
    press(page, page.locator(".card"))
    expect(page.get_by_role("button", name="Watch later")).to_have_attribute("aria-pressed", "true")
    with page.expect_response("**/watch_later"):
        page.get_by_role("button", name="Watch later").press("Space")
    page.goto("/watch-later")
    expect(page.locator(".empty")).to_contain_text("Nothing to watch later")


def test_a_film_is_put_on_playlists_new_and_old_from_its_page(page: Page) -> None:
    watch(page, "Béta #2")
    menu = page.locator("details.saving")
    press(page, menu.locator("summary"))
    menu.get_by_label("New playlist").fill("With, a \u2014 “name”")
    with page.expect_response("**/new_playlist") as made:
        menu.get_by_label("New playlist").press("Enter")
    box = menu.get_by_label("With, a \u2014 “name”")
    expect(box).to_be_checked()
    with page.expect_response("**/remove_from_playlist"):
        press(page, box)
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    press(page, menu.locator("summary"))
    expect(box).not_to_be_checked()
    with page.expect_response("**/add_to_playlist"):
        box.press("Space")
    press(page, page.locator("#beside"))
    expect(box).to_be_hidden()
    page.goto(made.value.json()["url"])
    has_order(page, "Béta #2")
    press(page, page.get_by_role("button", name="Delete", exact=True))
    press(page, page.get_by_role("dialog").get_by_role("button", name="Keep it"))
    expect(page.get_by_role("dialog")).to_be_hidden()
    press(page, page.get_by_role("button", name="Delete", exact=True))
    press(page, page.get_by_role("dialog").get_by_role("button", name="Delete"))
    expect(page.locator(".empty")).to_contain_text("No playlists yet")


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_a_playlist_is_made_on_the_page_of_playlists_and_renamed_in_place(page: Page) -> None:
    page.goto("/playlists")
    page.get_by_label("New playlist").fill("Sumer")
    press(page, page.get_by_role("button", name="Create"))
    expect(page).to_have_title("Sumer · Videoserver")
    press(page, page.get_by_role("button", name="Rename"))
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Sumer")).to_be_visible()
    press(page, page.get_by_role("button", name="Rename"))
    page.get_by_label("Name").fill("Summer $& 2024")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Summer $& 2024")).to_be_visible()
    expect(page).to_have_title("Summer $& 2024 · Videoserver")
    expect(page.get_by_role("button", name="Rename")).to_be_focused()
    page.goto("/playlists")
    press(page, page.get_by_role("link", name="Summer $& 2024"))
    press(page, page.get_by_role("button", name="Delete", exact=True))
    press(page, page.get_by_role("dialog").get_by_role("button", name="Delete"))
    expect(page).to_have_title("Playlists · Videoserver")
    expect(page.locator(".shelf")).to_have_count(0)


Drag = Callable[[Page, Locator, Locator], None]


def by_mouse(page: Page, one: Locator, other: Locator) -> None:
    start, end = middle(one), middle(other)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0], start[1] + 5)
    page.mouse.move(*end, steps=4)


def middle(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


class Finger:
    """A finger on the screen."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)

    def send(self, event: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self._session.send("Input.dispatchTouchEvent", {"type": event, "touchPoints": touches})

    def drag(self, one: Locator, other: Locator) -> None:
        (x, start), (_, end) = middle(one), middle(other)
        self.send("touchStart", (x, start))
        for step in range(1, 6):
            self.send("touchMove", (x, start + (end - start) * step / 5))


def settled(page: Page, *names: str) -> None:
    """Wait until the dragged one stands between those."""
    until(lambda: order(page) == list(names), what=f"the order {names}", seconds=10)


def test_an_item_is_dragged_to_its_place(page: Page, playlist: str) -> None:
    page.goto(playlist)
    has_order(page, *NAMES)
    wanted = ["Béta #2", "Gamma, part 1", "Alpha", "Delta"]
    with page.expect_response("**/move_in_playlist") as moved:
        if is_phone(page):
            finger = Finger(page)
            finger.drag(handle(page, "Alpha"), handle(page, "Gamma, part 1"))
            settled(page, *wanted)
            assert page.evaluate("scrollY") == 0
            finger.send("touchEnd")
        else:
            by_mouse(page, handle(page, "Alpha"), handle(page, "Gamma, part 1"))
            settled(page, *wanted)
            page.mouse.up()
    assert moved.value.json() == {"success": True, "place": 2}
    expect(page.locator("[data-told]")).to_have_text("Alpha is now 3 of 4")
    is_kept(page, playlist, *wanted)


@pytest.mark.parametrize("page", ["wide"], indirect=True)
def test_a_drag_that_is_given_up_changes_nothing(page: Page, playlist: str) -> None:
    page.goto(playlist)
    by_mouse(page, handle(page, "Delta"), handle(page, "Alpha"))
    settled(page, "Delta", *NAMES[:3])
    page.keyboard.press("Escape")
    page.mouse.up()
    has_order(page, *NAMES)
    is_kept(page, playlist, *NAMES)


@pytest.mark.parametrize("page", ["wide"], indirect=True)
def test_an_item_is_moved_by_the_keyboard_which_keeps_the_focus_and_tells_the_place(page: Page, playlist: str) -> None:
    page.goto(playlist)
    told = page.locator("[data-told]")
    expect(told).to_have_attribute("role", "status")
    handle(page, "Béta #2").focus()
    for key, place in {"ArrowDown": 3, "End": 4, "Home": 1, "ArrowUp": 1}.items():
        page.keyboard.press(key)
        expect(told).to_have_text(f"Béta #2 is now {place} of 4")
        expect(handle(page, "Béta #2")).to_be_focused()
    with page.expect_response(lambda answer: answer.url.endswith("move_in_playlist") and answer.json()["place"] == 1):
        page.keyboard.press("ArrowDown")
    is_kept(page, playlist, *NAMES)


def test_an_item_is_moved_and_removed_from_its_menu_and_put_back(page: Page, playlist: str) -> None:
    page.goto(playlist)
    menu = page.locator(".item", has_text="Gamma").locator("details")
    press(page, menu.locator("summary"))
    with page.expect_response("**/move_in_playlist"):
        press(page, menu.get_by_role("button", name="To the top"))
    has_order(page, "Gamma, part 1", "Alpha", "Béta #2", "Delta")
    press(page, menu.locator("summary"))
    with page.expect_response("**/remove_from_playlist"):
        press(page, menu.get_by_role("button", name="Remove from the playlist"))
    has_order(page, "Alpha", "Béta #2", "Delta")
    expect(page.locator(".count")).to_contain_text("3 videos")
    expect(handle(page, "Alpha")).to_be_focused()
    with page.expect_response("**/add_to_playlist"):
        press(page, page.get_by_role("button", name="Undo"))
    has_order(page, "Gamma, part 1", "Alpha", "Béta #2", "Delta")
    expect(page.locator(".count")).to_contain_text("4 videos")
    is_kept(page, playlist, "Gamma, part 1", "Alpha", "Béta #2", "Delta")


def test_a_move_that_is_refused_is_taken_back_and_said(browser: Browser, server: Server) -> None:
    page = browser.new_page(base_url=server.url)
    page.goto("/playlists")
    made = write(page, "/new_playlist", name="Refused")
    for name in NAMES[:2]:
        write(page, "/add_to_playlist", id=made["id"], filename=f"{name}.mp4")
    page.goto(made["url"])
    write(page, "/delete_playlist", id=made["id"])
    handle(page, "Alpha").press("ArrowDown")
    expect(page.locator(".notice")).to_contain_text("There is no such playlist")
    has_order(page, *NAMES[:2])
    page.close()


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_a_list_is_played_through_by_its_links(page: Page, playlist: str) -> None:
    page.goto(playlist)
    press(page, page.get_by_role("link", name="Play all"))
    for place, name in enumerate(NAMES, 1):
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        expect(page.get_by_role("navigation", name="In the list")).to_contain_text(f"{place} of 4")
        following = page.get_by_role("link", name="Next: ")
        if place < len(NAMES):
            following.press("Enter")
    expect(following).to_have_count(0)
    press(page, page.get_by_role("link", name="Previous: "))
    expect(page.get_by_role("heading", level=1)).to_have_text("Gamma, part 1")
    press(page, page.get_by_role("navigation", name="In the list").get_by_role("link", name="Sunday"))
    expect(page).to_have_title("Sunday · Videoserver")


@pytest.mark.parametrize("page", ["wide"], indirect=True)
def test_what_is_played_is_among_what_was_watched(page: Page) -> None:
    watch(page, "Delta")
    with page.expect_response("**/view"):
        page.eval_on_selector("video", "video => { video.muted = true; return video.play(); }")
    page.goto("/recent")
    expect(page.locator(".card").first).to_contain_text("Delta")
    expect(page.locator(".card").first).to_contain_text("Played today")


def test_a_list_is_saved_for_other_players_with_addresses_that_answer(
    page: Page, playlist: str, server: Server
) -> None:
    page.goto(playlist)
    with page.expect_download() as caught:
        press(page, page.get_by_role("link", name="Save as a playlist"))
    assert caught.value.suggested_filename == "Sunday.m3u8"
    lines = Path(caught.value.path()).read_text().splitlines()
    assert [line.partition(",")[2] for line in lines[1::2]] == [name.replace(",", "‚") for name in NAMES]
    for name, address in zip(NAMES, lines[2::2], strict=True):
        assert server.get(urlsplit(address).path).body == (server.site.videos / f"{name}.mp4").read_bytes()


def test_every_section_is_reached(page: Page) -> None:
    """On a phone four are at the thumb and the others under More, large enough for it."""
    page.goto("/")
    more = page.get_by_role("button", name="More")
    expect(more).to_be_visible(visible=is_phone(page))
    links = page.get_by_role("navigation", name="Sections").locator("a")
    assert [link.is_visible() for link in links.all()] == [True] * 4 + [not is_phone(page)] * 7
    if is_phone(page):
        more.tap()
        assert all(link.bounding_box()["height"] >= 44 for link in links.all())  # type: ignore[index]
        page.keyboard.press("Escape")
        expect(links.last).to_be_hidden()
        more.press("Enter")
    press(page, links.get_by_text("Rediscover"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Rediscover")
    expect(links.get_by_text("Rediscover").locator("xpath=..")).to_have_attribute("aria-current", "page")


SMALL_FIELDS = """() => [...document.querySelectorAll('input:not([type=checkbox], [type=radio], [type=range])')]
    .filter(field => parseFloat(getComputedStyle(field).fontSize) < 16).map(field => field.outerHTML)"""
"""A phone zooms in on those."""


def test_what_thumbs_press_is_large_enough_for_them(browser: Browser, server: Server) -> None:
    page = browser.new_page(base_url=server.url, viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto("/playlists")
    made = write(page, "/new_playlist", name="Thumbs", filename="Alpha.mp4")
    marker = write(page, "/add_marker", filename="Alpha.mp4", seconds=1)
    for address in (made["url"], "/playlists", "/watch/Alpha.mp4", "/watch-later", "/filters", "/?q=a", "/login/"):
        page.goto(address)
        assert page.evaluate(SMALL_FIELDS) == []
        for target in page.locator(
            "main .button:visible, .handle, .item summary, .in-list > a, .sections a:visible"
        ).all():
            box = target.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 44, target
    write(page, "/delete_playlist", id=made["id"])
    write(page, "/delete_marker", id=marker["id"])
    page.close()


def test_two_accounts_never_see_each_other_s_lists(browser: Browser, server: Server) -> None:
    make_account = "from django.contrib.auth.models import User; User.objects.create_user('{0}', password='{0}-secret')"
    server.site.run("shell", "-v0", "-c", "; ".join(make_account.format(name) for name in ("ann", "ben")))
    ann, ben = (signed_in(browser, server, name) for name in ("ann", "ben"))
    ann.goto("/watch/Alpha.mp4")
    with ann.expect_response("**/watch_later"):
        ann.get_by_role("button", name="Watch later").click()
    made = write(ann, "/new_playlist", name="Ann's own", filename="Alpha.mp4")
    write(ann, "/view", filename="Alpha.mp4")
    for address in ("/watch-later", "/recent", "/playlists"):
        ann.goto(address)
        expect(ann.locator("main .card")).to_have_count(1)
        ben.goto(address)
        expect(ben.locator("main .card")).to_have_count(0)
    ben.goto("/watch/Alpha.mp4")
    expect(ben.get_by_role("button", name="Watch later")).to_have_attribute("aria-pressed", "false")
    assert write(ben, "/rename_playlist", id=made["id"], name="Ben's") == {"error": "There is no such playlist."}
    assert ben.request.get(made["url"]).status == 404
    for visitor in (ann, ben):
        visitor.context.close()


def signed_in(browser: Browser, server: Server, name: str) -> Page:
    page = browser.new_context(base_url=server.url).new_page()
    page.goto("/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(f"{name}-secret")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("All videos · Videoserver")
    return page
