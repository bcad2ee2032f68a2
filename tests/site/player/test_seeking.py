"""Going to a place in the film shows the frame of that place."""

from __future__ import annotations

import re
from random import Random

import pytest
from playwright.sync_api import Page, expect

from tests.serving import until
from tests.site.player.acts import Viewer
from tests.site.player.conftest import at_desk
from tests.site.player.film import RATE, frame

pytestmark = pytest.mark.browser


def shows(viewer: Viewer, number: int) -> None:
    """The frame of that number comes in sight, and is what the film rests at."""
    until(lambda: not viewer.of("seeking") and frame(viewer.page) == number, what=f"frame {number}", seconds=10)
    assert int(viewer.time * RATE) == number


def test_seeking_to_twenty_random_places_shows_the_right_frame_each_time(viewer: Viewer) -> None:
    chance = Random(11)
    duration = viewer.of("duration")
    for _ in range(20):
        x, y = viewer.place_on_bar(chance.uniform(0.01, 0.99))
        x = round(x)
        if viewer.touches:
            viewer.touch("Start", x, y)
            viewer.touch("End")
        else:
            viewer.page.mouse.click(x, y)
        shows(viewer, int(viewer.share_at(x) * duration * RATE + 1e-4))


@at_desk
def test_a_frame_is_stepped_to_by_key_and_by_button(viewer: Viewer, page: Page) -> None:
    viewer.press("5")
    shows(viewer, 500)
    viewer.press(".", ".", ".")
    shows(viewer, 503)
    viewer.press(",")
    shows(viewer, 502)
    viewer.use(page.get_by_role("button", name="Settings"))
    viewer.use(page.get_by_role("button", name="Frame on"))
    shows(viewer, 503)
    viewer.use(page.get_by_role("button", name="Frame back"))
    viewer.use(page.get_by_role("button", name="Frame back"))
    shows(viewer, 501)


@at_desk
def test_a_step_while_the_film_runs_goes_on_from_the_frame_in_sight(viewer: Viewer) -> None:
    viewer.set("muted", "true")
    viewer.play()
    viewer.press("k")
    viewer.rests()
    viewer.comes("!document.querySelector('.player video').seeking")
    before = frame(viewer.page)
    viewer.press(".")
    shows(viewer, before + 1)


@at_desk
def test_the_last_picture_is_shown_and_not_the_end(viewer: Viewer) -> None:
    x, y = viewer.place_on_bar(0.9999)
    viewer.page.mouse.click(x, y)
    until(lambda: frame(viewer.page) >= 998, what="the last frame", seconds=10)
    assert not viewer.of("ended")


def test_drawing_along_the_bar_shows_pictures_and_ends_where_it_ends(viewer: Viewer, page: Page) -> None:
    start, end = viewer.place_on_bar(0.2), viewer.place_on_bar(0.6)
    if viewer.touches:
        viewer.draw(start, end, lift=False)
    else:
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(*end, steps=8)
    preview = page.locator(".player .preview")
    expect(preview.locator(".when")).to_have_text(re.compile("0:2[34]"))
    expect(preview.locator(".what")).to_have_text("Through the long wood")
    expect(preview.locator(".glimpse")).to_be_visible()
    assert "/storyboards/" in preview.locator(".glimpse").evaluate("tile => tile.style.backgroundImage")
    viewer.arrives(24, within=0.3)
    if viewer.touches:
        viewer.touch("End")
    else:
        page.mouse.up()
    viewer.arrives(24, within=0.3)
    assert viewer.paused


@at_desk
def test_the_bar_tells_screen_readers_the_time_and_the_chapter(viewer: Viewer, page: Page) -> None:
    slider = page.get_by_role("slider", name="Seek")
    slider.focus()
    viewer.press("3")
    expect(slider).to_have_attribute("aria-valuetext", "12 seconds of 40 seconds, Through the long wood")
    viewer.press("ArrowRight")
    viewer.arrives(17)
    viewer.comes("document.querySelector('[data-part=buffered] span')?.offsetWidth > 0", "what is loaded")
    expect(slider).to_have_attribute("aria-valuetext", "17 seconds of 40 seconds, Through the long wood")
    assert float(slider.input_value()) == pytest.approx(17, abs=0.05)


@at_desk
def test_held_keys_end_where_they_lead_however_slow_the_seeks(viewer: Viewer) -> None:
    viewer.press(*["ArrowRight"] * 6, "j")
    viewer.arrives(20)
    shows(viewer, 500)
