"""The head of the next video in a list is there before it is asked for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Request

from tests.serving import until
from tests.site.player.acts import Viewer
from tests.site.player.conftest import SHORT, at_desk

pytestmark = [pytest.mark.browser, at_desk]

SAVING = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"


def heads_asked_for(viewer: Viewer) -> list[str | None]:
    """The ranges of the next film for which its predecessor's page asked by its end."""
    asked: list[Request] = []
    viewer.page.on("request", lambda request: asked.append(request))
    viewer.open(SHORT, "?list=all&sort=title")
    viewer.set("muted", "true")
    viewer.play()
    until(lambda: viewer.of("ended"), what="the end")
    return [request.headers.get("range") for request in asked if request.url.endswith("/video/C%20last.mp4")]


def test_the_next_head_is_fetched_while_the_film_plays_but_not_by_who_saves_data(viewer: Viewer, page: Page) -> None:
    assert heads_asked_for(viewer) == ["bytes=0-1048575"]
    page.add_init_script(SAVING)
    assert heads_asked_for(viewer) == []
