"""Queries for searches that have a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from library.models import SmartList  # noqa: F401 - named in strings


class SmartListQuerySet(models.QuerySet["SmartList"]):
    """Searches under a name."""

    def of(self, owner: int | None) -> SmartListQuerySet:
        """Those of an account, by its id; of nobody without one."""
        return self.filter(owner=owner)

    def named(self, name: str) -> SmartListQuerySet:
        """That of a name."""
        return self.filter(name=name)

    def numbered(self, pk: int) -> SmartListQuerySet:
        """That of an id."""
        return self.filter(pk=pk)
