"""Drawing a poster: the first good frame from over the film, or else the best; two WebP pictures of it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from library.media import MediaFacts
from thumbnails import ffmpeg, frames
from thumbnails.ffmpeg import MediaError
from thumbnails.posters import LARGE, SMALL

TIME_LIMIT, FRAME_TIME_LIMIT = 90.0, 20.0
"""Seconds for a poster, and for one of its candidates."""

POSITIONS = (0.22, 0.5, 0.35, 0.65, 0.1, 0.8)
"""Where to look in a film, in parts of it; the first frame that is good is taken."""

UNKNOWN_LENGTH = (0.0, 2.0, 10.0, 30.0)
"""Where to look in a film that doesn't state its length, in seconds."""

SHORT = 20.0
"""Seconds up to which a film hardly has more than one keyframe."""

Options = tuple[str, ...]

_FIT = f"scale='min({LARGE},ceil(iw*sar))':{LARGE}:force_original_aspect_ratio=decrease:reset_sar=1"


def draw(path: Path, facts: MediaFacts) -> dict[int, bytes]:
    """A file's poster as WebP by width. Raises MediaError when no frame of it can be decoded."""
    pictures = candidates(path, facts)
    picture = frames.best(pictures)
    return {width: encode(picture, width) for width in (SMALL, LARGE)}


def candidates(path: Path, facts: MediaFacts) -> list[Image.Image]:
    """Frames to choose from, at least one; the last is good, unless none is.

    Keyframes first, which cost 50 ms each; where none of them is good, and in a short film, that has few, it is
    decoded up to the very positions, at 250 ms each for 1080p; what can't be sought gives its first frame.
    """
    deadline = time.monotonic() + TIME_LIMIT
    found: dict[bytes, Image.Image] = {}
    error = MediaError("no frame can be decoded")
    for options in _ways(facts):
        if time.monotonic() > deadline:
            break
        try:
            content = grab(path, options, moving=bool(facts.video_codec))
        except MediaError as failure:
            error = failure
            continue
        if content and content not in found:
            found[content] = _decoded(content)
            if frames.score(found[content]) >= frames.GOOD:
                break
    if not found:
        raise error if facts.video_codec else MediaError("no video stream")
    return list(found.values())


def _ways(facts: MediaFacts) -> Iterator[Options]:
    """ffmpeg's input options for one frame after the other; a cover picture has but one."""
    if facts.video_codec:
        seconds = [facts.duration * part for part in POSITIONS] if facts.duration else UNKNOWN_LENGTH
        exact: list[Options] = [("-ss", f"{second:.3f}") for second in seconds]
        if (facts.duration or 0) > SHORT:
            yield from (("-skip_frame", "nokey", "-noaccurate_seek", *options) for options in exact)
        yield from exact
    yield ()


def grab(path: Path, options: Options, *, moving: bool) -> bytes:
    """One frame as PPM, fitted into the larger box as a player shows it; b"" past the end. Raises MediaError."""
    stream = "0:V:0" if moving else "0:v:0"
    output = ["-map", stream, "-frames:v", "1", "-vf", _FIT, "-f", "image2pipe", "-c:v", "ppm", "pipe:1"]
    arguments = [*ffmpeg.reading(path, "-threads", "1", *options), *output]
    return ffmpeg.run(arguments, reads=path, time_limit=FRAME_TIME_LIMIT)


def _decoded(content: bytes) -> Image.Image:
    """The picture in what ffmpeg put out. Pillow's errors are OSErrors, but never the disk's fault here."""
    try:
        return _read(content)
    except (OSError, ValueError, SyntaxError) as error:
        raise MediaError(f"ffmpeg put out no picture: {error}") from error


def _read(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=["PPM"]) as image:
        picture: Image.Image = image.convert("RGB")
    return picture


def encode(picture: Image.Image, width: int) -> bytes:
    """WebP of a picture, fitted into a square box; never enlarged."""
    fitted = picture.copy()
    fitted.thumbnail((width, width), Image.Resampling.LANCZOS)
    with io.BytesIO() as buffer:
        fitted.save(buffer, "WEBP", quality=80, method=4)
        return buffer.getvalue()
