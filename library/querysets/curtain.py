"""Queries for the PINs that open the curtain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from library.models import Pin  # noqa: F401 - named in a string
    from library.querysets.lists import Owner


class PinQuerySet(models.QuerySet["Pin"]):
    """PINs."""

    def of(self, owner: Owner) -> Self:
        """An account's, or that of those who are not signed in."""
        return self.filter(owner=owner)
