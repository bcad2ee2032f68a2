"""What the performance page shows, in the words in which it shows it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings

from monitoring import by_table, ledger, measures, processes, slow, sources, wording
from monitoring.charts import MOST_LINES, Chart, Line
from monitoring.measurement import Measurement, merged
from monitoring.models import Baseline, LoadRun, Sample
from monitoring.routes import ROUTE_COLUMNS, Column, RouteRow
from monitoring.sampling import MINUTE, Present, look

PRESENT = timedelta(minutes=5)
"""What counts as now, for the targets."""
SLOWEST = 15
MANY_VISITORS = 50
FAILURES = 20


class Span(NamedTuple):
    """How far back a page looks."""

    key: str
    label: str
    length: timedelta
    width: int
    """Of the samples that it shows, in seconds."""
    refresh_seconds: int


SPANS = {
    span.key: span
    for span in (
        Span("15m", "15 minutes", timedelta(minutes=15), MINUTE, 5),
        Span("24h", "24 hours", timedelta(hours=24), 10 * MINUTE, 30),
        Span("7d", "7 days", timedelta(days=7), 60 * MINUTE, 60),
        Span("90d", "90 days", timedelta(days=90), 720 * MINUTE, 60),
    )
}
FINER = {720 * MINUTE: 60 * MINUTE, 60 * MINUTE: 10 * MINUTE, 10 * MINUTE: MINUTE}


class Point(NamedTuple):
    """What charts show of one moment."""

    at: datetime
    requests: float
    """A second, as the next two."""
    errors: float
    bytes: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    hit_rate: float | None
    gauges: dict[str, float]
    processes: dict[str, tuple[int, float]]
    routes: dict[str, float]
    """{name: p95 in milliseconds}."""

    @classmethod
    def of(cls, sample: Sample, measured: Measurement) -> Point:
        """Of a sample, of which that was measured: the columns spare the sum over all routes."""
        seconds = measured.seconds or 1.0
        return cls(
            sample.at, sample.requests / seconds, sample.errors / seconds, sample.bytes_sent / seconds,
            sample.p50_ms, sample.p95_ms, sample.p99_ms, measured.cache.hit_rate, measured.gauges, measured.processes,
            {sys.intern(name): value for name, value in measured.p95_by_route.items()},
        )  # fmt: skip


def _measured(width: int, since: datetime, until: datetime) -> Iterator[tuple[Sample, Measurement]]:
    """One after the other, so that they are not in memory at once."""
    for sample in Sample.objects.of_width(width).between(since, until).iterator(50):
        yield sample, sample.measurement


class Target(NamedTuple):
    """What the site is meant to reach."""

    what: str
    goal: str
    value: str
    holds: bool | None
    """None: not known."""


class Dashboard:
    """One look at the site, over one span."""

    def __init__(self, span: Span, sort: str, descending: bool) -> None:
        self.span = span
        self.sort, self.descending = sort, descending
        self.now = datetime.now(UTC)

    @cached_property
    def state(self) -> Present:
        """All counts, at this moment."""
        return look()

    @cached_property
    def unsampled(self) -> Measurement:
        """What came since the latest sample."""
        baseline = Baseline.objects.first()
        return self.state.since(baseline) if baseline else Measurement(0.0)

    @cached_property
    def history(self) -> tuple[Measurement, list[Point]]:
        """All of the span as one; and its points, of which the last is of what no sample of this width holds yet."""
        start, width = self.now - self.span.length, self.span.width
        whole, points = Measurement(0.0), []
        for sample, measured in _measured(width, start, self.now):
            whole.add(measured)
            points.append(Point.of(sample, measured))
        tail, since = Measurement(0.0), points[-1].at if points else start
        while width in FINER:
            width = FINER[width]
            for sample, measured in _measured(width, since, self.now):
                tail.add(measured)
                since = sample.at
        tail.add(self.unsampled)
        if tail.seconds:
            whole.add(tail)
            points.append(Point.of(Sample(at=self.now, **Sample.figures_of(tail)), tail))
        return whole, points

    @property
    def whole(self) -> Measurement:
        """All of the span as one."""
        return self.history[0]

    @property
    def points(self) -> list[Point]:
        """The history, the oldest first."""
        return self.history[1]

    @cached_property
    def present(self) -> Measurement:
        """The latest minutes as one."""
        recent = merged(measured for _, measured in _measured(MINUTE, self.now - PRESENT, self.now))
        recent.add(self.unsampled)
        return recent

    @property
    def spans(self) -> list[tuple[str, str, bool]]:
        """(key, label, whether it is this one)."""
        return [(span.key, span.label, span is self.span) for span in SPANS.values()]

    @property
    def requests(self) -> int:
        """In the whole span."""
        return self.whole.every_route.requests

    @property
    def errors(self) -> int:
        """In the whole span."""
        return self.whole.every_route.errors

    @property
    def hit_rate(self) -> str:
        """In the whole span."""
        return _written(self.whole.cache.hit_rate, wording.percent)

    # --- Targets ---------------------------------------------------------------------------------------------

    @property
    def targets(self) -> list[Target]:
        """What is to be reached, by the latest minutes."""
        p95 = self.present.every_route.percentile_ms(0.95)
        rate = self.present.cache.hit_rate
        memory = max((usage.memory for usage in self.web_processes), default=None)
        return [
            _target("Response, p95", "≤ 100 ms", p95, wording.milliseconds, lambda time: time <= 100),
            _target("Query cache, hit rate", "> 90 %", rate, wording.percent, lambda rate: rate > 0.9),
            self._visitors(),
            _target("Memory of a web process", "< 60 MB", memory, wording.size, lambda memory: memory < 60 * 2**20),
        ]

    def _visitors(self) -> Target:
        """Whether the latest load test of so many was answered in time and without errors."""
        run = LoadRun.objects.latest_with(MANY_VISITORS)
        goal = f"{MANY_VISITORS} and more"
        if run is None:
            return Target("Visitors at once", goal, "–", None)
        value = f"{run.users}: p95 {wording.milliseconds(run.p95_ms)}, {run.errors} errors"
        return Target("Visitors at once", goal, value, run.p95_ms <= 100 and not run.errors)

    # --- Charts ----------------------------------------------------------------------------------------------

    @property
    def charts(self) -> list[Chart]:
        """All of them."""
        rate, time = wording.a_second, wording.milliseconds
        return [
            self._chart("requests", "Requests", rate, {
                "all": [point.requests for point in self.points],
                "errors": [point.errors for point in self.points],
            }),
            self._chart("times", "Time to the first byte", time, {
                "p50": [point.p50_ms for point in self.points],
                "p95": [point.p95_ms for point in self.points],
                "p99": [point.p99_ms for point in self.points],
            }),
            self._chart("routes", "The slowest routes, p95", time, self._slowest_routes()),
            self._chart("cache", "Query cache, hit rate", wording.percent, {
                "hit rate": [point.hit_rate for point in self.points],
            }, full=1.0),
            self._chart("memory", "Memory by process", wording.size, self._by_process(0)),
            self._chart("cpu", "Processor by process, of one core", wording.percent, self._by_process(1)),
            self._chart("sent", "Sent", wording.bytes_a_second, {
                "bytes": [point.bytes for point in self.points],
            }),
            self._gauges("streams", "Open streams", wording.number, {"streams": "streams"}),
            self._gauges("queue", "Tasks in the queue", wording.number, {"waiting": "waiting", "running": "running"}),
            self._gauges("media", "Pictures drawn, and given up", wording.number,
                         {"media_done": "done", "media_failed": "given up"}),
            self._gauges("sizes", "Room on the disk", wording.size,
                         {"database": "database", "thumbnails": "thumbnails", "cache": "query cache"}),
            self._gauges("library", "The library", wording.number, {name: name for name in sources.library_totals()}),
        ]  # fmt: skip

    def _gauges(self, key: str, title: str, write: Callable[[float], str], names: dict[str, str]) -> Chart:
        series = {label: [point.gauges.get(name) for point in self.points] for name, label in names.items()}
        return self._chart(key, title, write, series)

    def _slowest_routes(self) -> Mapping[str, Sequence[float | None]]:
        names = sorted(self.routes, key=lambda row: row.whole.percentile_ms(0.95) or 0.0, reverse=True)
        recent = sorted(self.routes, key=lambda row: row.present.percentile_ms(0.95) or 0.0, reverse=True)
        chosen = list(dict.fromkeys(row.name for row in [*recent[:2], *names]))[:MOST_LINES]
        return {name: [point.routes.get(name) for point in self.points] for name in chosen}

    def _by_process(self, place: int) -> Mapping[str, Sequence[float | None]]:
        """The processes that need the most, by name."""
        names = sorted(self.whole.processes, key=lambda name: self.whole.processes[name][place], reverse=True)
        alive = [usage.name for usage in self.state.usages]
        chosen = sorted((name for name in names if name in alive), key=names.index)[:MOST_LINES]
        return {name: [_part(point.processes.get(name), place) for point in self.points] for name in chosen}

    def _chart(
        self,
        key: str,
        title: str,
        write: Callable[[float], str],
        series: Mapping[str, Sequence[float | None]],
        full: float | None = None,
    ) -> Chart:
        lines = [Line(name, values) for name, values in series.items()]
        gap = timedelta(seconds=2.5 * self.span.width)
        moments = [point.at for point in self.points]
        of_bytes = write in (wording.size, wording.bytes_a_second)
        return Chart(key, title, self.now - self.span.length, self.now, moments, lines, write, gap, of_bytes, full)

    # --- Tables ----------------------------------------------------------------------------------------------

    @cached_property
    def routes(self) -> list[RouteRow]:
        """Every route that was asked for, sorted."""
        names = {name.removeprefix(measures.ROUTE) for name in self.whole.rows if name.startswith(measures.ROUTE)}
        rows = [
            RouteRow(name, self.whole.route(name), self.unsampled.route(name), self.whole.seconds) for name in names
        ]
        rows.sort(key=lambda row: row.name)
        return sorted(rows, key=lambda row: row.sort_keys[self.sort], reverse=self.descending)

    @property
    def route_columns(self) -> list[Column]:
        """Their heads, each a way to sort by it."""
        columns = []
        for key, label, explained in ROUTE_COLUMNS:
            here = key == self.sort
            descends = not self.descending if here else key != "route"
            order = "desc" if descends else "asc"
            direction = ("descending" if self.descending else "ascending") if here else "none"
            columns.append(Column(label, explained, f"?span={self.span.key}&sort={key}&order={order}", direction))
        return columns

    @property
    def slowest(self) -> list[dict[str, str]]:
        """The slowest requests of the last hour."""
        return [
            {
                "when": wording.ago(self.now.timestamp() - request.ended_at),
                "time": wording.milliseconds(request.milliseconds),
                "route": request.route,
                "request": f"{request.method} {request.path}",
                "status": str(request.status),
                "sql": str(request.statements),
                "sql_time": wording.milliseconds(request.sql_ms),
            }
            for request in slow.slowest(settings.METRICS_DIR, SLOWEST)
        ]

    @property
    def tables(self) -> list[dict[str, str]]:
        """What the query cache did for each, the busiest first."""
        ages = ages_of_invalidations()
        busiest = sorted(measures.tables(self.whole.dense).items(), key=lambda item: -(item[1].hits + item[1].misses))
        return [
            {
                "name": name,
                "hits": wording.number(table.hits),
                "misses": wording.number(table.misses),
                "rate": _written(table.hit_rate, wording.percent),
                "stores": wording.number(table.stores),
                "invalidations": wording.number(table.invalidations),
                "age": _written(ages.get(name), wording.ago),
            }
            for name, table in busiest
        ]

    @property
    def web_processes(self) -> list[processes.Usage]:
        """Those that answer requests."""
        return [usage for usage in self.state.usages if usage.name.startswith("web ") and usage.name != "web master"]

    @property
    def processes(self) -> list[dict[str, str]]:
        """Those that live."""
        streams = {member.pid: member.streams for member in ledger.members(settings.METRICS_DIR)}
        return [
            {
                "name": usage.name,
                "pid": str(usage.pid),
                "memory": wording.size(usage.memory),
                "cpu": _written(_part(self.unsampled.processes.get(usage.name), 1), wording.percent),
                "streams": _written(streams.get(usage.pid), wording.number),
            }
            for usage in self.state.usages
        ]

    @property
    def queue(self) -> list[tuple[str, str]]:
        """(what, how many)."""
        gauges = self.state.gauges
        return [
            ("Waiting", wording.number(gauges["waiting"])),
            ("Running", wording.number(gauges["running"])),
            ("Failed tasks", wording.number(gauges["failed_tasks"])),
            ("Pictures drawn", wording.number(gauges["media_done"])),
            ("Given up", wording.number(gauges["media_failed"])),
            ("Living workers", wording.number(sources.living_workers())),
        ]

    @property
    def failures(self) -> list[dict[str, Any]]:
        """What was given up, the latest first."""
        return [
            {"key": failure.key, "what": failure.what, "why": failure.why,
             "when": wording.ago((self.now - failure.when).total_seconds())}
            for failure in sources.failures(FAILURES)
        ]  # fmt: skip


def ages_of_invalidations() -> dict[str, float]:
    """{table: seconds since its results were last made void}."""
    now = datetime.now(UTC).timestamp()
    return {table: max(0.0, now - moment) for table, moment in by_table.last_written().items()}


def _target(
    what: str, goal: str, value: float | None, write: Callable[[float], str], holds: Callable[[float], bool]
) -> Target:
    return Target(what, goal, _written(value, write), None if value is None else holds(value))


def _written(value: float | None, write: Callable[[float], str]) -> str:
    return "–" if value is None else write(value)


def _part(pair: Iterable[float] | None, place: int) -> float | None:
    return None if pair is None else list(pair)[place]
