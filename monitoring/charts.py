"""Lines over time, as a template draws them: the SVG holds shapes alone, all words are HTML beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import fmean

WIDTH, HEIGHT = 600, 150
"""Of the drawing, in units of its own: it is stretched to the place that it gets."""
MOST_ROWS = 12
"""In the table beside a chart; each of a longer series stands for several points."""
MOST_LINES = 6

Value = float | None


@dataclass(frozen=True)
class Line:
    """One series, with a value for each moment of its chart."""

    name: str
    values: Sequence[Value]


@dataclass(frozen=True)
class Chart:
    """Some lines over the same moments, ready to be drawn."""

    key: str
    title: str
    start: datetime
    end: datetime
    moments: Sequence[datetime]
    lines: Sequence[Line]
    write: Callable[[float], str]
    """How a value is written, with its unit."""
    longest_gap: timedelta
    """Points farther apart are not joined."""
    of_bytes: bool = False
    """Whether a thousand is 1,024."""
    full: float | None = None
    """The top of the scale, where it doesn't follow from the values."""

    @cached_property
    def top(self) -> float:
        """The top of the scale: a round number above all values."""
        most = max((value for line in self.lines for value in line.values if value), default=1.0)
        return self.full or round_up(most, 1024 if self.of_bytes else 1000)

    @property
    def scale(self) -> list[str]:
        """What is written along it, from the top."""
        return [self.write(self.top * share) for share in (1, 0.5, 0)]

    @property
    def date_format(self) -> str:
        """How moments are written, as Django's filter `date` takes it."""
        return "H:i" if self.end - self.start <= timedelta(hours=24) else "j M H:i"

    @property
    def view_box(self) -> str:
        """Of the SVG; a little higher than the lines, which have a width."""
        return f"0 -2 {WIDTH} {HEIGHT + 4}"

    @property
    def rules(self) -> list[int]:
        """Where the lines of the scale lie."""
        return [0, HEIGHT // 2, HEIGHT]

    @cached_property
    def drawn(self) -> list[tuple[str, str, str, int]]:
        """(name, latest value, path, number) of each line."""
        return [
            (line.name, self._latest(line), self._path(line), number) for number, line in enumerate(self.lines, start=1)
        ]

    def _latest(self, line: Line) -> str:
        return next((self.write(value) for value in reversed(line.values) if value is not None), "–")

    def _path(self, line: Line) -> str:
        """What joins the points; a lonely one is a dot."""
        points = [(at, value) for at, value in zip(self.moments, line.values, strict=True) if value is not None]
        joined = [False, *(later[0] - earlier[0] <= self.longest_gap for earlier, later in pairwise(points))]
        return "".join(
            f"{'L' if join else 'M'}{self._x(at):.1f} {self._y(value):.1f}" + ("" if join else "h.1")
            for join, (at, value) in zip(joined, points, strict=False)
        )

    def _x(self, at: datetime) -> float:
        return WIDTH * ((at - self.start) / (self.end - self.start))

    def _y(self, value: float) -> float:
        return HEIGHT * (1 - min(value / self.top, 1.0))

    @property
    def rows(self) -> list[tuple[datetime, list[str]]]:
        """The table, the latest first: means of equally many points each."""
        size = max(1, math.ceil(len(self.moments) / MOST_ROWS))
        found = []
        for end in range(len(self.moments), 0, -size):
            part = slice(max(0, end - size), end)
            found.append((self.moments[end - 1], [self._mean(line.values[part]) for line in self.lines]))
        return found

    def _mean(self, values: Sequence[Value]) -> str:
        known = [value for value in values if value is not None]
        return self.write(fmean(known)) if known else "–"


def round_up(value: float, thousand: int = 1000) -> float:
    """The next of 1, 2, 5, 10, 20, 50 and so on, of the thousand that fits."""
    unit = float(thousand) ** math.floor(math.log(value, thousand))
    power = 10.0 ** math.floor(math.log10(value / unit))
    return next(step * power * unit for step in (1, 2, 5, 10) if step * power * unit >= value * 0.9999)


def bars(counts: Sequence[int], height: int = 16, width: int = 4) -> str:
    """The path of a small histogram."""
    most = max(counts, default=0)
    return "".join(
        f"M{place * width} {height}v-{max(1.0, height * count / most):.1f}h{width - 1}V{height}z"
        for place, count in enumerate(counts)
        if count
    )
