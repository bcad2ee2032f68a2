"""The filters that people choose from: what is offered, how many videos each leads to, and what is on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from library import remembering, searching
from library.finding import choosing, completing
from library.finding.choosing import GROUPS, Mode
from library.finding.completing import Offer
from library.finding.language import Inside, Is, Query, parts_of, written
from library.finding.parsing import parsed
from library.locking import reading_afresh
from library.models import Favorite, Rating, Tag, Video, ViewCount
from library.querysets import Owner

MOST_TAGS = 30
MOST_FOLDERS = 12
COUNTED_SECONDS = 60
"""How old the numbers beside the choices may be after a write: they cost a tenth of a second at 100,000 videos."""

OWN = frozenset({"watched", "unwatched"})
"""The choices whose numbers are each account's own."""


class Chip(NamedTuple):
    """A choice."""

    label: str
    query: str
    """The search that it leads to."""
    on: bool
    total: int | None = None
    """The videos of the whole library that it leads to."""
    without: str = ""
    """For a tag, the search that leaves it out."""
    left_out: bool = False


@dataclass(frozen=True)
class Panel:
    """All choices for one search."""

    groups: list[tuple[str, list[Chip]]]
    tags: list[Chip]
    modes: list[Chip]
    untagged: Chip
    folders: list[Chip]
    mode: Mode


def panel(text: str, mode: str = "", owner: Owner = None) -> Panel:
    """What can be chosen beside what a search says already; `mode` says whether any of several tags is enough."""
    query = parsed(text).query
    counts = _counts() | _own_counts(owner)
    groups = [
        (group, [_chip(query, group, term, label, counts.get(term)) for term, label in choices])
        for group, choices in GROUPS.items()
    ]
    tags = choosing.tags_of(query)
    together: Mode = "any" if mode == "any" or (tags.mode == "any" and mode != "all") else "all"
    untagged = choosing.without_tags(query)
    is_untagged = Is("untagged") in parts_of(query)
    return Panel(
        groups,
        list(_tags(query, together)),
        [Chip(label, _in_mode(query, each), each == together) for each, label in (("all", "All"), ("any", "Any"))],
        Chip("None", written(untagged), is_untagged, counts.get("untagged")),
        [Chip(name, written(choosing.folder_turned(query, name)), on, number) for name, number, on in _folders(query)],
        together,
    )


def _chip(query: Query, group: str, term: str, label: str, total: int | None) -> Chip:
    return Chip(label, written(choosing.chosen(query, group, term)), choosing.is_chosen(query, term), total)


def _in_mode(query: Query, mode: str) -> str:
    tags = choosing.tags_of(query)
    return written(choosing.with_tags(query, tags._replace(mode="any" if mode == "any" else "all")))


def _tags(query: Query, mode: Mode) -> Iterator[Chip]:
    """The tags that are on or left out, then the most frequent others."""
    tags = choosing.tags_of(query)
    counts = {tag.name: count for tag, count in remembering.tag_counts()}
    mentioned = [*tags.wanted, *tags.unwanted]
    others = sorted((name for name in counts if name not in mentioned), key=lambda name: -counts[name])
    for name in [*mentioned, *others[: max(MOST_TAGS - len(mentioned), 0)]]:
        wanted = written(choosing.tag_turned(query, name, wanted=True, mode=mode))
        without = written(choosing.tag_turned(query, name, wanted=False, mode=mode))
        yield Chip(name, wanted, name in tags.wanted, counts.get(name), without, name in tags.unwanted)


def _folders(query: Query) -> list[tuple[str, int | None, bool]]:
    """(folder, number of videos, whether it is on): those that are on, then the fullest."""
    known = folders()
    on = [part.folder for part in parts_of(query) if isinstance(part, Inside)]
    others = sorted((name for name in known if name not in on), key=lambda name: -known[name])[:MOST_FOLDERS]
    return [(name, known.get(name), name in on) for name in [*on, *sorted(others)]]


def folders() -> dict[str, int]:
    """The folders that lie right in the library, with the number of videos below each."""
    return remembering.remembered_awhile("folders", (Video,), Video.objects.top_folders, COUNTED_SECONDS)


def _counts() -> dict[str, int]:
    """The number of videos that each choice leads to by itself."""
    tables = (Video, Rating, ViewCount, Favorite, Tag, Video.tags.through)
    return remembering.remembered_awhile("choices", tables, _count_all, COUNTED_SECONDS)


def _count_all() -> dict[str, int]:
    terms = [choice.term for group in GROUPS.values() for choice in group if choice.term not in OWN] + ["untagged"]
    with reading_afresh():
        conditions = [searching.condition(parsed(term).query) for term in terms]
        return dict(zip(terms, Video.objects.present().count_each(conditions), strict=True))


def _own_counts(owner: Owner) -> dict[str, int]:
    watched = searching.count(Is("watched"), owner)
    return {"watched": watched, "unwatched": remembering.total_present() - watched}


def tagged_too(text: str, name: str, mode: str) -> str:
    """A search with one tag more, by a name that somebody typed."""
    query = parsed(text).query
    known = Tag.objects.named(name)
    wanted = known.name if known else name
    if wanted in choosing.tags_of(query).wanted:
        return written(query)
    return written(choosing.tag_turned(query, wanted, wanted=True, mode="any" if mode == "any" else "all"))


def offers(text: str, cursor: int) -> list[Offer]:
    """Ways to go on typing a search."""
    tags = sorted(((tag.name, count) for tag, count in remembering.tag_counts()), key=lambda pair: -pair[1])
    return completing.offers(text, cursor, tags, list(folders().items()))
