"""From the click on a card to the first frame of its film in Chromium, on an emulated 4G network (slow_network.py).

    python -m benchmarks.first_frame DIR [--gigabytes 2] [--megabits 24] [--black 1] [--visits 5]

DIR, which must not be there, holds the films meanwhile: 1080p that begins with a black second, as films do, once with
the index in front, once at the end, and once more to come after these in a list. Each visit is made by a browser of its
own, which has the site's scripts, and presses play as soon as the player is there. The film with its index at the end
is measured before and after its copy is made; the next in the list with its head fetched ahead and without.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Page, Playwright, sync_playwright

from benchmarks.slow_network import Network, network
from tests.environment import make_site
from tests.serving import serving, until
from tests.site.conftest import FLAGS
from tests.system_packages import CHROMIUM
from thumbnails import ffmpeg

FRONT, END, NEXT = "A front.mp4", "B end.mp4", "C next.mp4"
LOOP_SECONDS = 20
ROUND_TRIP, BYTES_PER_SECOND = 0.17, 9e6 / 8
"""What browsers call 4G."""
NOTE = """
    const now = () => performance.timeOrigin + performance.now();
    addEventListener('click', () => sessionStorage.setItem('clicked', now()), true);
    addEventListener('loadstart', ({target}) => {
        target.muted = true;
        target.requestVideoFrameCallback(() => { window.firstFrame = now() - sessionStorage.getItem('clicked'); });
        target.play().catch(() => {});
    }, true);
"""
SAVING = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}});"
COPY = "from thumbnails import mending; from library.models import Video; "
COPY += f"print(mending.start_fast([Video.objects.get(path={END!r}).pk]))"


def make_films(folder: Path, gigabytes: float, megabits: int, black: float) -> None:
    """The three films, of that size and that many Mbit/s, whose first seconds are black."""
    loop = folder.parent / "loop.mp4"
    picture = f"testsrc2=size=1920x1080:rate=25:duration={LOOP_SECONDS},noise=alls=30:allf=t,fade=st={black}:d=1"
    rate = ("-b:v", f"{megabits}M", "-maxrate", f"{megabits}M", "-bufsize", f"{megabits}M")
    ffmpeg.run(
        [
            *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=duration={LOOP_SECONDS}"),
            *("-pix_fmt", "yuv420p", "-preset", "veryfast", "-g", "50", *rate, "-c:a", "aac", "-y", f"file:{loop}"),
        ],
        writes=[loop],
        time_limit=600,
        may_write=1 << 30,
    )
    turns = round(gigabytes * 1e9 / loop.stat().st_size)
    for name, options in ((FRONT, ("-movflags", "+faststart")), (END, ()), (NEXT, ("-movflags", "+faststart"))):
        looped = ["-stream_loop", str(turns - 1), *ffmpeg.reading(loop), "-c", "copy", *options]
        place = folder / name
        ffmpeg.run([*looped, "-y", f"file:{place}"], reads=loop, writes=[place], time_limit=600, may_write=1 << 34)
    loop.unlink()


@contextmanager
def browsing(playwright: Playwright, way: Network, script: str = "") -> Iterator[Page]:
    """A page of a browser whose cache, on the disk, is empty, and for which the network is fast until it is not."""
    way.slow = False
    with tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=[*FLAGS, "--autoplay-policy=no-user-gesture-required"],
            base_url=f"http://localhost:{way.port}",
            viewport={"width": 1400, "height": 900},
        )
        context.add_init_script(NOTE + script)
        yield context.pages[0]
        context.close()


def first_frame(playwright: Playwright, way: Network, name: str, *, ever: bool = False) -> float:
    """Milliseconds from the click on its card to the first frame: of the first film ever in this browser, or else of
    one that comes when the browser has the player's scripts.
    """
    with browsing(playwright, way) as page:
        if not ever:
            page.goto(f"/watch/{quote(NEXT)}", wait_until="load")
        way.slow = True
        page.goto("/", wait_until="networkidle")
        page.locator(f'a.card[href="/watch/{quote(name)}"]').click()
        until(lambda: quote(name) in page.url, what="its page")
        return wait_for_frame(page)


def next_frame(playwright: Playwright, way: Network, *, ahead: bool) -> float:
    """Milliseconds from the click on the next video in a list to its first frame, its head fetched ahead or not."""
    with browsing(playwright, way, "" if ahead else SAVING) as page:
        heads: list[str] = []
        page.on("requestfinished", lambda one: heads.append(one.url) if one.resource_type == "fetch" else None)
        page.goto(f"/watch/{quote(END)}?list=all&sort=title&order=asc")
        video = "document.querySelector('.player video')"
        until(lambda: page.evaluate(f"{video}.readyState") == 4, what="the film")
        page.evaluate(f"{video}.currentTime = {video}.duration - 15; {video}.play()")
        until(lambda: page.evaluate(f"{video}.currentTime > {video}.duration - 12"), what="the end")
        if ahead:
            until(lambda: any("/video/" in url for url in heads), what="the head of the next")
        way.slow = True
        page.locator(".in-list a[rel=next]").click()
        until(lambda: quote(NEXT) in page.url, what="the next page")
        return wait_for_frame(page)


def wait_for_frame(page: Page) -> float:
    until(lambda: page.evaluate("window.firstFrame ?? 0") > 0, what="the first frame")
    return float(page.evaluate("window.firstFrame"))


def show(what: str, times: list[float]) -> None:
    print(f"{what:44} {statistics.median(times):6.0f} ms  {sorted(round(time) for time in times)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--megabits", type=int, default=24)
    parser.add_argument("--black", type=float, default=1)
    parser.add_argument("--visits", type=int, default=5)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True)
    try:
        measure(arguments)
    finally:
        shutil.rmtree(arguments.folder)


def measure(arguments: Any) -> None:
    site = make_site(arguments.folder)
    make_films(site.videos, arguments.gigabytes, arguments.megabits, arguments.black)
    size = (site.videos / END).stat().st_size
    print(f"{size / 1e9:.2f} GB at {arguments.megabits} Mbit/s")
    slow = ROUND_TRIP, BYTES_PER_SECOND
    with serving(site) as server, sync_playwright() as playwright, network(server.port, *slow) as way:
        server.wait_for_posters(3)
        server.wait_until_idle(600)

        def visits(name: str, *, ever: bool = False) -> list[float]:
            return [first_frame(playwright, way, name, ever=ever) for _ in range(arguments.visits)]

        show("index in front", visits(FRONT))
        show("the same, the first film in this browser", visits(FRONT, ever=True))
        show("index at the end", visits(END))
        site.run("shell", "-v0", "-c", COPY)
        until(lambda: b"?copy=" in server.get(f"/watch/{quote(END)}").body, what="the copy", seconds=600)
        server.wait_until_idle(600)
        show("index at the end, after the repair", visits(END))
        show("the next in a list", [next_frame(playwright, way, ahead=False) for _ in range(arguments.visits)])
        times = [next_frame(playwright, way, ahead=True) for _ in range(arguments.visits)]
        show("the next in a list, its head fetched ahead", times)


if __name__ == "__main__":
    main()
