"""What was measured in a span of time, and how several spans become one."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from monitoring import measures
from monitoring.ledger import CELLS, Rows

Sparse = dict[str, dict[int, int]]
"""{name of a row: {place: number}}, zeros left out."""


@dataclass
class Measurement:
    """One span."""

    seconds: float
    rows: Sparse = field(default_factory=dict)
    gauges: dict[str, float] = field(default_factory=dict)
    """Of the end of the span, save those of which the largest counts."""
    processes: dict[str, tuple[int, float]] = field(default_factory=dict)
    """{name: (most resident bytes, share of one core)}."""

    told_p95: dict[str, float] | None = field(default=None, compare=False)
    """What `p95_by_route` gave when this was packed: a chart of months asks some thousand times."""

    LARGEST = ("streams", "waiting", "memory")

    @property
    def p95_by_route(self) -> dict[str, float]:
        """{route: milliseconds}."""
        if self.told_p95 is None:
            found = {
                name.removeprefix(measures.ROUTE): measures.percentile_ms(row, 0.95)
                for name, row in self.rows.items()
                if name.startswith(measures.ROUTE)
            }
            self.told_p95 = {name: round(value, 3) for name, value in found.items() if value is not None}
        return self.told_p95

    def add(self, span: Measurement) -> None:
        """Grow by a later span."""
        self.told_p95 = None
        for name, row in span.rows.items():
            sums = self.rows.setdefault(name, {})
            known = sums.get
            for place, number in row.items():
                sums[place] = known(place, 0) + number
        largest = {name: max(span.gauges.get(name, 0), self.gauges.get(name, 0)) for name in self.LARGEST}
        self.gauges |= span.gauges | {name: value for name, value in largest.items() if name in span.gauges}
        for name, (memory, cpu) in span.processes.items():
            most, so_far = self.processes.get(name, (0, 0.0))
            share = (so_far * self.seconds + cpu * span.seconds) / ((self.seconds + span.seconds) or 1)
            self.processes[name] = max(memory, most), round(share, 4)
        self.seconds += span.seconds

    @property
    def dense(self) -> Rows:
        """Rows as the ledger has them."""
        return {name: [row.get(place, 0) for place in range(CELLS)] for name, row in self.rows.items()}

    @property
    def every_route(self) -> measures.Route:
        """The sum of all routes."""
        numbers = [0] * measures.WIDTH
        for name, row in self.rows.items():
            if name.startswith(measures.ROUTE):
                for place, number in row.items():
                    numbers[place] += number
        return measures.Route(numbers)

    def route(self, name: str) -> measures.Route:
        """One route."""
        row = self.rows.get(measures.ROUTE + name, {})
        return measures.Route([row.get(place, 0) for place in range(measures.WIDTH)])

    @property
    def cache(self) -> measures.Table:
        """The query cache."""
        row = self.rows.get(measures.CACHE, {})
        return measures.Table([row.get(place, 0) for place in range(5)])

    def pack(self) -> bytes:
        """As short bytes."""
        rows = {name: [number for pair in row.items() for number in pair] for name, row in self.rows.items()}
        document = {
            "seconds": self.seconds,
            "rows": rows,
            "gauges": self.gauges,
            "processes": self.processes,
            "p95": self.p95_by_route,
        }
        return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 6)

    @classmethod
    def unpack(cls, packed: bytes) -> Measurement:
        """What `pack` made."""
        told = json.loads(zlib.decompress(packed))
        rows = {name: dict(zip(row[::2], row[1::2], strict=True)) for name, row in told["rows"].items()}
        used = {name: (memory, cpu) for name, (memory, cpu) in told["processes"].items()}
        return cls(told["seconds"], rows, told["gauges"], used, told["p95"])


def sparse(rows: Rows) -> Sparse:
    """Without zeros, and without rows of nothing else."""
    return {
        name: {place: number for place, number in enumerate(row) if number} for name, row in rows.items() if any(row)
    }


def merged(spans: Iterable[Measurement]) -> Measurement:
    """Several spans, in the order of time, as one."""
    whole = Measurement(0.0)
    for span in spans:
        whole.add(span)
    return whole
