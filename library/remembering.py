"""What each process remembers of a table until that is written to: sooner said than the query cache is asked."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from cachalot.api import get_last_invalidation
from django.db.models import Model

from library.locking import reading_afresh, reading_kept
from library.models import FormerPath, Video

T = TypeVar("T")

MOST = 60
"""Things remembered at a time; what was not asked for the longest is forgotten first."""

_remembered: OrderedDict[Hashable, tuple[tuple[float, ...], Any]] = OrderedDict()
_lock = threading.Lock()


def remembered(name: Hashable, models: tuple[type[Model], ...], find: Callable[[], T]) -> T:
    """What `find` finds in the tables of those models, found anew after each write to them, in whatever process.

    As with the query cache's results, what counts is the tables' stamps from before the search.
    """
    stamps = tuple(get_last_invalidation(model) for model in models)
    if not all(stamps):  # forgotten by the query cache, whose next reader gives them others
        with reading_kept():
            return find()
    with _lock:
        known = _remembered.get(name)
        if known:
            _remembered.move_to_end(name)
    if known and known[0] == stamps:
        value: T = known[1]
        return value
    with reading_afresh():
        value = find()
    with _lock:
        _remembered[name] = stamps, value
        while len(_remembered) > MOST:
            _remembered.popitem(last=False)
    return value


def total_present() -> int:
    """How many files are there."""
    return remembered("total", (Video,), Video.objects.total_present)


def version() -> str:
    """What differs after a scan that found a video added, moved, missing or back."""
    return remembered("version", (Video, FormerPath), Video.objects.version)
