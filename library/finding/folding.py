"""Text as a search compares it: words without case, accents and punctuation. Pure.

Words stand in a row with two blanks before each and one after the last, so that three characters tell a word's
beginning even where it is a single letter: an index of trigrams answers that too.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

_WITHOUT_SPACES = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_WITHOUT_SPACES}]|[^\W\d_{_WITHOUT_SPACES}]+|\d+")
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´")
BEFORE = "  "
BETWEEN_FIELDS = "   "

Span = tuple[int, int]
"""From one place of a text to another."""


def fold(text: str) -> str:
    """Without case, accents and apostrophes, and with one spelling for what only looks different."""
    if text.isascii():
        return text.lower().translate(_APOSTROPHES)
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)).casefold())


def words(text: str) -> list[str]:
    """The folded words of a text: letters and numbers part, each sign of Chinese or Japanese is one."""
    return _WORD.findall(fold(text))


def in_a_row(found: Sequence[str]) -> str:
    """Words as the index keeps them; "" for none."""
    return f"{BEFORE}{BEFORE.join(found)} " if found else ""


def row_of(text: str) -> str:
    """A text's words as the index keeps them."""
    return in_a_row(words(text))


def text_of(title: str, path: str) -> str:
    """What is kept of a video: the words of its title and its path, once where the path says both."""
    named, placed = row_of(title), row_of(path)
    return placed if named in placed else f"{named}{BETWEEN_FIELDS}{placed}"


def needle(text: str, *, exact: bool = False) -> str:
    """What is looked for in such a row; "" where a text has no word.

    A word is found anywhere in another, one or two letters only where a word begins; `exact` finds whole words.
    """
    found = words(text)
    row = in_a_row(found)
    if exact or not row:
        return row
    return row.rstrip() if len(found[0]) < 3 else row.strip()


def spans(text: str, needles: Iterable[str]) -> list[Span]:
    """Where a text holds what was looked for, in order, none within another."""
    row, places = _row_with_places(text)
    found = sorted(
        (places[inner[0]], _after(text, places[inner[-1]]))
        for wanted in needles
        if wanted
        for start in _starts(row, wanted)
        if (inner := [n for n in range(start, start + len(wanted)) if row[n] != " "])
    )
    merged: list[Span] = []
    for start, stop in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        else:
            merged.append((start, stop))
    return merged


def _row_with_places(text: str) -> tuple[str, list[int]]:
    """A text's words in a row, and where in the text each of the row's characters comes from."""
    if text.isascii() and "'" not in text and "`" not in text:
        folded, origins = text.lower(), list(range(len(text)))
    else:
        pieces = [fold(character) for character in text]
        folded, origins = "".join(pieces), [place for place, piece in enumerate(pieces) for _ in piece]
    row, places = "", []
    for match in _WORD.finditer(folded):
        row += f"{BEFORE}{match[0]}"
        places += [origins[match.start()]] * len(BEFORE) + origins[match.start() : match.end()]
    return f"{row} ", [*places, places[-1] if places else 0]


def _starts(row: str, wanted: str) -> Iterable[int]:
    start = row.find(wanted)
    while start >= 0:
        yield start
        start = row.find(wanted, start + 1)


def _after(text: str, place: int) -> int:
    """The place after a character and the accents that stand on it."""
    place += 1
    while place < len(text) and unicodedata.combining(text[place]):
        place += 1
    return place
