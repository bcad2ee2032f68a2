"""What is told of a search: what it found in each video, and what helps where it found nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from library import searching
from library.cards import Hit
from library.finding import folding
from library.finding.language import All, Any, Not, Query, Tagged, all_of, leaves, parts_of, written
from library.models import Video
from library.querysets import Owner
from library.rows import CardRow

MOST_HINTS = 6


def hits(query: Query, rows: Sequence[CardRow], meant: Sequence[Mapping[str, float]] = ()) -> dict[int, Hit]:
    """What of each video's title was looked for; where that is not all of it, the tag or path that has the rest.

    `meant`: what each word may have been meant to be, where nothing is written just as it was typed.
    """
    needles = [[folding.needle(text.text, exact=text.exact)] for text in searching.sought(query)]
    if meant:
        needles = [[word, *(folding.needle(other, exact=True) for other in list(words)[1:])]
                   for words in meant for word in list(words)[:1]]  # fmt: skip
    if not needles:
        return {}
    tags = _tags_saying_any(needles, [row.pk for row in rows])
    return {row.pk: _hit(row, needles, tags.get(row.pk, [])) for row in rows}


def _tags_saying_any(needles: Sequence[Sequence[str]], pks: Sequence[int]) -> dict[int, list[str]]:
    wanted = [needle for group in needles for needle in group]
    saying = {pk: name for pk, name, row in searching.tag_texts().rows if any(needle in row for needle in wanted)}
    borne = Video.objects.tags_among(pks, saying) if saying else {}
    return {pk: [saying[tag] for tag in tags] for pk, tags in borne.items()}


def _hit(row: CardRow, needles: Sequence[Sequence[str]], tags: Sequence[str]) -> Hit:
    title = folding.row_of(row.title)
    elsewhere = [group for group in needles if not any(needle in title for needle in group)]
    marks = tuple(folding.spans(row.title, [needle for group in needles for needle in group]))
    wanted = [needle for group in elsewhere for needle in group]
    for text in (*(f"#{tag}" for tag in tags), row.path):
        spans = tuple(folding.spans(text, wanted))
        if spans:
            return Hit(marks, (text, spans))
    return Hit(marks)


class Hint(NamedTuple):
    """A term that leaves nothing, and how many there are without it."""

    term: str
    without: str
    total: int


def hints(query: Query, owner: Owner) -> list[Hint]:
    """Of a query that finds nothing, the terms without which it finds something."""
    parts = parts_of(query)
    if len(parts) < 2:
        return []
    rest = [all_of([*parts[:n], *parts[n + 1 :]]) for n in range(len(parts))]
    found = [
        Hint(written(part), written(other), searching.matching(other, owner).count())
        for part, other in zip(parts[:MOST_HINTS], rest, strict=False)
    ]
    return sorted((hint for hint in found if hint.total), key=lambda hint: -hint.total)


def unknown_tags(query: Query) -> dict[str, list[str]]:
    """The tags that a query names and nobody knows, each with the names that come nearest."""
    found = {}
    for leaf in leaves(query):
        if isinstance(leaf, Tagged) and not searching.family_of(leaf.name):
            found[leaf.name] = nearest_tags(leaf.name)
    return found


def nearest_tags(name: str) -> list[str]:
    """Names of tags that look like one."""
    from rapidfuzz.process import extract

    names = {pk: known for pk, known, _ in searching.tag_texts().rows}
    near = extract(folding.fold(name), names, processor=folding.fold, limit=3, score_cutoff=70)
    return [known for known, _, _ in near]


def with_tag(query: Query, name: str, other: str) -> Query:
    """The query with one tag in the place of another."""
    match query:
        case Tagged(known) if known == name:
            return Tagged(other)
        case Not(inner):
            return Not(with_tag(inner, name, other))
        case All(parts):
            return All(tuple(with_tag(part, name, other) for part in parts))
        case Any(parts):
            return Any(tuple(with_tag(part, name, other) for part in parts))
        case _:
            return query
