"""manage.py scan_videos"""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from library import exporting, legacy, pruning, scanning
from library.management.console import migrate, print_lines, print_table, tracker
from library.pruning import Lost
from library.scanning import ScanReport
from library.wording import counted


def day_count(text: str) -> int:
    """A whole number of days."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= pruning.MAX_DAYS):
        raise ArgumentTypeError(f"{text!r} is not a whole number of days, 0 to {pruning.MAX_DAYS}")
    return int(text)


class Command(BaseCommand):
    """Rescan the library folders."""

    help = "Brings the library in line with its folders. What is missing is marked, and keeps all that it has."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="mark what is missing even if most of a folder is")
        parser.add_argument(
            "--prune",
            type=day_count,
            metavar="DAYS",
            help="then forget the videos that are missing for more than DAYS days; shows them, and exports them first",
        )
        parser.add_argument("--yes", action="store_true", help="forget without asking")

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        report = scanning.scan(force=options["force"], track=tracker())
        self.show(report)
        if options["prune"] is not None:
            self.prune(options["prune"], report, agreed=options["yes"])

    def show(self, report: ScanReport) -> None:
        """The table at the end, and what was not as expected."""
        print_table(
            self.stdout,
            "Scan",
            ("added", "changed", "moved", "missing", "back", "unchanged"),
            [
                (
                    report.added, report.changed, report.moved,
                    report.missing, report.returned, report.unchanged,
                )
            ],
        )  # fmt: skip
        print_lines(self.stdout, "Still being written, left for the next scan", map(legacy.printable, report.growing))
        print_lines(self.stdout, "Not as expected", report.problems)

    def prune(self, days: int, scanned: ScanReport, *, agreed: bool) -> None:
        """Show what is missing for that long, and forget it if that is agreed to."""
        plan = pruning.find(days, scanned.doubts)
        print_lines(self.stdout, "Kept, for they may only be away", map(described, plan.spared))
        print_lines(self.stdout, f"Missing for more than {counted(days, 'day')}", map(described, plan.lost))
        if not plan.lost:
            self.stdout.write(
                f"Nothing to forget: no video is known to be missing for more than {counted(days, 'day')}."
            )
        elif agreed or self.agrees(len(plan.lost)):
            try:
                done = pruning.forget(plan)
            except exporting.ExportRefusedError as error:
                raise CommandError(f"Nothing was forgotten: the export failed.\n{error}") from error
            self.stdout.write(f"Exported to {done.export}\nForgotten: {counted(done.forgotten, 'video')}.")
        else:
            self.stdout.write("Nothing was forgotten. With --yes it would be.")

    def agrees(self, count: int) -> bool:
        """Ask, where there is somebody to answer."""
        if not sys.stdin.isatty():
            return False
        self.stdout.write(f"\nForget {counted(count, 'video')}, with stars, views and tags? [y/N] ", ending="")
        self.stdout.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}


def described(video: Lost) -> str:
    """A video and what it has, in one line."""
    path, title = legacy.printable(video.path), legacy.printable(video.title)
    days = (timezone.now() - video.missing_since).days
    stars = counted(video.stars, "star") if video.stars else "no stars"
    has = f"{stars}, {counted(video.views, 'view')}, {counted(video.tags, 'tag')}"
    return f"{title} ({path}): {has}, missing for {counted(days, 'day')}"
