"""Searches that somebody gave a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from library.querysets.smart_lists import SmartListQuerySet

MAX_NAME_LENGTH = 80
MAX_QUERY_LENGTH = 1_000


class SmartList(models.Model):
    """A search under a name. Each account has its own; those of nobody are for all who come without one."""

    name = models.CharField(max_length=MAX_NAME_LENGTH)
    query = models.CharField(max_length=MAX_QUERY_LENGTH)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="smart_lists"
    )

    objects = SmartListQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="smart_list_once"),
            models.UniqueConstraint(fields=("name",), condition=Q(owner=None), name="smart_list_once_for_all"),
        )

    def __str__(self) -> str:
        return self.name
