"""The Range header: from its text and a size to the bytes to send (RFC 9110, section 14). Pure."""

import re
from enum import Enum
from typing import NamedTuple

_BYTES_RANGE = re.compile(r"bytes=[ \t]*(?:([0-9]+)-([0-9]*)|-([0-9]+))[ \t]*", re.ASCII | re.IGNORECASE)
_MOST_DIGITS = 19
"""More than any file's size has; Python refuses to read integers of more than 4,300 digits."""


class ByteRange(NamedTuple):
    """Bytes `start` up to, not including, `stop`."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.stop - self.start

    def content_range(self, size: int) -> str:
        """The Content-Range header of a 206."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


class Unsatisfiable(Enum):
    """The header asks for bytes that are not there: 416."""

    UNSATISFIABLE = "unsatisfiable"


UNSATISFIABLE = Unsatisfiable.UNSATISFIABLE


def parse_range(header: str, size: int) -> ByteRange | Unsatisfiable | None:
    """The one range that a header asks for, of a file of `size` bytes.

    None, for the whole file, where there is no header, it is malformed, its unit is unknown, or it asks for several
    ranges: RFC 9110 allows a server to ignore it then.
    """
    match = _BYTES_RANGE.fullmatch(header)
    if not match:
        return None
    first, last, suffix = (_number(digits) if digits else None for digits in match.groups())
    if suffix is not None:
        return ByteRange(max(size - suffix, 0), size) if suffix and size else UNSATISFIABLE
    if first is None or (last is not None and last < first):
        return None
    if first >= size:
        return UNSATISFIABLE
    return ByteRange(first, size if last is None else min(last + 1, size))


def _number(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS
