"""Drives a running server as many visitors at once would, and tells how long it took to answer."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import groupby
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

import urllib3

from monitoring.models import LoadRun
from monitoring.visiting import PATIENCE_SECONDS, Claims, Request, Undo, Visitor

ARRIVAL_SECONDS = 10.0
"""In which all visitors come, one after the other; a quarter of the time in a short test."""


class LoadTestError(Exception):
    """It can't begin; the text says why, in one line."""


class Timing(NamedTuple):
    """How the requests to one route were answered. Percentiles in milliseconds."""

    route: str
    requests: int
    errors: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, route: str, requests: Iterable[Request]) -> Timing:
        """Of one request or more."""
        noted = list(requests)
        times = sorted(1000 * request.seconds for request in noted)
        p50, p95, p99 = (times[math.ceil(len(times) * share) - 1] for share in (0.50, 0.95, 0.99))
        return cls(route, len(noted), sum(request.fault is not None for request in noted), p50, p95, p99)


@dataclass(frozen=True)
class LoadReport:
    """What the visitors saw."""

    routes: list[Timing]
    total: Timing
    seconds: float
    faults: Counter[tuple[str, str]]
    """How often which route failed, and how."""
    not_put_back: list[Undo]
    """What would undo the changes that could not be undone."""


def is_here(url: str) -> bool:
    """Whether a URL is one of this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def run(url: str, users: int, seconds: float) -> LoadReport:
    """Let that many visitors in for that long; a KeyboardInterrupt ends it earlier. Raises LoadTestError."""
    tags = _look_around(url)
    claims, stop = Claims(), threading.Event()
    visitors = [Visitor(url, Random(), claims, tags) for _ in range(users)]  # noqa: S311 - chance, not secrets
    threads = [threading.Thread(target=visitor.visit, args=(stop,), daemon=True) for visitor in visitors]
    began = time.monotonic()
    try:
        for number, thread in enumerate(threads):
            _sleep_until(began + min(ARRIVAL_SECONDS, seconds / 4) * number / users)
            thread.start()
        _sleep_until(began + seconds)
    except KeyboardInterrupt:
        pass
    lasted = time.monotonic() - began
    stop.set()
    for thread in threads:
        if thread.ident is not None:
            thread.join(2 * PATIENCE_SECONDS)
    return report(visitors, lasted)


def report(visitors: Iterable[Visitor], seconds: float) -> LoadReport:
    """What they noted, by route. Raises LoadTestError where nobody did anything."""
    visitors = list(visitors)
    noted = sorted(
        (request for visitor in visitors for request in list(visitor.requests)), key=lambda noted: noted.route
    )
    if not noted:
        raise LoadTestError("No visitor came to anything: give it more seconds.")
    routes = [Timing.of(route, requests) for route, requests in groupby(noted, key=lambda request: request.route)]
    faults = Counter((request.route, request.fault) for request in noted if request.fault)
    not_put_back = [visitor.undo for visitor in visitors if visitor.undo]
    return LoadReport(routes, Timing.of("all", noted), seconds, faults, not_put_back)


def store(report: LoadReport, url: str, users: int) -> LoadRun:
    """Keep it beside the earlier ones. Raises django.db.DatabaseError where there is no place for it."""
    total = report.total
    return LoadRun.objects.create(
        url=url, users=users, seconds=report.seconds, requests=total.requests, errors=total.errors,
        p50_ms=total.p50, p95_ms=total.p95, p99_ms=total.p99, routes=[list(timing) for timing in report.routes],
    )  # fmt: skip


def _look_around(url: str) -> list[str]:
    """The tags of a library that lets visitors in and has something to watch. Raises LoadTestError."""
    with urllib3.PoolManager(timeout=urllib3.Timeout(PATIENCE_SECONDS), retries=False) as pool:
        try:
            home = pool.request("GET", f"{url}/", redirect=False)
            tags = pool.request("GET", f"{url}/library/tags", redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise LoadTestError(f"No server answers at {url}: {_reason(error)}.") from error
    if home.status in (301, 302, 401, 403):
        raise LoadTestError(f"{url} asks for an account. Test a server with VIDEOSERVER_ACCESS=open.")
    if home.status != 200 or tags.status != 200:
        raise LoadTestError(f"{url} is no such server, or is unwell: it answers {home.status} and {tags.status}.")
    if b'href="/watch/' not in home.data:
        raise LoadTestError(f"{url} has no videos to watch.")
    return [str(tag) for tag in json.loads(tags.data)["tags"]]


def _reason(error: Exception) -> str:
    """What the system said, if that is known."""
    cause = error.__cause__ or error.__context__
    return getattr(cause, "strerror", None) or type(error).__name__


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
