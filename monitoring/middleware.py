"""Times every request, by the name of its route.

Comes before all other middleware, so that pages that were kept whole, static files and refusals are timed too. What it
adds to a page that took 0.1 ms must not show: it touches a few numbers in memory and nothing else.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from time import monotonic_ns
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from monitoring import spending
from monitoring.buckets import DURATION_BOUNDS, SIZE_BOUNDS, TIME_BOUNDS
from monitoring.callers import is_staff
from monitoring.ledger import Ledger, ledger_of
from monitoring.measures import (
    BROKEN,
    BYTES,
    COMPLETE,
    CUT_OFF,
    DURATIONS,
    FIRST_BYTE_NS,
    ROUTE,
    SIZES,
    SQL_NS,
    STATEMENTS,
    STREAM_NS,
    TIMES,
)  # fmt: skip
from monitoring.slow import PATH_CHARACTERS, SlowRequest, SlowRequests
from monitoring.spending import CACHE_NS, RENDER_NS, USED, spent

DELIVERY = "videoserver.delivery"
"""Where a server that tells how it delivers puts a `Delivery` into the environment of a request."""
STATIC, UNROUTED = "static", "unrouted"
SERVER_TIMING = "Server-Timing"
_NOTHING = [0, 0, 0, 0, 0]
_LOOK_AGAIN_NS = 60 * 10**9


class Delivery(Protocol):
    """A response on its way."""

    arrived_ns: int
    """When all of the request was there, on the monotonic clock."""
    file_sent: int
    """Bytes of a file that the visitor's socket took."""


class TimingMiddleware:
    """Counts requests, and whatever is worth knowing of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.ledger = ledger_of(settings.METRICS_DIR)
        self.rows: dict[str, memoryview] = {}
        self.slow = SlowRequests(self.ledger)
        self.session_cookie = settings.SESSION_COOKIE_NAME
        self.tells_all = settings.DEBUG
        self.look_again_at = 0

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        delivery = request.META.get(DELIVERY)
        began = delivery.arrived_ns if delivery else monotonic_ns()
        used = spent.numbers
        if used[USED]:
            used[:] = _NOTHING
        response = self.get_response(request)
        took = monotonic_ns() - began
        match = request.resolver_match
        route = match.view_name if match else _unmatched(request)
        try:
            row = self.rows[route]
        except KeyError:
            row = self.rows[route] = self.ledger.row(ROUTE + route)
        is_whole = not response.streaming
        size = len(response.content) if is_whole else 0  # type: ignore[attr-defined]
        with self.ledger.lock:
            row[response.status_code // 100 - 1] += 1
            row[FIRST_BYTE_NS] += took
            row[TIMES + bisect_right(TIME_BOUNDS, took)] += 1
            if is_whole:
                row[BYTES] += size
                row[SIZES + bisect_right(SIZE_BOUNDS, size)] += 1
        if not is_whole and request.method != "HEAD":
            _Stream(self.ledger, row, request, response, began)
        if took > self.slow.threshold_ns or began > self.look_again_at:
            self._note_if_slow(request, response, route, took, used)
        if used[USED] or self.session_cookie in request.COOKIES or self.tells_all:
            self._count_work(row, response, took, used)
        return response

    def _count_work(self, row: memoryview, response: HttpResponseBase, took: int, used: list[int]) -> None:
        with self.ledger.lock:
            row[STATEMENTS] += used[spending.STATEMENTS]
            row[SQL_NS] += used[spending.SQL_NS]
        if SERVER_TIMING in response.headers:
            response.headers[SERVER_TIMING] = _server_timing(took, used)

    def _note_if_slow(
        self, request: HttpRequest, response: HttpResponseBase, route: str, took: int, used: list[int]
    ) -> None:
        if monotonic_ns() > self.look_again_at:
            self.look_again_at = monotonic_ns() + _LOOK_AGAIN_NS
            self.slow.look_again(time.time())
        if took > self.slow.threshold_ns:
            statements, sql_ms = used[spending.STATEMENTS], round(used[spending.SQL_NS] / 1e6, 2)
            path, method, status = _shown_path(request), request.method or "", response.status_code
            milliseconds = round(took / 1e6, 2)
            self.slow.keep(SlowRequest(time.time(), milliseconds, route, method, path, status, statements, sql_ms))


class _Stream:
    """A response that is still being sent. Counts it when the server closes it."""

    def __init__(
        self, own: Ledger, row: memoryview, request: HttpRequest, response: HttpResponseBase, began: int
    ) -> None:
        self._ledger = own
        self._row = row
        self._delivery: Delivery | None = request.META.get(DELIVERY)
        self._length = int(response.headers.get("Content-Length", 0))
        self._began = began
        self._close = response.close
        self._open = True
        response.close = self.close  # type: ignore[method-assign]
        self._ledger.count_streams(1)

    def close(self) -> None:
        """What the server calls at the end of a response, however it ended."""
        sent = self._delivery.file_sent if self._delivery else self._length
        end = COMPLETE if sent >= self._length else CUT_OFF
        try:
            self._close()
        except BaseException:
            end = BROKEN
            raise
        finally:
            if self._open:
                self._open = False
                self._count(end, sent)

    def _count(self, end: int, sent: int) -> None:
        took = monotonic_ns() - self._began
        self._ledger.count_streams(-1)
        with self._ledger.lock:
            self._row[end] += 1
            self._row[BYTES] += sent
            self._row[SIZES + bisect_right(SIZE_BOUNDS, sent)] += 1
            self._row[STREAM_NS] += took
            self._row[DURATIONS + bisect_right(DURATION_BOUNDS, took)] += 1


def _unmatched(request: HttpRequest) -> str:
    """The name of what no view answered."""
    return STATIC if settings.STATIC_URL and request.path_info.startswith(settings.STATIC_URL) else UNROUTED


def _shown_path(request: HttpRequest) -> str:
    """Without what may be secret: a query, and a link's signature."""
    match = request.resolver_match
    secrets = [str(value) for name, value in match.kwargs.items() if name == "token"] if match else []
    path = request.path
    for secret in secrets:
        path = path.replace(secret, "…")
    return path if len(path) <= PATH_CHARACTERS else path[: PATH_CHARACTERS - 1] + "…"


def _server_timing(took: int, used: list[int]) -> str:
    """The header's value, in milliseconds."""
    parts = {"total": took, "sql": used[spending.SQL_NS], "cache": used[CACHE_NS], "render": used[RENDER_NS]}
    described = {"sql": f';desc="{used[spending.STATEMENTS]} statements"'}
    return ", ".join(f"{name};dur={spent / 1e6:.2f}{described.get(name, '')}" for name, spent in parts.items())


class ServerTimingMiddleware:
    """Marks the responses of which the visitor may know where their time went: staff's, and all in debug mode.

    Comes after the one that knows the visitor. The mark stays with a page that is kept whole, which is kept for one
    session alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.DEBUG or (self._may_be_told(request, response) and is_staff(request)):
            response.headers[SERVER_TIMING] = "total"
        return response

    def _may_be_told(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Of who fetches a picture, or has no session, nothing is asked that the view did not ask."""
        is_text = response.headers.get("Content-Type", "").startswith(("text/html", "application/json"))
        return is_text and settings.SESSION_COOKIE_NAME in request.COOKIES
