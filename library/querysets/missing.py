"""The videos whose files are not there, for the queries of their neighbours."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models


def missing_ids() -> models.QuerySet[Any, Any]:
    """The ids of the missing videos, for a subquery: they are few, and an index holds them."""
    return apps.get_model("library", "Video").objects.missing().order_by().values("pk")
