"""Chapters of the file, and the moments that people mark."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.serving import Server, until
from tests.site.player.acts import Viewer
from tests.site.player.conftest import FILM, at_desk
from tests.site.player.film import CHAPTERS

pytestmark = pytest.mark.browser


@pytest.fixture
def markers(page: Page) -> Iterator[Locator]:
    """The list of markers, which is empty before and after."""
    yield page.locator(".markers li")
    page.evaluate("""async () => {
        const {markers} = await (await fetch('/library/markers?filename=A film.mp4')).json();
        const token = document.cookie.match(/csrftoken=([^;]*)/)[1];
        for (const {id} of markers)
            await fetch('/delete_marker', {method: 'POST', body: JSON.stringify({id}),
                headers: {'Content-Type': 'application/json', 'X-CSRFToken': token}});
    }""")


def test_a_moment_is_marked_named_gone_to_deleted_and_brought_back(
    viewer: Viewer, page: Page, markers: Locator
) -> None:
    viewer.press("5")
    viewer.arrives(20)
    viewer.press("b")
    expect(markers).to_have_count(1)
    viewer.press("2")
    viewer.arrives(8)
    viewer.use(page.get_by_role("button", name="Set a marker"))
    expect(markers).to_have_count(2)
    name = page.get_by_label("Name of the marker at 0:20")
    with page.expect_response("**/rename_marker"):
        name.fill("  The   fox ")
        name.press("Enter")
    expect(name).to_have_value("The fox")
    page.reload()
    viewer.settle()
    expect(markers).to_have_count(2)
    expect(page.get_by_label("Name of the marker at 0:20")).to_have_value("The fox")
    viewer.use(page.get_by_role("button", name="Go to 0:20"))
    viewer.arrives(20)
    viewer.use(page.get_by_role("button", name="Delete the marker at 0:20"))
    expect(markers).to_have_count(1)
    viewer.use(page.get_by_role("button", name="Undo"))
    expect(markers).to_have_count(2)
    expect(page.get_by_label("Name of the marker at 0:20")).to_have_value("The fox")


def test_a_marker_on_the_bar_is_shown_named_and_hit_without_aiming(
    viewer: Viewer, page: Page, markers: Locator
) -> None:
    viewer.press("5", "b")
    expect(markers).to_have_count(1)
    name = page.get_by_label("Name of the marker at 0:20")
    with page.expect_response("**/rename_marker"):
        name.fill("The fox")
        name.press("Tab")
    viewer.press("0")
    viewer.arrives(0)
    point = viewer.box(".points .marker")
    x, y = point["x"] + point["width"] / 2 + 4, point["y"] + point["height"] / 2
    if viewer.touches:
        viewer.touch("Start", x, y)
        expect(page.locator(".preview .what")).to_have_text("The fox")
        viewer.touch("End")
    else:
        page.mouse.move(x, y)
        expect(page.locator(".preview .what")).to_have_text("The fox")
        page.mouse.down()
        page.mouse.up()
    viewer.arrives(20, within=0.021)


@at_desk
def test_the_brackets_go_from_point_to_point(viewer: Viewer) -> None:
    viewer.press("]")
    viewer.arrives(10)
    viewer.press("]")
    viewer.arrives(30)
    viewer.press("[")
    viewer.arrives(10)


@at_desk
def test_chapters_are_listed_gone_to_and_told(viewer: Viewer, page: Page) -> None:
    rows = page.locator(".chapters li")
    assert rows.all_inner_texts() == ["0:00\nThe way in", "0:10\nThrough the long wood", "0:30\nHome"]
    viewer.use(page.get_by_role("button", name="Home"))
    viewer.arrives(30)
    expect(page.locator(".points .chapter")).to_have_count(2)
    expect(page.locator(".time .chapter")).to_have_text("Home")


@at_desk
def test_a_file_that_was_read_before_there_were_chapters_is_read_again_when_its_page_is_opened(
    viewer: Viewer, page: Page, cinema: Server
) -> None:
    with closing(sqlite3.connect(cinema.site.data / "db.sqlite3")) as database:
        database.execute("UPDATE library_video SET chapters = NULL WHERE path = ?", (FILM,))
        database.commit()
    viewer.open(FILM, "?fresh")
    expect(page.locator(".chapters li")).to_have_count(3, timeout=15_000)
    expect(page.locator(".points .chapter")).to_have_count(2)
    until(lambda: cinema.json("/chapters?video=1")["chapters"] == [list(chapter) for chapter in CHAPTERS], what="them")
