"""A grid of several pages, on a wide screen and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.environment import make_site
from tests.media import make_video
from tests.serving import Server, serving
from tests.site.acts import Listener
from tests.site.grid.acts import FILMS, PHONE, WIDE

DAY = 86_400

FINISHED = """
from thumbnails.models import MediaWork
MediaWork.objects.filter(video__path__startswith="shelf/").update(state="failed", attempts=3)
"""
"""The films of the shelf are no videos: nobody needs to find that out."""


@pytest.fixture(scope="package")
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
    listener = Listener(server.url, "error", "warning")

    def open_page(touch: bool = False, **options: object) -> Page:
        context = browser.new_context(base_url=server.url, has_touch=touch, **options)  # type: ignore[arg-type]
        contexts.append(context)
        return listener.hear(context.new_page())

    yield open_page
    try:
        listener.end()
    finally:
        for context in contexts:
            context.close()


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def page(visit: object, request: pytest.FixtureRequest) -> Page:
    """The same on both: the wide screen is light, the phone dark and touched."""
    is_phone = request.param is PHONE
    return visit(  # type: ignore[operator, no-any-return]
        viewport=request.param, touch=is_phone, color_scheme="dark" if is_phone else "light"
    )


@pytest.fixture
def wide(visit: object) -> Page:
    return visit(viewport=WIDE)  # type: ignore[operator, no-any-return]


@pytest.fixture
def phone(visit: object) -> Page:
    return visit(viewport=PHONE, touch=True, is_mobile=True)  # type: ignore[operator, no-any-return]
