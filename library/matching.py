"""Which file a legacy key means: exactly, then ignoring case, then by the old sanitiser's rule. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from library import naming


class Match(NamedTuple):
    """A key's file."""

    path: str
    rivals: int
    """How many other files bear the same name, in other folders or other case."""


class Rule(NamedTuple):
    """A file and a key fit where `of_file(path) == of_key(key)`."""

    of_file: Callable[[str], str]
    of_key: Callable[[str], str]
    may_guess: bool = True
    """Whether one of several files that fit may be taken."""


def _same_case(path: str) -> str:
    return naming.case_key(naming.base_name(path))


def _sanitised(path: str) -> str:
    return naming.sanitised_key(naming.base_name(path))


RULES = (
    Rule(str, str),
    Rule(naming.base_name, naming.base_name),
    Rule(_same_case, _same_case),
    # One side is the sanitised form of the other. That both become the same says nothing: all names of three
    # Chinese characters become "___".
    Rule(_sanitised, _same_case, may_guess=False),
    Rule(_same_case, _sanitised, may_guess=False),
)


class Matcher:
    """An index of paths by the rules, the strictest first. A path nearer to its root goes before a deeper one."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._indexes: list[dict[str, list[str]]] = [defaultdict(list) for _ in RULES]
        for path in sorted(paths, key=lambda path: (path.count("/"), path)):
            for rule, index in zip(RULES, self._indexes, strict=True):
                index[rule.of_file(path)].append(path)

    def at(self, path: str) -> Match | None:
        """The file at just that path."""
        return Match(path, 0) if path in self._indexes[0] else None

    def find(self, key: str) -> Match | None:
        """The best match of a key, or None."""
        return next((match for match in self._matches(key) if match), None)

    def distance(self, key: str) -> int:
        """How many rules fail for a key before one finds a file: 0 is an equal path."""
        return next((number for number, match in enumerate(self._matches(key)) if match), len(RULES))

    def _matches(self, key: str) -> Iterator[Match | None]:
        """What each rule finds, the strictest first."""
        for rule, index in zip(RULES, self._indexes, strict=True):
            paths = index.get(rule.of_key(key), [])
            fits = len(paths) == 1 or (paths and rule.may_guess)
            yield Match(paths[0], len(paths) - 1) if fits else None
