"""Laying two streams beside each other. Pure."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar


class HasPath(Protocol):
    """What is known by a path."""

    @property
    def path(self) -> str: ...


L = TypeVar("L", bound=HasPath)
R = TypeVar("R", bound=HasPath)


def pair_up(left: Iterable[L], right: Iterable[R]) -> Iterator[tuple[L | None, R | None]]:
    """The items of both sides, those with the same path together; None where the other side has none.

    Both must come in the order of their paths, by code points, each path once. Holds one item of each at a time.
    """
    others = iter(right)
    other = next(others, None)
    for item in left:
        path = item.path
        while other is not None and other.path < path:
            yield None, other
            other = next(others, None)
        if other is not None and other.path == path:
            yield item, other
            other = next(others, None)
        else:
            yield item, None
    while other is not None:
        yield None, other
        other = next(others, None)
