"""The first visit of the home page in Chromium, and scrolling through 2,000 cards.

    python -m benchmarks.first_visit [--visits 5] [--cards 2000] [--slowdown 1]

A library of rows whose posters are drawn for it, each as large as one of a film usually is. The visits are made on an
emulated 4G network (9 Mbit/s, 170 ms there and back), with an empty cache; the processor can be slowed down so many
times. Then somebody scrolls through the cards as fast as a wheel turns, on a fast network: what the page holds is
counted after a garbage collection, and so is the time between two frames.
"""

from __future__ import annotations

import argparse
import io
import random
import statistics
import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.library import library_of
from tests.environment import Site
from tests.serving import serving
from tests.site.conftest import FLAGS
from tests.system_packages import CHROMIUM

NETWORK = {"offline": False, "latency": 170, "downloadThroughput": 9e6 / 8, "uploadThroughput": 9e6 / 8}
WINDOWS = {"wide": {"width": 1400, "height": 900}, "phone": {"width": 390, "height": 844}}
OBSERVE = """
    window.seen = {paint: 0, shift: 0};
    const note = (type, take) => new PerformanceObserver(list => list.getEntries().forEach(take))
        .observe({type, buffered: true});
    note('largest-contentful-paint', entry => { window.seen.paint = entry.startTime; });
    note('layout-shift', entry => { window.seen.shift += entry.value; });
"""
FRAMES = """
    window.frames_ = [];
    let last;
    const frame = now => { if (last) window.frames_.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
"""


class Visit(NamedTuple):
    """What one first visit took."""

    paint: float
    """Milliseconds to the Largest Contentful Paint."""
    shift: float
    weight: int
    """Bytes on the wire."""
    script: int
    document: int


def paint_posters(site: Site, videos: int) -> tuple[int, int]:
    """A picture for each row, in both sizes; returns how many bytes both have on average."""
    dice = random.Random(1)
    sums = [0, 0]
    for path in paths_of(site):
        digest = blake2b(path.encode(), digest_size=16).hexdigest()
        folder = site.data / "thumbnails" / digest[:2]
        folder.mkdir(parents=True, exist_ok=True)
        large = picture(dice)
        for place, size in enumerate(((320, 180), (640, 360))):
            content = io.BytesIO()
            large.resize(size).save(content, "WEBP", quality=80, method=4)
            (folder / f"{digest}-{size[0]}.webp").write_bytes(content.getvalue())
            sums[place] += content.tell()
    return sums[0] // videos, sums[1] // videos


def paths_of(site: Site) -> list[str]:
    """The paths of all rows."""
    return [row[1] for row in site.rows()["library_video"]]


def picture(dice: random.Random) -> Image.Image:
    """Shapes, soft and sharp, with a little grain, so that it weighs what a frame of a film does."""
    image = Image.new("RGB", (640, 360), colour(dice))
    for number, largest in ((20, 300), (300, 40)):
        draw = ImageDraw.Draw(image)
        for _ in range(number):
            x, y, size = dice.randint(-80, 640), dice.randint(-80, 360), dice.randint(4, largest)
            draw.ellipse((x, y, x + size, y + size * dice.uniform(0.3, 1.5)), fill=colour(dice))
        image = image.filter(ImageFilter.GaussianBlur(largest / 40))
    grain = Image.effect_noise((640, 360), 20).convert("RGB")
    return Image.blend(image, grain, 0.1)


def colour(dice: random.Random) -> tuple[int, int, int]:
    return dice.randint(0, 255), dice.randint(0, 255), dice.randint(0, 255)


def first_visit(browser: Browser, url: str, window: Any, slowdown: float) -> Visit:
    """One, with nothing in the cache."""
    context = browser.new_context(base_url=url, viewport=window)
    page = context.new_page()
    page.add_init_script(OBSERVE)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto("/", wait_until="networkidle")
    seen = page.evaluate("window.seen")
    of = {kind: sum(size for pk, size in sizes.items() if kinds.get(pk) == kind) for kind in ("Script", "Document")}
    context.close()
    return Visit(seen["paint"], seen["shift"], int(sum(sizes.values())), int(of["Script"]), int(of["Document"]))


def scroll(page: Page, cards: int) -> Iterator[tuple[int, int, int, int, float]]:
    """(cells, of them whole, nodes of the process, bytes of the scripts' heap, pixels scrolled), on the way."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto("/", wait_until="networkidle")
    page.evaluate(FRAMES)
    page.mouse.move(700, 500)
    for wanted in (60, cards // 4, cards // 2, cards):
        while page.evaluate("document.querySelectorAll('.grid .cell:not(.awaited)').length") < wanted:
            page.mouse.wheel(0, 400)
            page.wait_for_timeout(16)
        page.wait_for_timeout(500)
        session.send("HeapProfiler.collectGarbage")
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        there = page.evaluate("document.querySelectorAll('.grid .cell').length")
        whole = page.evaluate("document.querySelectorAll('.grid .card').length")
        yield there, whole, int(metrics["Nodes"]), int(metrics["JSHeapUsedSize"]), page.evaluate("scrollY")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--cards", type=int, default=2_000)
    parser.add_argument("--slowdown", type=float, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = Site(library_of(arguments.cards, Path(folder)))
        site.videos.mkdir(exist_ok=True)
        small, large = paint_posters(site, arguments.cards)
        print(f"{arguments.cards} posters of {small} and {large} bytes on average")
        with serving(site) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name, window in WINDOWS.items():
                visits = [first_visit(browser, server.url, window, arguments.slowdown) for _ in range(arguments.visits)]
                paints = [round(visit.paint) for visit in visits]
                worst = max(visit.shift for visit in visits)
                weight, script, document = (
                    max(getattr(visit, what) for visit in visits) // 1000 for what in ("weight", "script", "document")
                )
                print(f"{name}: LCP {statistics.median(paints)} ms {sorted(paints)}, shift {worst:.4f}", end=", ")
                print(f"{weight} KB, of them {script} KB script and {document} KB HTML")
            page = browser.new_page(base_url=server.url, viewport=WINDOWS["wide"])  # type: ignore[arg-type]
            for there, whole, nodes, heap, top in scroll(page, arguments.cards):
                print(f"{there:5} cells, {whole} of them whole: {nodes:6} nodes, {heap / 2**20:.1f} MiB, at {top} px")
            frames = sorted(page.evaluate("window.frames_"))
            p50, p95, p99 = (frames[int(len(frames) * part)] for part in (0.5, 0.95, 0.99))
            slow = sum(frame > 50 for frame in frames)
            print(f"{len(frames)} frames: p50 {p50:.1f} ms, p95 {p95:.1f}, p99 {p99:.1f}, {slow} above 50")
            browser.close()


if __name__ == "__main__":
    main()
