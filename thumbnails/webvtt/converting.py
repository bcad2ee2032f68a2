"""The way from a file of subtitles to WebVTT."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from thumbnails.webvtt import substation, timed_text
from thumbnails.webvtt.cues import lines_of, write
from thumbnails.webvtt.decoding import decode

MOST_BYTES = 16 << 20
"""Of a file that is read; those of long films, with fonts in them, have some MB."""

MOST_CUES = 50_000

TIME_LIMIT = 60.0
"""Seconds of reading; the longest films take one or two."""


class Conversion(NamedTuple):
    """What became of a file."""

    webvtt: str
    cues: int
    problem: str = ""
    """Why there are none: a sentence."""


def convert(content: bytes, language: str = "") -> Conversion:
    """Any bytes as WebVTT: cues in the order of their times, each once. The language, where known, helps to decode."""
    if len(content) > MOST_BYTES:
        return _nothing(f"It is larger than {MOST_BYTES >> 20} MB.")
    if not content.strip():
        return _nothing("It is empty.")
    text = decode(content, language)
    lines = _in_time(lines_of(text))
    if substation.is_substation(text):
        cues = substation.read(lines)
    else:
        cues = timed_text.read(lines, webvtt=text.lstrip("\ufeff \t\r\n").startswith("WEBVTT"))
    try:
        kept = list(islice(cues, MOST_CUES + 1))
    except TimeoutError:
        return _nothing(f"It takes longer than {TIME_LIMIT:g} seconds to read.")
    if len(kept) > MOST_CUES:
        return _nothing(f"It has more than {MOST_CUES:,} cues.")
    ordered = sorted(dict.fromkeys(kept), key=lambda cue: (cue.start, cue.end))
    return Conversion(write(ordered), len(ordered), "" if ordered else "No subtitles were found in it.")


def _in_time(lines: Iterable[str]) -> Iterator[str]:
    """Lines until the time is up. Raises TimeoutError then."""
    deadline = time.monotonic() + TIME_LIMIT
    for line in lines:
        if time.monotonic() >= deadline:
            raise TimeoutError
        yield line


def _nothing(problem: str) -> Conversion:
    return Conversion(write([]), 0, problem)
