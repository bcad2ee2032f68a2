"""Takes a sample of all counts, condenses the older ones, and forgets the oldest.

What is counted is all in files and in the database, so that a restart goes on where the last one ended.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from monitoring import ledger, measures, processes, sources
from monitoring.ledger import Rows
from monitoring.measurement import Measurement, merged, sparse
from monitoring.models import Baseline, Sample
from monitoring.processes import Usage

MINUTE = 60
WEIGHING_SECONDS = 0.05
"""How long folders are measured each time; large ones take several times."""


class Resolution(NamedTuple):
    """One of the histories: how fine, and for how long."""

    width: int
    keep: timedelta


RESOLUTIONS = (
    Resolution(MINUTE, timedelta(hours=48)),
    Resolution(10 * MINUTE, timedelta(days=14)),
    Resolution(60 * MINUTE, timedelta(days=90)),
    Resolution(720 * MINUTE, timedelta(days=90)),
)
"""Each is condensed from the one before."""
MOST_AT_ONCE = 50
"""Spans to condense in one transaction, after a long time in which nothing ran."""


class Present(NamedTuple):
    """The state of all counts at one moment."""

    at: datetime
    rows: Rows
    usages: list[Usage]
    gauges: dict[str, float]

    def since(self, baseline: Baseline) -> Measurement:
        """What was added since."""
        before = baseline.measurement
        seconds = max((self.at - baseline.at).total_seconds(), 0.001)
        used = {usage.name: (usage.memory, round(_cpu_since(usage, before) / seconds, 4)) for usage in self.usages}
        web = [usage.memory for usage in self.usages if usage.name.startswith("web ") and usage.name != "web master"]
        gauges = self.gauges | ({"memory": max(web)} if web else {})
        return Measurement(round(seconds, 3), sparse(measures.since(self.rows, before.dense)), gauges, used)

    def as_baseline(self) -> Measurement:
        """For the next time."""
        cpu = {str(usage.pid): usage.cpu_seconds for usage in self.usages}
        return Measurement(0.0, sparse(self.rows), cpu)


def _cpu_since(usage: Usage, before: Measurement) -> float:
    known = before.gauges.get(str(usage.pid), 0.0)
    return usage.cpu_seconds - (known if known <= usage.cpu_seconds else 0.0)


def look(sizes: dict[str, float] | None = None) -> Present:
    """The present state, with sizes of folders where they are known."""
    members = ledger.members(settings.METRICS_DIR)
    server = next((member.pid for member in members if member.role == "serve"), os.getpid())
    gauges: dict[str, float] = {"streams": sum(member.streams for member in members)}
    gauges |= {"database": _database_bytes(), **sources.queue_gauges(), **sources.library_totals(), **(sizes or {})}
    rows = ledger.totals(settings.METRICS_DIR)
    return Present(datetime.now(UTC), rows, processes.family(server), gauges)


def take_sample(sizes: dict[str, float] | None = None) -> Sample | None:
    """Write what was measured since the last time, and keep the history small. The first time there is no sample.

    Raises django.db.DatabaseError, with nothing written.
    """
    present = look(sizes)
    with transaction.atomic():
        baseline = Baseline.objects.first()
        sample = None
        if baseline and present.at > baseline.at:
            sample = Sample.of(present.since(baseline), MINUTE, present.at)
            sample.save()
        Baseline.objects.update_or_create(pk=1, defaults={"at": present.at, "detail": present.as_baseline().pack()})
        for finer, coarser in zip(RESOLUTIONS, RESOLUTIONS[1:], strict=False):
            condense(finer.width, coarser.width, present.at)
        for resolution in RESOLUTIONS:
            Sample.objects.forget(resolution.width, present.at - resolution.keep)
    return sample


def condense(finer: int, coarser: int, now: datetime) -> int:
    """Make coarser samples of the finer ones of spans that are over; returns how many."""
    start = Sample.objects.last_end(coarser) or Sample.objects.first_end(finer)
    if start is None:
        return 0
    begin = _floor(start, coarser)
    made = 0
    while begin + timedelta(seconds=coarser) <= now and made < MOST_AT_ONCE:
        end = begin + timedelta(seconds=coarser)
        parts = [sample.measurement for sample in Sample.objects.of_width(finer).between(begin, end)]
        if parts:
            Sample.objects.update_or_create(width=coarser, at=end, defaults=Sample.columns_of(merged(parts)))
            made += 1
        else:
            end = _next_with_any(finer, end, coarser) or now
        begin = end
    return made


def _next_with_any(finer: int, moment: datetime, coarser: int) -> datetime | None:
    """The begin of the next span of which anything is known."""
    ends = Sample.objects.of_width(finer).filter(at__gt=moment).values_list("at", flat=True)
    first = ends.first()
    return _floor(first, coarser) if first else None


def _floor(moment: datetime, width: int) -> datetime:
    seconds = int(moment.timestamp())
    return datetime.fromtimestamp(seconds - seconds % width, UTC)


def _database_bytes() -> float:
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        return sum(_size(Path(name + ending)) for ending in ("", "-wal"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return float(cursor.fetchone()[0])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class Scales:
    """Measures folders a little at a time, again and again."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self._folders = folders
        self._walk = self._walk_all()
        self.sizes: dict[str, float] = {}
        """{name: bytes} and {name of files: how many}, as of the latest time that a folder was walked through."""

    def weigh(self, seconds: float = WEIGHING_SECONDS) -> dict[str, float]:
        """Go on for so long; all that is known."""
        deadline = time.monotonic() + seconds
        for _ in self._walk:
            if time.monotonic() > deadline:
                return self.sizes
        self._walk = self._walk_all()
        return self.sizes

    def _walk_all(self) -> Iterator[None]:
        for name, folder in self._folders.items():
            size = files = 0
            for parent, _, names in os.walk(folder):
                for file in names:
                    size += _size(Path(parent) / file)
                    files += 1
                    yield
            self.sizes |= {name: size, f"{name} files": files}
