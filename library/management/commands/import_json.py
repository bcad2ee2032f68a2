"""manage.py import_json"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from library import importing, legacy, roots
from library.acting import Actor, acting
from library.importing import ImportReport
from library.management.console import migrate, print_lines, print_table, tracker


class Command(BaseCommand):
    """Import the old site's files."""

    help = (
        "Imports tags.json, ratings.json, views.json, favorites.json, markers.json, video_metadata.db and the sidecar "
        "files of a folder. All or nothing; repeated, it changes nothing. What fits no file waits for it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", nargs="?", type=Path, help="default: the first library folder")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")
        parser.add_argument("--strict", action="store_true", help="refuse the import for a single bad entry")

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        directory = options["directory"] or roots.all_roots()[0].directory
        try:
            with acting(lambda: Actor("import_json")):
                report = importing.import_folder(
                    directory, dry_run=options["dry_run"], strict=options["strict"], track=tracker()
                )
        except importing.ImportRefusedError as error:
            raise CommandError(f"Nothing was imported.\n{error}") from error
        self.show(report)

    def show(self, report: ImportReport) -> None:
        """The table at the end, and every entry that was not taken."""
        title = "Import (dry run: nothing was written)" if report.dry_run else "Import"
        rows = [(name, t.entries, t.written, t.unchanged) for name, t in report.kinds.items()]
        print_table(self.stdout, title, ("what", "entries", "written", "unchanged"), rows)
        self.stdout.write(f"{report.matched} names found among the files, {len(report.waiting)} wait for their file.")
        print_lines(self.stdout, "Waiting for their file", map(legacy.printable, report.waiting))
        print_lines(
            self.stdout,
            "Accounts made for their markers; they need a password in the admin",
            map(legacy.printable, report.accounts),
        )
        print_lines(self.stdout, "Not taken as written", report.problems)
