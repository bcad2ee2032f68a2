"""manage.py restore"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from videoserver import backup


class Command(BaseCommand):
    """Bring a saved state back."""

    help = (
        "Puts the state of a backup in the place of the present one, of which a backup is made first. All or nothing, "
        "and while the server runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what the command backup wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = backup.restore(options["file"])
        except backup.RefusedError as error:
            raise CommandError(f"Nothing was restored: {error}") from error
        if report.saved:
            self.stdout.write(f"The state before is saved: {report.saved}")
        older = ", of an older version and brought up to date" if report.migrated else ""
        rows, tables = report.manifest.rows, len(report.manifest.tables)
        self.stdout.write(f"Restored: the state of {report.manifest.made_at}{older}. {rows} rows in {tables} tables.")
