"""What every page shows."""

from functools import lru_cache
from typing import Any, Protocol

from django import template
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString

SECTIONS = (
    ("home", "grid", "All videos"),
    ("favorites", "heart", "Favourites"),
    ("best_of", "star", "Best of"),
    ("tags", "tag", "Tags"),
    ("folders", "folder", "Folders"),
    ("random", "dice", "Random"),
)
"""The name of each one's address, its icon, and what people read."""

register = template.Library()


class Sorted(Protocol):
    """What tells the sorts of a grid."""

    def choices(self) -> list[dict[str, Any]]: ...


@register.simple_tag
def sections(current: str = "") -> SafeString:
    """The links of the navigation, that of the current section marked."""
    return _sections(current, get_script_prefix())


@lru_cache(maxsize=32)
def _sections(current: str, prefix: str) -> SafeString:
    """Rendered once: its addresses and icons take a page as long as its queries. They depend on the site's prefix."""
    return render_to_string("library/sections.html", {"sections": SECTIONS, "current": current})


@register.simple_tag
def tools(sorting: Sorted | None) -> SafeString:
    """The menu beside a grid's heading: how it is sorted, and how large its cards are."""
    choices = sorting.choices() if sorting else []
    return _tools(tuple(tuple(choice.items()) for choice in choices), get_script_prefix())


@lru_cache(maxsize=64)
def _tools(choices: tuple[tuple[tuple[str, Any], ...], ...], prefix: str) -> SafeString:
    return render_to_string("library/tools.html", {"choices": [dict(choice) for choice in choices]})


@register.simple_tag
def fixed(part: str) -> SafeString:
    """A part that is the same on all pages: `head`, `brand`."""
    return _fixed(part, get_script_prefix())


@lru_cache(maxsize=32)
def _fixed(part: str, prefix: str) -> SafeString:
    return render_to_string(f"library/{part}.html")
