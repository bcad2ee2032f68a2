"""Languages of subtitles: from what a file's name or a stream says to a tag (BCP 47) and a name for people. Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import get_global

LONGEST_LABEL = 80
UNKNOWN = "und"

_FORCED = frozenset(["forced", "foreign"])
_FOR_THE_DEAF = frozenset(["sdh", "cc"])
_WITHOUT_MEANING = frozenset(["default", "und", "sub", "subs", "subtitle", "subtitles"])


class Spoken(NamedTuple):
    """What is known of subtitles before they are read."""

    language: str = UNKNOWN
    label: str = "Subtitles"


def spoken(words: str, title: str = "") -> Spoken:
    """What words between dots say, in any order: a language by its code or its name, and what the subtitles are for.

    `en`, `pt-BR`, `ger`, `English`, `en.forced`, `de.sdh`. `hi` means Hindi, and after a language for whom it is hard
    to hear. A title stands in for words that nobody knows.
    """
    language = ""
    remarks: list[str] = []
    for word in filter(None, words.split(".")):
        folded = word.strip().casefold()
        if folded in _FORCED:
            remarks.append("forced")
        elif folded in _FOR_THE_DEAF or (folded == "hi" and language):
            remarks.append("SDH")
        elif not language and (found := language_of(word)):
            language = found
        elif folded not in _WITHOUT_MEANING:
            remarks.append(word.strip())
    label = name_of(language) if language else "Subtitles"
    if title.casefold().startswith(label.casefold()):
        label = title
    elif title.casefold() not in (remark.casefold() for remark in remarks):
        remarks.append(title)
    remark = ", ".join(dict.fromkeys(filter(None, remarks)))
    if remark:
        label = f"{label[:-1]}, {remark})" if label.endswith(")") else f"{label} ({remark})"
    return Spoken(language or UNKNOWN, label[:LONGEST_LABEL])


@lru_cache(maxsize=256)
def language_of(word: str) -> str:
    """The tag of a language that is named by its code of two or three letters or by its name; "" for other words."""
    code = word.strip().replace("_", "-").casefold()
    if code in _names():
        return _names()[code]
    language, _, territory = code.partition("-")
    language = str(get_global("language_aliases").get(language, language)).replace("_", "-")
    if not re.fullmatch(r"[a-z]{2,3}", language) or language not in _english().languages or language == UNKNOWN:
        return ""
    if not territory:
        return language
    for likely in (False, True):  # zh-CN is known as zh-Hans-CN alone
        with suppress(UnknownLocaleError, ValueError):
            locale = Locale.parse(f"{language}-{territory}", sep="-", resolve_likely_subtags=likely)
            return "-".join(filter(None, [locale.language, locale.script, locale.territory]))
    return ""


def name_of(tag: str) -> str:
    """A language's name in English; the tag itself where it has none."""
    try:
        name = Locale.parse(tag, sep="-", resolve_likely_subtags=False).get_display_name("en") if tag else ""
    except (UnknownLocaleError, ValueError):
        name = _english().languages.get(tag)
    return str(name or tag)


@lru_cache(maxsize=1)
def _english() -> Locale:
    return Locale("en")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """{name of a language, in English or in itself, in small letters: its tag}, of those with a code of two letters."""
    english = {str(code): str(name) for code, name in _english().languages.items()}
    names: dict[str, str] = {}
    for code in filter(re.compile(r"[a-z]{2}").fullmatch, english):
        with suppress(UnknownLocaleError):
            names.setdefault((Locale(code).get_display_name(code) or "").casefold(), code)
        names[english[code].casefold()] = code
    names.pop("", None)
    return names
