"""How alike two names are: written alike, singular and plural, a slip of the finger, one within the other. Pure."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import combinations
from typing import NamedTuple


class Likeness(Enum):
    """In what two names are alike, and what a curator is told of it."""

    SPELT = "written alike but for case, spaces, accents or punctuation"
    PLURAL = "singular and plural"
    SLIP = "one letter apart"
    SLIPS = "two letters apart"
    HELD = "one name holds the other"
    BEGUN = "one name begins the other"


class Alike(NamedTuple):
    """Two names that look alike, by their ids, the lower first."""

    one: int
    other: int
    likeness: Likeness
    length: int
    """Letters of the shorter word in which they differ; 0 where no letters do."""


SHORTEST_SLIP = 4
"""Letters of a word in which one letter apart may be a slip: “cat” is no misspelt “car”."""

SHORTEST_SLIPS = 8
"""Letters of a word in which two may be."""

SHORTEST_BEGINNING = 4
"""Letters of a word that begins another."""

COMMON = 40
"""Names that hold one word: beyond these it tells nothing."""

_SINGULARS = {
    "men": "man", "women": "woman", "children": "child", "people": "person", "feet": "foot", "teeth": "tooth",
    "mice": "mouse", "geese": "goose", "oxen": "ox", "news": "news", "series": "series", "species": "species",
    "lens": "lens",
}  # fmt: skip


class Spelling(NamedTuple):
    """A name, taken apart."""

    words: tuple[str, ...]
    """Letters and numbers, without case, accents and punctuation."""
    stems: tuple[str, ...]
    """The words in the singular."""
    numbers: tuple[int, ...]


def spelling(name: str) -> Spelling:
    """Take a name apart: `RoadTrips_2` is road, trips, 2."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    plain = "".join(c for c in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(c)).casefold()
    words = tuple(str(int(word)) if word.isdecimal() else word for word in re.findall(r"[^\W\d_]+|\d+", plain))
    return Spelling(words, tuple(map(stem, words)), tuple(int(word) for word in words if word.isdecimal()))


def stem(word: str) -> str:
    """What a word and its English plural share; no word itself. What is in no plural stays as it is."""
    if word in _SINGULARS:
        return _SINGULARS[word]
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    if plural:
        word = word[:-1]
    if word.endswith("ie"):
        return f"{word[:-2]}y"
    if (plural and word.endswith("ve")) or word.endswith("fe"):
        return f"{word[:-2]}f"
    if len(word) > 3 and word.endswith(("xe", "che", "she", "se", "ze", "oe")):
        return word[:-1]
    return word


def look_alikes(names: Mapping[int, str]) -> list[Alike]:
    """All pairs of names that look alike, each once, by what makes them most alike. Names with unlike numbers don't."""
    spellings = {pk: spelling(name) for pk, name in names.items()}
    found: dict[tuple[int, int], Alike] = {}
    for pair in _pairs(spellings):
        one, other = sorted(pair[:2])
        if (one, other) not in found and spellings[one].numbers == spellings[other].numbers:
            found[one, other] = Alike(one, other, *pair[2:])
    return list(found.values())


Pair = tuple[int, int, Likeness, int]


def _pairs(spellings: Mapping[int, Spelling]) -> Iterator[Pair]:
    yield from _equal({pk: "".join(spelt.words) for pk, spelt in spellings.items()}, Likeness.SPELT)
    yield from _equal({pk: "".join(spelt.stems) for pk, spelt in spellings.items()}, Likeness.PLURAL)
    yield from _slips(spellings)
    yield from _held(spellings)
    yield from _begun(spellings)


def _by_value(keys: Mapping[int, str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for pk, key in keys.items():
        groups[key].append(pk)
    return groups


def _equal(keys: Mapping[int, str], likeness: Likeness) -> Iterator[Pair]:
    """Names that come to the same; a single letter, as of `C` and `C++`, says too little."""
    for key, group in _by_value(keys).items():
        if len(key) > 1:
            for one, other in combinations(group, 2):
                yield one, other, likeness, 0


def _slips(spellings: Mapping[int, Spelling]) -> Iterator[Pair]:
    """Names that come to nearly the same, all but one of whose words are equal."""
    letters = {pk: "".join(spelt.stems) for pk, spelt in spellings.items()}
    by_text = _by_value(letters)
    by_length: dict[int, list[str]] = defaultdict(list)
    for text in by_text:
        by_length[len(text)].append(text)
    for text, pks in by_text.items():
        for near, distance in _near(text, by_length):
            for one in pks:
                for other in by_text[near]:
                    length = _differing(spellings[one].stems, spellings[other].stems)
                    if length >= (SHORTEST_SLIP if distance == 1 else SHORTEST_SLIPS):
                        yield one, other, Likeness.SLIP if distance == 1 else Likeness.SLIPS, length


def _near(text: str, by_length: Mapping[int, list[str]]) -> Iterator[tuple[str, int]]:
    """Longer texts, or later ones of the same length, one letter apart; or two where the text is long."""
    from rapidfuzz.distance import OSA  # here: 40 modules that no page needs but the coach's
    from rapidfuzz.process import extract

    most = 2 if len(text) >= SHORTEST_SLIPS else 1
    if len(text) < SHORTEST_SLIP:
        return
    for length in range(len(text), len(text) + most + 1):
        for near, distance, _ in extract(
            text, by_length.get(length, ()), scorer=OSA.distance, processor=None, limit=None, score_cutoff=most
        ):
            if near > text or length > len(text):
                yield near, int(distance)


def _differing(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Letters of the word in which two names differ, of the names where words are parted otherwise; 0 if of several."""
    if len(one) != len(other):
        return min(sum(map(len, one)), sum(map(len, other)))
    unlike = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return min(map(len, unlike[0])) if len(unlike) == 1 else 0


def _held(spellings: Mapping[int, Spelling]) -> Iterator[Pair]:
    """Names all of whose words stand in another one, side by side; the longest of those in it."""
    by_stems: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for pk, spelt in spellings.items():
        by_stems[spelt.stems].append(pk)
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for pk, spelt in spellings.items():
        known = {part for part in _parts(spelt.stems) if part in by_stems}
        for part in known - {inner for outer in known for inner in _parts(outer)}:
            holders[part].append(pk)
    for part, pks in holders.items():
        letters = "".join(word for word in part if not word.isdecimal())
        if len(pks) <= COMMON and len(letters) > 1:
            for held in by_stems[part]:
                yield from ((held, pk, Likeness.HELD, 0) for pk in pks)


def _parts(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """All runs of words but the whole; of the first eight."""
    count = min(len(words), 8)
    for start in range(count):
        for stop in range(start + 1, count + 1):
            if stop - start < len(words):
                yield words[start:stop]


def _begun(spellings: Mapping[int, Spelling]) -> Iterator[Pair]:
    """Single words that begin another: `photo`, `photography`."""
    by_word: dict[str, list[int]] = defaultdict(list)
    for pk, spelt in spellings.items():
        if len(spelt.stems) == 1:
            by_word[spelt.stems[0]].append(pk)
    beginners: dict[str, list[int]] = defaultdict(list)
    for word, pks in by_word.items():
        for length in range(SHORTEST_BEGINNING, len(word)):
            if word[:length] in by_word:
                beginners[word[:length]] += pks
    for word, pks in beginners.items():
        if len(pks) <= COMMON:
            for one in by_word[word]:
                yield from ((one, other, Likeness.BEGUN, 0) for other in pks)
