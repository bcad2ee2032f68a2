"""All that is counted, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from monitoring import ledger, measures
from monitoring.buckets import DURATION_BOUNDS, SIZE_BOUNDS, TIME_BOUNDS
from monitoring.ledger import Rows

STATUS_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
PARTS = 8
"""Of the finer buckets of a time, one of the coarser ones that are told."""


def text(folder: Path) -> bytes:
    """The exposition format, version 0.0.4. Its length depends on how many routes, tables and tasks there were."""
    return generate_latest(_Collected(folder))


class _Collected(Collector):
    """The counts of a folder at this moment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        rows = ledger.totals(self._folder)
        routes = {name: route.numbers for name, route in measures.routes(rows).items()}
        yield _counters("videoserver_http_requests", "Responses by route and class of status.",
                        routes, "status", dict(enumerate(STATUS_CLASSES)))  # fmt: skip
        yield _histograms("videoserver_http_first_byte_seconds", "From a request's arrival to its response's begin.",
                          routes, measures.TIMES, TIME_BOUNDS, measures.FIRST_BYTE_NS, 1e9, PARTS)  # fmt: skip
        yield _histograms("videoserver_http_response_bytes", "Bytes of bodies as sent.",
                          routes, measures.SIZES, SIZE_BOUNDS, measures.BYTES, 1)  # fmt: skip
        streams = {name: row for name, row in routes.items() if measures.Route(row).streams}
        ends = {measures.COMPLETE: "complete", measures.CUT_OFF: "cut off", measures.BROKEN: "broken"}
        yield _counters("videoserver_http_streams", "Streams by how they ended.", streams, "end", ends)
        yield _histograms("videoserver_http_stream_seconds", "How long streams were sent.",
                          streams, measures.DURATIONS, DURATION_BOUNDS, measures.STREAM_NS, 1e9)  # fmt: skip
        yield _sums("videoserver_sql_statements", "SQL statements.", routes, measures.STATEMENTS)
        yield _sums("videoserver_sql_seconds", "Time in SQL.", routes, measures.SQL_NS, 1e9)
        yield from _of_cache_and_tasks(rows)
        yield from _of_processes(self._folder)


def _of_cache_and_tasks(rows: Rows) -> Iterator[Metric]:
    tables = {name: table.numbers for name, table in measures.tables(rows).items()}
    events = {measures.HITS: "hit", measures.MISSES: "miss", measures.STORES: "store"}
    events[measures.INVALIDATIONS] = "invalidation"
    whole = CounterMetricFamily("videoserver_query_cache", "What the query cache did.", labels=["event"])
    for place, event in events.items():
        whole.add_metric([event], measures.cache(rows).numbers[place])
    yield whole
    yield _counters("videoserver_query_cache_table", "The same for each table.", tables, "event", events, "table")
    outcomes = {measures.DONE: "done", measures.FAILED: "failed"}
    tasks = measures.named(rows, measures.TASK)
    yield _counters("videoserver_tasks", "Tasks of the workers.", tasks, "outcome", outcomes, "task")
    yield _sums("videoserver_tasks_seconds", "Time in tasks.", tasks, measures.TASK_NS, 1e9, "task")


def _of_processes(folder: Path) -> Iterator[Metric]:
    alive = ledger.members(folder)
    processes = GaugeMetricFamily("videoserver_processes", "Living processes that count.", labels=["role"])
    for role in sorted({member.role for member in alive}):
        processes.add_metric([role], sum(member.role == role for member in alive))
    yield processes
    streams = sum(member.streams for member in alive)
    yield GaugeMetricFamily("videoserver_open_streams", "Streams that are being sent.", value=streams)


def _counters(
    name: str, what: str, rows: Rows, label: str, places: dict[int, str], of: str = "route"
) -> CounterMetricFamily:
    """Several numbers of each row, told apart by a label."""
    family = CounterMetricFamily(name, what, labels=[of, label])
    for row_name, row in sorted(rows.items()):
        for place, value in places.items():
            family.add_metric([row_name, value], row[place])
    return family


def _sums(name: str, what: str, rows: Rows, place: int, unit: float = 1, of: str = "route") -> CounterMetricFamily:
    """One number of each row, in multiples of a unit."""
    family = CounterMetricFamily(name, what, labels=[of])
    for row_name, row in sorted(rows.items()):
        family.add_metric([row_name], row[place] / unit)
    return family


def _histograms(
    name: str, what: str, rows: Rows, first: int, bounds: Sequence[int], total: int, unit: float, step: int = 1
) -> HistogramMetricFamily:
    """A histogram of each row, of whose bounds every so many are told."""
    family = HistogramMetricFamily(name, what, labels=["route"])
    for row_name, row in sorted(rows.items()):
        counts = list(accumulate(row[first : first + len(bounds) + 1]))
        told: Iterable[tuple[int, int]] = zip(bounds[::step], counts[::step], strict=False)
        buckets = [(str(bound / unit), float(count)) for bound, count in told]
        family.add_metric([row_name], [*buckets, ("+Inf", float(counts[-1]))], row[total] / unit)
    return family
