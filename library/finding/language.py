"""What a search asks for, as a tree, and how that is written. Pure.

`tag:travel -tag:kids (rating:>=4 or fav) unplayed added:<30d length:>10m "at dawn"`

Each tree is written in one way, and read again it is the same (parsing.py).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Comparison = Literal["<", "<=", "=", ">=", ">"]
COMPARISONS: tuple[Comparison, ...] = ("<=", ">=", "<", ">", "=")
"""In the order in which they are looked for: the long ones first."""

Flag = Literal["fav", "played", "unplayed", "watched", "unwatched", "untagged", "unrated"]
Measure = Literal["rating", "views", "length", "size", "resolution"]

FLAGS: dict[str, Flag] = {
    "fav": "fav", "favorite": "fav", "favourite": "fav", "played": "played", "seen": "played", "unplayed": "unplayed",
    "unseen": "unplayed", "watched": "watched", "unwatched": "unwatched", "untagged": "untagged", "unrated": "unrated",
}  # fmt: skip
"""The words that ask for something by themselves. Played is by anybody; watched is to its end, by who asks."""

FIELDS = {
    "tag": "tag", "rating": "rating", "stars": "rating", "views": "views", "length": "length", "duration": "length",
    "size": "size", "resolution": "resolution", "added": "added", "folder": "folder",
}  # fmt: skip
"""What may stand before a colon."""

OPERATORS = frozenset({"or", "and", "not"})
NOTHING = frozenset({"none", "no"})
"""The values that ask for what has none."""

SECONDS = {"h": 3_600, "m": 60, "s": 1}
BYTES = {"TB": 10**12, "GB": 10**9, "MB": 10**6, "kB": 10**3, "B": 1}
DAYS = {"y": 365, "m": 30, "w": 7, "d": 1}

RESOLUTIONS = {"sd": 1, "720p": 1_200, "1080p": 1_900, "4k": 3_400, "8k": 7_000}
"""The least longer side, in pixels, of what bears that name: the same as on cards."""


@dataclass(frozen=True)
class Text:
    """Words in a title, a tag or a path; `exact` where they stand in quotes."""

    text: str
    exact: bool = False


@dataclass(frozen=True)
class Is:
    """A mark that a video has or hasn't."""

    flag: Flag


@dataclass(frozen=True)
class Tagged:
    """It bears a tag, or one that implies it."""

    name: str


@dataclass(frozen=True)
class Measured:
    """How much there is of something: stars, views, seconds, bytes, or pixels as in RESOLUTIONS."""

    what: Measure
    comparison: Comparison
    value: int


@dataclass(frozen=True)
class Aged:
    """It was added less than so many days ago, or more."""

    comparison: Literal["<", ">"]
    days: int


@dataclass(frozen=True)
class Dated:
    """It was added in a year, month or day, or before or after."""

    comparison: Comparison
    date: tuple[int, ...]


@dataclass(frozen=True)
class Inside:
    """Its file is below a folder."""

    folder: str


@dataclass(frozen=True)
class Not:
    """What is not so."""

    inner: "Query"


@dataclass(frozen=True)
class All:
    """All of these; without any, everything."""

    parts: tuple["Query", ...] = ()


@dataclass(frozen=True)
class Any:
    """Any of these, two at least."""

    parts: tuple["Query", ...]


Query = Text | Is | Tagged | Measured | Aged | Dated | Inside | Not | All | Any
EVERYTHING = All()


def all_of(parts: Iterable[Query]) -> Query:
    """The parts together, none of them together with others once more."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def any_of(parts: Iterable[Query]) -> Query:
    """One of the parts; everything where one of them is that, or there is none."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Any) else (part,))]
    if not flat or EVERYTHING in flat:
        return EVERYTHING
    return flat[0] if len(flat) == 1 else Any(tuple(flat))


def negated(query: Query) -> Query:
    """What is not so; twice not is so, and what asks for nothing is not turned round."""
    if query == EVERYTHING:
        return query
    return query.inner if isinstance(query, Not) else Not(query)


def parts_of(query: Query) -> tuple[Query, ...]:
    """What must all be so."""
    return query.parts if isinstance(query, All) else (query,)


def leaves(query: Query) -> Iterator[Query]:
    """All terms of a tree."""
    if isinstance(query, All | Any):
        for part in query.parts:
            yield from leaves(part)
    elif isinstance(query, Not):
        yield from leaves(query.inner)
    else:
        yield query


# --- Written ---------------------------------------------------------------------------------------------------


def written(query: Query) -> str:
    """A tree as one types it."""
    match query:
        case All(parts):
            return " ".join(f"({written(part)})" if isinstance(part, Any) else written(part) for part in parts)
        case Any(parts):
            return " or ".join(written(part) for part in parts)
        case Not(inner):
            return f"-({written(inner)})" if isinstance(inner, All | Any) else f"-{written(inner)}"
        case Text(text, exact):
            return quoted(text) if exact else text
        case Is(flag):
            return flag
        case _:
            return ":".join(_field(query))


def _field(query: "Tagged | Inside | Measured | Aged | Dated") -> tuple[str, str]:
    match query:
        case Tagged(name):
            return "tag", value_of(name)
        case Inside(folder):
            return "folder", value_of(folder)
        case Measured(what, comparison, value):
            return what, f"{_sign(comparison)}{amount(what, value)}"
        case Aged(earlier, days):
            return "added", f"{earlier}{days // 365}y" if days and days % 365 == 0 else f"{earlier}{days}d"
        case Dated(comparison, date):
            return "added", f"{_sign(comparison)}{'-'.join([f'{date[0]:04}', *(f'{n:02}' for n in date[1:])])}"


def quoted(text: str) -> str:
    """In quotes; a quote in it is escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def value_of(name: str) -> str:
    """What stands after a colon, in quotes where it must."""
    plain = re.fullmatch(r'[^\s()"\\<>=]+', name) and name.casefold() not in NOTHING
    return name if plain else quoted(name)


def amount(what: Measure, value: int) -> str:
    """A value as one types it."""
    if what == "length":
        return _time(value)
    if what == "size":
        return _bytes(value)
    if what == "resolution":
        return next(name for name, least in RESOLUTIONS.items() if least == value)
    return str(value)


def _sign(comparison: Comparison) -> str:
    return "" if comparison == "=" else comparison


def _time(seconds: int) -> str:
    parts = []
    for unit, length in SECONDS.items():
        count, seconds = divmod(seconds, length)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def _bytes(value: int) -> str:
    """In the largest unit in which two decimals say all of it."""
    for unit, size in BYTES.items():
        if value >= size and (100 * value) % size == 0:
            return f"{(Decimal(value) / size).normalize():f}{unit}"
    return f"{value}B"
