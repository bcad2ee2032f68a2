"""What a media file says about itself: the text that ffmpeg prints, read by moviepy's parser."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from library.media import MediaFacts
from thumbnails import ffmpeg
from thumbnails.ffmpeg import MediaError

MOST_CHAPTERS = 1000
MOST_LETTERS = 200
"""Of a chapter's name."""

LONGEST_LINE = 2000
"""Of its characters that are read: moviepy's patterns try each place of a line with all that follows."""

TIME_LIMIT = 60.0
"""Seconds: a sleeping disk takes ten to wake."""


def probe(path: Path) -> MediaFacts:
    """The facts of a media file. Raises MediaError for a file with neither picture nor sound."""
    facts = parse(ffmpeg.describe(path, time_limit=TIME_LIMIT))
    if not (facts.video_codec or facts.audio_codec or facts.width):
        raise MediaError("no video stream")
    if facts.duration is None and facts.video_codec:
        facts = facts._replace(duration=measure_duration(path))
    return facts


def measure_duration(path: Path) -> float | None:
    """Seconds of a file that doesn't state them, such as a browser's recording: read to its end, decode nothing."""
    copy = ["-map", "0:V:0", "-c", "copy", "-f", "null", "-progress", "pipe:1", "-"]
    try:
        progress = ffmpeg.run([*ffmpeg.reading(path), *copy], reads=path, time_limit=TIME_LIMIT)
    except MediaError:
        return None
    times = re.findall(rb"^out_time_us=(\d+)$", progress, re.MULTILINE)
    return int(times[-1]) / 1e6 or None if times else None


def parse(text: str) -> MediaFacts:
    """Facts from the text of `ffmpeg -i`; a cover picture doesn't count as video."""
    lines = [line[:LONGEST_LINE] for line in text.split("\n")]
    container = re.search(r"^Input #0, (.+?), from '", text, re.MULTILINE)
    video = _first(lines, "Video: ", without="(attached pic)")
    audio = _first(lines, "Audio: ")
    found = _moviepy_reads(lines, video)
    width, height = _shown_size(video, found.get("video_size"), _rotation(lines, video))
    return MediaFacts(
        duration=found.get("duration") or None,
        width=width,
        height=height,
        video_codec=_codec(video, "Video"),
        audio_codec=_codec(audio, "Audio"),
        container=container[1][:80] if container else "",
        frame_rate=found.get("video_fps") or None,
        bitrate=(found.get("bitrate") or 0) * 1000 or None,
        chapters=_chapters(lines),
    )


def _chapters(lines: list[str]) -> tuple[tuple[float, str], ...]:
    """The chapters, each with its title or its number; one alone divides nothing."""
    found: list[tuple[float, str]] = []
    for line in lines:
        if match := re.match(r" +Chapter #\d+:\d+: start (-?\d+\.\d+), end ", line):
            found.append((max(float(match[1]), 0.0), f"Chapter {len(found) + 1}"))
        elif line.startswith("  Stream #"):
            break
        elif found and (match := re.match(r" +title +: (.+)", line)):
            found[-1] = found[-1][0], _printable(match[1]) or found[-1][1]
    return tuple(sorted(set(found))[:MOST_CHAPTERS]) if len(found) > 1 else ()


def _printable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MOST_LETTERS]


def _first(lines: list[str], kind: str, without: str = "\0") -> str:
    """The line of the first stream of a kind; "" if there is none."""
    streams = (line for line in lines if re.match(r"  Stream #0:", line))
    return next((line for line in streams if kind in line and without not in line), "")


def _codec(stream: str, kind: str) -> str:
    match = re.search(rf"{kind}: (\w+)", stream)
    return match[1][:40] if match and match[1] != "none" else ""


def _moviepy_reads(lines: list[str], video: str) -> dict[str, Any]:
    """moviepy's findings in the lines that matter.

    Its parser raises on streams of other kinds, on files without streams and on tags of several lines, so it gets none
    of them; on what is left it can still raise, for a stream whose decoder found no frame rate.
    """
    from moviepy.video.io.ffmpeg_reader import FFmpegInfosParser

    duration = next((line for line in lines if line.startswith("  Duration: ")), "")
    known = re.match(r"  Duration: \d", duration) is not None
    kept = [line for line in ("Input #0", duration, video) if line]
    for chosen in (kept, kept[:2]):
        parser = FFmpegInfosParser("\n".join(["", *chosen]), "", check_duration=known)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return dict(parser.parse())
            except (OSError, AttributeError, TypeError, ValueError, KeyError, IndexError):
                found: dict[str, Any] = dict(parser.result)
    return found


def _rotation(lines: list[str], video: str) -> float:
    """Degrees by which players turn the video, from the lines below its stream's; moviepy knows only the wording of
    ffmpeg 7.
    """
    after = lines[lines.index(video) + 1 :] if video else []
    for line in takewhile(lambda line: line.startswith("    "), after):
        if match := re.match(r" +display ?matrix: rotation of (-?[0-9.]+) degrees", line, re.IGNORECASE):
            return float(match[1])
    return 0.0


def _shown_size(video: str, stored: Sequence[int] | None, rotation: float) -> tuple[int | None, int | None]:
    """Pixels as a player shows them: the stored size, stretched by the pixel aspect, then turned."""
    width, height = stored or (0, 0)
    if not (width and height):
        return None, None
    aspect = re.search(r"\[SAR (\d{1,10}):(\d{1,10}) ", video)
    if aspect and int(aspect[1]) and int(aspect[2]):
        width = max(round(width * int(aspect[1]) / int(aspect[2])), 1)
    turned = round(abs(rotation)) % 180 == 90
    return (height, width) if turned else (width, height)
