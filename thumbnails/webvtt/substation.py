"""SubStation Alpha, and its advanced kind: texts with styles and places; drawings and movements are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from thumbnails.webvtt.cues import TIME, Cue, Styles, milliseconds, placed, write_text

_TIME = re.compile(TIME)
_EVENT = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"]
_STYLE = [
    *("name", "fontname", "fontsize", "primarycolour", "secondarycolour", "outlinecolour", "backcolour"),
    *("bold", "italic", "underline", "strikeout", "scalex", "scaley", "spacing", "angle", "borderstyle"),
    *("outline", "shadow", "alignment", "marginl", "marginr", "marginv", "encoding"),
]
_OVERRIDE = re.compile(r"\\(an?|[ibup]|r)([^\\]*)")
_HEADING = re.compile(
    r"^\ufeff?[ \t]*(\[(script info|v4\+? styles\+?|events)\]|dialogue:)", re.IGNORECASE | re.MULTILINE
)
_BREAKS = re.compile(r"\\([Nnh])")
_BOTTOM = 2


class _Look(NamedTuple):
    """How a text looks, and where it stands."""

    styles: Styles = frozenset()
    alignment: int = _BOTTOM
    """As on a number pad."""
    drawing: bool = False


def is_substation(text: str) -> bool:
    """Whether a text begins as such a file does."""
    return _HEADING.search(text[:4096]) is not None


def read(lines: Iterable[str]) -> Iterator[Cue]:
    """The cues in a file's lines, in its order. A line that can't be read is passed over."""
    looks: dict[str, _Look] = {}
    fields = {"style": _STYLE, "dialogue": _EVENT}
    section = ""
    for line in lines:
        if line.lstrip("\ufeff \t").startswith("["):
            section = line.strip().lower()
        key, colon, rest = line.partition(":")
        key = key.strip().lower()
        if not colon:
            continue
        if key == "format":
            fields["style" if "styles" in section else "dialogue"] = [name.strip().lower() for name in rest.split(",")]
        elif key == "style":
            named = dict(zip(fields[key], (value.strip() for value in rest.split(",")), strict=False))
            looks[named.get("name", "")] = _look(named, legacy=section == "[v4 styles]")
        elif key == "dialogue":
            values = rest.split(",", len(fields[key]) - 1)
            yield from _cue(dict(zip(fields[key], values, strict=False)), looks)


def _look(named: Mapping[str, str], *, legacy: bool) -> _Look:
    tags = {"italic": "i", "bold": "b", "underline": "u"}
    styles = frozenset(tag for name, tag in tags.items() if named.get(name, "0") not in ("", "0"))
    return _Look(styles, _alignment(named.get("alignment", ""), legacy=legacy))


def _alignment(text: str, *, legacy: bool) -> int:
    """A place on the number pad; the older counts 1 to 3 at the bottom, 4 more at the top, 8 more in the middle."""
    if not re.fullmatch(r"[0-9]{1,2}", text):
        return _BOTTOM
    number = int(text)
    if legacy:
        column = number & 3
        row = 6 if number & 4 else 3 if number & 8 else 0
        return row + column if column else _BOTTOM
    return number if 1 <= number <= 9 else _BOTTOM


def _cue(named: Mapping[str, str], looks: Mapping[str, _Look]) -> Iterator[Cue]:
    """The cue of a line, unless it shows nothing."""
    times = [_TIME.match(named.get(name, "").strip()) for name in ("start", "end")]
    if not (times[0] and times[1]):
        return
    start, end = milliseconds(times[0].groups()), milliseconds(times[1].groups())
    look = looks.get(named.get("style", "").strip().lstrip("*"), _Look())
    fragments = list(_fragments(named.get("text", ""), look, looks))
    written = write_text((text, after.styles) for text, after in fragments if not after.drawing)
    if written and start < end:
        yield Cue(start, end, placed(fragments[-1][1].alignment), written)


def _fragments(text: str, look: _Look, looks: Mapping[str, _Look]) -> Iterator[tuple[str, _Look]]:
    """The text between the overrides, with its look."""
    now, last = look, 0
    for match in re.finditer(r"\{([^{}]*)\}", text):
        yield _plain(text[last : match.start()]), now
        now, last = _after(match[1], now, look, looks), match.end()
    yield _plain(text[last:]), now


def _plain(text: str) -> str:
    return _BREAKS.sub(lambda match: {"N": "\n", "n": " ", "h": "\N{NO-BREAK SPACE}"}[match[1]], text)


def _after(overrides: str, now: _Look, usual: _Look, looks: Mapping[str, _Look]) -> _Look:
    """How a text looks after some overrides; those in brackets come later, and are movements."""
    for _ in range(2):
        overrides = re.sub(r"\([^()]*\)", "", overrides)
    for match in _OVERRIDE.finditer(overrides):
        tag, value = match[1], match[2].strip()
        if tag == "r":
            now = looks.get(value, usual)._replace(alignment=now.alignment)
        elif tag in ("a", "an"):
            if re.fullmatch(r"[0-9]{1,2}", value):
                now = now._replace(alignment=_alignment(value, legacy=tag == "a"))
        elif re.fullmatch(r"[0-9]{1,4}|", value):
            on = int(value or 0)
            if tag == "p":
                now = now._replace(drawing=on > 0)
            elif on and (tag != "b" or on == 1 or on >= 600):
                now = now._replace(styles=now.styles | {tag})
            else:
                now = now._replace(styles=now.styles - {tag})
    return now
