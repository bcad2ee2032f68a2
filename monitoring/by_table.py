"""What the query cache did for each table. The cache tells it by the keys that cachalot gave to tables and queries."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from cachalot.utils import get_table_cache_key
from django.apps import apps
from django.conf import settings
from django.db import connections

from monitoring.ledger import ledger_of, maxima
from monitoring.measures import CACHE, TABLE, WRITTEN, named
from monitoring.spending import CACHE_NS, USED, spent


def asked(keys: Collection[Any], *, hit: bool | None, nanoseconds: int) -> None:
    """One query was looked up; whether it was a hit, or neither a hit nor a miss."""
    spent.numbers[USED] = 1
    spent.numbers[CACHE_NS] += nanoseconds
    if hit is not None:
        _add(keys, int(hit), int(not hit), 0, 0, nanoseconds)


def written(results: Collection[Any], looked_up: Collection[Any], invalidated: Collection[Any]) -> None:
    """Results were taken in, each of a query whose keys were looked up just before; or tables were invalidated."""
    for key in results:
        _add(looked_up if key in looked_up else (), 0, 0, 1)
    if invalidated:
        _add(invalidated, 0, 0, 0, 1)
        _note_moment(invalidated)


def _add(keys: Iterable[Any], *amounts: int) -> None:
    ledger, names = ledger_of(settings.METRICS_DIR), _tables()
    ledger.add(CACHE, *amounts)
    for key in keys:
        name = names.get(key)
        if name:
            ledger.add(name, *amounts)


def _note_moment(keys: Iterable[Any]) -> None:
    ledger, names, now = ledger_of(settings.METRICS_DIR), _tables(), int(time.time())
    for key in keys:
        name = names.get(key)
        if name:
            row = ledger.row(WRITTEN + name.removeprefix(TABLE))
            with ledger.lock:
                row[0] = now


def last_written() -> dict[str, int]:
    """{table: when its results were last made void, in seconds since 1970}, by whatever process."""
    latest = named(maxima(settings.METRICS_DIR), WRITTEN)
    return {table: row[0] for table, row in sorted(latest.items())}


@cache
def _tables() -> dict[str, str]:
    """{cachalot's key: the name of the row}, for every table of every database."""
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    return {get_table_cache_key(alias, table): TABLE + table for alias in connections for table in tables}
