"""The table of routes: its lines, its columns, and what each is sorted by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from monitoring import measures, wording
from monitoring.charts import bars


@dataclass(frozen=True)
class RouteRow:
    """A line of the table of routes."""

    name: str
    whole: measures.Route
    present: measures.Route
    seconds: float

    @property
    def sort_keys(self) -> dict[str, float | str]:
        """What each column is sorted by."""
        return {
            "route": self.name,
            "requests": self.whole.requests,
            "p50": self.whole.percentile_ms(0.50) or 0.0,
            "p95": self.whole.percentile_ms(0.95) or 0.0,
            "p99": self.whole.percentile_ms(0.99) or 0.0,
            "now": self.present.percentile_ms(0.95) or 0.0,
            "errors": self.whole.errors,
            "refusals": self.whole.refusals,
            "sql": self.whole.statements,
            "sql_ms": self.whole.sql_ms,
            "bytes": self.whole.bytes,
        }

    @property
    def cells(self) -> list[str]:
        """As they are written, without the route and in the order of the columns."""
        keys = self.sort_keys
        times = [
            wording.milliseconds(float(keys[name])) if keys[name] else "–" for name in ("p50", "p95", "p99", "now")
        ]
        counts = [wording.number(float(keys[name])) for name in ("errors", "refusals", "sql")]
        rest = [wording.milliseconds(self.whole.sql_ms), wording.size(self.whole.bytes)]
        return [wording.number(self.whole.requests), *times, *counts, *rest]

    @property
    def bars(self) -> str:
        """The path of a histogram of times, by octaves."""
        times = self.whole.times[1:-1]
        octaves = [sum(times[start : start + 8]) for start in range(0, len(times), 8)]
        return bars([self.whole.times[0] + octaves[0], *octaves[1:-1], octaves[-1] + self.whole.times[-1]])


ROUTE_COLUMNS = (
    ("route", "Route", "of the view, not the address"),
    ("requests", "Requests", ""),
    ("p50", "p50", "half are faster"),
    ("p95", "p95", ""),
    ("p99", "p99", ""),
    ("now", "p95 now", "since the latest sample, a minute at most"),
    ("errors", "Errors", "status 500 and above"),
    ("refusals", "4xx", "status 400 to 499"),
    ("sql", "SQL", "statements for each request"),
    ("sql_ms", "SQL time", "for each request"),
    ("bytes", "Sent", ""),
)


class Column(NamedTuple):
    """The head of a column that can be sorted by."""

    label: str
    help: str
    query: str
    sorted: str
    """As `aria-sort` has it."""
