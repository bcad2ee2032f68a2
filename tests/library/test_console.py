"""What commands show on a terminal, and what in a file."""

import io
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from library.management.console import print_lines, print_table, tracker


def shown_on_a_terminal(write: Callable[[TextIO], None]) -> str:
    """All that a terminal shows of what is written to it."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as stream:
        write(stream)
    shown = b""
    with os.fdopen(ours, "rb", buffering=0) as screen, suppress(OSError):  # EIO: all of it was read
        while part := screen.read(65536):
            shown += part
    return shown.decode()


def test_a_terminal_shows_a_bar_that_is_named() -> None:
    read: list[str] = []
    shown = shown_on_a_terminal(lambda stream: read.extend(tracker(stream)(iter("abc"), "Reading [films]", 3)))
    assert read == ["a", "b", "c"]
    assert "Reading [films]" in shown
    assert "3/3" in shown


def test_a_file_shows_no_bar() -> None:
    stream = io.StringIO()
    items = [1, 2]
    assert tracker(stream)(items, "Reading") is items
    assert stream.getvalue() == ""


def test_a_table_in_a_file_has_every_cell_as_it_is() -> None:
    stream = io.StringIO()
    print_table(stream, "Scan", ("file", "count"), [("[bold]a[/bold].json", 1234)])
    assert "[bold]a[/bold].json" in stream.getvalue()
    assert "1234" in stream.getvalue()


def test_a_list_of_lines_is_counted_and_an_empty_one_is_not_shown() -> None:
    stream = io.StringIO()
    print_lines(stream, "None", [])
    print_lines(stream, "Some", ["x" * 300, "[red]y"])
    assert stream.getvalue() == f"\nSome (2)\n  {'x' * 300}\n  [red]y\n"
