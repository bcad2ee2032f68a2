"""The player's controls, by mouse on a large screen and by finger on a phone."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving import Server, until
from tests.site.player.acts import Viewer
from tests.site.player.conftest import FILM, LAST, SHORT, at_desk

pytestmark = pytest.mark.browser

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
LONG_ENOUGH = 2600
"""Milliseconds in which controls hide when nothing speaks against it."""


def is_idle(page: Page) -> bool:
    return "idle" in (page.locator(".player").get_attribute("class") or "")


def test_without_script_the_browsers_own_controls_stay(browser: Browser, cinema: Server) -> None:
    context = browser.new_context(base_url=cinema.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/watch/{quote(FILM)}")
    assert page.locator(".player video").get_attribute("controls") is not None
    expect(page.locator(".player .bar")).to_be_hidden()
    context.close()


def test_the_play_button_plays_and_pauses(viewer: Viewer, page: Page) -> None:
    assert not viewer.of("controls")
    viewer.use(page.get_by_role("button", name="Play", exact=True).first)
    viewer.plays()
    viewer.use(page.get_by_role("button", name="Pause").first)
    viewer.rests()


@at_desk
def test_after_a_click_on_a_button_space_plays_and_arrows_seek(viewer: Viewer, page: Page) -> None:
    page.get_by_role("button", name="Mute").click()
    viewer.press(" ")
    viewer.plays()
    assert viewer.of("muted")
    viewer.press(" ")
    viewer.rests()
    page.get_by_label("Volume", exact=True).click()
    viewer.press("0", "ArrowRight")
    viewer.arrives(5)


@at_desk
def test_controls_hide_while_the_film_runs_and_nobody_moves(timed: Viewer) -> None:
    page = timed.page
    timed.set("muted", "true")
    timed.play()
    page.clock.fast_forward(LONG_ENOUGH)
    assert is_idle(page)
    timed.press("m")
    assert not is_idle(page)
    page.get_by_role("button", name="Settings").focus()
    timed.press("Tab", "Shift+Tab")
    page.clock.fast_forward(LONG_ENOUGH)
    assert not is_idle(page)
    page.evaluate("document.activeElement.blur()")
    page.clock.fast_forward(LONG_ENOUGH)
    assert is_idle(page)
    timed.press("k")
    timed.rests()
    page.clock.fast_forward(LONG_ENOUGH)
    assert not is_idle(page)


@at_desk
def test_speed_is_chosen_and_kept_for_the_next_video(viewer: Viewer, page: Page) -> None:
    viewer.use(page.get_by_role("button", name="Settings"))
    viewer.use(page.locator(".speeds label", has_text="1.75×"))
    assert viewer.of("playbackRate") == 1.75
    viewer.open(SHORT)
    assert viewer.of("playbackRate") == 1.75
    viewer.use(page.get_by_role("button", name="Settings"))
    expect(page.get_by_role("radio", name="1.75×")).to_be_checked()


@at_desk
def test_sound_is_switched_off_and_stays_off(viewer: Viewer, page: Page) -> None:
    viewer.use(page.get_by_role("button", name="Mute"))
    assert viewer.of("muted")
    viewer.open(SHORT)
    assert viewer.of("muted")
    viewer.use(page.get_by_role("button", name="Sound on"))
    assert not viewer.of("muted")


@at_desk
def test_volume_is_drawn_and_kept(viewer: Viewer, page: Page) -> None:
    box = viewer.box(".player .volume")
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    volume = viewer.of("volume")
    assert 0.1 < volume < 0.5
    viewer.open(SHORT)
    assert viewer.of("volume") == volume


@at_desk
def test_a_click_on_the_picture_plays_and_two_fill_the_screen(viewer: Viewer, page: Page) -> None:
    picture = page.locator(".player > video")
    picture.click(position={"x": 200, "y": 80})
    viewer.plays()
    picture.click(position={"x": 200, "y": 80})
    viewer.rests()
    picture.dblclick(position={"x": 200, "y": 80})
    viewer.comes("document.fullscreenElement?.matches('.player')")


def test_the_screen_is_filled_with_the_controls_and_their_sheets(viewer: Viewer, page: Page) -> None:
    viewer.use(page.get_by_role("button", name="Full screen"))
    viewer.comes("document.fullscreenElement?.matches('.player')")
    box = viewer.box(".player")
    size = page.evaluate("[innerWidth, innerHeight]")
    assert [round(box["width"]), round(box["height"])] == size
    bar = viewer.box(".player .bar")
    assert min(bar["x"], size[0] - bar["x"] - bar["width"], size[1] - bar["y"] - bar["height"]) >= 24
    viewer.use(page.get_by_role("button", name="Settings"))
    expect(page.get_by_role("group", name="Speed")).to_be_visible()
    viewer.use(page.get_by_role("button", name="Keys"))
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    viewer.use(page.get_by_role("button", name="Close"))
    viewer.use(page.get_by_role("button", name="Leave full screen"))
    viewer.comes("!document.fullscreenElement")


def test_picture_in_picture_is_offered_where_there_is_one(viewer: Viewer, page: Page) -> None:
    page.evaluate("""document.querySelector('.player video').requestPictureInPicture =
        async () => { window.aside = true; }""")
    if not page.evaluate("document.pictureInPictureEnabled"):
        expect(page.get_by_role("button", name="Picture in picture")).to_have_count(0)
        return
    if viewer.touches:
        viewer.use(page.get_by_role("button", name="Settings"))
    viewer.use(viewer.button("aside"))
    viewer.comes("window.aside === true")


def test_a_part_is_repeated_by_button(viewer: Viewer, page: Page) -> None:
    viewer.set("muted", "true")
    repeat(viewer, "Repeat from here")
    viewer.press(".", ".", ".", ".", ".", ".", ".", ".", ".", ".")
    repeat(viewer, "Repeat until here")
    viewer.play()
    seen: list[float] = []

    def turned() -> bool:
        seen.append(viewer.time)
        return len(seen) > 1 and seen[-1] < seen[-2]

    until(turned, what="a turn", seconds=10)
    assert max(seen) < 0.8
    repeat(viewer, "Repeat no more")
    until(lambda: viewer.time > 1, what="what comes after", seconds=10)


def repeat(viewer: Viewer, says: str) -> None:
    """Press the button: on a phone it is in the settings, and says what it does."""
    if not viewer.touches:
        viewer.button("loop").click()
        return
    viewer.use(viewer.page.get_by_role("button", name="Settings"))
    viewer.use(viewer.page.get_by_role("button", name=says))
    viewer.press("Escape")


@at_desk
def test_the_whole_video_is_repeated(viewer: Viewer, page: Page) -> None:
    viewer.open(SHORT)
    viewer.use(page.get_by_role("button", name="Settings"))
    viewer.use(page.get_by_text("Repeat the whole video"))
    viewer.press("Escape")
    viewer.set("muted", "true")
    viewer.set("currentTime", "1.7")
    viewer.play()
    until(lambda: viewer.time < 1, what="the start", seconds=10)


# --- Subtitles ---


def test_subtitles_are_offered_when_there_are_some_and_switched_by_c(viewer: Viewer, page: Page) -> None:
    button = page.get_by_role("button", name="Subtitles")
    expect(button).to_be_hidden()
    page.evaluate("""() => {
        for (const [label, language] of [['English', 'en'], ['Deutsch', 'de']])
            document.querySelector('.player video').addTextTrack('subtitles', label, language);
    }""")
    viewer.use(button)
    viewer.use(page.get_by_text("Deutsch"))
    assert shown_track(page) == "Deutsch"
    viewer.press("Escape", "c")
    assert shown_track(page) is None
    viewer.press("c")
    assert shown_track(page) == "Deutsch"
    viewer.use(button)
    viewer.use(page.get_by_text("Off", exact=True))
    assert shown_track(page) is None


def shown_track(page: Page) -> str | None:
    shown = page.evaluate(
        "[...document.querySelector('.player video').textTracks].find(({mode}) => mode === 'showing')?.label ?? null"
    )
    return None if shown is None else str(shown)


# --- The list that one came from ---


def test_what_comes_next_plays_by_itself_after_a_moment(timed: Viewer) -> None:
    page = timed.page
    timed.open(SHORT, "?list=all&sort=title")
    timed.set("muted", "true")
    timed.set("currentTime", "1.5")
    timed.play()
    up_next = page.get_by_role("region", name="What comes next")
    expect(up_next).to_be_visible(timeout=10_000)
    expect(up_next).to_contain_text("C last")
    announced = page.locator("[role=status][data-part=coming]")
    expect(announced).to_have_text("Next in 5 seconds: C last")
    page.clock.run_for(2000)
    expect(up_next).to_contain_text("Next in 3")
    expect(announced).to_have_text("Next in 5 seconds: C last")
    page.clock.run_for(4000)
    expect(page).to_have_title("C last · Videoserver", timeout=10_000)
    timed.settle()
    timed.plays()


def test_who_stays_stays(timed: Viewer) -> None:
    page = timed.page
    timed.open(SHORT, "?list=all&sort=title")
    timed.set("muted", "true")
    timed.set("currentTime", "1.5")
    timed.play()
    timed.use(page.get_by_role("button", name="Stay here"))
    expect(page.get_by_role("region", name="What comes next")).to_be_hidden()
    expect(page.locator("[data-part=coming]")).to_be_empty()
    page.clock.run_for(20_000)
    expect(page).to_have_title("B short · Videoserver")


@at_desk
def test_going_on_can_be_switched_off_for_good(viewer: Viewer, page: Page) -> None:
    viewer.open(SHORT, "?list=all&sort=title")
    viewer.use(page.get_by_role("button", name="Settings"))
    viewer.use(page.get_by_text("Go on to the next video"))
    page.reload()
    viewer.settle()
    viewer.set("muted", "true")
    viewer.set("currentTime", "1.5")
    viewer.play()
    until(lambda: viewer.of("ended"), what="the end")
    expect(page.get_by_role("region", name="What comes next")).to_be_hidden()


def test_n_and_p_and_the_buttons_go_through_the_list(viewer: Viewer, page: Page) -> None:
    viewer.open(FILM, "?list=all&sort=title")
    viewer.press("p")
    expect(page.locator(".told")).to_have_text("Nothing came before")
    if viewer.touches:
        viewer.press("n")
    else:
        page.get_by_role("button", name="Next video").click()
    expect(page).to_have_title("B short · Videoserver")
    viewer.settle()
    viewer.press("n")
    expect(page).to_have_title("C last · Videoserver")
    viewer.settle()
    viewer.press("p")
    expect(page).to_have_title("B short · Videoserver")


# --- The rest of the machine ---

LISTENING = """
    window.handlers = {};
    window.locks = [];
    const set = MediaSession.prototype.setActionHandler;
    MediaSession.prototype.setActionHandler = function (action, handler) {
        window.handlers[action] = handler;
        return set.call(this, action, handler);
    };
    const request = WakeLock.prototype.request;
    WakeLock.prototype.request = async function (...rest) {
        const lock = await request.apply(this, rest);
        window.locks.push(lock);
        return lock;
    };
"""
"""Notes what the page gives to the browser, which takes it all the same."""


@at_desk
def test_media_keys_and_the_lock_screen_know_the_film(viewer: Viewer, page: Page) -> None:
    page.add_init_script(LISTENING)
    viewer.open(SHORT, "?list=all&sort=title")
    viewer.set("muted", "true")
    viewer.play()
    session = page.evaluate("""() => {
        const {title, album, artwork} = navigator.mediaSession.metadata;
        return {title, album, artwork: artwork.map(({src}) => src)};
    }""")
    assert (session["title"], session["album"]) == ("B short", "All videos")
    assert "/poster/" in session["artwork"][0]
    page.evaluate("window.handlers.pause()")
    viewer.rests()
    page.evaluate("window.handlers.seekto({seekTime: 1})")
    viewer.arrives(1)
    page.evaluate("window.handlers.seekbackward({})")
    viewer.arrives(0)
    page.evaluate("window.handlers.play()")
    viewer.plays()
    page.evaluate("window.handlers.nexttrack()")
    expect(page).to_have_title("C last · Videoserver")
    viewer.settle()
    assert page.evaluate("window.handlers.nexttrack") is None
    page.evaluate("window.handlers.previoustrack()")
    expect(page).to_have_title("B short · Videoserver")


@at_desk
def test_the_screen_stays_on_while_the_film_runs(viewer: Viewer, page: Page) -> None:
    page.add_init_script(LISTENING)
    viewer.open(FILM)
    viewer.set("muted", "true")
    assert page.evaluate("window.locks.length") == 0
    viewer.play()
    viewer.comes("window.locks.length === 1 && !window.locks[0].released", "a lock")
    viewer.press("k")
    viewer.comes("window.locks[0].released", "its release")


# --- What all may expect ---


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_any_state_of_the_player(viewer: Viewer, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    viewer.open(SHORT, "?list=all&sort=title")
    page.evaluate("""document.querySelector('.player video').addTextTrack('subtitles', 'English', 'en')""")
    viewer.press("b")
    expect(page.locator(".markers li")).not_to_have_count(0)
    page.evaluate(AXE.read_text())
    for name in (None, "Settings", "Subtitles"):
        if name:
            viewer.use(page.get_by_role("button", name=name))
        assert violations(page) == [], name
        viewer.press("Escape")
    viewer.press("?")
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    found = page.evaluate("axe.run().then(({violations}) => violations)")
    return [f"{entry['id']}: {node['html'][:120]}" for entry in found for node in entry["nodes"]]


def test_nothing_moves_while_the_page_arrives_or_the_controls_come_and_go(viewer: Viewer, page: Page) -> None:
    page.add_init_script("""
        window.shift = 0;
        new PerformanceObserver(list => list.getEntries().forEach(entry => { window.shift += entry.value; }))
            .observe({type: 'layout-shift', buffered: true});
    """)
    viewer.open(FILM, "?list=all&sort=title")
    viewer.set("muted", "true")
    viewer.play()
    until(lambda: is_idle(page), what="hidden controls", seconds=10)
    viewer.press("k")
    assert page.evaluate("window.shift") < 0.001
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@at_desk
def test_an_address_can_name_the_second(viewer: Viewer, page: Page) -> None:
    page.goto("/ping")
    page.goto(f"/watch/{quote(FILM)}#t=12.5")
    viewer.settle()
    viewer.arrives(12.5)


@at_desk
def test_a_file_that_cannot_be_played_has_no_controls(viewer: Viewer, page: Page) -> None:
    page.route("**/video/**", lambda route: route.fulfill(body=b"no film", content_type="video/mp4"))
    page.goto(f"/watch/{quote(LAST)}")
    expect(page.locator(".unplayable")).to_be_visible()
    expect(page.locator(".player .bar")).to_be_hidden()
