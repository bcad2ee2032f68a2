"""What the admin's index shows of the library."""

from typing import Any

from django import template

from library import attention
from library.attention import Matter
from library.models import Entry

LATEST = 8

register = template.Library()


@register.simple_tag
def matters(user: Any) -> list[Matter]:
    """What waits for this curator."""
    return attention.matters(user.has_perm)


@register.simple_tag
def latest_entries(user: Any) -> list[Entry] | None:
    """The newest of the history; None for an account that may not see it."""
    may = user.has_perm("library.view_entry") or user.has_perm("library.change_entry")
    return list(Entry.objects.order_by("-pk")[:LATEST]) if may else None
