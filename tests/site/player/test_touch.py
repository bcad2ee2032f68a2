"""The player under a finger."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.serving import until
from tests.site.player.acts import Viewer
from tests.site.player.conftest import on_phone

pytestmark = pytest.mark.browser


@on_phone
def test_two_taps_at_a_side_skip_ten_seconds_and_each_further_one_ten_more(viewer: Viewer, page: Page) -> None:
    viewer.tap_twice(0.9)
    viewer.arrives(10)
    viewer.tap_twice(0.1)
    viewer.arrives(0)
    viewer.tap_twice(0.9, times=4)
    viewer.arrives(30)
    assert viewer.paused
    expect(page.locator(".told")).to_have_text("+30 s")


@on_phone
def test_drawing_sideways_across_the_picture_seeks(viewer: Viewer, page: Page) -> None:
    box = viewer.box(".player > video")
    y = box["y"] + box["height"] * 0.25
    viewer.draw((box["x"] + box["width"] * 0.2, y), (box["x"] + box["width"] * 0.7, y), lift=False)
    expect(page.locator(".scrub .when")).to_have_text(re.compile("0:(19|20)"))
    viewer.touch("End")
    viewer.arrives(20, within=0.5)
    expect(page.locator(".scrub")).to_be_hidden()
    assert viewer.paused


@on_phone
def test_drawing_upwards_scrolls_the_page_and_seeks_nothing(viewer: Viewer, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 500})
    box = viewer.box(".player > video")
    x, y = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.8
    viewer.draw((x, y), (x + 8, y - 160))
    viewer.comes("scrollY > 0", "scrolling")
    assert viewer.time == 0


@on_phone
def test_a_tap_shows_the_controls_of_a_running_film_or_hides_them(viewer: Viewer, page: Page) -> None:
    viewer.set("muted", "true")
    viewer.play()
    player = page.locator(".player")
    idle = re.compile(r"\bidle\b")
    expect(player).to_have_class(idle)
    viewer.tap_twice(0.1, times=1)
    expect(player).not_to_have_class(idle)
    viewer.tap_twice(0.9, times=1)
    expect(player).to_have_class(idle, timeout=2000)
    assert not viewer.paused


@on_phone
def test_a_finger_that_is_held_doubles_the_speed_until_it_is_lifted(viewer: Viewer) -> None:
    viewer.set("muted", "true")
    viewer.play()
    box = viewer.box(".player > video")
    viewer.touch("Start", box["x"] + 40, box["y"] + 40)
    until(lambda: viewer.of("playbackRate") == 2, what="double speed", seconds=5)
    viewer.touch("End")
    until(lambda: viewer.of("playbackRate") == 1, what="the usual speed", seconds=5)
    assert not viewer.paused


@pytest.mark.parametrize("width", [390, 820], indirect=True)
def test_everything_is_large_enough_for_a_finger(viewer: Viewer, page: Page) -> None:
    for sheet in (False, True):
        if sheet:
            page.get_by_role("button", name="Settings").tap()
        for button in page.locator(".player :is(.bar, .middle, .sheet) :is(button, label):visible").all():
            box = button.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 44, button.inner_text() or button.get_attribute("aria-label")
    box = viewer.box(".player .seekbar")
    assert box["height"] >= 24
