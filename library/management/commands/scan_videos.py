"""manage.py scan_videos"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from library import legacy, scanning
from library.management.console import migrate, print_lines, print_table, tracker


class Command(BaseCommand):
    """Rescan the library folders."""

    help = "Brings the library in line with its folders. What is missing is marked, and keeps all that it has."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="mark what is missing even if most of a folder is")

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        report = scanning.scan(force=options["force"], track=tracker())
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
