"""How much is read, written and shown at a time, and in which orders. Pure."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

BATCH = 500
"""Rows a statement: SQLite takes 32,766 variables, and a write lock is held for milliseconds."""

MANY_ROWS = 5_000
"""Rows that are held in memory at a time while a whole table is read."""

SORTS: dict[str, str] = {
    "date": "added_at",
    "rating": "rating__stars",
    "title": "sort_key",
    "views": "view_count__count",
    "duration": "duration",
    "size": "size",
    "viewed": "view_count__last_viewed_at",
    "resolution": "pixels",
}
"""What a visitor may sort by, and the indexed column behind it; `pixels` is an indexed product."""

NOT_ALWAYS_KNOWN = frozenset({"rating__stars", "view_count__last_viewed_at", "pixels"})
"""Columns that may be empty: what has none is the last, or in the ascending order the first."""

ASCENDING_BY_HABIT = frozenset({"title"})
"""Sorts whose usual direction is ascending; the others start with the newest, best or largest."""

BEST_OF_STARS = 4
RELATED_LIMIT = 20
MANY_RELATED = 1_000
"""Videos that share as many tags as the last that is shown: beyond these they are found in the order of their stars."""

DEEP = 600
"""Rows before a page that is reached by walking over an index alone."""


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The items in lists of a size that one statement takes."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
