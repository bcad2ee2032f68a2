"""Cues, and the WebVTT that they are written as (https://www.w3.org/TR/webvtt1/)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

LONGEST_LINE = 20_000
"""Characters that are read of a line."""

LONGEST_TEXT = 2_000
"""Characters of a cue, without its tags."""

MOST_MILLISECONDS = 100 * 3_600_000 - 1

TIME = (
    r"(?:(-)[ \t]*)?"
    r"(?:([0-9]{1,6})[ \t]*:[ \t]*)?([0-9]{1,6})[ \t]*:[ \t]*([0-9]{1,6})(?:[ \t]*[.,:][ \t]*([0-9]{1,9}))?"
)
"""Five groups: a sign, hours, minutes, seconds and their fraction."""

_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), 127, 65279))
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

Styles = frozenset[str]
"""Tags that are open around a text: i, b, u, and c with its classes."""

Fragment = tuple[str, Styles]


class Cue(NamedTuple):
    """A text and when it is shown."""

    start: int
    """Milliseconds, as the end."""
    end: int
    settings: str
    """As WebVTT has them: "line:0 align:left"."""
    text: str
    """As WebVTT has it: escaped, its tags balanced, without empty lines."""


def milliseconds(groups: Iterable[str | None]) -> int:
    """A time from the groups of TIME; within what can be written."""
    sign, hours, minutes, seconds, fraction = groups
    if sign:
        return 0
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return min(whole * 1000 + int(f"{fraction or ''}000"[:3]), MOST_MILLISECONDS)


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text, whatever ends them, each as far as it is read."""
    return (line.rstrip("\n")[:LONGEST_LINE] for line in io.StringIO(text, newline=None))


def write_text(fragments: Iterable[Fragment]) -> str:
    """Fragments as the text of a cue; "" where nothing would be seen."""
    written, left = "", LONGEST_TEXT
    for styles, alike in groupby(fragments, key=itemgetter(1)):
        text = "".join(raw for raw, _ in alike).translate(_CONTROLS)[:left]
        left -= len(text)
        core = text.strip()
        if not core:
            written += text
            continue
        before, _, after = text.partition(core)
        tags = sorted(styles)
        opening = "".join(f"<{tag}>" for tag in tags)
        closing = "".join(f"</{tag.partition('.')[0]}>" for tag in reversed(tags))
        written += f"{before}{opening}{core.translate(_ESCAPES)}{closing}{after}"
    return "\n".join(line.strip() for line in written.split("\n") if line.strip())


def write(cues: Iterable[Cue]) -> str:
    """A WebVTT file."""
    parts = ["WEBVTT\n"]
    for cue in cues:
        settings = f" {cue.settings}" if cue.settings else ""
        parts.append(f"\n{clock(cue.start)} --> {clock(cue.end)}{settings}\n{cue.text}\n")
    return "".join(parts)


def clock(time: int) -> str:
    """Milliseconds as hh:mm:ss.ttt."""
    seconds, thousandths = divmod(time, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


def placed(alignment: int) -> str:
    """The settings for a place as on the keys of a number pad, from 1 at the lower left to 9 at the upper right."""
    row, column = divmod(alignment - 1, 3)
    settings = (("", "line:50%", "line:0")[row], ("align:left", "", "align:right")[column])
    return " ".join(filter(None, settings))
