"""The whole work on one file, and on all that still lack it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import OperationalError, transaction

from library.models import Video
from library.progress import Track, silent
from library.roots import locate, open_file
from thumbnails import posters, probing, rendering
from thumbnails.ffmpeg import MediaError, Stopped, readable
from thumbnails.models import MAX_ATTEMPTS, MediaWork
from thumbnails.querysets import videos_unfinished_newest_first

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What came of one attempt."""

    path: str = ""
    made: bool = False
    error: str = ""
    """Empty when it was made, or when there was nothing to do."""
    attempts_left: int = 0
    """More than 0 where another attempt is worth its while after a delay."""


@dataclass
class Report:
    """What became of the files that lacked their work."""

    made: int = 0
    skipped: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """(path, reason)"""


def make_missing(track: Track = silent, *, force: bool = False) -> Report:
    """Probe and draw whatever lacks it; by force also what was done before or given up."""
    if force:
        MediaWork.objects.start_all_over()
    posters.forget_lost()
    chosen = videos_unfinished_newest_first()
    report = Report(skipped=Video.objects.present().count() - len(chosen))
    for video_id in track(chosen, "Posters", len(chosen)):
        outcome = attempt(video_id)
        report.made += outcome.made
        if outcome.error:
            report.failed.append((outcome.path, outcome.error))
        elif not outcome.made:
            report.skipped += 1
    posters.sweep()
    return report


def attempt(video_id: int) -> Outcome:
    """One attempt at a video's file, unless it is done, given up or gone. Never raises for a bad file.

    Told to stop, it gives the attempt back and lets Stopped, or KeyboardInterrupt, through.
    """
    video = _begin(video_id)
    if video is None:
        return Outcome()
    try:
        digest = make(video)
    except MediaError as error:
        reason = str(error)
        return _end(video, lambda work: work.note_failure(reason), reason)
    except (OSError, OperationalError) as error:
        # A drive that is away, a full disk or a locked database says nothing of the file: the next rescan asks again.
        reason = getattr(error, "strerror", None) or str(error)
        return _end(video, lambda work: work.postpone(reason), reason)._replace(attempts_left=0)
    except Exception as error:  # whatever a strange file brings about, the others must get their turn
        logger.exception("The work on %r failed unexpectedly", video.path)
        reason = readable(f"{type(error).__name__}: {error}")
        return _end(video, lambda work: work.note_failure(reason), reason)
    except (Stopped, KeyboardInterrupt):
        _end(video, lambda work: work.postpone("Stopped before it was done."), "")
        raise
    return _end(video, lambda work: work.finish(digest), "")


def make(video: Video) -> str:
    """Probe a file, keep the facts, draw its poster; returns the poster's digest.

    The facts stay even when no poster can be drawn. Raises MediaError for a bad file, OSError for a bad disk.
    """
    path = locate(video.path)
    os.close(open_file(video.path))  # an unreadable file is the disk's fault: ffmpeg would call it the file's
    facts = probing.probe(path)
    with transaction.atomic():
        current = Video.objects.select_for_update().filter(pk=video.pk).first()
        if current:
            current.record_media(facts)
    return posters.store(rendering.draw(path, facts))


def _begin(video_id: int) -> Video | None:
    """The video, with an attempt counted for it; None when there is nothing to do."""
    with transaction.atomic():
        video = Video.objects.present().filter(pk=video_id).first()
        if video is None:
            return None
        work, _new = MediaWork.objects.select_for_update().get_or_create(
            video=video, defaults={"size": video.size, "modified_ns": video.modified_ns}
        )
        if not work.is_about(video):
            work.start_over(video)
        if work.state != MediaWork.State.PENDING:
            return None
        if work.attempts >= MAX_ATTEMPTS:
            work.note_failure("Each attempt ended the worker.")
            return None
        work.begin_attempt()
        return video


def _end(video: Video, record: Callable[[MediaWork], None], error: str) -> Outcome:
    """Record how it went, unless the file has changed meanwhile, or is forgotten."""
    with transaction.atomic():
        work = MediaWork.objects.select_for_update().filter(pk=video.pk).first()
        if work is None or not work.is_about(video):
            return Outcome(video.path)
        record(work)
    left = MAX_ATTEMPTS - work.attempts if work.state == MediaWork.State.PENDING else 0
    return Outcome(video.path, made=not error, error=error, attempts_left=left)
