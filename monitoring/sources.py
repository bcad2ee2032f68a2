"""What other rooms tell of their work, by the settings: this app imports none of them.

Who measures must not change what is measured: the query cache is asked for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any, NamedTuple

from cachalot.api import LOCAL_STORAGE
from django.conf import settings


@contextmanager
def _past_the_query_cache() -> Iterator[None]:
    """cachalot's own `cachalot_disabled` leaves the thread without a cache for good when an exception ends it."""
    before = getattr(LOCAL_STORAGE, "cachalot_enabled", True)
    LOCAL_STORAGE.cachalot_enabled = False
    try:
        yield
    finally:
        LOCAL_STORAGE.cachalot_enabled = before


class Failure(NamedTuple):
    """A piece of work that was given up."""

    key: int
    what: str
    why: str
    when: datetime


def _queue() -> Any:
    return import_module(settings.MONITORING_QUEUE)


def queue_gauges() -> dict[str, float]:
    """How many pieces of work wait, run, are done and failed, and for how many seconds the first has waited."""
    with _past_the_query_cache():
        gauges: dict[str, float] = _queue().gauges()
    return gauges


def failures(limit: int) -> list[Failure]:
    """The latest."""
    return [Failure(*failure) for failure in _queue().failures(limit)]


def retry_permission() -> str:
    """Who has it may call `retry`."""
    permission: str = _queue().RETRY_PERMISSION
    return permission


def retry(keys: Sequence[int]) -> int:
    """Do that work once more; of no keys all that failed. Returns how many are enqueued."""
    enqueued: int = _queue().retry(keys)
    return enqueued


def living_workers() -> int:
    """How many take up work."""
    living: int = _queue().living_workers()
    return living


def library_totals() -> dict[str, float]:
    """{what: how many}."""
    with _past_the_query_cache():
        totals: dict[str, float] = import_module(settings.MONITORING_LIBRARY).totals()
    return totals


def empty_folders() -> list[str]:
    """The library folders that hold nothing, where something is known to be."""
    with _past_the_query_cache():
        folders: list[str] = import_module(settings.MONITORING_LIBRARY).empty_folders()
    return folders


def set_aside() -> list[str]:
    """The names of files in the data dir that were damaged, and replaced by new ones."""
    names: list[str] = import_module(settings.MONITORING_LIBRARY).set_aside()
    return names
