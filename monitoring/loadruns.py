"""What the page of load tests shows: how they went, one after the other, and two side by side."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from monitoring import wording
from monitoring.charts import Chart, Line
from monitoring.models import LoadRun

MOST_RUNS = 50


class Difference(NamedTuple):
    """One route in two runs."""

    route: str
    before: str
    after: str
    change: str
    worse: bool | None
    """None: by less than a tenth, or not in both."""


def chart(runs: list[LoadRun]) -> Chart:
    """The times of runs, of which the latest is first."""
    runs = runs[::-1]
    now = timezone.now()
    start = runs[0].at if runs else now - timedelta(hours=1)
    end = runs[-1].at if len(runs) > 1 else start + timedelta(hours=1)
    lines = [Line("p50", [run.p50_ms for run in runs]), Line("p95", [run.p95_ms for run in runs])]
    lines.append(Line("p99", [run.p99_ms for run in runs]))
    moments = [run.at for run in runs]
    return Chart("runs", "All requests", start, end, moments, lines, wording.milliseconds, timedelta.max)


def compared(before: LoadRun, after: LoadRun) -> list[Difference]:
    """The 95th percentiles, all requests first."""
    old, new = before.p95_by_route, after.p95_by_route
    routes = [_difference(route, old.get(route), new.get(route)) for route in sorted(old.keys() | new.keys())]
    return [_difference("all", before.p95_ms, after.p95_ms), *routes]


def _difference(route: str, before: float | None, after: float | None) -> Difference:
    if not before or after is None:
        return Difference(route, _written(before), _written(after), "–", None)
    change = after / before - 1
    worse = None if abs(change) < 0.1 else change > 0
    return Difference(route, _written(before), _written(after), f"{100 * change:+.0f} %", worse)


def _written(value: float | None) -> str:
    return "–" if value is None else wording.milliseconds(value)
