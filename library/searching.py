"""The search: from what somebody types to the videos that they mean. The one door to `finding/` and its index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from library import naming, remembering
from library.finding import folding, ranking
from library.finding.language import (
    RESOLUTIONS,
    Aged,
    All,
    Any,
    Dated,
    Flag,
    Inside,
    Is,
    Measured,
    Not,
    Query,
    Tagged,
    Text,
    all_of,
    any_of,
    parts_of,
)
from library.models import Tag, TagAlias, Video
from library.paging import PAGE_SIZE
from library.querysets import Owner, VideoQuerySet, conditions, texts
from library.rows import CardRow

Moment = datetime


class How(NamedTuple):
    """How a condition is put."""

    now: Moment
    owner: Owner
    """Whose marks of what was watched count."""
    often: bool
    """For what is true of many videos: the first are found by walking over all in their order."""


# --- Tags ------------------------------------------------------------------------------------------------------


class TagTexts(NamedTuple):
    """The tags as the search knows them."""

    rows: list[tuple[int, str, str]]
    """(tag id, name or another name, its words in a row)."""
    by_key: dict[str, int]
    words: frozenset[str]


def tag_texts() -> TagTexts:
    """All names of all tags: remembered until one is written to."""
    return remembering.remembered("tag texts", (Tag, TagAlias), _tag_texts)


def _tag_texts() -> TagTexts:
    names = [*Tag.objects.names_by_id().items()]
    others = [(alias.tag_id, alias.name) for alias in TagAlias.objects.living()]
    rows = [(pk, name, folding.row_of(name)) for pk, name in [*names, *others]]
    return TagTexts(
        rows,
        {naming.tag_key(name): pk for pk, name in [*others, *names]},
        frozenset(word for _, _, row in rows for word in row.split() if len(word) >= SHORTEST_MISSPELT),
    )


def tags_saying(needle: str) -> set[int]:
    """The tags one of whose names holds a needle; a single letter is not looked for in tags."""
    if len(needle.strip()) == 1:
        return set()
    return {pk for pk, _, row in tag_texts().rows if needle in row}


def family_of(name: str) -> set[int]:
    """The tag of that name, or that had it, and all that imply it; none where there is no such tag."""
    pk = tag_texts().by_key.get(naming.tag_key(name))
    return remembering.families().get(pk, {pk}) if pk is not None else set()


# --- The condition ---------------------------------------------------------------------------------------------


def condition(query: Query, owner: Owner = None, now: Moment | None = None, *, often: bool = False) -> Q:
    """What must be true of a video that somebody's query asks for."""
    return _condition(query, How(now or timezone.now(), owner, often))


def _condition(query: Query, how: How) -> Q:
    match query:
        case All(parts):
            return _together(parts, how)
        case Any(parts):
            texts_ = _texts(query)
            return (
                conditions.saying(*_said(texts_)) if texts_ else reduce(or_, (_condition(part, how) for part in parts))
            )
        case Not(inner):
            return ~_condition(inner, how)
        case Text():
            return conditions.saying(*_said([query]))
        case Tagged(name):
            return conditions.tagged(family_of(name))
        case Inside(folder):
            return conditions.inside(folder)
        case _:
            return _fact(query, how)


def _texts(query: Query) -> list[Text]:
    """The texts of which any is enough; none for what asks for more."""
    parts = query.parts if isinstance(query, Any) else (query,)
    found = [part for part in parts if isinstance(part, Text)]
    return found if len(found) == len(parts) else []


def _said(texts_: Sequence[Text]) -> tuple[list[list[str]], set[int]]:
    """The needles of texts of which any is enough, as one group, and the tags that say one."""
    needles = [folding.needle(text.text, exact=text.exact) for text in texts_]
    return [needles], {pk for needle in needles for pk in tags_saying(needle)}


def _together(parts: Sequence[Query], how: How) -> Q:
    """What no tag says is looked for in the index all at once."""
    groups: list[list[str]] = []
    others: list[Q] = []
    for part in parts:
        texts_ = _texts(part)
        group, tag_ids = _said(texts_) if texts_ else ([], set())
        if group and not tag_ids:
            groups += group
        else:
            others.append(conditions.saying(group, tag_ids) if group else _condition(part, how))
    together = conditions.saying(groups) if groups else Q()
    for other in others:
        together &= other
    return together


def _fact(query: Is | Measured | Aged | Dated, how: How) -> Q:
    match query:
        case Is(flag):
            return _FLAGS[flag](how.owner)
        case Measured("resolution", comparison, value):
            return conditions.sided(*_sides(comparison, value))
        case Measured(what, comparison, value):
            return conditions.measured(what, comparison, value, often=how.often)
        case Aged(earlier, days):
            moment = how.now - timedelta(days=days)
            return conditions.added(moment, None) if earlier == "<" else conditions.added(None, moment)
        case Dated(comparison, date):
            return conditions.added(*_between(comparison, date))


_FLAGS: dict[Flag, Callable[[Owner], Q]] = {
    "fav": lambda _: conditions.favorite(),
    "played": lambda _: conditions.played(),
    "unplayed": lambda _: ~conditions.played(),
    "watched": conditions.watched,
    "unwatched": lambda owner: ~conditions.watched(owner),
    "untagged": lambda _: conditions.untagged(),
    "unrated": lambda _: conditions.unrated(),
}


def _sides(comparison: str, value: int) -> tuple[int | None, int | None]:
    """The longer side from one value on, and below another."""
    above = next((least for least in sorted(RESOLUTIONS.values()) if least > value), None)
    if comparison == ">" and above is None:
        return 10**9, None
    least = {">": above, ">=": value, "=": value}.get(comparison)
    below = {"<": value, "<=": above, "=": above}.get(comparison)
    return least, below


def _between(comparison: str, date: tuple[int, ...]) -> tuple[Moment | None, Moment | None]:
    """The moments between which a year, month or day lies, or what is before or after."""
    year, month, day = (*date, 1, 1)[:3]
    first = datetime(year, month, day)  # noqa: DTZ001 - made aware below
    if len(date) == 3:
        following = first + timedelta(days=1)
    elif len(date) == 2:
        following = first.replace(year=year + month // 12, month=month % 12 + 1)
    else:
        following = first.replace(year=year + 1)
    start, end = timezone.make_aware(first), timezone.make_aware(following)
    since = {">": end, ">=": start, "=": start}.get(comparison)
    before = {"<": start, "<=": end, "=": end}.get(comparison)
    return since, before


# --- Finding ---------------------------------------------------------------------------------------------------

MOST_RANKED = 500
"""Videos that are ranked; of more the latest are, and those whose title begins with what is looked for."""

MOST_NEAR = 300
SHORTEST_MISSPELT = 3


@dataclass(frozen=True)
class Found:
    """What a search by rank found, the best first."""

    total: int
    best: list[int]
    """The first of all, in their order."""
    rest: VideoQuerySet
    meant: list[dict[str, float]]
    """Where nothing is written just as it was typed: what each word may have been meant to be."""

    def ids(self) -> list[int]:
        """All of them."""
        whole = len(self.best) == self.total
        return self.best if whole else [*self.best, *self.rest.values_list("pk", flat=True)]

    def rows(self, start: int, stop: int) -> list[CardRow]:
        """What cards show, from one place to another."""
        known = Video.objects.card_rows_of(self.best[start:stop])
        if stop <= len(self.best) or len(self.best) == self.total:
            return known
        return known + self.rest.card_rows(max(start - len(self.best), 0), stop - len(self.best))


def matching(query: Query, owner: Owner = None, *, often: bool = False) -> VideoQuerySet:
    """The videos that are there and are what somebody's query asks for; `often` where they are known to be many."""
    return Video.objects.present().asked_for(condition(query, owner, often=often))


def count(query: Query, owner: Owner = None) -> int:
    """How many a query leads to; of several facts the index of all measures is walked once.

    What is not so are all others: to look at each of them took ten times as long where little is so.
    """
    if query == Is("unwatched"):
        query = Not(Is("watched"))
    if isinstance(query, Not):
        return remembering.total_present() - count(query.inner, owner)
    return matching(query, owner, often=len(parts_of(query)) > 1).count()


def are_many(total: int) -> bool:
    """Whether fewer rows are passed on the way to a page than would be sorted."""
    return total * total > PAGE_SIZE * remembering.total_present()


def sought(query: Query) -> list[Text]:
    """The words that are looked for, not those that are left out."""
    match query:
        case All(parts) | Any(parts):
            return [text for part in parts for text in sought(part)]
        case Text():
            return [query]
        case _:
            return []


def by_rank(query: Query, owner: Owner = None) -> Found:
    """What is asked for, the best first; where there is none, what comes near."""
    videos = matching(query, owner)
    titles = videos.titles(MOST_RANKED + 1)
    if not titles:
        return _near(query, owner)
    texts_ = sought(query)
    if len(titles) <= MOST_RANKED:
        return Found(len(titles), _ranked(texts_, titles), videos, [])
    titles |= videos.titles_beginning(naming.sort_key(" ".join(text.text for text in texts_)))
    best = _ranked(texts_, titles)
    return Found(videos.count(), best, videos.left_out(best).in_order("date", descending=True), [])


def _ranked(texts_: Sequence[Text], titles: Mapping[int, str]) -> list[int]:
    needles = [folding.needle(text.text, exact=text.exact) for text in texts_]
    saying = {pk: name for pk, name, row in tag_texts().rows if any(needle in row for needle in needles)}
    tags = Video.objects.tags_among(titles, saying) if saying else {}
    candidates = (
        ranking.Candidate(pk, title, [saying[tag] for tag in tags.get(pk, ())]) for pk, title in titles.items()
    )
    return ranking.ranked(needles, candidates)


def _near(query: Query, owner: Owner) -> Found:
    """Videos with words that are spelt nearly as those asked for, the nearest first.

    As a rule nobody knows the word that is misspelt: then the others stay as they are.
    """
    typed = {word for part in parts_of(query) if isinstance(part, Text) for word in folding.words(part.text)}
    unknown = {word for word in typed if not _is_known(word)}
    for misspelt in (unknown, typed) if unknown and unknown != typed else (typed,):
        relaxed, meant = relax(query, misspelt)
        if any(len(words) > 1 for words in meant):
            rows = matching(relaxed, owner).latest_texts(MOST_NEAR)
            if rows:
                best = ranking.ranked_by_nearness(meant, _with_tag_words(rows, meant))
                return Found(len(best), best, Video.objects.none(), meant)
    return Found(0, [], Video.objects.none(), [])


def _is_known(word: str) -> bool:
    needle = folding.needle(word)
    return bool(tags_saying(needle)) or texts.is_known(needle)


def _with_tag_words(
    rows: Sequence[tuple[int, str, str]], meant: Sequence[Mapping[str, float]]
) -> list[tuple[int, str, str]]:
    """(id, title, words), the words of those tags with them that say something of what was meant."""
    words = {word for meanings in meant for word in meanings}
    saying = {pk: row for pk, _, row in tag_texts().rows if any(word in row for word in words)}
    tags = Video.objects.tags_among([pk for pk, _, _ in rows], saying) if saying else {}
    return [(pk, title, text + "".join(saying[tag] for tag in tags.get(pk, ()))) for pk, title, text in rows]


def relax(query: Query, misspelt: Collection[str]) -> tuple[Query, list[dict[str, float]]]:
    """A query that asks for each misspelt word or one that is spelt nearly so; and what each word may mean, itself
    first.
    """
    parts: list[Query] = []
    meant: list[dict[str, float]] = []
    for part in parts_of(query):
        if isinstance(part, Text):
            for word in folding.words(part.text):
                meant.append({word: 0.0} | (_alternatives(word) if word in misspelt else {}))
                parts.append(any_of([Text(word), *(Text(other, exact=True) for other in list(meant[-1])[1:])]))
        else:
            parts.append(part)
    return all_of(parts), meant


def _alternatives(word: str) -> dict[str, float]:
    if len(word) < SHORTEST_MISSPELT:
        return {}
    return ranking.nearest(word, {*texts.near_words(word), *tag_texts().words})
