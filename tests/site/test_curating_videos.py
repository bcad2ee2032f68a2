"""A curator at work in a real Chromium, by clicks and keys alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.environment import Site, make_site
from tests.serving import Server, serving, until

pytestmark = pytest.mark.browser

SELECTED, MORE = 50, 5
FILL = """
from tests.builders import a_video, an_account, videos
from thumbnails.models import MediaWork
an_account()
rows = [*videos({}), a_video("old.mp4", tags=["seaside"])]
MediaWork.objects.bulk_create([MediaWork(video=video, state="failed") for video in rows])
"""


def taggings(site: Site) -> int:
    return len(site.rows()["library_video_tags"])


def storyboards(site: Site) -> int:
    with closing(sqlite3.connect(site.data / "db.sqlite3")) as database:
        return int(database.execute("SELECT count(*) FROM thumbnails_storyboard WHERE digest <> ''").fetchone()[0])


def sign_in(page: Page, name: str, password: str) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()


def test_fifty_videos_are_tagged_at_once_and_it_is_undone_row_by_row(browser: Browser, tmp_path: Path) -> None:
    site = make_site(tmp_path)
    site.run("shell", "-v0", "-c", FILL.format(SELECTED + MORE - 1))
    with serving(site) as server:
        page = browser.new_page(base_url=server.url)
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        sign_in(page, "curator", "secret")
        before = site.rows()
        page.get_by_role("link", name=f"{SELECTED + MORE - 1} videos without a tag").click()
        page.locator("#action-toggle").click()
        expect(page.locator(".action-counter")).to_contain_text(f"{SELECTED} of {SELECTED} selected")
        page.locator("select[name=action]").focus()
        page.keyboard.type("Add")
        page.get_by_role("button", name="Go").click()
        expect(page.get_by_text(f"{SELECTED} videos selected.")).to_be_visible()
        page.locator("#content-main").get_by_role("searchbox").click()
        page.keyboard.type("sea")
        page.get_by_role("option", name="seaside").wait_for()
        page.keyboard.press("Enter")
        page.get_by_label("New tag").click()
        page.keyboard.type("sunny day")
        page.get_by_role("button", name="Add tags").click()
        expect(page.get_by_text(f"seaside, sunny day on {SELECTED} videos.")).to_be_visible()
        assert taggings(site) == 1 + 2 * SELECTED
        page.get_by_role("link", name="See what changed, or undo it").click()
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(page.get_by_text(f"Set back: {2 * SELECTED + 1}. Kept: 0.")).to_be_visible()
        assert site.rows() == before
        page.get_by_role("link", name="See the undoing").first.click()
        page.get_by_role("button", name="Undo the undoing").click()
        expect(page.get_by_role("heading", name="Undone", exact=True)).to_be_visible()
        assert taggings(site) == 1 + 2 * SELECTED
        assert refused == []


def test_a_storyboard_is_fetched_when_the_pointer_comes_and_not_before(browser: Browser, server: Server) -> None:
    until(lambda: storyboards(server.site) > 0, what="a storyboard")
    page = browser.new_page(base_url=server.url)
    sign_in(page, "admin", server.printed.partition("password ")[2].split()[0])
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/storyboards/" in request.url else None)
    page.goto("/admin/library/video/")
    poster = page.locator(".storyboard").first
    expect(poster.locator("img")).to_be_attached()
    assert fetched == []
    with page.expect_response("**/storyboards/*.webp") as caught:
        poster.hover()
    assert caught.value.status == 200
    expect(poster.locator(".tile")).to_be_visible()
    page.mouse.move(0, 0)
    expect(poster.locator(".tile")).to_have_count(0)
    page.close()
