"""How commands show progress and results on a terminal."""

import sys
from collections.abc import Iterable
from typing import Any, TextIO

from django.core.management import call_command
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from library.progress import T, Track, silent


def migrate() -> None:
    """Bring the database up to date, or make it: a command may be the first that anyone runs."""
    call_command("migrate", interactive=False, verbosity=0)


def tracker(stream: TextIO | None = None) -> Track:
    """A progress bar for each thing that is tracked, on stderr; nothing where nobody looks."""
    stream = stream or sys.stderr
    if not stream.isatty():
        return silent
    console = Console(file=stream)

    def track(items: Iterable[T], description: str, total: int | None = None) -> Iterable[T]:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
            bar = progress.add_task(escape(description), total=total)
            for item in items:
                yield item
                progress.advance(bar)

    return track


def print_table(stream: Any, title: str, headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """A table; the first column is text, the others are numbers."""
    table = Table(title=title, title_justify="left")
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index else "left")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    console_for(stream).print(table)


def print_lines(stream: Any, title: str, lines: Iterable[object]) -> None:
    """A titled list, or nothing when it is empty."""
    lines = [str(line) for line in lines]
    if lines:
        console = console_for(stream)
        console.print(f"\n[bold]{escape(title)}[/bold] ({len(lines)})")
        for line in lines:
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def console_for(stream: Any) -> Console:
    """A console on a command's output, as wide as the terminal, or 100 columns in a file."""
    width = None if getattr(stream, "isatty", lambda: False)() else 100
    return Console(file=stream, width=width)
