"""manage.py watch_videos"""

import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from library.legacy import printable
from library.management.console import migrate
from library.scanning import ScanReport
from library.watching import Watcher

RESCAN_MINUTES = 15.0


def minutes(text: str) -> float:
    """A time in minutes, a second at least."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 1 / 60 <= value <= 100_000:
        raise ArgumentTypeError(f"{text!r} is not a number of minutes")
    return value


class Command(BaseCommand):
    """Keep the library in line with its folders until told to stop."""

    help = "Notices new, changed and removed files by itself; `serve` runs this."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rescan", type=minutes, default=RESCAN_MINUTES, metavar="MINUTES",
            help="how often to read everything, for what no drive announced (default: %(default)s)",
        )  # fmt: skip

    def handle(self, *args: Any, rescan: float, verbosity: int, **options: Any) -> None:
        migrate()
        stop = Event()

        def end(*_: object) -> None:
            """Also in the middle of a scan: the next one goes on. An exception may get lost, as in a callback."""
            stop.set()
            sys.exit(0)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        self.known_problems: list[str] = []
        Watcher(self._tell if verbosity else lambda report: None, rescan * 60).run(stop)

    def _tell(self, report: ScanReport) -> None:
        """One line for a scan that found anything, and each problem once."""
        counts = {
            "added": report.added, "changed": report.changed, "moved": report.moved, "missing": report.missing,
            "back": report.returned, "still being written": len(report.growing),
        }  # fmt: skip
        news = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        if news:
            self.stdout.write(news)
        for problem in report.problems:
            if problem not in self.known_problems:
                self.stdout.write(printable(problem, 1000))
        self.known_problems = report.problems
        self.stdout.flush()
