"""manage.py make_thumbnails"""

import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from library.management.console import print_lines, print_table, tracker
from thumbnails import ffmpeg


class Command(BaseCommand):
    """Draw what is missing, now."""

    help = (
        "Probes the files, draws posters, converts subtitles, and draws storyboards, where they are missing. A file "
        "that fails stops no other."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="All of them, also those done or given up.")

    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        from thumbnails.making import make_missing, make_missing_storyboards, make_missing_subtitles

        try:
            with stopped_by_signals():
                reports = {
                    "posters": make_missing(tracker(), force=force),
                    "subtitles": make_missing_subtitles(tracker(), force=force),
                    "storyboards": make_missing_storyboards(tracker(), force=force),
                }
        except ffmpeg.Stopped:
            raise CommandError("Stopped. The next run goes on from here.", returncode=130) from None
        rows = [(kind, report.made, len(report.failed), report.skipped) for kind, report in reports.items()]
        print_table(self.stdout, "Pictures", ("", "made", "failed", "skipped"), rows)
        for kind, report in reports.items():
            lines = (f"{path}: {'; '.join(reason.splitlines())}" for path, reason in report.failed)
            print_lines(self.stdout, f"Failed {kind}", lines)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let the first SIGINT or SIGTERM end the work by Stopped, which costs the film at hand no attempt; a second one
    does what it ever did.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        restore()
        ffmpeg.stop()

    def restore() -> None:
        for each, handler in before.items():
            signal.signal(each, handler)

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each in before:
        signal.signal(each, stop)
    try:
        yield
    finally:
        restore()
