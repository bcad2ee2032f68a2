"""Subtitles as pages need them: which a video has, their addresses, their files.

Imported by the web process: nothing here may load what reads subtitles, or start a program.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from django.urls import reverse

from library.stage import Subtitles as Shown
from library.stage import SubtitleTrack
from thumbnails import shelf
from thumbnails.models import Subtitles

COLUMN = "subtitles__found"
"""From a video to what was found of subtitles; `of` makes them of it."""


class Track(NamedTuple):
    """Subtitles that were converted."""

    digest: str
    language: str
    """BCP 47; "und" where it is not known."""
    label: str


class Found(NamedTuple):
    """All that was found of a video."""

    tracks: list[Track]
    remarks: list[str]
    """What can't be shown, and why: sentences for people."""

    def as_json(self) -> dict[str, list[Any]]:
        """As the table has it."""
        return {"tracks": [list(track) for track in self.tracks], "remarks": self.remarks}


def from_json(held: dict[str, list[Any]] | None) -> Found:
    """The reverse."""
    if not held:
        return Found([], [])
    return Found([Track(*track) for track in held["tracks"]], held["remarks"])


def of(held: dict[str, list[Any]] | None) -> Shown:
    """What a page shows of a video's subtitles. No query."""
    found = from_json(held)
    tracks = (SubtitleTrack(address_of(digest), language, label) for digest, language, label in found.tracks)
    return Shown(tuple(tracks), tuple(found.remarks))


def address_of(digest: str) -> str:
    """Of a file."""
    return reverse("subtitles", args=[digest])


def name_of(digest: str) -> str:
    """A file's name, on the disk and at the end of its address."""
    return f"{digest}.vtt"


def path_of(digest: str) -> Path:
    """Where a file lies."""
    return shelf.path_of(name_of(digest))


def store(webvtt: str) -> str:
    """Write a file; returns its digest. Raises OSError."""
    content = webvtt.encode(errors="replace")
    digest = blake2b(content, digest_size=16).hexdigest()
    shelf.put(name_of(digest), content)
    return digest


def forget_lost() -> None:
    """Let every video of whose files one has vanished from the disk be converted anew."""
    digests = Subtitles.objects.all_tracks()  # first: what is written meanwhile must not look lost
    there = shelf.names()
    Subtitles.objects.forget_lost([pk for pk, held in digests.items() if not files_of(held) <= there])


def all_files() -> set[str]:
    """The names of the files of all videos."""
    return {name for held in Subtitles.objects.all_tracks().values() for name in files_of(held)}


def files_of(digests: Iterable[str]) -> set[str]:
    """The names of the files of some."""
    return {name_of(digest) for digest in digests}
