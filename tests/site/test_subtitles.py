"""Subtitles in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.environment import make_site
from tests.media import make_video
from tests.serving import Server, serving
from tests.site.acts import Listener
from tests.thumbnails.awkward_subtitles import Awkward, corpus, srt

pytestmark = pytest.mark.browser

HALVES = {"Half one": list(corpus())[::2], "Half two": list(corpus())[1::2]}
WIDTHS = {390: 844, 1400: 900}
READY = """async () => {
    const elements = [...document.querySelectorAll("track")];
    await Promise.all(elements.map((element) => new Promise((resolve) => {
        element.addEventListener("load", resolve);
        element.addEventListener("error", resolve);
        element.track.mode = "hidden";
        if (element.readyState >= 2) resolve();
    })));
    return Object.fromEntries(elements.map((e) => [e.label, [e.readyState, e.track.cues?.length]]));
}"""
SHOWING = """() => [...document.querySelector("video").textTracks]
    .filter((track) => track.mode === "showing").map((track) => track.label)"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A site with videos of which some have subtitles, all converted."""
    site = make_site(tmp_path_factory.mktemp("subtitled"))
    clip = make_video(site.folder / "clip.mp4", duration=6).read_bytes()
    for name in ("Film", "Other", "Bare", "Lost", *HALVES):
        (site.videos / f"{name}.mp4").write_bytes(clip + name.encode())
    (site.videos / "Film.en.srt").write_text(srt("<i>Good morning.</i>", "How are you?\nI am fine.", "Yes."))
    (site.videos / "film.de.SRT").write_text(srt("Guten Morgen.", "Wie geht es?", "Ja."))
    (site.videos / "Film.fr.srt").write_bytes(b"")
    (site.videos / "Other.en-GB.srt").write_text(srt("Other words.", "More of them."))
    (site.videos / "Lost.en.srt").write_text(srt("They will be lost."))
    for half, files in HALVES.items():
        for file in files:
            (site.videos / f"{half}.{file.name}.{file.ending}").write_bytes(file.content)
    with serving(site) as server:
        server.wait_for_posters(6)
        server.wait_until_idle()
        yield server


@pytest.fixture(params=WIDTHS)
def page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page as wide as a phone's, and one as wide as a desk's, on which nothing complains."""
    width: int = request.param
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": WIDTHS[width]})
    listener = Listener(server.url)
    yield listener.hear(context.new_page())
    listener.end()
    context.close()


def choose(page: Page, label: str) -> None:
    """As the player's own menu does; an empty label for none."""
    page.evaluate(
        """(label) => { for (const track of document.querySelector("video").textTracks)
            track.mode = track.label === label ? "showing" : "disabled"; }""",
        label,
    )


def is_kept(page: Page, language: str, *, off: bool = False) -> None:
    page.wait_for_function(
        """([code, off]) => {
            const kept = JSON.parse(localStorage.player ?? '{}').subtitles;
            return kept?.language === code && kept.off === off;
        }""",
        arg=[language, off],
    )


@pytest.mark.parametrize("half", HALVES)
def test_chromium_reads_every_awkward_file_with_all_its_cues(browser: Browser, server: Server, half: str) -> None:
    page = browser.new_page(base_url=server.url)
    page.goto(f"/watch/{half}.mp4")
    found = page.evaluate(READY)
    page.close()

    def expected(file: Awkward) -> tuple[str, list[int]]:
        return f"Subtitles ({file.name})", [2, file.cues]

    assert found == dict(map(expected, HALVES[half]))


def test_there_are_more_than_fifty_awkward_files() -> None:
    assert sum(map(len, HALVES.values())) > 50


def test_the_languages_are_offered_and_the_cue_of_the_moment_is_shown(page: Page) -> None:
    page.goto("/watch/Film.mp4")
    tracks = page.locator("video track")
    assert [track.get_attribute("srclang") for track in tracks.all()] == ["en", "de"]
    assert [track.get_attribute("label") for track in tracks.all()] == ["English", "German"]
    expect(page.locator(".details")).to_contain_text("English, German. Film.fr.srt: It is empty.")
    choose(page, "English")
    page.evaluate("document.querySelector('video').currentTime = 2.5")
    page.wait_for_function("() => document.querySelector('video').textTracks[0].activeCues?.length === 1")
    text = page.evaluate("document.querySelector('video').textTracks[0].activeCues[0].text")
    assert text == "How are you?\nI am fine."


def test_a_choice_holds_for_the_next_video_that_has_the_language(page: Page) -> None:
    page.goto("/watch/Film.mp4")
    assert page.evaluate(SHOWING) == []
    choose(page, "German")
    is_kept(page, "de")
    page.goto("/watch/Other.mp4")
    assert page.evaluate(SHOWING) == []
    page.goto("/watch/Film.mp4")
    assert page.evaluate(SHOWING) == ["German"]
    choose(page, "English")
    is_kept(page, "en")
    page.goto("/watch/Bare.mp4")
    page.goto("/watch/Other.mp4")
    assert page.evaluate(SHOWING) == ["English (United Kingdom)"]
    page.keyboard.press("c")
    is_kept(page, "en", off=True)
    page.goto("/watch/Film.mp4")
    assert page.evaluate(SHOWING) == []


def test_the_key_brings_back_the_language_in_the_next_video_too(page: Page) -> None:
    page.goto("/watch/Film.mp4")
    choose(page, "German")
    is_kept(page, "de")
    page.keyboard.press("c")
    is_kept(page, "de", off=True)
    page.reload()
    assert page.evaluate(SHOWING) == []
    page.keyboard.press("c")
    is_kept(page, "de")
    assert page.evaluate(SHOWING) == ["German"]


def test_subtitles_that_are_lost_hinder_no_film(browser: Browser, server: Server) -> None:
    page = browser.new_page(base_url=server.url)
    page.goto("/watch/Lost.mp4")
    address = page.locator("track").get_attribute("src") or ""
    name = Path(address).name
    (server.site.data / "thumbnails" / name[:2] / name).unlink()
    page.goto("/watch/Lost.mp4")
    assert page.evaluate(READY) == {"English": [3, 0]}
    page.evaluate("document.querySelector('video').muted = true; document.querySelector('video').play()")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.2")
    page.close()
    answer = server.get(address)
    assert (answer.status, answer.body) == (404, b"There is no such file.")


def test_a_file_that_comes_and_goes_while_the_server_runs(server: Server, page: Page) -> None:
    subtitles = server.site.videos / "Bare.ja.srt"
    subtitles.write_text(srt("こんにちは"))
    _until_offered(page, 1)
    subtitles.unlink()
    _until_offered(page, 0)


def _until_offered(page: Page, count: int) -> None:
    page.goto("/watch/Bare.mp4")
    page.wait_for_function(
        """async (count) => {
            const text = await (await fetch(location.href, {cache: "no-store"})).text();
            return text.split("<track").length - 1 === count;
        }""",
        arg=count,
        polling=200,
    )
