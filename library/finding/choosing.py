"""Filters as choices: each puts a term into a search, or takes it out again. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

from library.finding.language import (
    Any,
    Inside,
    Is,
    Not,
    Query,
    Tagged,
    all_of,
    any_of,
    negated,
    parts_of,
)
from library.finding.parsing import parsed

Mode = Literal["all", "any"]


class Choice(NamedTuple):
    """A choice of a group, of which one at a time is on."""

    term: str
    label: str


GROUPS: dict[str, tuple[Choice, ...]] = {
    "Stars": (
        Choice("rating:5", "5"), Choice("rating:>=4", "4 and up"), Choice("rating:>=3", "3 and up"),
        Choice("rating:<=2", "2 and below"), Choice("unrated", "None"),
    ),
    "Favourite": (Choice("fav", "Yes"), Choice("-fav", "No")),
    "Played": (Choice("played", "Yes"), Choice("unplayed", "Not yet")),
    "Watched": (Choice("watched", "Yes"), Choice("unwatched", "Not yet")),
    "Length": (
        Choice("length:<5m", "Below 5 min"), Choice("length:>=5m length:<20m", "5–20 min"),
        Choice("length:>=20m length:<1h", "20–60 min"), Choice("length:>=1h", "An hour and more"),
    ),
    "Resolution": (
        Choice("resolution:>=4k", "4K and more"), Choice("resolution:1080p", "Full HD"),
        Choice("resolution:720p", "HD"), Choice("resolution:sd", "Below HD"),
    ),
    "Added": (
        Choice("added:<7d", "Last week"), Choice("added:<30d", "Last 30 days"), Choice("added:<1y", "Last year"),
        Choice("added:>1y", "Before"),
    ),
}  # fmt: skip
"""What is offered of everything but tags and folders."""


def _parts(term: str) -> tuple[Query, ...]:
    return parts_of(parsed(term).query)


def is_chosen(query: Query, term: str) -> bool:
    """Whether all that a term says must be so."""
    return set(_parts(term)) <= set(parts_of(query))


def chosen(query: Query, group: str, term: str) -> Query:
    """The query with this choice of a group, without the others of it; or without it where it was on."""
    was = is_chosen(query, term)
    gone = {part for choice in GROUPS[group] for part in _parts(choice.term)}
    kept = [part for part in parts_of(query) if part not in gone]
    return all_of([*kept, *([] if was else _parts(term))])


# --- Tags and folders ------------------------------------------------------------------------------------------


class Tags(NamedTuple):
    """Which tags a query asks for, as choices can say it."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    mode: Mode
    """Whether all that are wanted must be there, or any."""


def tags_of(query: Query) -> Tags:
    """The tags that stand for themselves in a query, and whether any of them is enough."""
    parts = parts_of(query)
    either = next((part for part in parts if _is_choice_of_tags(part)), None)
    every = [part.name for part in parts if isinstance(part, Tagged)]
    unwanted = [part.inner.name for part in parts if isinstance(part, Not) and isinstance(part.inner, Tagged)]
    if isinstance(either, Any) and not every:
        wanted = [part.name for part in either.parts if isinstance(part, Tagged)]
        return Tags(tuple(wanted), tuple(unwanted), "any")
    return Tags(tuple(every), tuple(unwanted), "all")


def _is_choice_of_tags(part: Query) -> bool:
    return isinstance(part, Any) and all(isinstance(inner, Tagged) for inner in part.parts)


def with_tags(query: Query, tags: Tags) -> Query:
    """The query with these tags in the place of its own."""
    before = tags_of(query)
    gone = {*map(Tagged, before.wanted), *(Not(Tagged(name)) for name in before.unwanted), Is("untagged")}
    if before.mode == "any":
        gone.add(any_of(map(Tagged, before.wanted)))
    kept = [part for part in parts_of(query) if part not in gone]
    wanted = list(map(Tagged, tags.wanted))
    together = [any_of(wanted)] if tags.mode == "any" and wanted else wanted
    return all_of([*kept, *together, *(negated(Tagged(name)) for name in tags.unwanted)])


def tag_turned(query: Query, name: str, *, wanted: bool, mode: Mode) -> Query:
    """The query that asks for a tag, or leaves it out, or does neither where it did that already."""
    tags = tags_of(query)
    to, other = (tags.wanted, tags.unwanted) if wanted else (tags.unwanted, tags.wanted)
    turned = tuple(n for n in to if n != name) if name in to else (*to, name)
    others = tuple(n for n in other if n != name)
    return with_tags(query, Tags(turned, others, mode) if wanted else Tags(others, turned, mode))


def without_tags(query: Query) -> Query:
    """The query for what bears no tag; or without that where it was on."""
    if Is("untagged") in parts_of(query):
        return all_of(part for part in parts_of(query) if part != Is("untagged"))
    return all_of([*parts_of(with_tags(query, Tags((), (), "all"))), Is("untagged")])


def folder_turned(query: Query, folder: str) -> Query:
    """The query within a folder alone; or anywhere where it was that."""
    kept = [part for part in parts_of(query) if not isinstance(part, Inside)]
    return all_of(kept if Inside(folder) in parts_of(query) else [*kept, Inside(folder)])
