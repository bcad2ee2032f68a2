"""manage.py make_thumbnails"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from library.management.console import print_lines, print_table, tracker


class Command(BaseCommand):
    """Draw the posters that are missing, now."""

    help = "Probes the files and draws the posters that are still missing. A file that fails doesn't stop the rest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="All of them, also those done or given up.")

    def handle(self, *args: Any, force: bool, **options: Any) -> None:
        from thumbnails.making import make_missing

        report = make_missing(tracker(), force=force)
        row = (report.made, len(report.failed), report.skipped)
        print_table(self.stdout, "Posters", ("made", "failed", "skipped"), [row])
        lines = (f"{path}: {'; '.join(reason.splitlines())}" for path, reason in report.failed)
        print_lines(self.stdout, "Failed", lines)
