"""Which of the videos found comes first, and what a misspelt word was meant to be. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from library.finding import folding

LONG = 8
"""Letters of a word in which two may be wrong; else one."""

ALTERNATIVES = 8
"""Words that a misspelt one may have been meant to be."""

SHORTEST_UNFINISHED = 5
"""Letters of a word that may go on after what was typed of it, and be misspelt."""

UNFINISHED = 0.4
"""How much of a letter it counts that a word goes on where the typed one ends."""


class Candidate(NamedTuple):
    """A video that may be meant."""

    pk: int
    title: str
    tags: Collection[str]
    """The names of its tags that hold something of what is looked for."""


def ranked(sought: Sequence[str], candidates: Iterable[Candidate]) -> list[int]:
    """The candidates' ids, the best first; of equals the later one.

    What counts is where each needle stands: a word of the title, its beginning, a tag, within the title, in the path
    alone; then how much of the title that is.
    """
    from rapidfuzz.fuzz import ratio  # here: its modules are for who searches

    whole = " ".join(needle.strip() for needle in sought)
    scored = []
    for pk, title, tags in candidates:
        row, rows = folding.row_of(title), [folding.row_of(tag) for tag in tags]
        place = sum(_standing(needle.strip(), row, rows) for needle in sought)
        scored.append((place, ratio(whole, row.strip()), pk))
    return [pk for _, _, pk in sorted(scored, reverse=True)]


def _standing(needle: str, title: str, tags: Iterable[str]) -> float:
    word, begun = f"  {needle} ", f"  {needle}"
    if word in title:
        return 5
    if any(word in tag for tag in tags):
        return 4
    if begun in title:
        return 3
    if any(begun in tag for tag in tags):
        return 2.5
    return 2 if needle in title else 1


def nearest(word: str, known: Iterable[str]) -> dict[str, float]:
    """The words that a typed one may have been meant to be, with how many letters are wrong: ALTERNATIVES at most."""
    from rapidfuzz.distance.OSA import distance

    most = 2 if len(word) >= LONG else 1
    found: dict[str, float] = {}
    for other in known:
        wrong: float = distance(word, other, score_cutoff=most)
        if wrong > most and len(other) > len(word) >= SHORTEST_UNFINISHED:
            wrong = distance(word, other[: len(word)], score_cutoff=most) + UNFINISHED
        if 0 < wrong <= most + UNFINISHED:
            found[other] = wrong
    return dict(sorted(found.items(), key=lambda pair: (pair[1], pair[0]))[:ALTERNATIVES])


def ranked_by_nearness(meant: Sequence[Mapping[str, float]], rows: Iterable[tuple[int, str, str]]) -> list[int]:
    """The ids of (id, title, words): those that hold what comes nearest to what was typed first.

    `meant`: for each typed word the words that it may stand for, with the letters that are wrong.
    """
    from rapidfuzz.fuzz import ratio

    typed = " ".join(next(iter(words)) for words in meant)
    scored = []
    for pk, title, held in rows:
        wrong = sum(
            min((cost for word, cost in words.items() if _holds(held, word, cost)), default=2.0) for words in meant
        )
        scored.append((-wrong, ratio(typed, " ".join(folding.words(title))), pk))
    return [pk for _, _, pk in sorted(scored, reverse=True)]


def _holds(row: str, word: str, wrong: float) -> bool:
    """Whether words in a row hold one: what was typed anywhere, what it may have meant as a whole word."""
    return (f"  {word} " if wrong else word) in row
