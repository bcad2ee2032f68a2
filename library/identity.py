"""Which known video a found file is, when it is not where that video was. Pure.

The content decides: a file that moved, was renamed or changed places with another is the video whose content it has.
A name decides only for what an import announced and no scan has seen yet.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from library import naming
from library.matching import Matcher


class Homeless(NamedTuple):
    """A video that has no file where it was: it went, came out replaced, or was never seen."""

    pk: int
    path: str
    fingerprint: str
    """Empty for one that no scan has seen."""
    size: int


class LostAndFound:
    """The homeless videos; each is given out once."""

    def __init__(self, homeless: Iterable[Homeless], new_paths: Iterable[str], settled_paths: Iterable[str]) -> None:
        """`new_paths` are the files to be told apart; those of `settled_paths` are known, and bear names too."""
        self.claimed: set[int] = set()
        self._by_content: dict[tuple[str, int], list[Homeless]] = defaultdict(list)
        announced = {}
        for video in homeless:
            if video.fingerprint and video.size:
                self._by_content[video.fingerprint, video.size].append(video)
            elif not video.fingerprint:
                announced[video.path] = video.pk
        self._announced = _expected(announced, set(new_paths), settled_paths) if announced else {}

    def claim(self, path: str, fingerprint: str, size: int) -> int | None:
        """The key of the video that a file is; None for a new one.

        Of several with the same content it is the one that was at this path, else one of the same name, else the one
        that is known longest. Empty files have nothing to be known by.
        """
        candidates = self._by_content.get((fingerprint, size))
        if candidates:
            name = naming.base_name(path)
            best = min(candidates, key=lambda v: (v.path != path, naming.base_name(v.path) != name, v.pk))
            candidates.remove(best)
            return self._given(best.pk)
        pk = self._announced.get(path)
        return self._given(pk) if pk and pk not in self.claimed else None

    def keep(self, pk: int) -> bool:
        """Let a video stay where it was, with other content; False when its file was found elsewhere."""
        if pk in self.claimed:
            return False
        self._given(pk)
        return True

    def _given(self, pk: int) -> int:
        self.claimed.add(pk)
        return pk


def _expected(announced: dict[str, int], new_paths: set[str], settled_paths: Iterable[str]) -> dict[str, int]:
    """The announced video that each new file is, by path: asked from the key's side, over all files, as imports do.

    A name that fits a settled file means that one, and of two names for one new file the equal one counts.
    """
    matcher = Matcher([*settled_paths, *new_paths])
    expected: dict[str, int] = {}
    for key in sorted(announced, key=lambda key: (matcher.distance(key), key)):
        match = matcher.find(key)
        if match and match.path in new_paths:
            expected.setdefault(match.path, announced[key])
    return expected
