"""Whole sites: real files, a real server, a real browser."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.environment import Site, make_site
from tests.media import make_video
from tests.serving import Server, serving
from tests.system_packages import CHROMIUM

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LONG = "The long walk.mp4"
SHORT = "Café_à_l'été 100%.mp4"
OLD = "Old camera.avi"


def fill(site: Site) -> None:
    """Three videos, one of them in a codec that no browser plays, and the old site's files."""
    make_video(site.videos / LONG, duration=12, rate=25, sound=True, options=("-g", "25"))
    make_video(site.videos / SHORT, duration=2, source="mandelbrot=size={size}:rate={rate},trim=duration={duration}")
    make_video(site.videos / OLD, duration=1, options=("-c:v", "mpeg4"))
    documents = {
        "tags.json": {LONG: ["#outdoors", "#two words"], OLD: ["#Outdoors"]},
        "ratings.json": {OLD: 4},
        "views.json": {LONG: 7, SHORT: 0},
        "favorites.json": {"favorites": [OLD]},
    }
    for name, document in documents.items():
        (site.videos / name).write_text(json.dumps(document))
    site.run("import_json")


@contextmanager
def untouched(site: Site) -> Iterator[Site]:
    """The site for the block, in which nobody may change a file of its library."""
    before = site.library_files()
    yield site
    assert site.library_files() == before


@pytest.fixture(scope="session")
def model_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with three videos and all that is drawn of them: to be copied, never run again."""
    site = make_site(tmp_path_factory.mktemp("model"))
    fill(site)
    with untouched(site):
        site.run("media_worker", "--batch")
        yield site


def copied(site: Site, folder: Path) -> Site:
    """A site like that one, elsewhere."""
    shutil.copytree(site.folder, folder, dirs_exist_ok=True)
    return Site(folder)


@pytest.fixture(scope="session")
def filled_site(model_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with three videos, not running."""
    with untouched(copied(model_site, tmp_path_factory.mktemp("site"))) as site:
        yield site


@pytest.fixture
def own_site(model_site: Site, tmp_path: Path) -> Site:
    """A site of one's own to change, with the same three videos."""
    return copied(model_site, tmp_path)


@pytest.fixture(scope="session")
def server(filled_site: Site) -> Iterator[Server]:
    """That site, running, with all posters made."""
    with serving(filled_site) as server:
        server.wait_for_posters(3)
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    if not Path(CHROMIUM).exists() and os.environ.get("CI") != "true":
        pytest.skip(f"{CHROMIUM} is missing")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()
