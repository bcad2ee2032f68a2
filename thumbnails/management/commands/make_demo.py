"""manage.py make_demo"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from library.management.console import tracker


class Command(BaseCommand):
    """Make the demo collection."""

    help = "Fills a folder with a dozen short clips and the legacy JSON files about them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        from thumbnails.demo import make_demo
        from thumbnails.ffmpeg import MediaError

        try:
            report = make_demo(folder, tracker())
        except (MediaError, OSError) as error:
            raise CommandError(f"The demo can't be made: {error}") from error
        self.stdout.write(f"{len(report.made)} files made, {len(report.kept)} were there, in {folder}")
