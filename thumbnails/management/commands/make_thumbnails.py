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
    """Draw the posters that are missing, now."""

    help = "Probes the files and draws the posters that are still missing. A file that fails doesn't stop the rest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="All of them, also those done or given up.")

    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        from thumbnails.making import make_missing

        try:
            with stopped_by_signals():
                report = make_missing(tracker(), force=force)
        except ffmpeg.Stopped:
            raise CommandError("Stopped. The next run goes on from here.", returncode=130) from None
        row = (report.made, len(report.failed), report.skipped)
        print_table(self.stdout, "Posters", ("made", "failed", "skipped"), [row])
        lines = (f"{path}: {'; '.join(reason.splitlines())}" for path, reason in report.failed)
        print_lines(self.stdout, "Failed", lines)


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
