"""Makes a collection like the one that the server was written for: real videos, and the old site's four files.

    python -m benchmarks.collection DIR [--videos 333]

333 videos, 297 ratings, 265 view counts, 167 tagged files with 933 taggings of 150 tags (two of which differ only in
case, 50 with spaces in them), 25 favourites. The names are neutral and awkward. The same arguments give the same
collection.
"""

import argparse
import json
import os
import random
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imageio_ffmpeg

PLACES = "Harbour Meadow Station Old_mill Ridge Lighthouse Orchard Market Canal Quarry Garden Bridge".split()  # noqa: SIM905
MOMENTS = (
    "at dawn", "in the rain", "from above", "by night", "in spring", "after the storm", "on a Sunday", "in fog",
    "part 2", "part 10",
)  # fmt: skip
AWKWARD = [
    "100% sunshine.mp4", "#1 at the fair.mp4", "Salt & pepper.mp4", "1+1 = 3.mp4", "Café à l'été.mp4",
    "Übung_macht.mp4",
    "東京の朝.mp4", "서울 밤.mp4", "Что где когда.mp4", "what? who?.mp4", "semi;colon, comma.mp4", 'quo"ted.mp4',
    "it's.mp4", "[brackets] {braces}.mp4", "-leading dash.mp4", "%03d.mp4", "dots.in.the.name.mp4", "UPPER CASE.MP4",
    "emoji 🎬.mp4", "naïve façade.webm", "a~tilde.mov", "equals=sign.mkv", "at@sign.m4v", "ampersand&amp;.mp4",
]  # fmt: skip
SOURCES = ("testsrc2", "mandelbrot", "rgbtestsrc", "smptehdbars", "life", "gradients")
CODECS = {
    ".webm": ["-c:v", "libvpx", "-b:v", "150k", "-deadline", "realtime", "-cpu-used", "8"],
    None: ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25"],
}
DATE_OF_THE_FIRST = 1_600_000_000


def names(count: int) -> list[str]:
    """File names, the awkward ones first."""
    plain = (f"{place} {moment} {take}.mp4" for take in range(1, 99) for place in PLACES for moment in MOMENTS)
    return [*AWKWARD, *(next(plain) for _ in range(count - len(AWKWARD)))][:count]


def film(path: Path, number: int) -> None:
    """A clip of 2 to 5 seconds, 320 by 180, that no other clip equals."""
    if path.exists():
        return
    source = SOURCES[number % len(SOURCES)]
    size = f"{source}=size=320x180:rate=25"
    codec = CODECS.get(path.suffix, CODECS[None])
    partial = path.with_name(f".{number}{path.suffix.lower()}")
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-nostdin",
            "-f", "lavfi", "-i", f"{size},hue=h={number * 37 % 360}",
            "-f", "lavfi", "-i", f"sine=frequency={220 + number}",
            "-t", f"{2 + number % 4}", *codec, "-metadata", f"comment={number}", f"file:{partial}",
        ],
        check=True,
    )  # fmt: skip
    os.utime(partial, (DATE_OF_THE_FIRST + number * 86_400 / 2,) * 2)
    partial.rename(path)


def twin(clip: Path, target: Path, number: int) -> None:
    """A film like another, but that no other equals, and as old as its number says.

    At its end comes a box that means nothing (ISO/IEC 14496-12, section 8.1.2).
    """
    note = b"%032d" % number
    partial = target.with_name(f".{target.name}")
    partial.write_bytes(clip.read_bytes() + (8 + len(note)).to_bytes(4, "big") + b"free" + note)
    os.utime(partial, (DATE_OF_THE_FIRST + number,) * 2)
    partial.rename(target)


def tag_names() -> list[str]:
    """150 tags: 50 with spaces, two that differ only in case."""
    spaced = [f"day {n} trip" for n in range(50)]
    return [*spaced, "Summer", "summer", *(f"tag{n}" for n in range(98))]


def legacy(files: list[str], choice: random.Random) -> Iterator[tuple[str, object]]:
    """The four documents; fewer entries for fewer files, in the same proportion."""

    def share(of_333: int) -> int:
        return round(of_333 * len(files) / 333)

    yield "ratings.json", {name: choice.randint(1, 5) for name in choice.sample(files, share(297))}
    yield "views.json", {name: choice.randint(0, 400) for name in choice.sample(files, share(265))}
    yield "favorites.json", {"favorites": choice.sample(files, share(25))}
    tagged = choice.sample(files, share(167))
    tagging: dict[str, list[str]] = {name: [] for name in tagged}
    tags = tag_names()
    for number in range(share(933)):
        tag = tags[number % len(tags)]
        name = min(tagged[number % len(tagged) :] + tagged, key=lambda name: len(tagging[name]))
        others = {other.casefold() for other in tagging[name]}
        if f"#{tag}".casefold() in others:
            name = next(n for n in tagged if f"#{tag}".casefold() not in {o.casefold() for o in tagging[n]})
        tagging[name].append(f"#{tag}")
    yield "tags.json", tagging


def make(directory: Path, count: int) -> None:
    """Make what is not there yet."""
    directory.mkdir(parents=True, exist_ok=True)
    files = names(count)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(film, (directory / name for name in files), range(count)))
    for name, document in legacy(files, random.Random(333)):
        (directory / name).write_text(json.dumps(document, ensure_ascii=False, indent=2), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--videos", type=int, default=333)
    arguments = parser.parse_args()
    make(arguments.directory, arguments.videos)
    print(f"{arguments.videos} videos in {arguments.directory}")
