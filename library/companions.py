"""Which subtitle files of a folder belong to which of its videos: by name, as Kodi and Jellyfin have it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import NamedTuple

from library import naming

MOST = 64
"""Subtitle files of one video; what comes later by name is left out."""


class Companion(NamedTuple):
    """A subtitle file beside a video."""

    name: str
    """As stored, without its folder."""
    size: int
    modified_ns: int


def companions_of(videos: Iterable[str], subtitles: Mapping[str, tuple[int, int]]) -> dict[str, list[Companion]]:
    """{name of a video: its subtitle files by name}, of the names in one folder; those have their size and time.

    A subtitle file belongs to the videos whose stem, ignoring case, its own begins with: all of it, or all before a
    dot. Of several stems the longest counts: `film.2.en.srt` is that of `film.2.mp4`.
    """
    by_stem = defaultdict(list)
    for video in videos:
        by_stem[naming.case_key(_stem(video))].append(video)
    found: dict[str, list[Companion]] = defaultdict(list)
    for name in sorted(subtitles):
        for video in by_stem.get(_longest(naming.case_key(_stem(name)), by_stem), ()):
            if len(found[video]) < MOST:
                found[video].append(Companion(name, *subtitles[name]))
    return found


def rest_of(name: str, video: str) -> str:
    """What a subtitle file's name says beside the stem that it shares with its video: "en.forced", or ""."""
    folded, stem = naming.case_key(_stem(name)), naming.case_key(_stem(video))
    words = folded.removeprefix(stem).count(".")
    return ".".join(_stem(name).split(".")[-words:]).strip(".") if words else ""


def signature(files: Iterable[Companion]) -> str:
    """What changes with any of the files; "" for none."""
    told = repr([tuple(file) for file in files])
    return blake2b(told.encode(), digest_size=16).hexdigest() if told != "[]" else ""


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _longest(key: str, stems: Mapping[str, object]) -> str:
    """The key itself or what it has before one of its dots, whichever is a stem; "" for none."""
    while key and key not in stems:
        key = key.rpartition(".")[0]
    return key
