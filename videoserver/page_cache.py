"""Whole pages, kept while nothing changes.

A page that a view marks with `page_cache = True` is kept under the generation of the data from before it was made, and
given out while the generation is still that one: never stale, for every commit begins another (generation.py). Only
they get it who send the same address and the same session. This comes before all middleware whose headers are kept with
the page.
"""

from __future__ import annotations

import gzip
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from hashlib import blake2b
from typing import NamedTuple, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.urls import ResolverMatch
from django.utils.cache import get_conditional_response, patch_vary_headers

from videoserver import generation
from videoserver.generation import Generation

MAX_BYTES = 2 * 2**20
"""Of all pages that one process keeps, packed: some 350 grids."""

MAX_SECONDS = 60
"""How long a page is kept: it tells how old videos are, and its session may end."""

PACKING_LEVEL = 4
TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")

Key = tuple[str, ...]


class Page(NamedTuple):
    """A finished page."""

    headers: dict[str, str]
    packed: bytes
    """The content, by gzip."""
    digest: str
    made_in: Generation
    ends: float
    """On the monotonic clock."""
    match: ResolverMatch | None
    """The route that it is of, for who comes before us and tells routes apart."""


class Pages:
    """The pages of one process; those that were not asked for the longest go when they are too many."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._bytes = 0
        self._making: dict[Key, threading.Lock] = {}

    def get(self, key: Key, now: Generation) -> Page | None:
        """The page, if it was made in this generation."""
        with self._lock:
            page = self._pages.get(key)
            if page is None or page.made_in != now or page.ends < time.monotonic():
                return None
            self._pages.move_to_end(key)
            return page

    def last(self, key: Key) -> Page | None:
        """The page, of whatever generation."""
        with self._lock:
            return self._pages.get(key)

    def put(self, key: Key, page: Page) -> None:
        """Keep a page, in the place of an older one."""
        with self._lock:
            old = self._pages.pop(key, None)
            self._bytes += len(page.packed) - (len(old.packed) if old else 0)
            self._pages[key] = page
            while self._bytes > self._max_bytes:
                key, gone = self._pages.popitem(last=False)
                self._bytes -= len(gone.packed)
                self._making.pop(key, None)

    def making(self, key: Key) -> AbstractContextManager[object]:
        """Lets one thread make a page anew while others wait for it. An address that never was one is no page."""
        with self._lock:
            return self._making.setdefault(key, threading.Lock()) if key in self._pages else nullcontext()


_pages = Pages()


class PageCacheMiddleware:
    """Gives out finished pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        key = _key(request)
        return self._kept(request, key) or self._make(request, key)

    def _kept(self, request: HttpRequest, key: Key) -> HttpResponse | None:
        now = generation.current()
        page = _pages.get(key, now) if now else None
        return _answer(request, page) if page else None

    def _make(self, request: HttpRequest, key: Key) -> HttpResponseBase:
        with _pages.making(key):
            kept = self._kept(request, key)
            if kept:
                return kept
            made_in = generation.current()
            response = self.get_response(request)
            if made_in is None or response.status_code != 200 or not getattr(response, "page_cache", False):
                return response
            page = _page(request, cast(HttpResponse, response), made_in, _pages.last(key))
            _pages.put(key, page)
        answer = _answer(request, page)
        answer.cookies = response.cookies
        return answer


def _key(request: HttpRequest) -> Key:
    """What may make a difference: a form of somebody signed in holds the token of their cookie."""
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    token = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "") if session else ""
    return request.path, request.META.get("QUERY_STRING", ""), session, token


def _page(request: HttpRequest, response: HttpResponse, made_in: Generation, last: Page | None) -> Page:
    """What is kept of an answer; one that says the same as the last is not packed again."""
    patch_vary_headers(response, ["Accept-Encoding"])
    headers = {name: value for name, value in response.items() if name != "Content-Length"}
    digest = blake2b(response.content, digest_size=12).hexdigest()
    packed = last.packed if last and last.digest == digest else gzip.compress(response.content, PACKING_LEVEL, mtime=0)
    if request.resolver_match:
        request.resolver_match.tried = None  # the patterns that didn't match: a kilobyte, for the page of a 404
    return Page(headers, packed, digest, made_in, time.monotonic() + MAX_SECONDS, request.resolver_match)


def _answer(request: HttpRequest, page: Page) -> HttpResponse:
    """The page as this visitor takes it, with the cookie that writing needs."""
    request.resolver_match = page.match
    packed = TAKES_GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")) is not None
    etag = f'"{page.digest}-gzip"' if packed else f'"{page.digest}"'
    content = page.packed if packed else gzip.decompress(page.packed)
    response = HttpResponse(content, headers={**page.headers, "ETag": etag, "Content-Length": str(len(content))})
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    unchanged = get_conditional_response(request, etag=etag, response=response)
    answer = unchanged or response
    if settings.CSRF_COOKIE_NAME not in request.COOKIES:
        get_token(request)
        answer.set_cookie(
            settings.CSRF_COOKIE_NAME,
            request.META["CSRF_COOKIE"],
            max_age=settings.CSRF_COOKIE_AGE,
            secure=settings.CSRF_COOKIE_SECURE,
            samesite="Lax",
        )
    return answer
