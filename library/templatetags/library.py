"""What every page shows."""

from functools import lru_cache
from typing import Any, Protocol

from django import template
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString

from library import positions
from library.views.lookup import owner_of

SECTIONS = (
    ("home", "grid", "All videos"),
    ("favorites", "heart", "Favourites"),
    ("tags", "tag", "Tags"),
    ("watch_later", "clock", "Watch later"),
)
"""The name of each one's address, its icon, and what people read: on a phone those that are at the thumb."""

MORE_SECTIONS = (
    ("continue", "resume", "Continue"),
    ("playlists", "list", "Playlists"),
    ("recent", "history", "History"),
    ("best_of", "star", "Best of"),
    ("rediscover", "compass", "Rediscover"),
    ("folders", "folder", "Folders"),
    ("random", "dice", "Random"),
)
"""Those that a phone shows when it is asked for more."""

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
    more_is_current = current in {name for name, *_ in MORE_SECTIONS}
    context = {"sections": SECTIONS, "more": MORE_SECTIONS, "current": current, "more_is_current": more_is_current}
    return render_to_string("library/sections.html", context)


@register.simple_tag(takes_context=True)
def history_is_paused(context: template.RequestContext) -> bool:
    """Whether nothing new is kept of what who asks watches."""
    return positions.is_paused(owner_of(context["request"]))


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
