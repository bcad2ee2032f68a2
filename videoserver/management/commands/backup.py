"""manage.py backup"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from videoserver import backup


class Command(BaseCommand):
    """Save the whole state."""

    help = "Writes the whole state (the database) into one file, while the server runs, and reads it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="not in a library folder")
        parser.add_argument("--force", action="store_true", help="replace an earlier backup")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = backup.back_up(options["file"], replace=options["force"])
        except backup.RefusedError as error:
            raise CommandError(f"Nothing was backed up: {error}") from error
        size = filesizeformat(report.size).replace("\N{NO-BREAK SPACE}", " ")
        self.stdout.write(f"Backup: {report.path}")
        self.stdout.write(f"{report.manifest.rows} rows in {len(report.manifest.tables)} tables, {size}, read again.")
