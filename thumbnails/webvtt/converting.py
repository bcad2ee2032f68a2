"""The way from a file of subtitles to WebVTT."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from thumbnails.webvtt import substation, timed_text
from thumbnails.webvtt.cues import write
from thumbnails.webvtt.decoding import decode

MOST_BYTES = 16 << 20
"""Of a file that is read; those of long films, with fonts in them, have some MB."""

MOST_CUES = 50_000


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
    if substation.is_substation(text):
        cues = substation.read(text)
    else:
        cues = timed_text.read(text, webvtt=text.lstrip("\ufeff \t\r\n").startswith("WEBVTT"))
    kept = list(islice(cues, MOST_CUES + 1))
    if len(kept) > MOST_CUES:
        return _nothing(f"It has more than {MOST_CUES:,} cues.")
    ordered = sorted(dict.fromkeys(kept), key=lambda cue: (cue.start, cue.end))
    return Conversion(write(ordered), len(ordered), "" if ordered else "No subtitles were found in it.")


def _nothing(problem: str) -> Conversion:
    return Conversion(write([]), 0, problem)
