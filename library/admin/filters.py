"""What the list of videos can be narrowed to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.filters import ListFilter
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.http import HttpRequest

from library import remembering
from library.models import Tag, Video
from library.querysets import VideoQuerySet

Way = Callable[[VideoQuerySet], VideoQuerySet]
MINUTE, HOUR = 60, 3600


class WaysFilter(admin.SimpleListFilter):
    """Narrows the list in one of a few ways."""

    ways: ClassVar[Mapping[str, tuple[str, Way]]]
    """By the parameter's value: what people read, and how it is done."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self.ways.items()]

    def queryset(self, request: HttpRequest, queryset: VideoQuerySet) -> VideoQuerySet:  # type: ignore[override]
        way = self.ways.get(self.value() or "")
        return way[1](queryset) if way else queryset


class PresenceFilter(WaysFilter):
    """Whether the file is there."""

    title = "file"
    parameter_name = "file"
    ways = {
        "there": ("There", VideoQuerySet.present),
        "missing": ("Missing", VideoQuerySet.missing),
        "twice": ("Duplicate", VideoQuerySet.alike),
    }


class TaggedFilter(WaysFilter):
    """Whether anyone tagged it."""

    title = "tagged"
    parameter_name = "tagged"
    ways = {"yes": ("Tagged", VideoQuerySet.with_any_tag), "no": ("Untagged", VideoQuerySet.untagged)}


class StarsFilter(WaysFilter):
    """How many stars it has."""

    title = "stars"
    parameter_name = "stars"
    ways = {
        **{str(n): ("★" * n, partial(VideoQuerySet.rated, stars=n)) for n in range(5, 0, -1)},
        "none": ("Not rated", VideoQuerySet.unrated),
    }


class MediaFilter(WaysFilter):
    """What became of poster and storyboard."""

    title = "poster and storyboard"
    parameter_name = "media"
    ways = {"failed": ("Failed", lambda videos: failed(videos))}


class StartFilter(WaysFilter):
    """How soon it plays."""

    title = "start"
    parameter_name = "start"
    ways = {
        "late": ("Late: the index is at the end", lambda videos: _media().starting_late(videos)),
        "copy": ("Fast, from a copy", lambda videos: _media().starting_fast(videos)),
        "failed": ("Late: no copy could be made", lambda videos: _media().failing_to_start_fast(videos)),
    }


class LengthFilter(WaysFilter):
    """How long it lasts."""

    title = "length"
    parameter_name = "length"
    ways = {
        "5": ("Under 5 minutes", partial(VideoQuerySet.lasting, least=None, below=5 * MINUTE)),
        "20": ("5 to 20 minutes", partial(VideoQuerySet.lasting, least=5 * MINUTE, below=20 * MINUTE)),
        "60": ("20 to 60 minutes", partial(VideoQuerySet.lasting, least=20 * MINUTE, below=HOUR)),
        "more": ("An hour and more", partial(VideoQuerySet.lasting, least=HOUR, below=None)),
    }


def failed(videos: VideoQuerySet) -> VideoQuerySet:
    """Those whose media failed, as the room that settings name tells them."""
    narrowed: VideoQuerySet = _media().failed(videos)
    return narrowed


def _media() -> Any:
    return import_module(settings.LIBRARY_MEDIA)


class TagsField(forms.ModelMultipleChoiceField[Tag]):
    """Any number of tags, found as one types."""

    def __init__(self, **kwargs: Any) -> None:
        widget = AutocompleteSelectMultiple(Video._meta.get_field("tags"), admin.site)
        super().__init__(Tag.objects.all(), widget=widget, **kwargs)


class TagsForm(forms.Form):
    """Which tags videos must bear, and which they must not."""

    all_tags = TagsField(label="All of", required=False)
    any_tags = TagsField(label="Any of", required=False)
    no_tags = TagsField(label="None of", required=False)


class TagsFilter(ListFilter):
    """Several tags: all of them, any, none. A tag's children count as the tag itself."""

    title = "tags"
    template = "admin/library/video/tags_filter.html"
    names = tuple(TagsForm.base_fields)

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.chosen = {name: params.pop(name) for name in self.names if name in params}
        self.used_parameters.update(self.chosen)
        self.form = TagsForm(self.chosen_ids(), auto_id="filter_%s")
        self.others: list[tuple[str, str]] = [
            (name, value) for name, values in request.GET.lists() if name not in (*self.names, "p") for value in values
        ]

    def chosen_ids(self) -> dict[str, list[str]]:
        """The ids that may be a tag's."""
        return {name: [value for value in values if may_be_id(value)] for name, values in self.chosen.items()}

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.names)

    def choices(self, changelist: Any) -> Iterator[Mapping[str, Any]]:
        yield {
            "form": self.form,
            "others": self.others,
            "chosen": bool(self.chosen),
            "without": changelist.get_query_string(remove=list(self.names)),
        }

    def queryset(self, request: HttpRequest, queryset: VideoQuerySet) -> VideoQuerySet:  # type: ignore[override]
        wanted = {name: [int(value) for value in values] for name, values in self.chosen_ids().items()}
        if not any(wanted.values()):
            return queryset
        families = remembering.families()
        for tag in wanted.get("all_tags", ()):
            queryset = queryset.with_any_of(families.get(tag, {tag}))
        if wanted.get("any_tags"):
            queryset = queryset.with_any_of(_all(families.get(tag, {tag}) for tag in wanted["any_tags"]))
        if wanted.get("no_tags"):
            queryset = queryset.with_none_of(_all(families.get(tag, {tag}) for tag in wanted["no_tags"]))
        return queryset


def may_be_id(text: str) -> bool:
    """Whether an address or a form names something that a database can hold as an id."""
    return text.isascii() and text.isdigit() and len(text) < 19


def _all(sets: Iterable[set[int]]) -> set[int]:
    return set().union(*sets)
