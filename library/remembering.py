"""What each process remembers of a table until that is written to: sooner said than the query cache is asked."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from math import inf
from typing import Any, TypeVar

from cachalot.api import get_last_invalidation
from django.db.models import Model

from library.implying import Parents
from library.locking import reading_afresh, reading_kept
from library.models import FormerPath, Tag, Video

T = TypeVar("T")

MOST = 60
"""Things remembered at a time; what was not asked for the longest is forgotten first."""

_remembered: OrderedDict[Hashable, tuple[tuple[float, ...], Any]] = OrderedDict()
_lock = threading.Lock()
_awhile: dict[str, tuple[tuple[float, ...], float, Any]] = {}
"""(stamps, when it was found on the monotonic clock, value)."""

_finding = threading.RLock()


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


def remembered_awhile(name: str, models: tuple[type[Model], ...], find: Callable[[], T], seconds: float) -> T:
    """The same for what is dear to find, and does no harm when it is some seconds older than the last write."""
    with _finding:
        known = _awhile.get(name)
        stamps = _stamps(models)
        if known and time.monotonic() < known[1] + (inf if all(stamps) and known[0] == stamps else seconds):
            value: T = known[2]
            return value
        with reading_afresh():
            value = find()
        _awhile[name] = stamps, time.monotonic(), value
        return value


def _stamps(models: tuple[type[Model], ...]) -> tuple[float, ...]:
    """The tables' stamps. One that has none gets its first from whoever asks the query cache for a row of it."""
    stamps = tuple(get_last_invalidation(model) for model in models)
    if all(stamps):
        return stamps
    with reading_kept():
        for model in models:
            model._default_manager.order_by("pk").values_list("pk").first()
    return tuple(get_last_invalidation(model) for model in models)


def total_present() -> int:
    """How many files are there."""
    return remembered("total", (Video,), Video.objects.total_present)


def present_ids() -> Sequence[int]:
    """The ids of all files that are there, ascending; eight bytes each."""
    return remembered("present ids", (Video,), Video.objects.present().ids_in_order)


def folders() -> dict[str, tuple[int, int]]:
    """{folder: (how many videos are right in it, id of the newest)}."""
    return remembered("folders", (Video,), Video.objects.folders)


def version() -> str:
    """What differs after a scan that found a video added, moved, missing or back."""
    return remembered("version", (Video, FormerPath), Video.objects.version)


def tags_below(tag: Tag) -> set[int]:
    """The ids of all that imply a tag."""
    return families().get(tag.pk, {tag.pk}) - {tag.pk}


def total_below(tag: Tag) -> int:
    """How many files bear a tag, or one that implies it."""
    tables = (Video, Video.tags.through, Tag.parents.through)
    return remembered(("total below", tag.pk), tables, lambda: Tag.objects.count_of(tag, tags_below(tag)))


def families() -> dict[int, set[int]]:
    """The tags that some imply, each with its own id and those of all that do, directly or not."""
    return remembered("families", (Tag.parents.through,), _families)


def _families() -> dict[int, set[int]]:
    links = Tag.objects.links()
    children = Parents((parent, tag) for tag, parent in links)
    return {parent: children.ancestors(parent) for _, parent in links}


def tag_counts() -> list[tuple[Tag, int]]:
    """The tags in use, in alphabetical order, each with the number of present videos that it leads to."""
    tables = (Tag, Video, Video.tags.through, Tag.parents.through)
    return remembered("tag counts", tables, lambda: Tag.objects.with_counts(families()))
