"""Queries for the paths that videos had."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from library.models import FormerPath  # noqa: F401 - named in strings


class FormerPathQuerySet(models.QuerySet["FormerPath"]):
    """Former paths."""

    def at_any(self, paths: Iterable[str]) -> FormerPathQuerySet:
        """Those of these paths."""
        return self.filter(path__in=list(paths))

    def now_at(self) -> dict[str, str]:
        """The present path of each former one."""
        return dict(self.values_list("path", "video__path"))
