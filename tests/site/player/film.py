"""A film each of whose frames bears its number, as a row of white and black blocks, and how a page's is read."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.media import encode

RATE = 25
SECONDS = 40
BITS = 10
WIDTH, HEIGHT = 640, 360

CHAPTERS = ((0.0, "The way in"), (10.0, "Through the long wood"), (30.0, "Home"))

READ = """async bits => {
    const video = document.querySelector('.player video');
    const canvas = new OffscreenCanvas(bits, 1).getContext('2d');
    const width = video.videoWidth / bits;
    for (let bit = 0; bit < bits; bit += 1)
        canvas.drawImage(video, (bit + 0.5) * width, video.videoHeight / 2, 1, 1, bit, 0, 1, 1);
    const {data} = canvas.getImageData(0, 0, bits, 1);
    return Array.from({length: bits}, (_, bit) => (data[4 * bit] > 128 ? 2 ** bit : 0)).reduce((sum, it) => sum + it);
}"""
"""The number of the frame that is in sight."""


def make_numbered(path: Path, *, chapters: tuple[tuple[float, str], ...] = CHAPTERS) -> Path:
    """A film of 1,000 frames with sound and chapters, a keyframe every two seconds."""
    described = path.with_suffix(".chapters")
    described.write_text(";FFMETADATA1\n" + "".join(_told(chapters)))
    number = "geq=lum='16+219*mod(floor(N/pow(2,X)),2)'"
    blocks = f"nullsrc=size={BITS}x2:rate={RATE}:duration={SECONDS},format=gray,{number}"
    encode(
        path,
        *("-f", "lavfi", "-i", f"{blocks},scale={WIDTH}:{HEIGHT}:flags=neighbor,setsar=1"),
        *("-f", "lavfi", "-i", f"sine=frequency=330:duration={SECONDS}"),
        *("-f", "ffmetadata", "-i", str(described), "-map_metadata", "2"),
        *("-pix_fmt", "yuv420p", "-g", str(2 * RATE), "-preset", "ultrafast", "-shortest"),
    )
    described.unlink()
    return path


def _told(chapters: tuple[tuple[float, str], ...]) -> list[str]:
    ends = [*(start for start, _ in chapters[1:]), float(SECONDS)]
    return [
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start * 1000:.0f}\nEND={end * 1000:.0f}\ntitle={name}\n"
        for (start, name), end in zip(chapters, ends, strict=True)
    ]


def frame(page: Page) -> int:
    """The number of the frame that the page shows."""
    return int(page.evaluate(READ, BITS))
