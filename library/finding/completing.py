"""What may follow while somebody types a search. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from library.finding import folding
from library.finding.language import value_of

MOST = 8
"""Offers at a time."""

LONGEST_TEXT = 1_000


class Offer(NamedTuple):
    """A way to go on."""

    label: str
    """The term."""
    detail: str
    """What it asks for."""
    text: str
    """The whole text with it."""
    cursor: int
    """Where one types on."""


HELP: dict[str, str] = {
    "tag:": "a tag, with those below it", "rating:": "stars", "fav": "favourites", "unwatched": "not finished yet",
    "watched": "finished, or marked so", "added:": "when it came", "length:": "how long it is",
    "resolution:": "the picture's size", "folder:": "below a folder", "size:": "the file's size",
    "views:": "how often it was played", "played": "played by anybody", "unplayed": "played by nobody yet",
    "untagged": "without a tag", "unrated": "without stars", "or": "one or the other", "-": "leave out what follows",
}  # fmt: skip
"""What there is to type."""

VALUES: dict[str, dict[str, str]] = {
    "rating:": {"5": "five stars", ">=4": "four and up", ">=3": "three and up", "none": "no stars"},
    "views:": {"0": "never", ">0": "at least once", ">=10": "ten times and more"},
    "length:": {"<5m": "below 5 minutes", "10m": "about 10 minutes", ">1h": "above an hour"},
    "size:": {">1GB": "above a gigabyte", "<100MB": "below 100 megabytes", "2GB": "about 2 gigabytes"},
    "resolution:": {">=1080p": "Full HD and more", "4k": "4K", "720p": "HD", "sd": "below HD"},
    "added:": {"<7d": "in the last week", "<30d": "in the last 30 days", "<1y": "in the last year", ">1y": "before"},
}  # fmt: skip

_SAME = {"stars:": "rating:", "duration:": "length:"}


def offers(text: str, cursor: int, tags: Sequence[tuple[str, int]], folders: Sequence[tuple[str, int]]) -> list[Offer]:
    """Ways to go on from a place of a text; the tags and folders come with the number of their videos."""
    text = text[:LONGEST_TEXT]
    before = text[: max(0, min(cursor, len(text)))]
    start = _term_start(before)
    term = before[start:]
    minus = "-" if term.startswith("-") else ""
    start, term = start + len(minus), term[len(minus) :]
    if not term and not minus and text.strip():
        return []
    end = len(before) + len(re.match(r'[^\s()"]*', text[len(before) :])[0])  # type: ignore[index]
    found = islice(_terms(term, tags, folders), MOST)
    return [_offer(text, start, end, label, detail) for label, detail in found]


def _term_start(before: str) -> int:
    """Where the term begins in which a text ends, whatever stands in quotes."""
    quotes, start = False, 0
    for place, character in enumerate(before):
        if character == '"' and (place == 0 or before[place - 1] != "\\"):
            quotes = not quotes
        elif not quotes and (character.isspace() or character in "()"):
            start = place + 1
    return start


def _offer(text: str, start: int, end: int, label: str, detail: str) -> Offer:
    """A term in the place of what is typed of it; a blank follows where it is whole."""
    whole = "" if label.endswith((":", "-")) else " "
    rest = text[end:].lstrip() if whole else text[end:]
    return Offer(label, detail, f"{text[:start]}{label}{whole}{rest}", start + len(label) + len(whole))


def _terms(term: str, tags: Sequence[tuple[str, int]], folders: Sequence[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    name, colon, value = term.partition(":")
    field = _SAME.get(f"{name.casefold()}:", f"{name.casefold()}:")
    if colon and field == "tag:":
        yield from (("tag:" + value_of(name), _videos(count)) for name, count in named_like(value, tags))
    elif colon and field == "folder:":
        yield from (("folder:" + value_of(name), _videos(count)) for name, count in named_like(value, folders))
    elif colon and field in VALUES:
        yield from ((field + known, detail) for known, detail in VALUES[field].items() if known.startswith(value))
    elif not term.startswith('"'):
        yield from (
            (known, detail) for known, detail in HELP.items() if known.startswith(term.casefold()) and known != term
        )
        if term:
            yield from (("tag:" + value_of(name), _videos(count)) for name, count in named_like(term, tags))


def named_like(value: str, names: Sequence[tuple[str, int]]) -> Iterable[tuple[str, int]]:
    """The names that hold what is typed of one: those that begin with it first, then the most frequent."""
    typed = folding.in_a_row(folding.words(value)).rstrip()
    ranked = []
    for name, count in names:
        row = folding.row_of(name)
        place = row.find(typed if typed else "")
        inside = place if place >= 0 else row.find(typed.strip())
        if inside >= 0:
            ranked.append((0 if place == 0 else 1 if place > 0 else 2, -count, name))
    return [(name, -count) for _, count, name in sorted(ranked)]


def _videos(count: int) -> str:
    return f"{count} video{'' if count == 1 else 's'}"
