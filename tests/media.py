"""Small real media files, drawn by the ffmpeg that we ship. Times are seconds."""

from __future__ import annotations

import subprocess
from pathlib import Path

from thumbnails import ffmpeg

SCENE = "testsrc2=size={size}:rate={rate}:duration={duration}"
"""A picture full of colours and detail."""

BLACK = "color=black:size={size}:rate={rate}:duration={duration}"
TITLE_CARD = "color=0x102040:size={size}:rate={rate}:duration={duration},drawbox=x=100:y=80:w=120:h=16:c=white:t=fill"
"""Few colours, most of it one of them."""

TONE = "sine=frequency=330:duration={duration}"


def make_video(
    path: Path,
    *,
    source: str = SCENE,
    size: str = "320x180",
    duration: float = 1.0,
    rate: int = 10,
    sound: bool = False,
    options: tuple[str, ...] = (),
) -> Path:
    """A video file whose container follows from its name; `options` are ffmpeg's for the output."""
    values = {"size": size, "duration": duration, "rate": rate}
    inputs = ["-f", "lavfi", "-i", source.format(**values)]
    if sound:
        inputs += ["-f", "lavfi", "-i", TONE.format(**values)]
    return encode(path, *inputs, "-pix_fmt", "yuv420p", *options)


def make_sequence(
    path: Path,
    *scenes: str,
    each: float = 1.0,
    size: str = "320x180",
    rate: int = 10,
    options: tuple[str, ...] = (),
) -> Path:
    """One video that shows several sources, one after the other."""
    inputs: list[str] = []
    for scene in scenes:
        inputs += ["-f", "lavfi", "-i", scene.format(size=size, duration=each, rate=rate)]
    joined = f"concat=n={len(scenes)}:v=1:a=0,format=yuv420p"
    return encode(path, *inputs, "-filter_complex", joined, *options)


def make_audio(path: Path, *, duration: float = 1.0) -> Path:
    """A file of the video family with nothing but sound in it."""
    return encode(path, "-f", "lavfi", "-i", TONE.format(duration=duration), "-c:a", "aac")


def encode(path: Path, *arguments: str) -> Path:
    """Run ffmpeg with those arguments and the file as its output."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [ffmpeg.binary(), "-v", "error", "-nostdin", *arguments, "-y", f"file:{path}"]
    subprocess.run(command, stdin=subprocess.DEVNULL, timeout=60, check=True)
    return path
