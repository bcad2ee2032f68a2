"""manage.py export_json"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from library import exporting
from library.management.console import migrate, print_table


class Command(BaseCommand):
    """Export the old site's files."""

    help = (
        "Writes tags.json, ratings.json, views.json and favorites.json, as the old site kept them, "
        "and markers.json and titles.json."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, help="made where it isn't there; not in a library folder")

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        try:
            report = exporting.export_folder(options["directory"])
        except exporting.ExportRefusedError as error:
            raise CommandError(f"Nothing was exported.\n{error}") from error
        print_table(self.stdout, f"Export to {report.directory}", ("file", "entries"), report.entries.items())
