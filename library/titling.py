"""Titles by a pattern: what people write once for many videos. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from library import naming

PLACEHOLDERS = ("title", "name", "folder", "number")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


class PatternError(ValueError):
    """The pattern holds what is no placeholder; the message says what."""


class Named(NamedTuple):
    """What a pattern may speak of."""

    title: str
    path: str


def check(pattern: str) -> None:
    """Raises PatternError for what is in braces and no placeholder."""
    unknown = [name for name in _IN_BRACES.findall(pattern) if name not in PLACEHOLDERS]
    if unknown:
        raise PatternError(f"There is no {{{unknown[0]}}}. Use {', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}.")


def titles(pattern: str, videos: Sequence[Named], first: int = 1) -> Iterator[str]:
    """The title of each, in their order. Numbers begin with `first`, and all have as many digits as the last."""
    digits = len(str(first + len(videos) - 1))
    for number, video in enumerate(videos, first):
        folder, _, _ = video.path.rpartition("/")
        values = {
            "title": video.title,
            "name": naming.title_from(video.path),
            "folder": folder.rpartition("/")[2].replace("_", " "),
            "number": f"{number:0{digits}}",
        }
        yield _filled(pattern, values).strip()[: naming.MAX_TITLE_LENGTH]


def _filled(pattern: str, values: Mapping[str, str]) -> str:
    return _IN_BRACES.sub(lambda found: values[found[1]], pattern)
