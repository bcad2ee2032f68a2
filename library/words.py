"""Words in names: how names are taken apart, and what two spellings of a word share. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

_HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
_WITHOUT_SPACES = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_WITHOUT_SPACES}]|[^\W\d_{_WITHOUT_SPACES}]+|\d+")
_SIGN = re.compile(f"[{_WITHOUT_SPACES}]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_VOWEL = re.compile("[aeiouy]")
_NUMBER = re.compile("[0-9]+")
_NOT_A_LETTER = re.compile(r"[\W\d_]")

LONGEST_NAME = 8
"""Words of a tag that is looked for in names."""

SERIES = 2
"""Numbers at the end of a title that may count its series: of "Walk part 3 (720p)" it is the first."""


def split(text: str) -> list[str]:
    """The words of a name as they are spelt: "BeachDay_2019" has Beach, Day and 2019; each sign of Chinese is one."""
    return _WORD.findall(_HUMP.sub(" ", unicodedata.normalize("NFC", text)))


@lru_cache(50_000)
def fold(word: str) -> str:
    """A word without case and accents."""
    if word.isascii():
        return word.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


@lru_cache(50_000)
def stem(word: str) -> str:
    """What a word shares with its plural and its -ing, folded: beaches and Beach, hiking and hike."""
    word = fold(word)
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 5 and word.endswith("ing") and _VOWEL.search(word[:-3]):
        word = word[:-3]
        return word[:-1] if word[-1] == word[-2] and word[-1] not in "ls" else word
    if len(word) > 3 and word.endswith("ie"):
        return f"{word[:-2]}y"
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def tells(word: str) -> bool:
    """Whether a word says something of a video: a year does, other numbers don't."""
    return not word.isdigit() or bool(_YEAR.fullmatch(word))


def links(word: str) -> bool:
    """Whether videos may be alike for having a word: not for having “a” or “in”."""
    return tells(word) and (len(word) > 2 or not word.isascii())


def stems(text: str) -> set[str]:
    """The stems of the words that say something."""
    return {stem(word) for word in split(text) if tells(word)}


def series(title: str) -> list[str]:
    """What comes before each of the last numbers of a title or of its sort key: "Walk part " of "Walk part 12"."""
    starts = [title[: number.start()] for number in _NUMBER.finditer(title)]
    return [start for start in starts[-SERIES:] if len(_NOT_A_LETTER.sub("", start)) > 2]


class Said(NamedTuple):
    """A tag that a name says."""

    tag: int
    shown: str
    """As the name spells it."""
    stems: tuple[str, ...]
    exact: bool
    """Whether it is spelt like the tag, but for case and accents, and not as a plural, or in two words."""
    inside: bool
    """Whether it is a part of a longer tag that the name says."""
    name: int = 0
    """Which of the names says it."""


class TagWords:
    """Finds the tags that names say, by names and other names of tags."""

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        self._by_key: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        self._longest = 1
        for tag, name in names:
            words = split(name)
            if words and len(words) <= LONGEST_NAME:
                self._longest = max(self._longest, len(words), min(3, len(name)))
                self._by_key.setdefault(_key(words), []).append((tag, tuple(map(fold, words))))

    def said(self, *names: str) -> list[Said]:
        """Each tag that any of the names says, once."""
        found: dict[int, Said] = {}
        for number, name in enumerate(names):
            for said in self._said_by(split(name)):
                before = found.get(said.tag)
                if before is None or (said.inside, not said.exact) < (before.inside, not before.exact):
                    found[said.tag] = said._replace(name=number)
        return list(found.values())

    def _said_by(self, name: Sequence[str]) -> Iterator[Said]:
        """The longest first."""
        taken: list[range] = []
        for place, part in _windows(name, self._longest):
            known = self._by_key.get(_key(part), ())
            inside = any(place[0] in other and place[-1] in other and len(other) > len(place) for other in taken)
            for tag, spelt in known:
                exact = spelt == tuple(map(fold, part))
                yield Said(tag, _spelt(part), tuple(map(stem, part)), exact, inside)
            if known:
                taken.append(place)


def _windows(words: Sequence[str], longest: int) -> Iterator[tuple[range, Sequence[str]]]:
    for length in range(min(longest, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            yield range(start, start + length), words[start : start + length]


def _key(words: Sequence[str]) -> str:
    """What "road trips", "Roadtrip" and "road-trip" share."""
    return "".join((*map(fold, words[:-1]), stem(words[-1])))


def _spelt(words: Sequence[str]) -> str:
    return ("" if all(map(_SIGN.fullmatch, words)) else " ").join(words)
