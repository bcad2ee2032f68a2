"""manage.py load_test"""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rich.console import Console
from rich.table import Table

from monitoring import loadtest
from monitoring.loadreport import Timing
from monitoring.loadtest import LoadTestError, Outcome
from monitoring.visiting import Plan

MOST_USERS = 2_000
MOST_SECONDS = 86_400


def server_address(text: str) -> str:
    """The address of a whole server, without a slash at its end."""
    try:
        parts = urlsplit(text)
        well_formed = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        well_formed = False
    if not well_formed or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise ArgumentTypeError(f"{text!r} is not the address of a server, like http://127.0.0.1:8000")
    return text.rstrip("/")


def user_count(text: str) -> int:
    """1 to 2,000 visitors."""
    return _whole_number(text, 1, MOST_USERS)


def second_count(text: str) -> int:
    """1 second to a day."""
    return _whole_number(text, 1, MOST_SECONDS)


def warm_up_count(text: str) -> int:
    """No second to a day."""
    return _whole_number(text, 0, MOST_SECONDS)


def _whole_number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise ArgumentTypeError(f"{text!r} is not a whole number, {least} to {most}")
    return int(text)


class Command(BaseCommand):
    """Load a running server."""

    help = (
        "Drives a running server as visitors would: they browse, hover, watch, seek, and one time in ten they write. "
        "It writes to the library: stars, tags and favourites are put back at the end, views stay counted."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", type=server_address, default="http://127.0.0.1:8000", help="default: %(default)s")
        parser.add_argument("--users", type=user_count, default=20, metavar="N", help="default: %(default)s")
        parser.add_argument("--seconds", type=second_count, default=30, metavar="S", help="default: %(default)s")
        parser.add_argument(
            "--warm-up", type=warm_up_count, default=5, metavar="S",
            help="seconds before that, in which they come, and which don't count; default: %(default)s",
        )  # fmt: skip
        parser.add_argument("--yes", action="store_true", help="load another machine's server, and write there")

    def handle(self, *args: Any, **options: Any) -> None:
        url, users = options["url"], options["users"]
        if not loadtest.is_here(url) and not options["yes"]:
            raise CommandError(f"{url} is not on this machine: a load test writes there. With --yes it is done.")
        try:
            outcome = loadtest.run(Plan(url, users, options["seconds"], options["warm_up"]))
        except LoadTestError as error:
            raise CommandError(str(error)) from error
        report = outcome.report
        self.show(outcome, f"{users} visitors for {report.seconds:.0f} s at {url}")
        try:
            loadtest.store(report, url, users)
        except DatabaseError as error:
            self.stderr.write(f"This result is not kept beside the earlier ones: {error}")
        if report.faults or outcome.not_put_back:
            sys.exit(1)

    def show(self, outcome: Outcome, title: str) -> None:
        """The table, and what went wrong."""
        report = outcome.report
        table = Table(title=title, title_justify="left")
        for heading in ("route", "requests", "errors", "p50 ms", "p95 ms", "p99 ms"):
            table.add_column(heading, justify="left" if heading == "route" else "right")
        for timing in report.routes:
            table.add_row(*_cells(timing))
        table.add_section()
        table.add_row(*_cells(report.total))
        width = None if getattr(self.stdout, "isatty", lambda: False)() else 100
        console = Console(file=self.stdout, width=width)  # type: ignore[arg-type]
        console.print(table)
        self.stdout.write(f"{report.total.requests / report.seconds:.1f} requests a second")
        if report.at_its_limit:
            self.stdout.write("The visitors needed a whole processor themselves: part of these times is their own.")
        for route, fault, times in report.faults:
            self.stdout.write(f"{route} failed with {fault}: {times} times")
        for undo in outcome.not_put_back:
            self.stdout.write(loadtest.left_behind(undo))


def _cells(timing: Timing) -> list[str]:
    times = (f"{milliseconds:.1f}" for milliseconds in (timing.p50, timing.p95, timing.p99))
    return [timing.route, str(timing.requests), str(timing.errors), *times]
