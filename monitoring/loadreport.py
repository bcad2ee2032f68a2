"""How a server answered the visitors of a load test."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self


class Timing(NamedTuple):
    """How the requests to one route were answered. Percentiles in milliseconds."""

    route: str
    requests: int
    errors: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, route: str, times: Iterable[float], errors: int) -> Self:
        """Of the times of one request or more."""
        ordered = sorted(times)
        p50, p95, p99 = (ordered[math.ceil(len(ordered) * share) - 1] for share in (0.50, 0.95, 0.99))
        return cls(route, len(ordered), errors, p50, p95, p99)


@dataclass(frozen=True)
class LoadReport:
    """What the visitors saw."""

    routes: list[Timing]
    total: Timing
    seconds: float
    faults: list[tuple[str, str, int]]
    """(route, what went wrong, how often), the most frequent first."""
    at_its_limit: bool
    """The visitors' own process had more to do than it could: part of the times is its own."""

    def to_json(self) -> dict[str, Any]:
        """For `of`."""
        return self.__dict__

    @classmethod
    def of(cls, said: dict[str, Any]) -> Self:
        """As `to_json` gave it."""
        routes, faults = [Timing(*timing) for timing in said["routes"]], [tuple(fault) for fault in said["faults"]]
        return cls(**said | {"routes": routes, "total": Timing(*said["total"]), "faults": faults})


class Notes:
    """What the visitors note while they go: eight bytes a request."""

    def __init__(self) -> None:
        self._times: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
        self._faults: Counter[tuple[str, str]] = Counter()

    def add(self, route: str, milliseconds: float, fault: str | None) -> None:
        """A request that was answered, or failed."""
        self._times[route].append(milliseconds)
        if fault:
            self.fail(route, fault)

    def fail(self, route: str, fault: str) -> None:
        """What went wrong."""
        self._faults[route, fault] += 1

    def report(self, seconds: float, *, at_its_limit: bool) -> LoadReport | None:
        """All of it; None where there was no request."""
        if not self._times:
            return None
        errors: Counter[str] = Counter()
        for (route, _), times in self._faults.items():
            errors[route] += times
        routes = [Timing.of(route, self._times[route], errors[route]) for route in sorted(self._times)]
        every = [time for times in self._times.values() for time in times]
        faults = [(route, fault, times) for (route, fault), times in self._faults.most_common()]
        return LoadReport(routes, Timing.of("all", every, errors.total()), seconds, faults, at_its_limit)
