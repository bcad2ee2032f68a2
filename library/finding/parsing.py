"""From what somebody types to what that asks for (language.py). Pure. No text fails: what can't be understood is taken
for plain words, and a message says so.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from library import naming
from library.finding import folding
from library.finding.language import (
    BYTES,
    COMPARISONS,
    DAYS,
    EVERYTHING,
    FIELDS,
    FLAGS,
    NOTHING,
    OPERATORS,
    RESOLUTIONS,
    Aged,
    Comparison,
    Dated,
    Inside,
    Is,
    Measured,
    Query,
    Tagged,
    Text,
    all_of,
    any_of,
    negated,
    parts_of,
    written,
)

MAX_LENGTH = 1_000
"""Characters that are read."""

MAX_TERMS = 40
MAX_DEPTH = 12
"""Parentheses within each other."""


class Message(NamedTuple):
    """What could not be understood, and where."""

    start: int
    stop: int
    text: str


class Parsed(NamedTuple):
    """What a text asks for."""

    query: Query
    messages: tuple[Message, ...]


class Token(NamedTuple):
    """A term, a parenthesis or an operator."""

    kind: str
    """`(`, `)`, `-`, `or`, `and`, `term`."""
    start: int
    stop: int
    name: str = ""
    """What stands before the colon, or ""."""
    value: str = ""
    quoted: bool = False


def parsed(text: str) -> Parsed:
    """What a text asks for, and what of it was not understood."""
    reader = _Reader()
    if len(text) > MAX_LENGTH:
        reader.complain(MAX_LENGTH, len(text), f"Only the first {MAX_LENGTH} characters are read.")
    readable = "".join(c if naming.is_storable(c) else " " for c in text[:MAX_LENGTH])
    reader.tokens = list(_tokens(readable, reader.complain))
    query = reader.read()
    while len(written(query)) > MAX_LENGTH:
        reader.complain(0, len(text), "That is too long to be read whole: the last terms are left out.")
        query = all_of(parts_of(query)[:-1])
    return Parsed(query, tuple(sorted(set(reader.messages))))


# --- Tokens ----------------------------------------------------------------------------------------------------

_IN_QUOTES = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)
_SIGN = re.compile(r"[<>=]*")
_FIELD = re.compile(r"([^\W\d_]+)(?::|(?=[<>=]))")
_BARE = re.compile(r'[^\s()"]+')


def _tokens(text: str, complain: Callable[[int, int, str], None]) -> Iterator[Token]:
    place = 0
    while place < len(text):
        character = text[place]
        if character.isspace():
            place += 1
        elif character in "()":
            yield Token(character, place, place + 1)
            place += 1
        elif character == "-" and place + 1 < len(text) and not text[place + 1].isspace():
            yield Token("-", place, place + 1)
            place += 1
        else:
            token = _term(text, place, complain)
            yield token
            place = token.stop


def _term(text: str, start: int, complain: Callable[[int, int, str], None]) -> Token:
    named = _FIELD.match(text, start)
    name = named[1].casefold() if named else ""
    at = named.end() if named and name in FIELDS else start
    name = name if at > start else ""
    sign = _SIGN.match(text, at) if name else None
    after = sign.end() if sign else at
    if text[after : after + 1] == '"':
        inner, stop = _in_quotes(text, after, complain)
        return Token("term", start, stop, name, text[at:after] + inner, quoted=True)
    bare = _BARE.match(text, at)
    value = bare[0] if bare else ""
    if not name and value.casefold() in OPERATORS:
        return Token({"not": "-"}.get(value.casefold(), value.casefold()), start, at + len(value))
    return Token("term", start, at + len(value), name, value)


def _in_quotes(text: str, start: int, complain: Callable[[int, int, str], None]) -> tuple[str, int]:
    """What stands in the quotes that begin at a place, and where they end."""
    inner = _IN_QUOTES.match(text, start + 1)
    stop = inner.end() if inner else start + 1
    if text[stop : stop + 1] != '"':
        complain(start, len(text), "The quotes are not closed.")
    return re.sub(r"\\(.)", r"\1", text[start + 1 : stop], flags=re.DOTALL), stop + 1


# --- The tree --------------------------------------------------------------------------------------------------


@dataclass
class _Reader:
    """Reads tokens from left to right: `or` binds less than standing side by side."""

    tokens: list[Token] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    place: int = 0
    terms: int = 0

    def complain(self, start: int, stop: int, text: str) -> None:
        self.messages.append(Message(start, stop, text))

    def read(self) -> Query:
        """All of it: what stands after a parenthesis too many goes on as if that were not there."""
        parts = [self._alternatives(0)]
        while self.place < len(self.tokens):
            extra = self._next()
            self.complain(extra.start, extra.stop, "Nothing is open that this parenthesis could close.")
            parts.append(self._alternatives(0))
        return all_of(parts)

    def _peek(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def _next(self) -> Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def _alternatives(self, depth: int) -> Query:
        found = [self._together(depth)]
        while (token := self._peek()) and token.kind == "or":
            self._next()
            following = self._together(depth)
            if found[-1] is _NOTHING or following is _NOTHING:
                self.complain(token.start, token.stop, "“or” stands between two things.")
            found.append(following)
        return any_of(part for part in found if part is not _NOTHING)

    def _together(self, depth: int) -> Query:
        """What stands side by side; `_NOTHING` where nothing does."""
        parts: list[Query] = []
        while (token := self._peek()) and token.kind not in ("or", ")"):
            if token.kind == "and":
                self._next()
            else:
                parts.append(self._one(depth))
        return all_of(parts) if parts else _NOTHING

    def _one(self, depth: int) -> Query:
        """A term or a parenthesis, with what stands before it."""
        minus: list[Token] = []
        while (token := self._peek()) and token.kind == "-":
            minus.append(self._next())
        if token is None or token.kind in ("or", "and", ")"):
            self.complain(minus[0].start, minus[-1].stop, "Nothing follows that could be left out.")
            return EVERYTHING
        query = self._parenthesis(depth) if token.kind == "(" else self._leaf(self._next())
        return negated(query) if len(minus) % 2 else query

    def _parenthesis(self, depth: int) -> Query:
        opening = self._next()
        if depth >= MAX_DEPTH:
            self.complain(opening.start, opening.stop, f"Not more than {MAX_DEPTH} parentheses within each other.")
            return EVERYTHING
        inner = self._alternatives(depth + 1)
        if self._peek() is None:
            self.complain(opening.start, opening.stop, "This parenthesis is not closed.")
        else:
            self._next()
        return inner

    def _leaf(self, token: Token) -> Query:
        self.terms += 1
        if self.terms > MAX_TERMS:
            self.complain(token.start, token.stop, f"Not more than {MAX_TERMS} terms are looked for.")
            return EVERYTHING
        if token.name:
            return self._filter(token)
        if not token.quoted and token.value.casefold() in FLAGS:
            return Is(FLAGS[token.value.casefold()])
        unknown = None if token.quoted else _FIELD.match(token.value)
        if unknown and unknown.end() < len(token.value) and not token.value[unknown.end() :].startswith("//"):
            hint = _nearest(unknown[1].casefold())
            self.complain(token.start, token.stop, f"There is no filter “{unknown[1]}”{hint}: taken as plain words.")
        return _text(token.value, exact=token.quoted)

    def _filter(self, token: Token) -> Query:
        name = FIELDS[token.name]
        try:
            return _READERS[name](token.value, token.quoted)
        except ValueError as error:
            self.complain(token.start, token.stop, str(error))
        if token.quoted:
            return _text(token.value, exact=True)
        return _text(f"{token.name}:{token.value}")


_NOTHING: Query = Text("", exact=True)
"""Stands for what is not there. No text is read as this very object."""


def _text(text: str, *, exact: bool = False) -> Query:
    """Words; punctuation alone asks for nothing."""
    if not folding.words(text):
        return EVERYTHING
    return Text(text, exact)


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, FIELDS, 1)
    return f" (did you mean “{near[0]}:”?)" if near else ""


# --- Values ----------------------------------------------------------------------------------------------------


def _compared(value: str) -> tuple[Comparison | None, str]:
    for comparison in COMPARISONS:
        if value.startswith(comparison):
            return comparison, value[len(comparison) :].strip()
    return None, value.strip()


def _tag(value: str, quoted: bool) -> Query:
    if value.casefold() in NOTHING and not quoted:
        return Is("untagged")
    name = naming.clean_tag(value)
    if not name:
        raise ValueError("Which tag? Write tag:name, tag:“two words” or tag:none.")
    return Tagged(name)


def _folder(value: str, quoted: bool) -> Query:
    folder = re.sub(r"\A[\s/]+|[\s/]+\Z", "", value)
    if not folder:
        raise ValueError("Which folder? Write folder:name or folder:“name/of one below”.")
    return Inside(folder)


def _rating(value: str, quoted: bool) -> Query:
    comparison, number = _compared(value)
    if number.casefold() in {*NOTHING, "0"} and comparison in (None, "="):
        return Is("unrated")
    if not re.fullmatch("[1-5]", number, re.ASCII):
        raise ValueError("Stars are 1 to 5: rating:4, rating:>=4 or rating:none.")
    return Measured("rating", comparison or "=", int(number))


def _views(value: str, quoted: bool) -> Query:
    comparison, number = _compared(value)
    if not re.fullmatch("[0-9]{1,15}", number, re.ASCII):
        raise ValueError("Views are a number: views:0, views:>=10.")
    return Measured("views", comparison or "=", int(number))


_TIME = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m(?:in)?)?(?:(\d{1,6})s?)?", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2})", re.ASCII)


def _length(value: str, quoted: bool) -> Query:
    comparison, time = _compared(value)
    found = (_CLOCK.fullmatch(time) or _TIME.fullmatch(time)) if time else None
    if not found:
        raise ValueError("A length is like 30s, 10m or 1h30m: length:>10m.")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return Measured("length", comparison or "=", 3_600 * hours + 60 * minutes + seconds)


_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,2})?)(tb|gb|mb|kb|b|t|g|m|k)", re.ASCII | re.IGNORECASE)


def _size(value: str, quoted: bool) -> Query:
    comparison, size = _compared(value)
    found = _SIZE.fullmatch(size)
    unit = {name[0].upper(): bytes_ for name, bytes_ in BYTES.items()}.get(found[2][0].upper()) if found else None
    if not found or unit is None:
        raise ValueError("A size is like 700MB or 2GB: size:>2GB.")
    return Measured("size", comparison or "=", min(int(Decimal(found[1]) * unit), 10**18))


_SAME_RESOLUTION = {
    "480p": "sd", "hd": "720p", "fullhd": "1080p", "fhd": "1080p", "2160p": "4k", "uhd": "4k", "4320p": "8k",
}  # fmt: skip


def _resolution(value: str, quoted: bool) -> Query:
    comparison, name = _compared(value)
    name = _SAME_RESOLUTION.get(name.casefold(), name.casefold())
    if name not in RESOLUTIONS:
        raise ValueError("Resolutions are sd, 720p, 1080p, 4k and 8k: resolution:>=1080p.")
    return Measured("resolution", comparison or "=", RESOLUTIONS[name])


_AGE = re.compile(r"(\d{1,5})([dwmy])", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
MAX_DAYS = 99_999


def _added(value: str, quoted: bool) -> Query:
    comparison, when = _compared(value)
    age, date = _AGE.fullmatch(when), _DATE.fullmatch(when)
    if age:
        days = min(int(age[1]) * DAYS[age[2].lower()], MAX_DAYS)
        return Aged(">" if comparison in (">", ">=") else "<", days)
    parts = tuple(int(part) for part in date.groups() if part) if date else ()
    if not _is_date(parts):
        raise ValueError("When? added:<30d is newer than 30 days; a date is 2024, 2024-05 or 2024-05-01.")
    return Dated(comparison or "=", parts)


def _is_date(parts: tuple[int, ...]) -> bool:
    if not parts or not 2 <= parts[0] <= 9_997 or (len(parts) > 1 and not 1 <= parts[1] <= 12):
        return False
    return len(parts) < 3 or 1 <= parts[2] <= monthrange(parts[0], parts[1])[1]


_READERS: dict[str, Callable[[str, bool], Query]] = {
    "tag": _tag, "folder": _folder, "rating": _rating, "views": _views, "length": _length, "size": _size,
    "resolution": _resolution, "added": _added,
}  # fmt: skip
