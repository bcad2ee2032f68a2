"""From bytes to text, in whatever encoding."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

SAMPLE_BYTES = 65_536
"""Of lines that are not ASCII: enough to guess from."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_CODE_PAGES = {
    "cp1250": "pl cs sk hu sl hr ro bs sq",
    "cp1251": "ru uk bg sr mk be",
    "cp1252": "en de fr es it pt nl sv da nb nn no fi is ca",
    "cp1253": "el",
    "cp1254": "tr az",
    "cp1255": "he",
    "cp1256": "ar fa ur",
    "cp1257": "lt lv et",
    "cp1258": "vi",
    "cp874": "th",
    "cp932": "ja",
    "cp949": "ko",
    "gb18030": "zh",
    "big5": "",
    "koi8_r": "",
}
"""The encodings that are guessed at, with the languages whose old files are in one as a rule."""

_BY_LANGUAGE = {language: page for page, languages in _CODE_PAGES.items() for language in languages.split()}


def decode(content: bytes, language: str = "") -> str:
    """The text: by its mark, as UTF-8, in the encoding that is usual for its language, or in the likeliest."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace").removeprefix("\ufeff")
    if b"\0" in content[:4096]:
        return content.decode(_without_mark(content[:4096]), errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end > len(content) - 4 and error.reason == "unexpected end of data":  # cut off
            return content.decode("utf-8", errors="replace")
    return content.decode(_guess(content, language), errors="replace")


def _without_mark(head: bytes) -> str:
    """Which UTF-16 it is, by where the zeros are; UTF-8 where they tell nothing."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd < len(head) // 4:
        return "utf-8"
    return "utf-16-le" if odd > even else "utf-16-be"


def _guess(content: bytes, language: str) -> str:
    usual = _BY_LANGUAGE.get(language.partition("-")[0])
    if usual and _can_be(content, usual):
        return usual
    telling = b"\n".join(line for line in content[: 16 * SAMPLE_BYTES].splitlines() if not line.isascii())
    best = from_bytes(telling[:SAMPLE_BYTES], cp_isolation=list(_CODE_PAGES)).best()
    return best.encoding if best else "cp1252"


def _can_be(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
