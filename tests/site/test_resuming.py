"""Going on where a video was left, in two browsers of one account, wide and narrow; and never where another left it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.environment import make_site
from tests.media import make_video
from tests.serving import Server, serving, until
from tests.site.acts import PHONE_WIDTH, Listener, press, write

pytestmark = pytest.mark.browser

NAMES = ["Alpha", "Beta", "Gamma", "Delta"]
PEOPLE = ["ann", "ben"]
SIZES = {"wide": (1400, 900), "phone": (PHONE_WIDTH, 844)}
LENGTH = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A site of four films of a minute, and two accounts."""
    site = make_site(tmp_path_factory.mktemp("resuming"))
    film = make_video(tmp_path_factory.mktemp("film") / "film.mp4", duration=LENGTH, rate=5).read_bytes()
    for number, name in enumerate(NAMES):
        (site.videos / f"{name}.mp4").write_bytes(film + b"%d" % number)
    with serving(site) as server:
        until(lambda: server.get("/").body.count(b'class="card"') == len(NAMES), what="the films")
        server.wait_for_posters(len(NAMES))
        make = "from django.contrib.auth.models import User; [User.objects.create_user(n, password=n) for n in {0}]"
        site.run("shell", "-v0", "-c", make.format(PEOPLE))
        yield server


@pytest.fixture(scope="module")
def sessions(browser: Browser, server: Server) -> dict[str, Any]:
    """The cookies of each of the people, who have signed in."""
    cookies = {}
    for name in PEOPLE:
        with browser.new_context(base_url=server.url) as context:
            page = context.new_page()
            page.goto("/login/")
            page.get_by_label("Username").fill(name)
            page.get_by_label("Password").fill(name)
            page.get_by_role("button", name="Sign in").click()
            expect(page).to_have_title("All videos · Videoserver")
            cookies[name] = context.storage_state()
    return cookies


class People:
    """Browsers of people, of which none may complain."""

    def __init__(self, browser: Browser, server: Server, sessions: dict[str, Any]) -> None:
        self._browser, self._server, self._sessions = browser, server, sessions
        self._contexts: list[BrowserContext] = []
        self._listener = Listener(server.url)

    def browser_of(self, name: str, size: str = "wide") -> Page:
        width, height = SIZES[size]
        context = self._context(name, viewport={"width": width, "height": height}, has_touch=size == "phone")
        page = self._listener.hear(context.new_page())
        page.goto("/tags")
        return page

    def _context(self, name: str, **options: Any) -> BrowserContext:
        context = self._browser.new_context(base_url=self._server.url, storage_state=self._sessions[name], **options)
        self._contexts.append(context)
        return context

    def go(self) -> None:
        """Close all, and let nobody have watched anything."""
        self._listener.end()
        while self._contexts:
            self._contexts.pop().close()
        for name in PEOPLE:
            context = self._context(name)
            token = next(cookie.get("value", "") for cookie in context.cookies() if cookie.get("name") == "csrftoken")
            for route, payload in (("/pause_history", {"paused": False}), ("/clear_history", {})):
                assert context.request.post(route, data=payload, headers={"X-CSRFToken": token}).ok
            context.close()


@pytest.fixture
def people(browser: Browser, server: Server, sessions: dict[str, Any]) -> Iterator[People]:
    """Who may come with any number of browsers."""
    people = People(browser, server, sessions)
    yield people
    people.go()


def play(page: Page, name: str, seconds: float) -> None:
    """Watch a film from there on."""
    page.goto(f"/watch/{name}.mp4")
    play_on(page, seconds)


def play_on(page: Page, seconds: float) -> None:
    page.eval_on_selector(
        "video",
        """async (video, seconds) => {
            video.muted = true;
            await video.play();
            video.currentTime = seconds;
            await new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
        }""",
        seconds,
    )


def pause(page: Page) -> None:
    with page.expect_response("**/position"):
        page.eval_on_selector("video", "video => video.pause()")


def place(page: Page) -> float:
    return float(page.eval_on_selector("video", "video => video.currentTime"))


def is_at(page: Page, seconds: float, running: float = 1) -> None:
    """It comes there; a film that was running may have gone further."""
    until(lambda: seconds - 1 < place(page) < seconds + running, what=f"the place {seconds}", seconds=10)


def told(page: Page, address: str) -> None:
    """Open a page and wait until it knows of all places."""
    with page.expect_response("**/positions?*"):
        page.goto(address)


def card(page: Page, name: str) -> Locator:
    return page.locator("main .card", has_text=name)


def bar(page: Page, name: str) -> float:
    """Which part of the poster's edge is drawn."""
    drawn = "card => parseFloat(getComputedStyle(card).getPropertyValue('--progress') || '0')"
    return float(card(page, name).evaluate(drawn))


def has_bar(page: Page, name: str, seconds: float, running: float = 1) -> None:
    def drawn() -> bool:
        return (seconds - 1) / LENGTH < bar(page, name) < (seconds + running) / LENGTH

    until(drawn, what=f"the bar of {name} at {seconds} s", seconds=10)


@pytest.mark.parametrize("size", SIZES)
def test_a_film_goes_on_in_another_browser_of_the_account_and_in_nobody_else_s(people: People, size: str) -> None:
    here, there, ben = people.browser_of("ann"), people.browser_of("ann", size), people.browser_of("ben", size)
    play(here, "Alpha", 20)
    pause(here)
    left = place(here)
    there.goto("/")
    before = card(there, "Alpha").bounding_box()
    has_bar(there, "Alpha", left)
    assert card(there, "Alpha").bounding_box() == before
    expect(card(there, "Alpha")).to_have_attribute("aria-description", f"Watched to {round(100 * left / LENGTH)} %")
    there.goto("/continue")
    expect(there.locator("main .card .title")).to_have_text(["Alpha"])
    card(there, "Alpha").click()
    is_at(there, left)
    expect(there.locator(".notice")).to_contain_text(f"Goes on at 0:{int(left)}")
    there.get_by_role("button", name="Start from the beginning").click()
    is_at(there, 0, running=15)
    told(ben, "/")
    expect(ben.locator("[data-progress]")).to_have_count(0)
    for address in ("/continue", "/recent"):
        ben.goto(address)
        expect(ben.locator("main .card")).to_have_count(0)
    told(ben, "/watch/Alpha.mp4")
    assert place(ben) == 0


@pytest.mark.parametrize("size", SIZES)
def test_who_leaves_while_it_plays_finds_it_in_the_list(people: People, size: str) -> None:
    page = people.browser_of("ann", size)
    page.goto("/")
    play(page, "Beta", 30)
    page.go_back()
    has_bar(page, "Beta", 30, running=20)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    page.goto("/continue")
    expect(page.locator("main .card .title")).to_have_text(["Beta"])
    expect(card(page, "Beta").locator(".note")).to_have_text("Less than a minute left")
    page.goto("/watch/Beta.mp4")
    is_at(page, 30, running=20)


def test_a_place_is_said_while_the_film_plays_on(people: People) -> None:
    page, other = people.browser_of("ann"), people.browser_of("ann")
    page.clock.install()
    play(page, "Beta", 30)
    with page.expect_response("**/position"):
        page.clock.fast_forward(11_000)
    other.goto("/watch/Beta.mp4")
    is_at(other, 30, running=20)


def test_who_comes_back_to_a_paused_film_is_where_another_browser_is(people: People) -> None:
    here, there = people.browser_of("ann"), people.browser_of("ann")
    play(here, "Gamma", 10)
    pause(here)
    play(there, "Gamma", 35)
    pause(there)
    here.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    is_at(here, place(there))


def test_a_film_that_was_finished_is_watched_and_begins_anew(people: People) -> None:
    page = people.browser_of("ann", "phone")
    play(page, "Delta", LENGTH - 1)
    mark = page.get_by_role("button", name="Watched", exact=True)
    expect(mark).to_have_attribute("aria-pressed", "true")
    page.goto("/")
    has_bar(page, "Delta", LENGTH)
    expect(card(page, "Delta")).to_have_attribute("aria-description", "Watched")
    told(page, "/watch/Delta.mp4")
    assert place(page) == 0
    expect(mark).to_have_attribute("aria-pressed", "true")
    with page.expect_response("**/watched"):
        mark.press("Enter")
    expect(mark).to_have_attribute("aria-pressed", "false")
    told(page, "/")
    expect(page.locator("[data-progress]")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_a_film_is_taken_off_the_list_and_put_back(people: People, size: str) -> None:
    page = people.browser_of("ann", size)
    for seconds, name in enumerate(NAMES[:2], 20):
        write(page, "/position", filename=f"{name}.mp4", seconds=seconds)
    write(page, "/pause_history", paused=True)
    page.goto("/continue")
    button = page.get_by_role("button", name="Take Beta off the list")
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= (44 if size == "phone" else 24)
    with page.expect_response("**/leave_position"):
        press(page, button)
    expect(page.locator("main .card .title")).to_have_text(["Alpha"])
    expect(card(page, "Alpha")).to_be_focused()
    expect(page.locator(".count")).to_have_text("1 video")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main .card .title")).to_have_text(["Beta", "Alpha"])
    has_bar(page, "Beta", 21)
    for name in NAMES[:2]:
        with page.expect_response("**/leave_position"):
            page.get_by_role("button", name=f"Take {name} off").press("Enter")
    expect(page.locator(".empty")).to_contain_text("Nothing to go on with")


def test_the_list_follows_what_happens_elsewhere(people: People) -> None:
    page, other = people.browser_of("ann"), people.browser_of("ann")
    write(other, "/position", filename="Alpha.mp4", seconds=20)
    page.goto("/continue")
    expect(page.locator("main .card .title")).to_have_text(["Alpha"])
    write(other, "/position", filename="Gamma.mp4", seconds=20)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("main .card .title")).to_have_text(["Gamma", "Alpha"])
    expect(page.locator(".take-off")).to_have_count(2)
    has_bar(page, "Gamma", 20)


def test_the_history_is_paused_and_cleared(people: People) -> None:
    page = people.browser_of("ann", "phone")
    write(page, "/view", filename="Alpha.mp4")
    page.goto("/recent")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("main")).to_contain_text("Your history is paused")
    play(page, "Beta", 20)
    pause(page)
    page.goto("/recent")
    expect(page.locator("main .card .title")).to_have_text(["Alpha"])
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("main")).not_to_contain_text("Your history is paused")
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(page.locator("main .card")).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear").click()
    expect(page.locator(".empty")).to_contain_text("Nothing played yet")


def test_the_page_of_an_account_is_reached_by_keys_and_what_is_chosen_there_holds(people: People) -> None:
    page = people.browser_of("ann", "phone")
    menu = page.locator(".account summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Account")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Account")).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Account · Videoserver")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("main")).to_contain_text("It is paused")
    page.get_by_role("button", name="Dark").click()
    page.get_by_role("button", name="Small").click()
    page.get_by_label("go on to the next").uncheck()
    page.reload()
    for name in ("Dark", "Small"):
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("go on to the next")).not_to_be_checked()
    page.goto("/watch/Alpha.mp4?list=all&sort=title&order=asc")
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_label("Go on to the next video")).not_to_be_checked()
    page.locator(".account summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
