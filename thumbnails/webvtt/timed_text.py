"""SubRip and WebVTT: lines of times, and texts below them.

Read leniently, as players do: numbers may be missing, odd or wrong, times short, and a text may have empty lines.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from thumbnails.webvtt.cues import LONGEST_TEXT, TIME, Cue, Fragment, Styles, milliseconds, placed, write_text

MOST_READ = 5 * LONGEST_TEXT
"""Characters of a cue that are read, tags and all."""

_TIMING = re.compile(rf"\ufeff?[ \t]*{TIME}[ \t]*-{{1,3}}>[ \t]*{TIME}(?![0-9])(.*)")
_MARKUP = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)([^<>]*+)>|<[0-9:.]++>|\{\\([^{}]*+)\}")  # no way back: it is linear
_ENTITY = re.compile(r"&#?[0-9A-Za-z]{1,31};")  # html.unescape alone fails at thousands of digits
_PLACE = re.compile(r"\\?an([1-9])")
_SETTING = re.compile(
    r"(?<!\S)(?:(line):(-?[0-9]{1,3}|(?:100|[0-9]{1,2})(?:\.[0-9]{1,4})?%)(?:,(?:start|center|end))?"
    r"|(position|size):((?:100|[0-9]{1,2})(?:\.[0-9]{1,4})?%)(?:,(?:line-left|center|line-right))?"
    r"|(align):(start|center|end|left|right)|(vertical):(rl|lr))(?!\S)"
)

_KEPT = {"i": "i", "em": "i", "b": "b", "strong": "b", "u": "u", "c": "c"}
_DROPPED = {"font", "span", "v", "lang", "ruby", "rt", "s", "strike", "p", "div"}


def read(lines: Iterable[str], *, webvtt: bool) -> Iterator[Cue]:
    """The cues in a file's lines, in its order. In WebVTT an empty line ends a cue; in SubRip the next times do."""
    timing: re.Match[str] | None = None
    texts: list[str] = []
    size = 0
    for line in lines:
        following = _TIMING.match(line) if "->" in line else None
        if following:
            yield from _cue(timing, texts if webvtt else _without_number(texts), webvtt)
            timing, texts, size = following, [], 0
        elif webvtt and not line.strip():
            yield from _cue(timing, texts, webvtt)
            timing = None
        elif timing and size < MOST_READ:
            texts.append(line)
            size += len(line) + 1
    yield from _cue(timing, texts, webvtt)


def _without_number(texts: list[str]) -> list[str]:
    """A text without the number of the cue that follows."""
    lines = list(texts)
    while lines and not lines[-1].strip():
        lines.pop()
    stands_apart = len(lines) == len(texts) or (len(lines) > 1 and not lines[-2].strip())
    return lines[:-1] if lines and lines[-1].strip().isdecimal() and stands_apart else lines


def _cue(timing: re.Match[str] | None, texts: list[str], webvtt: bool) -> Iterator[Cue]:
    """The cue that was read, unless it shows nothing."""
    if timing is None:
        return
    groups = timing.groups()
    start, end = milliseconds(groups[:5]), milliseconds(groups[5:10])
    content = "\n".join(texts)[:MOST_READ]
    written = write_text(_fragments(content, webvtt))
    if written and start < end:
        settings = _settings(groups[10] or "") if webvtt else ""
        place = _PLACE.search(content) if "{\\" in content else None
        yield Cue(start, end, settings or (placed(int(place[1])) if place else ""), written)


def _settings(text: str) -> str:
    """Those of WebVTT's settings that are right, each once."""
    found: dict[str, str] = {}
    for match in _SETTING.finditer(text):
        name, value = (group for group in match.groups() if group)
        found.setdefault(name, value)
    return " ".join(f"{name}:{value}" for name, value in found.items())


def _fragments(content: str, webvtt: bool) -> Iterator[Fragment]:
    """The text between the markup; a tag that nobody knows is text."""
    styles: Styles = frozenset()
    last = 0
    for match in _MARKUP.finditer(content):
        known = _styles_after(match, styles)
        if known is None:
            continue
        yield _plain(content[last : match.start()], webvtt), styles
        if (match[2] or "").lower() == "br":
            yield "\n", styles
        styles, last = known, match.end()
    yield _plain(content[last:], webvtt), styles


def _plain(text: str, webvtt: bool) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if webvtt else text


def _styles_after(match: re.Match[str], styles: Styles) -> Styles | None:
    """The styles that hold after some markup; None where it is none."""
    name = (match[2] or "").lower()
    tag = _KEPT.get(name)
    if tag is None:
        return styles if not name or name == "br" or name in _DROPPED else None
    others = frozenset(style for style in styles if style.partition(".")[0] != tag)
    if match[1]:
        return others
    classes = re.findall(r"\.([A-Za-z0-9_-]+)", match[3].split(" ")[0]) if tag == "c" else []
    return others | {".".join([tag, *classes])}
