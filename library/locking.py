"""One at a time, across processes, and each on what is so now."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cachalot.api import LOCAL_STORAGE
from django.conf import settings
from django.db import transaction

_held = threading.local()


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Hold the lock of that name in the data dir; wait for whoever holds it. A killed holder lets it go.

    Who holds it already may take it again.
    """
    held: set[str] = _held.__dict__.setdefault("names", set())
    if name in held:
        yield
        return
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / f"{name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        held.add(name)
        try:
            yield
        finally:
            held.discard(name)


@contextmanager
def reading_afresh() -> Iterator[None]:
    """Read from the database itself: what is written next depends on it.

    The query cache hears of a commit a moment after it. A visitor may be a moment late, for nobody was told yet that
    the write is done; a transaction that comes next may not.
    """
    with _query_cache(enabled=False):
        yield


@contextmanager
def reading_kept() -> Iterator[None]:
    """Let the query cache answer, within what otherwise reads afresh: for what is dear to find and seldom changes."""
    with _query_cache(enabled=True):
        yield


@contextmanager
def _query_cache(*, enabled: bool) -> Iterator[None]:
    before = getattr(LOCAL_STORAGE, "cachalot_enabled", True)
    LOCAL_STORAGE.cachalot_enabled = enabled
    try:
        yield
    finally:
        LOCAL_STORAGE.cachalot_enabled = before


@contextmanager
def writing() -> Iterator[None]:
    """A transaction, all or nothing, that reads afresh."""
    with reading_afresh(), transaction.atomic():
        yield
