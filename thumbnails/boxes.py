"""Where a film of the MP4 family keeps its index: ISO/IEC 14496-12, section 4.2. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple

ENDINGS = (".mp4", ".m4v", ".mov")
MOST_BOXES = 1000
"""Of the top level; whole films have a handful, and those that were cut into fragments begin with their index."""


HEAD = 1 << 20
"""Bytes of a file's beginning that players fetch at once: an index that begins in these is soon there."""


class Box(NamedTuple):
    """A box of the top level."""

    kind: bytes
    """Four letters."""
    place: int
    """Bytes before it."""


def index_at_end(file: IO[bytes]) -> bool:
    """Whether the index (`moov`) lies behind the film itself (`mdat`), so that players fetch the file's end first.

    False for whatever is no such film. Reads some headers of 16 bytes. Raises nothing but the file's OSError.
    """
    film_came = False
    for box in boxes(file):
        if box.kind == b"moov":
            return film_came and box.place > HEAD
        film_came = film_came or box.kind == b"mdat"
    return False


def boxes(file: IO[bytes]) -> Iterator[Box]:
    """The boxes of the top level, up to the first that can't be one; each begins within the file."""
    end, place = file.seek(0, 2), 0
    for _ in range(MOST_BOXES):
        file.seek(place)
        header = file.read(16)
        size, head = int.from_bytes(header[:4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(header[8:16], "big"), 16
        elif size == 0:  # all that is left
            size = end - place
        if len(header) < head or size < head:
            return
        yield Box(header[4:8], place)
        place += size
        if place >= end:
            return
