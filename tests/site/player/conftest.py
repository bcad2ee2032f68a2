"""A site with a numbered film, one that is over soon, and one that comes after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.environment import make_site
from tests.media import make_video
from tests.serving import Server, serving, until
from tests.site.acts import Listener
from tests.site.player.acts import Viewer
from tests.site.player.film import make_numbered

FILM, SHORT, LAST = "A film.mp4", "B short.mp4", "C last.mp4"


@pytest.fixture(scope="session")
def cinema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """That site, running, with posters and the film's storyboard made."""
    site = make_site(tmp_path_factory.mktemp("cinema"))
    make_numbered(site.videos / FILM)
    for name in (SHORT, LAST):
        make_video(site.videos / name, duration=2, rate=25, sound=True)
    with serving(site) as server:
        server.wait_for_posters(3)
        until(lambda: server.json("/storyboards?video=1&video=2&video=3")["storyboards"], what="a storyboard")
        server.wait_until_idle()
        yield server


at_desk = pytest.mark.parametrize("width", [1400], indirect=True)
on_phone = pytest.mark.parametrize("width", [390], indirect=True)


@pytest.fixture(params=[1400, 390])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def context_of(browser: Browser, server: Server, width: int) -> BrowserContext:
    """A browser with a screen of that width; a phone or tablet has a touch screen."""
    small = width < 1000
    viewport: ViewportSize = {"width": width, "height": 860}
    return browser.new_context(base_url=server.url, viewport=viewport, has_touch=small, is_mobile=small)


@pytest.fixture(scope="module")
def contexts(browser: Browser, cinema: Server) -> Iterator[Callable[[int], BrowserContext]]:
    """Browsers by width, which have the site's scripts in their caches."""
    made: dict[int, BrowserContext] = {}

    def of(width: int) -> BrowserContext:
        if width not in made:
            made[width] = context_of(browser, cinema, width)
        return made[width]

    yield of
    for context in made.values():
        context.close()


@contextmanager
def watching(context: BrowserContext, url: str) -> Iterator[Viewer]:
    """Somebody who opens the film, and at whose page nothing goes wrong."""
    listener = Listener(url)
    page = listener.hear(context.new_page())
    page.add_init_script("sessionStorage.begun ??= (localStorage.clear(), 'yes')")
    viewer = Viewer(page)
    viewer.open(FILM)
    yield viewer
    listener.end()
    page.close()


@pytest.fixture
def viewer(contexts: Callable[[int], BrowserContext], cinema: Server, width: int) -> Iterator[Viewer]:
    """Somebody before the film, on a screen of that width."""
    with watching(contexts(width), cinema.url) as viewer:
        yield viewer


@pytest.fixture
def timed(browser: Browser, cinema: Server, width: int) -> Iterator[Viewer]:
    """The same, whose page's clock the test turns: `page.clock`."""
    context = context_of(browser, cinema, width)
    context.clock.install()
    with watching(context, cinema.url) as viewer:
        yield viewer
    context.close()


@pytest.fixture
def page(viewer: Viewer) -> Page:
    return viewer.page
