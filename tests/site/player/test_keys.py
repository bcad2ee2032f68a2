"""The player by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.serving import until
from tests.site.player.acts import Viewer
from tests.site.player.conftest import at_desk

pytestmark = [pytest.mark.browser, at_desk]


def test_space_and_k_play_and_pause(viewer: Viewer) -> None:
    for key in ("k", " "):
        viewer.press(key)
        viewer.plays()
        assert viewer.page.evaluate("scrollY") == 0
        viewer.press(key)
        viewer.rests()


def test_arrows_skip_five_seconds_and_j_and_l_ten(viewer: Viewer) -> None:
    viewer.press("ArrowRight")
    viewer.arrives(5)
    viewer.press("l")
    viewer.arrives(15)
    viewer.press("ArrowLeft")
    viewer.arrives(10)
    viewer.press("j", "j")
    viewer.arrives(0)


def test_digits_go_to_tenths_and_home_and_end_to_the_ends(viewer: Viewer, page: Page) -> None:
    for digit in range(10):
        viewer.press(str(digit))
        viewer.arrives(digit * viewer.of("duration") / 10)
    page.get_by_role("slider", name="Seek").focus()
    viewer.press("Home")
    viewer.arrives(0)
    viewer.press("End")
    viewer.arrives(40, within=0.1)


def test_m_mutes_and_up_and_down_change_the_volume_in_the_player(viewer: Viewer, page: Page) -> None:
    viewer.press("m")
    until(lambda: viewer.of("muted"), what="silence")
    expect(page.get_by_role("button", name="Sound on")).to_be_visible()
    viewer.press("m")
    until(lambda: not viewer.of("muted"), what="sound")
    page.get_by_role("slider", name="Seek").focus()
    viewer.press("ArrowDown", "ArrowDown")
    assert viewer.of("volume") == pytest.approx(0.9)
    viewer.press("ArrowUp")
    assert viewer.of("volume") == pytest.approx(0.95)
    page.get_by_role("slider", name="Volume").focus()
    viewer.press("ArrowLeft")
    assert viewer.of("volume") == pytest.approx(0.9)


def test_up_and_down_scroll_the_page_outside_of_the_player(viewer: Viewer, page: Page) -> None:
    page.set_viewport_size({"width": 1400, "height": 400})
    page.get_by_role("button", name="Watch later").focus()
    viewer.press("ArrowDown")
    viewer.comes("scrollY > 0", "scrolling")
    assert viewer.of("volume") == 1


def test_the_comparison_signs_change_the_speed(viewer: Viewer, page: Page) -> None:
    viewer.press(">", ">")
    assert viewer.of("playbackRate") == 1.5
    expect(page.locator(".told")).to_have_text("1.5×")
    viewer.press("<", "<", "<")
    assert viewer.of("playbackRate") == 0.75
    viewer.press(*["<"] * 5)
    assert viewer.of("playbackRate") == 0.25


def test_f_fills_the_screen_and_back(viewer: Viewer) -> None:
    viewer.press("f")
    viewer.comes("document.fullscreenElement?.matches('.player')")
    viewer.press("f")
    viewer.comes("!document.fullscreenElement")


def test_shifted_digits_give_stars(viewer: Viewer, page: Page) -> None:
    for code, stars in (("Digit4", 4), ("Digit2", 2)):
        with page.expect_response("**/rate") as answered:
            viewer.press(f"Shift+{code}")
        assert answered.value.json() == {"success": True, "rating": stars}
        expect(page.get_by_role("radio", name=f"{stars} star")).to_be_checked()
    assert viewer.time == 0


def test_the_question_mark_lists_the_keys_which_rest_meanwhile(viewer: Viewer, page: Page) -> None:
    viewer.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    expect(keys.get_by_text("a frame back, on")).to_be_visible()
    viewer.press("k", "5")
    assert viewer.paused
    assert viewer.time == 0
    viewer.press("Escape")
    expect(keys).to_be_hidden()
    viewer.press("5")
    viewer.arrives(20)


def test_who_types_or_is_in_a_menu_moves_nothing(viewer: Viewer, page: Page) -> None:
    page.get_by_label("Add a tag").fill("")
    page.keyboard.type("jk l5mf")
    assert page.get_by_label("Add a tag").input_value() == "jk l5mf"
    page.get_by_role("radio", name="3 stars").focus()
    viewer.press("ArrowRight")
    expect(page.get_by_role("radio", name="4 stars")).to_be_checked()
    assert viewer.paused
    assert viewer.time == 0
    assert not viewer.of("muted")


def test_keys_of_the_browser_stay_the_browsers(viewer: Viewer) -> None:
    for chord in ("Control+k", "Alt+m", "Meta+5"):
        viewer.press(chord)
    assert viewer.paused
    assert not viewer.of("muted")
    assert viewer.time == 0


def test_a_focused_button_is_pressed_by_space_and_not_the_film(viewer: Viewer, page: Page) -> None:
    page.get_by_role("button", name="Mute").focus()
    viewer.press(" ")
    until(lambda: viewer.of("muted"), what="silence")
    assert viewer.paused


def test_all_controls_are_reached_by_tab_in_the_order_in_which_they_are_seen(viewer: Viewer, page: Page) -> None:
    page.get_by_role("slider", name="Seek").focus()
    names = []
    for _ in range(8):
        names.append(page.evaluate("document.activeElement.ariaLabel"))
        viewer.press("Tab")
    assert names == [
        *("Seek", "Play", "Mute", "Volume", "Set a marker", "Repeat a part", "Settings"),
        names[-1],
    ]
    assert names[-1] in ("Picture in picture", "Full screen")


def test_r_repeats_a_part_until_it_is_let_go(viewer: Viewer, page: Page) -> None:
    viewer.set("muted", "true")
    viewer.press("5", "r")
    viewer.arrives(20)
    viewer.press(*["."] * 20)
    viewer.arrives(20.8)
    expect(page.locator("[data-part=loop-says]")).to_have_text("Repeat until here")
    expect(page.locator("button:has([data-part=loop-says])")).not_to_have_attribute("aria-pressed", "true")
    expect(page.locator(".bar [data-act=loop]")).to_have_attribute("aria-pressed", "true")
    viewer.press("r")
    viewer.arrives(20)
    viewer.press("k")
    turned: list[float] = []
    times = [viewer.time]

    def turns() -> bool:
        times.append(viewer.time)
        if times[-1] < times[-2]:
            turned.append(times[-2])
        return len(turned) == 2

    until(turns, what="two turns", seconds=15)
    assert all(20 <= time < 21.2 for time in times)
    viewer.press("r")
    expect(page.get_by_role("button", name="Repeat a part")).to_have_attribute("aria-pressed", "false")
    until(lambda: viewer.time > 21.5, what="what comes after", seconds=15)
