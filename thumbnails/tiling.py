"""Drawing a storyboard: small frames from over the whole film, side by side in one WebP picture."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from library.media import MediaFacts
from thumbnails import ffmpeg
from thumbnails.ffmpeg import MediaError
from thumbnails.storyboards import Layout, Sheet

TIME_LIMIT, GROUP_TIME_LIMIT = 180.0, 20.0
"""Seconds for a storyboard, and for the tiles that are sought at once."""

BOX = (160, 90)
"""Pixels that a tile fits in."""

MOST_TILES, COLUMNS = 100, 10

SHORT, SHORT_INTERVAL, LEAST_INTERVAL = 20.0, 1.0, 5.0
"""Seconds: a film up to SHORT hardly has more than one keyframe, so that each frame of it is decoded; of a longer one
only keyframes, which lie 2 to 10 seconds apart.
"""

LARGE, LARGE_INDEXED = 1 << 30, 8 << 30
"""Bytes of a film up to which it is read from end to end; beyond, each tile is sought.

Seeking costs 40 to 80 ms a tile, whatever the film; reading, 4 ms for each keyframe of 1080p, and the time that the
disk needs for every byte, except in files with an index, in which ffmpeg passes over what is no keyframe.
"""

AT_ONCE = 5
"""Tiles that one process seeks: 37 ms each, and 66 ms where each has a process of its own."""

INDEXED = "mov,"

KEYFRAMES = ("-skip_frame", "nokey", "-discard", "nokey")


def draw(path: Path, facts: MediaFacts) -> Sheet | None:
    """A film's storyboard; None where there is nothing to choose between: no picture, no length, a single scene.

    Raises MediaError when it can't be decoded, or not in time.
    """
    layout = plan(facts)
    if layout is None or facts.duration is None:
        return None
    limit = LARGE_INDEXED if facts.container.startswith(INDEXED) else LARGE
    frames = (seek if path.stat().st_size > limit else read)(path, layout)
    if len(set(frames)) < 2:
        return None
    return Sheet(_picture(frames, layout), layout, facts.duration)


def plan(facts: MediaFacts) -> Layout | None:
    """How many tiles of what size; None where there can't be two."""
    if not (facts.video_codec and facts.duration and facts.width and facts.height):
        return None
    least = SHORT_INTERVAL if facts.duration <= SHORT else LEAST_INTERVAL
    interval = max(least, math.ceil(facts.duration * 1000 / MOST_TILES) / 1000)
    tiles = math.ceil(facts.duration / interval)
    scale = min(BOX[0] / facts.width, BOX[1] / facts.height)
    width, height = (max(round(side * scale), 1) for side in (facts.width, facts.height))
    return Layout(tiles, min(tiles, COLUMNS), width, height, interval) if tiles > 1 else None


def read(path: Path, layout: Layout) -> list[bytes]:
    """The tiles of a film that is read from end to end; each shows the middle of its time, or the keyframe before."""
    keyframes = () if layout.interval < LEAST_INTERVAL else KEYFRAMES
    rate = f"fps=1/{layout.interval:.3f}:start_time={-layout.interval / 2:.4f}:round=down:eof_action=pass"
    output = ["-map", "0:V:0", "-filter_threads", "1", "-vf", f"{rate},{_scale(layout)}"]
    found = _run(path, [*_reading(path, *keyframes), *output], layout, layout.tiles, TIME_LIMIT)
    return _without_gaps([*found, *[None] * (layout.tiles - len(found))])


def seek(path: Path, layout: Layout) -> list[bytes]:
    """The tiles of a film in which each is sought: the keyframe before the middle of its time."""
    deadline = time.monotonic() + TIME_LIMIT
    middles = [(tile + 0.5) * layout.interval for tile in range(layout.tiles)]
    groups = (middles[start : start + AT_ONCE] for start in range(0, layout.tiles, AT_ONCE))
    return _without_gaps([tile for group in groups for tile in _sought(path, layout, group, deadline)])


def _sought(path: Path, layout: Layout, seconds: Sequence[float], deadline: float) -> list[bytes | None]:
    """A tile for each of those seconds, None where none can be decoded; if some can't, each is tried by itself."""
    if time.monotonic() > deadline:
        raise MediaError(f"the storyboard took longer than {TIME_LIMIT:g} seconds")
    arguments: list[str] = []
    for second in seconds:
        arguments += _reading(path, *KEYFRAMES, "-noaccurate_seek", "-ss", f"{second:.3f}")
    chains = [f"[{n}:V:0]trim=end_frame=1,setpts=0,{_scale(layout)}[{n}]" for n in range(len(seconds))]
    joined = "".join(f"[{n}]" for n in range(len(seconds))) + f"concat=n={len(seconds)}"
    output = ["-filter_complex_threads", "1", "-filter_complex", ";".join([*chains, joined])]
    try:
        found: list[bytes | None] = [*_run(path, [*arguments, *output], layout, len(seconds), GROUP_TIME_LIMIT)]
    except MediaError:
        found = []
    if len(found) == len(seconds):
        return found
    if len(seconds) == 1:
        return [None]
    return [tile for second in seconds for tile in _sought(path, layout, [second], deadline)]


def _reading(path: Path, *options: str) -> list[str]:
    """As input, by one thread; a film whose frames change their size is still one film."""
    return ffmpeg.reading(path, "-threads", "1", "-reinit_filter", "0", *options)


def _scale(layout: Layout) -> str:
    return f"scale={layout.tile_width}:{layout.tile_height}:reset_sar=1"


def _run(path: Path, arguments: Sequence[str], layout: Layout, frames: int, time_limit: float) -> list[bytes]:
    """The frames that those arguments lead to, each of three bytes a pixel."""
    output = ["-fps_mode", "passthrough", "-frames:v", str(frames), "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    content = ffmpeg.run([*arguments, *output], reads=path, time_limit=time_limit)
    size = layout.tile_width * layout.tile_height * 3
    return [content[start : start + size] for start in range(0, len(content), size)]


def _without_gaps(tiles: Sequence[bytes | None]) -> list[bytes]:
    """Each tile that is missing becomes like the one before it. Raises MediaError when there is none at all."""
    last = next((tile for tile in tiles if tile), None)
    if last is None:
        raise MediaError("no frame can be decoded")
    return [last := tile or last for tile in tiles]


def _picture(tiles: Sequence[bytes], layout: Layout) -> bytes:
    sheet = Image.new("RGB", (layout.columns * layout.tile_width, layout.rows * layout.tile_height))
    for number, tile in enumerate(tiles):
        sheet.paste(Image.frombytes("RGB", (layout.tile_width, layout.tile_height), tile), layout.place_of(number))
    with io.BytesIO() as buffer:
        sheet.save(buffer, "WEBP", quality=70, method=2)
        return buffer.getvalue()
