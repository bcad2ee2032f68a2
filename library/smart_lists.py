"""Searches under a name: kept, renamed and deleted. Each account has its own; without accounts all share one set."""

from __future__ import annotations

import re

from library import naming
from library.locking import writing
from library.models import SmartList
from library.models.smart_lists import MAX_NAME_LENGTH, MAX_QUERY_LENGTH

MOST = 100
"""Of one account."""


class ListRefusedError(ValueError):
    """A list can't be kept so; the message says why."""


class NoSuchListError(LookupError):
    """Whoever asks has no such list."""


def all_of(owner: int | None) -> list[SmartList]:
    """Those of an account, by its id, or of nobody, by name."""
    return sorted(SmartList.objects.of(owner), key=lambda kept: naming.sort_key(kept.name))


def keep(owner: int | None, name: str, query: str) -> SmartList:
    """Keep a search under a name; one that was kept under it before gives way. Raises ListRefusedError."""
    name, query = _good_name(name), query.strip()
    if not query or len(query) > MAX_QUERY_LENGTH or not naming.is_storable(query):
        raise ListRefusedError("There is no search to keep.")
    with writing():
        own = SmartList.objects.of(owner)
        if own.count() >= MOST and not own.named(name).exists():
            raise ListRefusedError(f"Not more than {MOST} lists.")
        kept, _ = SmartList.objects.update_or_create(owner_id=owner, name=name, defaults={"query": query})
    return kept


def rename(owner: int | None, pk: int, name: str) -> SmartList:
    """Give a list another name. Raises ListRefusedError and NoSuchListError."""
    name = _good_name(name)
    with writing():
        kept = _own(owner, pk)
        if SmartList.objects.of(owner).named(name).exclude(pk=pk).exists():
            raise ListRefusedError(f"There is a list “{name}” already.")
        kept.name = name
        kept.save(update_fields=["name"])
    return kept


def delete(owner: int | None, pk: int) -> None:
    """Forget a list. Raises NoSuchListError."""
    with writing():
        _own(owner, pk).delete()


def _own(owner: int | None, pk: int) -> SmartList:
    kept = SmartList.objects.of(owner).numbered(pk).first()
    if kept is None:
        raise NoSuchListError("There is no such list.")
    return kept


def _good_name(name: str) -> str:
    name = re.sub(r"\s+", " ", name).strip()
    if not name or len(name) > MAX_NAME_LENGTH or not naming.is_storable(name):
        raise ListRefusedError(f"A name has 1 to {MAX_NAME_LENGTH} characters.")
    return name
