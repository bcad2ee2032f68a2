"""Guessing passwords is slow: after a few misses each further attempt has to wait, for a time that doubles.

Misses are counted for an account's name and for an address. A browser in which the account has signed in before is
known by a signed cookie and counted by itself, so that nobody who guesses elsewhere keeps the owner out. An attempt is
counted before the password is looked at: those made at once count as well. While one has to wait, nothing is counted.

The counts lie in a file of their own beside the database, as each commit there has all pages made anew. All processes
share it; it holds digests, for people type passwords where names belong, and never more than `MOST_KEYS`.
"""

import sqlite3
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import wraps
from ipaddress import ip_address, ip_network
from math import ceil
from secrets import token_hex
from typing import NamedTuple

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import salted_hmac

View = Callable[..., HttpResponseBase]

FILE = "attempts.sqlite3"
TABLE = "CREATE TABLE IF NOT EXISTS attempt (key TEXT PRIMARY KEY, misses INTEGER NOT NULL, at REAL NOT NULL)"
COUNT = "INSERT INTO attempt VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET misses = misses + 1, at = excluded.at"
MOST_KEYS = 10_000
FORGOTTEN_AFTER = 24 * 3600
"""Seconds after the last attempt."""
FIRST_WAIT = 10
"""Seconds."""
BUSY_SECONDS = 5.0
COOKIE = "known"
COOKIE_SECONDS = 400 * 24 * 3600
"""The longest that browsers keep one."""


class Limit(NamedTuple):
    """How many misses are free, and how many seconds one waits at most."""

    free: int
    longest: int


OF_NAME = Limit(5, 300)
OF_BROWSER = Limit(5, 300)
OF_ADDRESS = Limit(30, 300)  # behind a proxy all have the same


def slow_guessing(name_of: Callable[[HttpRequest], str]) -> Callable[[View], View]:
    """For a view whose POST asks for the password of the account of that name, and leads on where it was right."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            name = _folded(name_of(request)) if request.method == "POST" else ""
            if not name:
                return view(request, *args, **kwargs)
            known = request.get_signed_cookie(COOKIE, None, salt=_salt(name), max_age=COOKIE_SECONDS)
            limits = _limits(request, name, known)
            wait = begin(limits)
            if wait:
                return _not_yet(request, wait)
            response = view(request, *args, **kwargs)
            if response.status_code == 302 and _folded(request.user.get_username()) == name:
                forget(limits)
                _remember(response, name, known or token_hex(16))
            return response

        return guarded

    return decorate


def typed_name(request: HttpRequest) -> str:
    """The name in the form of a sign-in."""
    return str(request.POST.get("username", ""))


def own_name(request: HttpRequest) -> str:
    """The name of who is signed in, or ""."""
    return request.user.get_username()


def begin(limits: dict[str, Limit]) -> int:
    """Count an attempt under all these keys and return 0, or count nothing and return how many seconds to wait."""
    now = time.time()
    with _attempts() as attempts:
        found = _rows(attempts, limits)
        wait = max((_waits(limits[key], misses) - abs(now - at) for key, misses, at in found), default=0.0)
        if wait > 0:
            return ceil(wait)
        attempts.execute("DELETE FROM attempt WHERE at < ?", (now - FORGOTTEN_AFTER,))
        attempts.executemany(COUNT, [(key, now) for key in limits])
        newest = "SELECT key FROM attempt ORDER BY at DESC LIMIT ?"
        attempts.execute(f"DELETE FROM attempt WHERE key NOT IN ({newest})", (MOST_KEYS,))  # noqa: S608 - our own
    return 0


def forget(limits: dict[str, Limit]) -> None:
    """The attempt was no miss. What others missed from the same address still counts."""
    with _attempts() as attempts:
        for key, limit in limits.items():
            left = "misses - 1" if limit is OF_ADDRESS else "0"
            attempts.execute(f"UPDATE attempt SET misses = {left} WHERE key = ?", (key,))  # noqa: S608 - our own


def _limits(request: HttpRequest, name: str, known: str | None) -> dict[str, Limit]:
    if known:
        return {_digest("browser", known): OF_BROWSER}
    return {
        _digest("name", name): OF_NAME,
        _digest("address", _network(request.META.get("REMOTE_ADDR", ""))): OF_ADDRESS,
    }


def _network(address: str) -> str:
    """An IPv6 visitor has 2⁶⁴ addresses: they count as one."""
    try:
        return str(ip_network((address, 64), strict=False)) if ip_address(address).version == 6 else address
    except ValueError:  # of a socket without one
        return ""


def _waits(limit: Limit, misses: int) -> int:
    """Seconds after the last of so many."""
    over = misses - limit.free
    return 0 if over < 0 else min(FIRST_WAIT * 2 ** min(over, 20), limit.longest)


def _rows(attempts: sqlite3.Connection, keys: Iterable[str]) -> list[tuple[str, int, float]]:
    wanted = list(keys)
    marks = ", ".join("?" * len(wanted))
    return attempts.execute(f"SELECT key, misses, at FROM attempt WHERE key IN ({marks})", wanted).fetchall()  # noqa: S608


@contextmanager
def _attempts() -> Iterator[sqlite3.Connection]:
    """The file, in a transaction of our own. Raises django.db.OperationalError where there can be none."""
    path = settings.DATA_DIR / FILE
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as attempts:
            attempts.execute("PRAGMA synchronous = OFF")  # what the last moment before a power cut counted may go
            attempts.execute(TABLE)
            attempts.execute("BEGIN IMMEDIATE")
            yield attempts
            attempts.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise OperationalError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:  # damaged: the next attempt begins another
        path.unlink(missing_ok=True)
        raise OperationalError(f"{path}: {error}") from error


def _not_yet(request: HttpRequest, wait: int) -> HttpResponse:
    response = render(request, "429.html", {"wait": wait}, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def _remember(response: HttpResponseBase, name: str, known: str) -> None:
    response.set_signed_cookie(COOKIE, known, salt=_salt(name), max_age=COOKIE_SECONDS, httponly=True, samesite="Lax")


def _salt(name: str) -> str:
    """The cookie of one account says nothing of another."""
    return f"videoserver.guessing.{_digest('name', name)}"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _digest(kind: str, value: str) -> str:
    return salted_hmac(f"videoserver.guessing.{kind}", value.encode(errors="replace")).hexdigest()
