"""Storyboards as pages need them: one picture with tiles from all over a film, and a WebVTT index of it.

Imported by the web process: nothing here may load an image library or start a program.
"""

import math
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from django.urls import reverse

from thumbnails import shelf
from thumbnails.models import Storyboard

ENDINGS = ("webp", "vtt")


class Layout(NamedTuple):
    """How the tiles lie in the picture: row by row, each of the same size, at equal intervals of time."""

    tiles: int
    columns: int
    tile_width: int
    """Pixels."""
    tile_height: int
    interval: float
    """Seconds that a tile stands for: the n-th, from 0, for those from n * interval."""

    @property
    def rows(self) -> int:
        """The last of them may be shorter."""
        return math.ceil(self.tiles / self.columns)

    def place_of(self, tile: int) -> tuple[int, int]:
        """The left upper corner of a tile, in pixels."""
        row, column = divmod(tile, self.columns)
        return column * self.tile_width, row * self.tile_height


class Sheet(NamedTuple):
    """A storyboard as it was drawn."""

    picture: bytes
    """WebP."""
    layout: Layout
    duration: float
    """Seconds of the film."""


class Shown(NamedTuple):
    """A storyboard's addresses, which change with its content."""

    picture_url: str
    index_url: str
    """WebVTT whose cues are `<picture>#xywh=…`."""
    layout: Layout


def for_videos(video_ids: Sequence[int]) -> dict[int, Shown]:
    """The storyboards of those videos that have one, by id; one query."""
    found = Storyboard.objects.drawn_of(video_ids)
    return {storyboard.pk: Shown(*addresses_of(storyboard.digest), layout_of(storyboard)) for storyboard in found}


def addresses_of(digest: str) -> tuple[str, str]:
    """Of the picture and of its index."""
    picture, index = (reverse("storyboard", args=[digest, ending]) for ending in ENDINGS)
    return picture, index


def layout_of(storyboard: Storyboard) -> Layout:
    """As the table has it."""
    return Layout(*(getattr(storyboard, name) for name in Layout._fields))


def name_of(digest: str, ending: str) -> str:
    """A file's name, on the disk and at the end of its address."""
    return f"{digest}.{ending}"


def path_of(digest: str, ending: str) -> Path:
    """Where a file lies."""
    return shelf.path_of(name_of(digest, ending))


def store(sheet: Sheet) -> str:
    """Write a storyboard and its index; returns its digest. Raises OSError."""
    digest = blake2b(sheet.picture + index("", sheet.layout, sheet.duration).encode(), digest_size=16).hexdigest()
    picture = name_of(digest, "webp")
    shelf.put(picture, sheet.picture)
    shelf.put(name_of(digest, "vtt"), index(picture, sheet.layout, sheet.duration).encode())
    return digest


def index(picture: str, layout: Layout, duration: float) -> str:
    """WebVTT: for each tile the time that it stands for, and its place in the picture, which lies beside the index."""
    size = f"{layout.tile_width},{layout.tile_height}"
    cues = ["WEBVTT"]
    for tile in range(layout.tiles):
        start, end = tile * layout.interval, min((tile + 1) * layout.interval, duration)
        left, top = layout.place_of(tile)
        cues.append(f"{_clock(start)} --> {_clock(end)}\n{picture}#xywh={left},{top},{size}")
    return "\n\n".join(cues) + "\n"


def _clock(seconds: float) -> str:
    """hh:mm:ss.ttt, as https://www.w3.org/TR/webvtt1/#webvtt-timestamp has it."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"


def forget_lost() -> None:
    """Let every video whose storyboard has vanished from the disk wait for another."""
    digests = Storyboard.objects.all_digests()  # first: what is drawn meanwhile must not look lost
    there = shelf.names()
    Storyboard.objects.forget_lost([pk for pk, digest in digests.items() if not files_of([digest]) <= there])


def all_files() -> set[str]:
    """The names of the files of all storyboards."""
    return files_of(Storyboard.objects.all_digests().values())


def files_of(digests: Iterable[str]) -> set[str]:
    """The names of the files of some."""
    return {name_of(digest, ending) for digest in digests for ending in ENDINGS}
