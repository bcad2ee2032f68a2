"""Every query of the monitoring is a named method here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from monitoring.models import LoadRun, Sample  # noqa: F401 - named in strings


class SampleQuerySet(models.QuerySet["Sample"]):
    """The history."""

    def of_width(self, width: int) -> SampleQuerySet:
        """Those that stand for spans of that many seconds, the oldest first."""
        return self.filter(width=width).order_by("at")

    def between(self, since: datetime, until: datetime) -> SampleQuerySet:
        """Those whose span ended after the one moment, and not after the other."""
        return self.filter(at__gt=since, at__lte=until)

    def last_end(self, width: int) -> datetime | None:
        """When the latest span of that width ended."""
        return self.of_width(width).values_list("at", flat=True).last()

    def first_end(self, width: int) -> datetime | None:
        """When the earliest span of that width ended."""
        return self.of_width(width).values_list("at", flat=True).first()

    def forget(self, width: int, before: datetime) -> int:
        """Delete those of a width that are that old; returns how many."""
        return self.filter(width=width, at__lt=before).delete()[0]


class LoadRunQuerySet(models.QuerySet["LoadRun"]):
    """Load tests."""

    def latest_first(self, limit: int) -> list[LoadRun]:
        """So many of the last."""
        return list(self.order_by("-at", "-pk")[:limit])

    def latest_with(self, users: int) -> LoadRun | None:
        """The last with so many visitors or more."""
        return self.filter(users__gte=users).order_by("-at", "-pk").first()
