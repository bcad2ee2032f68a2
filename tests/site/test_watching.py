"""What happens in the folders is seen on an open page, without a reload."""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.environment import Site, make_site
from tests.media import make_video
from tests.serving import Server, kill, serving, until

pytestmark = pytest.mark.browser

SEEN_MS = 5000
"""What the household was promised, from the file's arrival to its card."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real video, to be copied."""
    return make_video(tmp_path_factory.mktemp("clip") / "clip.mp4", duration=2)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Iterator[Server]:
    site = make_site(tmp_path_factory.mktemp("watched"))
    shutil.copy(clip, site.videos / "First.mp4")
    with serving(site) as server:
        until(lambda: b"First" in server.get("/").body, what="the first video")
        yield server


@pytest.fixture
def videos(server: Server) -> Path:
    return server.site.videos


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The home page; what a visitor would notice of a reload is noted."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1000, "height": 500})
    page = context.new_page()
    page.goto("/")
    page.evaluate("window.untouched = true")
    yield page
    assert page.evaluate("window.untouched"), "the page was loaded anew"
    context.close()


def card(page: Page, title: str) -> Locator:
    return page.locator(".grid .card", has=page.get_by_text(title, exact=True))


def arrives(page: Page, title: str) -> None:
    expect(card(page, title)).to_have_count(1, timeout=SEEN_MS)


def test_a_dropped_file_appears_within_five_seconds_and_gets_its_poster(page: Page, videos: Path, clip: Path) -> None:
    shutil.copy(clip, videos / "Dropped.mp4")
    arrives(page, "Dropped")
    expect(card(page, "Dropped").locator("img")).to_be_visible(timeout=30_000)
    card(page, "Dropped").click()
    expect(page).to_have_title("Dropped · Videoserver")
    page.evaluate("window.untouched = true")


def test_a_file_moved_into_a_new_folder_appears_and_disappears_when_it_is_deleted(page: Page, videos: Path) -> None:
    count = int(page.locator(".count").inner_text().split()[0])
    (videos / "new/deep").mkdir(parents=True)
    outside = videos.parent / "outside.mp4"
    outside.write_bytes(b"a film")
    outside.rename(videos / "new/deep/Moved in.mp4")
    arrives(page, "Moved in")
    expect(page.locator(".count")).to_have_text(f"{count + 1} videos")
    (videos / "new/deep/Moved in.mp4").unlink()
    expect(card(page, "Moved in")).to_have_count(0, timeout=SEEN_MS)
    expect(page.locator(".count")).to_have_text(f"{count} video{'s' if count > 1 else ''}")


def test_a_renamed_file_has_its_new_name(page: Page, videos: Path) -> None:
    (videos / "Old name.mp4").write_bytes(b"renamed")
    arrives(page, "Old name")
    (videos / "Old name.mp4").rename(videos / "New name.mp4")
    arrives(page, "New name")
    expect(card(page, "Old name")).to_have_count(0)


@pytest.mark.parametrize("pause", [0.1, 1.6])
def test_a_slow_copy_appears_once_and_whole(page: Page, server: Server, videos: Path, clip: Path, pause: float) -> None:
    name = f"Slow {round(pause * 10)}"
    content = clip.read_bytes() + b"%f" % pause
    written = threading.Event()

    def copy() -> None:
        step = len(content) // 8 + 1
        with (videos / f"{name}.mp4").open("wb", buffering=0) as file:
            for start in range(0, len(content), step):
                file.write(content[start : start + step])
                threading.Event().wait(pause)
        written.set()

    copying = threading.Thread(target=copy)
    copying.start()
    too_soon = False
    while not written.is_set():
        listed = name.encode() in server.get("/").body
        too_soon |= listed and not written.is_set()
    copying.join()
    arrives(page, name)
    assert not too_soon
    assert server.get(f"/video/{name.replace(' ', '%20')}.mp4").body == content


def test_scroll_and_focus_stay_while_cards_come_and_go(page: Page, videos: Path) -> None:
    for number in range(30):
        (videos / f"Many {number:02}.mp4").write_bytes(b"many %d" % number)
    arrives(page, "Many 00")
    arrives(page, "Many 29")
    card(page, "Many 10").focus()
    page.evaluate("document.activeElement.marked = true")
    card(page, "Many 10").scroll_into_view_if_needed()
    before = card(page, "Many 10").bounding_box()
    (videos / "One more.mp4").write_bytes(b"one more")
    (videos / "Many 29.mp4").unlink()
    arrives(page, "One more")
    expect(card(page, "Many 29")).to_have_count(0)
    expect(card(page, "Many 10")).to_be_focused()
    assert page.evaluate("document.activeElement.marked")
    assert card(page, "Many 10").bounding_box() == before


def test_when_the_focused_card_goes_the_next_has_the_focus(page: Page, videos: Path) -> None:
    for name in ("Goes.mp4", "Next.mp4"):
        (videos / name).write_bytes(name.encode())
    arrives(page, "Goes")
    arrives(page, "Next")
    titles = page.locator(".card .title").all_inner_texts()
    follower = titles[titles.index("Goes") + 1]
    card(page, "Goes").focus()
    (videos / "Goes.mp4").unlink()
    expect(card(page, "Goes")).to_have_count(0, timeout=SEEN_MS)
    expect(card(page, follower)).to_be_focused()


def test_a_page_that_nothing_changed_on_is_not_touched(page: Page) -> None:
    page.evaluate("""() => {
        window.changes = 0;
        new MutationObserver(list => { window.changes += list.length; })
            .observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
    }""")
    for _ in range(2):
        with page.expect_response("**/library/version") as asked:
            pass
        assert asked.value.ok
    assert page.evaluate("window.changes") == 0


def test_only_the_first_page_of_a_grid_asks(page: Page, server: Server) -> None:
    page.goto("/tags")
    page.evaluate("window.untouched = true")
    assert page.locator("[data-version]").count() == 0
    assert server.get("/?page=1").body.count(b"data-version") == 1
    for number in range(60):
        (server.site.videos / f"Page {number}.mp4").write_bytes(b"page %d" % number)
    until(lambda: b'rel="next"' in server.get("/").body, what="a second page")
    assert b"data-version" not in server.get("/?page=2").body


def test_an_empty_library_fills_and_empties(browser: Browser, tmp_path: Path) -> None:
    site = make_site(tmp_path)
    (site.videos / "sample.mp4").write_bytes(b"left out")
    (site.videos / ".videoignore").write_text("Not yet*")
    (site.videos / "Not yet.mp4").write_bytes(b"a film")
    (site.videos / "Another.mp4").write_bytes(b"another")
    with serving(site) as server:
        page = browser.new_page(base_url=server.url)
        until(lambda: b"Another" in server.get("/").body, what="the first video")
        page.goto("/")
        (site.videos / ".videoignore").write_text("*")
        expect(page.locator(".empty")).to_be_visible(timeout=SEEN_MS)
        (site.videos / ".videoignore").unlink()
        arrives(page, "Not yet")
        arrives(page, "Another")
        expect(page.locator(".empty")).to_have_count(0)
        expect(page.locator(".sorts")).to_be_visible()
        page.close()


def test_a_server_that_was_away_is_asked_again(browser: Browser, tmp_path: Path) -> None:
    site = make_site(tmp_path)
    (site.videos / "First.mp4").write_bytes(b"first")
    with serving(site) as server:
        until(lambda: b"First" in server.get("/").body, what="the first video")
        page = browser.new_page(base_url=server.url)
        page.goto("/")
        page.context.set_offline(True)
        with page.expect_event("requestfailed"):
            (site.videos / "Second.mp4").write_bytes(b"second")
        page.context.set_offline(False)
        expect(card(page, "Second")).to_have_count(1, timeout=30_000)
        page.close()


def test_a_killed_watcher_is_started_again_and_sees_what_it_missed(site: Site, clip: Path) -> None:
    shutil.copy(clip, site.videos / "First.mp4")
    with serving(site) as server:
        until(lambda: b"First" in server.get("/").body, what="the first video")
        (watcher,) = server.processes("watch_videos")
        kill(watcher)
        (site.videos / "Meanwhile.mp4").write_bytes(b"meanwhile")
        until(lambda: b"Meanwhile" in server.get("/").body, what="what came meanwhile")


def test_the_watcher_never_loads_the_media_libraries(server: Server) -> None:
    (watcher,) = server.processes("watch_videos")
    maps = Path(f"/proc/{watcher}/maps").read_text()
    assert not [name for name in ("numpy", "imageio", "PIL") if name in maps]


def test_the_watcher_ends_with_its_server(site: Site) -> None:
    server = Server(site)
    until(lambda: server.processes("watch_videos"), what="the watcher")
    server.stop(signal.SIGKILL)
    until(lambda: not server.processes("watch_videos"), what="the end of the watcher")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)
