"""The subtitles of one video: those in files beside it, and those inside it, as WebVTT on the shelf."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from math import ceil
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from library import companions, legacy, naming, roots
from library.companions import Companion
from library.models import SubtitleFiles, Video
from thumbnails import ffmpeg, subtitles
from thumbnails.ffmpeg import MediaError
from thumbnails.languages import Spoken, spoken
from thumbnails.subtitles import Found, Track
from thumbnails.webvtt.converting import MOST_BYTES, convert

DESCRIBE_LIMIT = 60.0
EXTRACT_LIMIT = 600.0
"""Seconds: where a container has no index, all of a film is read."""

MOST_STREAMS = 64
LONGEST_NAME = 120

_WRITTEN_AS = {
    "ass": ("copy", "ass"),
    "ssa": ("copy", "ass"),
    "subrip": ("copy", "srt"),
    "srt": ("copy", "srt"),
    "webvtt": ("copy", "webvtt"),
    "mov_text": ("srt", "srt"),
    "text": ("srt", "srt"),
}
"""By the codec of a text: ffmpeg's encoder and format for a file that keeps the most of it."""


class Stream(NamedTuple):
    """Subtitles inside a media file."""

    number: int
    codec: str
    spoken: Spoken


def find(video: Video, path: Path) -> Found:
    """All subtitles of a video whose file lies at that path, converted and stored. Raises OSError."""
    found = Found([], [])
    row = SubtitleFiles.objects.of(video.pk)
    for companion in row.companions() if row else []:
        _add_companion(found, video, companion)
    _add_streams(found, video, path)
    return found._replace(tracks=_told_apart(found.tracks))


def streams_in(description: str) -> list[Stream]:
    """The subtitle streams of a file, from the text of `ffmpeg -i`."""
    lines = description.split("\n")
    streams = []
    for place, line in enumerate(lines):
        match = re.match(r"  Stream #0:(\d+)(?:\[\w+\])?(?:\(([^)]*)\))?: Subtitle: (\w+)(.*)", line)
        if match:
            below = takewhile(lambda line: line.startswith("    "), lines[place + 1 :])
            titles = (re.match(r" +title +: (.*)", told) for told in below)
            title = next((found[1].strip() for found in titles if found), "")
            marks = {"(forced)": "forced", "(hearing impaired)": "sdh"}
            words = [match[2] or "", *(word for mark, word in marks.items() if mark in match[4])]
            streams.append(Stream(int(match[1]), match[3], spoken(".".join(words), title)))
    return streams[:MOST_STREAMS]


def _add_companion(found: Found, video: Video, companion: Companion) -> None:
    """Convert one file beside a video, or say why not. Raises OSError where it changes meanwhile."""
    name = companion.name
    known = spoken(companions.rest_of(name, naming.base_name(video.path)))
    try:
        content = _content(f"{video.path.rpartition('/')[0]}/{name}".lstrip("/"))
    except roots.FileUnavailableError:
        roots.readable_file(video.path)  # else the disk is away, with all that lies on it
        found.remarks.append(f"{legacy.printable(name, LONGEST_NAME)}: It can't be read.")
        return
    _add(found, content, known, legacy.printable(name, LONGEST_NAME))


def _add(found: Found, content: bytes, known: Spoken, called: str) -> None:
    conversion = convert(content, known.language)
    if conversion.problem:
        found.remarks.append(f"{called}: {conversion.problem}")
    else:
        found.tracks.append(Track(subtitles.store(conversion.webvtt), known.language, known.label))


def _content(path: str) -> bytes:
    """The bytes of a file, one more than are read at most. Raises OSError."""
    with os.fdopen(roots.open_file(path), "rb") as file:
        before = os.fstat(file.fileno())
        content = file.read(MOST_BYTES + 1)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise OSError(f"{path} changed while it was read")
    return content


def _add_streams(found: Found, video: Video, path: Path) -> None:
    """Convert the texts inside a media file; of pictures only tell. Raises OSError where its disk is away."""
    try:
        streams = streams_in(ffmpeg.describe(path, time_limit=DESCRIBE_LIMIT))
    except MediaError:
        roots.readable_file(video.path)
        return  # whoever draws its poster says why
    texts = [stream for stream in streams if stream.codec in _WRITTEN_AS]
    if texts:
        with _empty(settings.DATA_DIR / f"subtitles-of-{video.pk}") as folder:
            problems = _extract_each(texts, video, path, folder)
            for stream in texts:
                if stream in problems:
                    found.remarks.append(f"{stream.spoken.label}: It can't be read: {problems[stream]}")
                else:
                    _add(found, (folder / str(stream.number)).read_bytes(), stream.spoken, stream.spoken.label)
    found.remarks.extend(
        f"{stream.spoken.label}: They are pictures, which can't be shown here."
        for stream in streams
        if stream.codec not in _WRITTEN_AS
    )


def _extract_each(streams: Sequence[Stream], video: Video, path: Path, folder: Path) -> dict[Stream, str]:
    """Extract streams all in one pass or, where that fails, each alone; returns those that are bad, and why.

    Raises OSError where the disk is away.
    """
    deadline = time.monotonic() + EXTRACT_LIMIT
    problem = _problem_with(streams, video, path, folder, EXTRACT_LIMIT)
    problems = {}
    for stream in streams if problem else ():
        left = ceil(deadline - time.monotonic())
        if alone := _problem_with([stream], video, path, folder, left) if left > 0 else problem:
            problems[stream] = alone
    return problems


def _problem_with(streams: Sequence[Stream], video: Video, path: Path, folder: Path, limit: float) -> str:
    """Write streams into files of a folder that are named by their numbers; returns what went wrong, or "".

    Raises OSError where the disk is away.
    """
    outputs: list[str] = []
    places = [folder / str(stream.number) for stream in streams]
    for stream, place in zip(streams, places, strict=True):
        encoder, container = _WRITTEN_AS[stream.codec]
        outputs += ["-map", f"0:{stream.number}", "-c:s", encoder, "-f", container, "-y", f"file:{place}"]
    try:
        ffmpeg.run(
            [*ffmpeg.reading(path), *outputs],
            reads=path,
            writes=places,
            time_limit=limit,
            may_write=MOST_BYTES + 1,
        )
    except MediaError as error:
        roots.readable_file(video.path)
        return str(error).splitlines()[-1]
    return ""


@contextmanager
def _empty(folder: Path) -> Iterator[Path]:
    """A folder for the block, without what a killed worker left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told_apart(tracks: Sequence[Track]) -> list[Track]:
    """Tracks with labels of their own: "English", "English 2"; those with the same content once."""
    seen: Counter[str] = Counter()
    once: dict[str, Track] = {}
    for track in tracks:
        if track.digest not in once:
            seen[track.label] += 1
            number = f" {seen[track.label]}" if seen[track.label] > 1 else ""
            once[track.digest] = track._replace(label=f"{track.label}{number}")
    return list(once.values())
