"""The whole work on one file, and on all that still lack it: first its poster, later its storyboard."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from django.db import OperationalError, transaction

from library.media import MediaFacts
from library.models import Video
from library.progress import Track, silent
from library.roots import open_file, readable_file
from thumbnails import boxes, captioning, posters, probing, rendering, repairing, shelf, storyboards, subtitles, tiling
from thumbnails.claiming import alone_with
from thumbnails.ffmpeg import MediaError, Stopped, readable
from thumbnails.models import MAX_ATTEMPTS, FastStart, MediaWork, Storyboard, Subtitles, Work
from thumbnails.querysets import (
    videos_awaiting_fast_start,
    videos_unfinished_newest_first,
    videos_without_storyboard,
    videos_without_storyboard_newest_first,
    videos_without_subtitles,
    videos_without_subtitles_newest_first,
)

logger = logging.getLogger(__name__)

Record = Callable[[Any], None]
"""What notes in a row of the work how that went."""


class Outcome(NamedTuple):
    """What came of one attempt."""

    path: str = ""
    made: bool = False
    error: str = ""
    """Empty when it was made, or when there was nothing to do."""
    attempts_left: int = 0
    """More than 0 where another attempt is worth its while after a delay."""
    postponed: bool = False
    """Whether it waits for a better day: that it couldn't be made was not the file's fault."""
    busy: bool = False
    """Whether another process is at work on the same file."""


@dataclass
class Report:
    """What became of the files that lacked their work."""

    made: int = 0
    skipped: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """(path, reason)"""


def make_missing(track: Track = silent, *, force: bool = False) -> Report:
    """Probe files and draw posters, where they are missing; by force also what was done before or given up."""
    if force:
        MediaWork.objects.start_all_over()
    posters.forget_lost()
    return _make(attempt, videos_unfinished_newest_first(), "Posters", track)


def make_missing_storyboards(track: Track = silent, *, force: bool = False) -> Report:
    """The same for the storyboards of all that have a poster."""
    if force:
        Storyboard.objects.start_all_over()
    storyboards.forget_lost()
    return _make(attempt_storyboard, videos_without_storyboard_newest_first(), "Storyboards", track)


def make_missing_subtitles(track: Track = silent, *, force: bool = False) -> Report:
    """Convert subtitles, where that is missing; by force all anew."""
    if force:
        Subtitles.objects.start_all_over()
    subtitles.forget_lost()
    return _make(attempt_subtitles, videos_without_subtitles_newest_first(), "Subtitles", track)


def _make(one: Callable[[int], Outcome], chosen: Sequence[int], description: str, track: Track) -> Report:
    report = Report(skipped=Video.objects.present().count() - len(chosen))
    for video_id in track(chosen, description, len(chosen)):
        outcome = one(video_id)
        report.made += outcome.made
        if outcome.error:
            report.failed.append((outcome.path, outcome.error))
        elif not outcome.made:
            report.skipped += 1
    shelf.sweep(posters.all_files() | storyboards.all_files() | subtitles.all_files())
    return report


def attempt(video_id: int) -> Outcome:
    """One attempt to probe a video's file and to draw its poster, unless that is done, given up or gone, or another
    process is at it. Never raises for a bad file.

    Told to stop, it gives the attempt back and lets Stopped, or KeyboardInterrupt, through.
    """
    return _attempt(video_id, MediaWork, _make_poster)


def attempt_storyboard(video_id: int) -> Outcome:
    """One attempt to draw a storyboard, under the same rules; the poster comes first."""
    if not videos_without_storyboard([video_id]):
        return Outcome()
    return _attempt(video_id, Storyboard, _make_storyboard)


def attempt_subtitles(video_id: int) -> Outcome:
    """One attempt to convert subtitles, under the same rules."""
    if not videos_without_subtitles([video_id]):
        return Outcome()
    return _attempt(video_id, Subtitles, _make_subtitles)


def attempt_fast_start(video_id: int) -> Outcome:
    """One attempt to make the copy that somebody asked for, under the same rules."""
    if not videos_awaiting_fast_start([video_id]):
        return Outcome()
    return _attempt(video_id, FastStart, _make_fast_start)


def look_at_starts(video_ids: Sequence[int]) -> None:
    """Note of some videos where their index lies; those whose disk is away wait for another day."""
    found = {}
    for video in Video.objects.present().among(video_ids):
        with suppress(OSError):
            found[video.pk] = _starts_late(video)
    MediaWork.objects.note_start(found)


def _attempt(video_id: int, kind: type[Work], make: Callable[[Video], Record]) -> Outcome:
    with alone_with(video_id, kind.LOCK) as alone:
        if not alone:
            return Outcome(busy=True)
        video = _begin(video_id, kind)
        return _go_through(video, kind, make) if video else Outcome()


def _go_through(video: Video, kind: type[Work], make: Callable[[Video], Record]) -> Outcome:
    """An attempt that has begun, to its end."""
    try:
        with _told_from_the_disk(video):
            record = make(video)
    except MediaError as error:
        reason = str(error)
        return _end(video, kind, lambda work: work.note_failure(reason), reason)
    except (OSError, OperationalError) as error:
        # A drive that is away, a full disk or a locked database says nothing of the file: the next rescan asks again.
        reason = getattr(error, "strerror", None) or str(error)
        outcome = _end(video, kind, lambda work: work.postpone(reason), reason)
        return outcome._replace(attempts_left=0, postponed=True)
    except Exception as error:  # whatever a strange file brings about, the others must get their turn
        logger.exception("The work on %r failed unexpectedly", video.path)
        reason = readable(f"{type(error).__name__}: {error}")
        return _end(video, kind, lambda work: work.note_failure(reason), reason)
    except (Stopped, KeyboardInterrupt):
        _end(video, kind, lambda work: work.postpone("Stopped before it was done."), "")
        raise
    return _end(video, kind, record, "")


@contextmanager
def _told_from_the_disk(video: Video) -> Iterator[None]:
    """What ffmpeg calls the file's fault is the disk's where that is away by now: then OSError is raised instead."""
    try:
        yield
    except MediaError:
        readable_file(video.path)
        raise


def _make_poster(video: Video) -> Record:
    """Probe a file, keep the facts, draw its poster.

    The facts stay even when no poster can be drawn. Raises MediaError for a bad file, OSError for a bad disk.
    """
    path = readable_file(video.path)
    facts = probing.probe(path)
    _record(video, facts)
    late = _starts_late(video)
    digest = posters.store(rendering.draw(path, facts))
    return lambda work: work.finish(digest, index_at_end=late)


def read_again(video_id: int) -> bool:
    """Keep the facts of a file that was read before its chapters were looked for; a bad file has none, so that nobody
    asks for it again and again.

    Returns whether that was to be done, and the disk let it.
    """
    video = Video.objects.present().unread([video_id]).first()
    if video is None:
        return False
    try:
        with _told_from_the_disk(video):
            _record(video, probing.probe(readable_file(video.path)))
    except (OSError, OperationalError):
        return False
    except Exception as error:
        if not isinstance(error, MediaError):
            logger.exception("The reading of %r failed unexpectedly", video.path)
        _record(video, _known(video)._replace(chapters=()))
    return True


def _known(video: Video) -> MediaFacts:
    return MediaFacts(**{name: getattr(video, name) for name in MediaFacts._fields})


def _record(video: Video, facts: MediaFacts) -> None:
    with transaction.atomic():
        current = Video.objects.select_for_update().filter(pk=video.pk).first()
        if current:
            current.record_media(facts)


def _make_storyboard(video: Video) -> Record:
    """Draw a storyboard by the facts that are known. Raises as for a poster."""
    sheet = tiling.draw(readable_file(video.path), _known(video))
    if sheet is None:
        return lambda work: work.finish("", {})
    digest, layout = storyboards.store(sheet), sheet.layout._asdict()
    return lambda work: work.finish(digest, layout)


def _make_subtitles(video: Video) -> Record:
    """Convert what lies beside a file and in it. What can't be read is told, and hinders nothing. Raises OSError."""
    found = captioning.find(video, readable_file(video.path)).as_json()
    digest = blake2b(repr(found).encode(), digest_size=16).hexdigest() if any(found.values()) else ""
    return lambda work: work.finish(digest, found)


def _make_fast_start(video: Video) -> Record:
    """Copy a film with its index in front. Raises as for a poster."""
    digest, size = repairing.copy_with_index_in_front(readable_file(video.path))
    return lambda work: work.finish(digest, size)


def _starts_late(video: Video) -> bool:
    """Whether the index of its file lies at the end. Raises OSError."""
    if not video.path.lower().endswith(boxes.ENDINGS):
        return False
    with os.fdopen(open_file(video.path), "rb") as file:
        return boxes.index_at_end(file)


def _begin(video_id: int, kind: type[Work]) -> Video | None:
    """The video, with an attempt counted for it; None when there is nothing to do."""
    with transaction.atomic():
        video = Video.objects.present().filter(pk=video_id).first()
        if video is None:
            return None
        work, _new = kind._default_manager.select_for_update().get_or_create(
            pk=video.pk, defaults={"size": video.size, "modified_ns": video.modified_ns}
        )
        if not work.is_about(video):
            work.start_over(video)
        if work.state != Work.State.PENDING:
            return None
        if work.attempts >= MAX_ATTEMPTS:
            work.note_failure("Each attempt ended the worker.")
            return None
        work.begin_attempt()
        return video


def _end(video: Video, kind: type[Work], record: Record, error: str) -> Outcome:
    """Record how it went, unless the file has changed meanwhile, or is forgotten."""
    with transaction.atomic():
        work = kind._default_manager.select_for_update().filter(pk=video.pk).first()
        if work is None or not work.is_about(video):
            return Outcome(video.path)
        record(work)
    left = MAX_ATTEMPTS - work.attempts if work.state == Work.State.PENDING else 0
    return Outcome(video.path, made=not error, error=error, attempts_left=left)
