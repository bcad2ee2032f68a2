"""The history: what was measured each minute, and in longer spans for older times."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import models
from django.utils import timezone

from monitoring.measurement import Measurement
from monitoring.querysets import LoadRunQuerySet, SampleQuerySet


class Sample(models.Model):
    """What was measured in one span. The columns are what charts show; the rest is packed beside them."""

    width = models.PositiveIntegerField(help_text="Seconds that it stands for: the resolution of its history.")
    at = models.DateTimeField(help_text="The end of its span.")
    seconds = models.FloatField(help_text="How long the span really was.")
    requests = models.PositiveBigIntegerField(default=0)
    refusals = models.PositiveBigIntegerField(default=0, help_text="Responses of status 400 to 499.")
    errors = models.PositiveBigIntegerField(default=0, help_text="Responses of status 500 and above.")
    p50_ms = models.FloatField(null=True, help_text="Of the times to the first byte, of all routes.")
    p95_ms = models.FloatField(null=True)
    p99_ms = models.FloatField(null=True)
    bytes_sent = models.PositiveBigIntegerField(default=0)
    hits = models.PositiveBigIntegerField(default=0, help_text="Queries that the query cache answered.")
    misses = models.PositiveBigIntegerField(default=0)
    detail = models.BinaryField(help_text="All of it: rows by name, gauges, processes; JSON, packed by zlib.")

    objects = SampleQuerySet.as_manager()

    class Meta:
        ordering = ("-at",)
        constraints = (models.UniqueConstraint(fields=("width", "at"), name="one_sample_for_each_span"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}, {self.width} s"

    @property
    def measurement(self) -> Measurement:
        """All that was measured, unpacked each time: it takes ten times the room."""
        return Measurement.unpack(bytes(self.detail))

    @classmethod
    def columns_of(cls, measured: Measurement) -> dict[str, Any]:
        """What the columns say of a measurement."""
        return cls.figures_of(measured) | {"detail": measured.pack()}

    @staticmethod
    def figures_of(measured: Measurement) -> dict[str, Any]:
        """Those columns that are numbers."""
        route = measured.every_route
        return {
            "seconds": measured.seconds,
            "requests": route.requests,
            "refusals": route.refusals,
            "errors": route.errors,
            "p50_ms": route.percentile_ms(0.50),
            "p95_ms": route.percentile_ms(0.95),
            "p99_ms": route.percentile_ms(0.99),
            "bytes_sent": route.bytes,
            "hits": measured.cache.hits,
            "misses": measured.cache.misses,
        }

    @classmethod
    def of(cls, measured: Measurement, width: int, at: datetime) -> Sample:
        """A sample that isn't saved."""
        return cls(width=width, at=at, **cls.columns_of(measured))


class LoadRun(models.Model):
    """What the visitors of one load test saw."""

    at = models.DateTimeField(auto_now_add=True, db_index=True, help_text="Its end.")
    url = models.CharField(max_length=300)
    users = models.PositiveIntegerField()
    seconds = models.FloatField()
    requests = models.PositiveIntegerField()
    errors = models.PositiveIntegerField()
    p50_ms = models.FloatField()
    p95_ms = models.FloatField()
    p99_ms = models.FloatField()
    routes = models.JSONField(help_text="[route, requests, errors, p50, p95, p99] of each.")

    objects = LoadRunQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.users} visitors, {timezone.localtime(self.at):%Y-%m-%d %H:%M}"

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def p95_by_route(self) -> dict[str, float]:
        """{route: milliseconds}."""
        return {route: p95 for route, _, _, _, p95, _ in self.routes}


class Baseline(models.Model):
    """All counts as they were at the latest sample: the next one holds what came since. There is one row."""

    at = models.DateTimeField()
    detail = models.BinaryField(help_text="Rows by name, and the processor time of each process; as a sample's.")

    class Meta:
        verbose_name = "counts at the latest sample"
        verbose_name_plural = "counts at the latest sample"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"

    @cached_property
    def measurement(self) -> Measurement:
        """The counts, as rows; `gauges` are the processor seconds by process id."""
        return Measurement.unpack(bytes(self.detail))
