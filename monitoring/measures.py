"""What is counted, under which names, and in which places of a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import add

from monitoring import buckets
from monitoring.ledger import Rows

ROUTE, TABLE, TASK = "route:", "table:", "task:"
"""How the names of rows begin, by what they are about."""
CACHE = "query cache"
WRITTEN = "written:"
"""Rows whose first number is a moment: they are no sums, and of no span."""

STATUS = 0
"""The first of five: how many responses were 1xx, 2xx, 3xx, 4xx, 5xx."""
BYTES = 5
STATEMENTS, SQL_NS = 6, 7
FIRST_BYTE_NS = 8
"""From the arrival of a request until its response begins, in all."""
COMPLETE, CUT_OFF, BROKEN = 9, 10, 11
"""How streams ended: all was sent, the visitor left, or we could not go on."""
STREAM_NS = 12
SIZES = 13
DURATIONS = SIZES + buckets.SIZES
TIMES = DURATIONS + buckets.DURATIONS
WIDTH = TIMES + buckets.TIMES

HITS, MISSES, STORES, INVALIDATIONS, LOOK_UP_NS = range(5)
DONE, FAILED, TASK_NS = range(3)


@dataclass(frozen=True)
class Route:
    """What was counted of one route, or of all."""

    numbers: list[int]

    @property
    def requests(self) -> int:
        """Responses of whatever status."""
        return sum(self.numbers[STATUS : STATUS + 5])

    @property
    def errors(self) -> int:
        """Responses of status 500 and above."""
        return self.numbers[STATUS + 4]

    @property
    def refusals(self) -> int:
        """Responses of status 400 to 499."""
        return self.numbers[STATUS + 3]

    @property
    def bytes(self) -> int:
        """Of bodies, as sent."""
        return self.numbers[BYTES]

    @property
    def streams(self) -> int:
        """Those that ended."""
        return sum(self.numbers[COMPLETE : BROKEN + 1])

    @property
    def statements(self) -> float:
        """SQL statements for each request."""
        return self.numbers[STATEMENTS] / self.requests if self.requests else 0.0

    @property
    def sql_ms(self) -> float:
        """Milliseconds of SQL for each request."""
        return self.numbers[SQL_NS] / 1e6 / self.requests if self.requests else 0.0

    @property
    def times(self) -> list[int]:
        """The histogram of times to the first byte."""
        return self.numbers[TIMES:WIDTH]

    def percentile_ms(self, share: float) -> float | None:
        """The time to the first byte that so many did not exceed."""
        return percentile_ms({place: number for place, number in enumerate(self.numbers) if number}, share)


def percentile_ms(row: Mapping[int, int], share: float) -> float | None:
    """The same of a route's row without its zeros."""
    times = {place - TIMES: number for place, number in row.items() if place >= TIMES}
    seconds = buckets.percentile(times, share)
    return None if seconds is None else seconds * 1e3


@dataclass(frozen=True)
class Table:
    """What the query cache did for the queries of one table, or for all."""

    numbers: list[int]

    @property
    def hits(self) -> int:
        """Queries that it answered."""
        return self.numbers[HITS]

    @property
    def misses(self) -> int:
        """Queries that the database had to answer."""
        return self.numbers[MISSES]

    @property
    def stores(self) -> int:
        """Results that it took in."""
        return self.numbers[STORES]

    @property
    def invalidations(self) -> int:
        """Writes after which the table's results counted for nothing."""
        return self.numbers[INVALIDATIONS]

    @property
    def hit_rate(self) -> float | None:
        """0 to 1; None before the first query."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None


def named(rows: Rows, prefix: str) -> Rows:
    """The rows about one kind of thing, under its own names."""
    return {name.removeprefix(prefix): row for name, row in rows.items() if name.startswith(prefix)}


def routes(rows: Rows) -> dict[str, Route]:
    """Those that were asked for."""
    return {name: Route(row) for name, row in named(rows, ROUTE).items() if any(row[:WIDTH])}


def all_routes(rows: Rows) -> Route:
    """Their sum."""
    return Route(total(named(rows, ROUTE).values(), WIDTH))


def tables(rows: Rows) -> dict[str, Table]:
    """Those that were read or written."""
    return {name: Table(row) for name, row in named(rows, TABLE).items() if any(row)}


def cache(rows: Rows) -> Table:
    """The whole query cache. A query of three tables counts once here, and once with each of them."""
    return Table(rows.get(CACHE, [0] * 5))


def total(rows: Iterable[list[int]], width: int) -> list[int]:
    """The sum of rows, place by place."""
    sums = [0] * width
    for row in rows:
        sums = list(map(add, sums, row))
    return sums


def since(now: Rows, before: Rows) -> Rows:
    """What was added; rows that began anew count from their beginning."""
    return {
        name: _difference(row, before[name]) if name in before else row
        for name, row in now.items()
        if not name.startswith(WRITTEN)
    }


def _difference(now: list[int], before: list[int]) -> list[int]:
    added = [number - old for number, old in zip(now, before, strict=True)]
    return now if any(number < 0 for number in added) else added


def merged(several: Iterable[Rows]) -> Rows:
    """The sums of rows of the same name."""
    sums: Rows = {}
    for rows in several:
        for name, row in rows.items():
            sums[name] = list(map(add, sums[name], row)) if name in sums else row
    return sums
