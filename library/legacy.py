"""The old site's JSON files, and those of our markers and titles: from bytes to a checked collection. Pure.

A document that can't be read at all raises; a single bad entry becomes a Problem and the rest is taken.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from library import naming
from library.media import LONGEST_FILM

DOCUMENTS = ("tags.json", "ratings.json", "views.json", "favorites.json", "markers.json", "titles.json")


class UnreadableDocumentError(Exception):
    """A document is no JSON, or not of its shape; the message names it and the place."""


@dataclass(frozen=True)
class Problem:
    """One entry that was not taken."""

    document: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.document}: {printable(self.key)}: {self.reason}"


class Moment(NamedTuple):
    """A marker in a film."""

    account: str | None
    """Whose it is: the name of an account, None for the set of those without one."""
    seconds: float
    name: str


@dataclass
class Collection:
    """What the documents say, by their own keys; problems beside."""

    tags: dict[str, list[str]] = field(default_factory=dict)
    ratings: dict[str, int] = field(default_factory=dict)
    views: dict[str, int] = field(default_factory=dict)
    favorites: list[str] = field(default_factory=list)
    """In the order of adding."""
    added: dict[str, datetime] = field(default_factory=dict)
    last_viewed: dict[str, datetime] = field(default_factory=dict)
    markers: dict[str, list[Moment]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    """Files of which nothing else need be known."""
    problems: list[Problem] = field(default_factory=list)

    def keys(self) -> Iterator[str]:
        """Every key that any document names, once, in order."""
        values = (
            *(self.tags, self.ratings, self.views, self.favorites, self.added, self.last_viewed),
            *(self.markers, self.titles, self.names),
        )
        return iter(dict.fromkeys(key for keys in values for key in keys))

    def update(self, later: "Collection") -> None:
        """Take what another source says: its single values win, tags and favourites are united."""
        for key, tags in later.tags.items():
            self.tags[key] = united_tags([*self.tags.get(key, []), *tags])
        self.ratings |= later.ratings
        self.views |= later.views
        self.added |= later.added
        self.last_viewed |= later.last_viewed
        self.markers |= later.markers
        self.titles |= later.titles
        self.favorites = list(dict.fromkeys([*self.favorites, *later.favorites]))
        self.names += later.names
        self.problems += later.problems


def united_tags(names: Iterable[str]) -> list[str]:
    """Cleaned tags, each once whatever its case, the first spelling kept."""
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(naming.tag_key(name), naming.clean_tag(name))
    return list(kept.values())


def parse(documents: Mapping[str, bytes]) -> Collection:
    """Read the documents that exist, by name. Raises UnreadableDocumentError for the first that can't be read."""
    collection = Collection()
    for name, content in documents.items():
        reader = EntryReader(name, collection)
        value = reader.load(content)
        if name == "favorites.json":
            collection.favorites = reader.favorites(value)
        elif name == "tags.json":
            collection.tags = reader.entries(value, reader.tags)
        elif name == "ratings.json":
            collection.ratings = reader.entries(value, reader.rating)
        elif name == "markers.json":
            collection.markers = reader.entries(value, reader.markers)
        elif name == "titles.json":
            collection.titles = reader.entries(value, reader.title)
        else:
            collection.views = reader.entries(value, reader.count)
    return collection


def printable(text: str, limit: int = 120) -> str:
    """Text for a report: one line, whatever it holds."""
    short = text if len(text) <= limit else f"{text[:limit]}…"
    return "".join(c if c.isprintable() and naming.is_storable(c) else f"\\u{ord(c):04x}" for c in short)


class EntryReader:
    """Checks the entries of one document and notes its problems in a collection."""

    def __init__(self, document: str, collection: Collection) -> None:
        self.document = document
        self.problems = collection.problems

    def load(self, content: bytes) -> Any:
        """The document's value. Raises UnreadableDocumentError."""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UnreadableDocumentError(f"{self.document}: not UTF-8 text at byte {error.start}") from None
        try:
            return json.loads(text, object_pairs_hook=self._object, parse_int=_bounded_int)
        except json.JSONDecodeError as error:
            raise UnreadableDocumentError(
                f"{self.document}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
            ) from None
        except RecursionError:
            raise UnreadableDocumentError(f"{self.document}: nested too deeply") from None

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.problem(key, "is there more than once; the last one counts")
                seen.add(key)
        return result

    def entries(self, value: Any, read: Callable[[str, Any], Any]) -> dict[str, Any]:
        """An object's entries by file name, each through `read`, which gives None for nothing to keep."""
        if not isinstance(value, dict):
            raise UnreadableDocumentError(f"{self.document}: not an object with a file name for each key")
        checked = ((key, read(key, item)) for key, item in value.items() if self.is_file_name(key))
        return {key: item for key, item in checked if item is not None}

    def tags(self, key: str, value: Any) -> list[str] | None:
        """The good ones of a list of tags."""
        if not isinstance(value, list):
            self.problem(key, "the tags are not a list")
            return None
        kept = []
        for tag in value:
            reason = _tag_fault(tag)
            if reason:
                self.problem(key, reason)
            else:
                kept.append(tag)
        return united_tags(kept)

    def rating(self, key: str, value: Any) -> int | None:
        """1 to 5 stars; None for 0, which means unrated."""
        if type(value) is not int or not 0 <= value <= 5:
            self.problem(key, f"the rating {shown(value)} is not a whole number from 1 to 5")
            return None
        return value or None

    def count(self, key: str, value: Any) -> int | None:
        """A number of views."""
        if type(value) is not int or not 0 <= value <= naming.MAX_COUNT:
            self.problem(key, f"the count {shown(value)} is not a whole number, 0 or more")
            return None
        return value

    def title(self, key: str, value: Any) -> str | None:
        """A title; None for an empty one."""
        if not isinstance(value, str) or not naming.is_storable(value) or len(value) > naming.MAX_TITLE_LENGTH:
            self.problem(key, f"the title {shown(value)} is not text of {naming.MAX_TITLE_LENGTH} characters at most")
            return None
        return value.strip() or None

    def markers(self, key: str, value: Any) -> list[Moment] | None:
        """The good ones of a list of markers."""
        if not isinstance(value, list):
            self.problem(key, "the markers are not a list")
            return None
        kept = []
        for marker in value:
            reason = _marker_fault(marker)
            if reason:
                self.problem(key, reason)
            else:
                name = naming.clean_list_name(marker.get("name", ""))
                kept.append(Moment(marker.get("account"), round(float(marker["seconds"]), 3), name))
        return kept

    def favorites(self, value: Any) -> list[str]:
        """File names in their order. Raises UnreadableDocumentError."""
        listed = value.get("favorites", []) if isinstance(value, dict) else value
        if not isinstance(listed, list):
            raise UnreadableDocumentError(f"{self.document}: no list of file names")
        return list(dict.fromkeys(key for key in listed if self.is_file_name(key)))

    def is_file_name(self, key: Any) -> bool:
        """Whether a key can be one; a problem where it can't."""
        if isinstance(key, str) and naming.is_safe_path(key):
            return True
        self.problem(key if isinstance(key, str) else shown(key), "is not a file name")
        return False

    def problem(self, key: str, reason: str) -> None:
        """Note an entry that is not taken."""
        self.problems.append(Problem(self.document, key, reason))


def _bounded_int(text: str) -> int | float:
    """Python refuses to read integers of more than 4,300 digits; no count needs more than 19."""
    return int(text) if len(text) <= 20 else float("inf")


def _tag_fault(tag: Any) -> str:
    if not isinstance(tag, str):
        return f"the tag {shown(tag)} is not text"
    name = naming.clean_tag(tag)
    if not name:
        return "a tag is empty"
    if not naming.is_storable(name):
        return f"the tag {shown(tag)} is not valid text"
    if len(name) > naming.MAX_TAG_LENGTH:
        return f"the tag {printable(tag, 40)} is longer than {naming.MAX_TAG_LENGTH} characters"
    return ""


def _marker_fault(marker: Any) -> str:
    if not isinstance(marker, dict):
        return f"the marker {shown(marker)} is not an object"
    seconds, name, account = marker.get("seconds"), marker.get("name", ""), marker.get("account")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_FILM:
        return f"a marker's second {shown(seconds)} is in no film"
    if not _is_text(name, naming.MAX_LIST_NAME_LENGTH):
        return f"a marker's name {shown(name)} is not valid text of {naming.MAX_LIST_NAME_LENGTH} characters at most"
    if account is not None and not (_is_text(account, naming.MAX_ACCOUNT_LENGTH) and account.strip()):
        return f"a marker's account {shown(account)} is none"
    return ""


def _is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and naming.is_storable(value) and len(value) <= longest


def shown(value: Any) -> str:
    """A value for a report, whatever it is."""
    return printable(repr(value), 60)
