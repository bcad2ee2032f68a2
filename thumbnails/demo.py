"""The demo collection: short clips that ffmpeg draws from nothing, and what a household might think of them.

fixtures/demo/clips.json has a filter graph for each, whose `[v]` is the picture; the legacy JSON files lie beside it.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from library.progress import Track, silent
from thumbnails import ffmpeg

LEGACY = ("tags.json", "ratings.json", "views.json", "favorites.json")
TIME_LIMIT = 120.0
LARGEST = 8 << 20
"""Bytes of one clip."""

FORMATS = {
    ".mp4": (
        "-f",
        "mp4",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "25",
        "-c:a",
        "aac",
        "-movflags",
        "+faststart",
    ),
    ".webm": (
        "-f",
        "webm",
        "-c:v",
        "libvpx-vp9",
        "-deadline",
        "realtime",
        "-cpu-used",
        "8",
        "-b:v",
        "700k",
        "-c:a",
        "libopus",
    ),
}


class Clip(NamedTuple):
    """One clip to draw."""

    name: str
    seconds: int
    rate: int
    """Frames per second."""
    tone: int
    """Hertz of the quiet chord beneath it."""
    days_ago: int
    """The age that its file is given, so that a collection has a history."""
    graph: list[str]


@dataclass
class Report:
    """Files made now, and files that were there."""

    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def fixtures() -> Path:
    """Where the demo is described."""
    return Path(settings.BASE_DIR) / "fixtures" / "demo"


def clips() -> list[Clip]:
    """The clips of the demo."""
    return [Clip(**entry) for entry in json.loads((fixtures() / "clips.json").read_text())["clips"]]


def make_demo(folder: Path, track: Track = silent) -> Report:
    """Fill a folder with what it lacks of the demo; no file is ever there by half. Raises MediaError, OSError."""
    report = Report()
    chosen = clips()
    for clip in track(chosen, "Demo clips", len(chosen)):
        _note(report, clip.name, draw(clip, folder / clip.name))
    for name in LEGACY:
        _note(report, name, copy(fixtures() / name, folder / name))
    return report


def _note(report: Report, name: str, made: bool) -> None:
    (report.made if made else report.kept).append(name)


def draw(clip: Clip, path: Path) -> bool:
    """Make one clip, unless it is there; returns whether it was made."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    chord = (
        f"sine=frequency={clip.tone},volume=0.1[low];sine=frequency={clip.tone * 1.5:g},volume=0.05[high];"
        f"[low][high]amix,tremolo=f=0.3:d=0.6,afade=d=1,afade=t=out:st={clip.seconds - 1}:d=1[a]"
    )
    arguments = ["-filter_complex", ";".join([*clip.graph, chord]), "-map", "[v]", "-map", "[a]"]
    arguments += ["-t", str(clip.seconds), "-r", str(clip.rate), *FORMATS[path.suffix], "-b:a", "48k"]
    ffmpeg.run([*arguments, "-y", f"file:{part}"], writes=[part], time_limit=TIME_LIMIT, may_write=LARGEST)
    then = time.time() - clip.days_ago * 86_400
    os.utime(part, (then, then))
    part.replace(path)
    return True


def copy(source: Path, path: Path) -> bool:
    """Copy a file, unless it is there; returns whether it was copied."""
    if path.exists():
        return False
    part = path.with_name(f"{path.name}.part")
    shutil.copyfile(source, part)
    part.replace(path)
    return True
