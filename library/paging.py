"""Pages of a list: the nearest valid page for any number that an address may hold. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE_SIZE = 60

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a longer list."""

    items: list[T]
    number: int
    last: int
    total: int

    @property
    def previous(self) -> int | None:
        """The number of the page before, if there is one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The number of the page after, if there is one."""
        return self.number + 1 if self.number < self.last else None

    @property
    def numbers(self) -> list[int | None]:
        """The page numbers to offer: both ends, the neighbours, and None for a gap."""
        near = {1, self.last, *range(self.number - 2, self.number + 3)}
        numbers: list[int | None] = []
        for number in sorted(n for n in near if 1 <= n <= self.last):
            if numbers and numbers[-1] != number - 1:
                numbers.append(None)
            numbers.append(number)
        return numbers


def paginate(total: int, wanted: str, fetch: Callable[[int, int], list[T]], size: int = PAGE_SIZE) -> Page[T]:
    """The wanted page of a list of so many items; `fetch` gives those from one place of it to another."""
    last = max(1, -(-total // size))
    number = nearest_page(wanted, last)
    return Page(fetch((number - 1) * size, number * size), number, last, total)


def nearest_page(wanted: str, last: int) -> int:
    """The valid page next to the number that a text holds; the first where it holds none."""
    match = re.fullmatch(r"\s*([+-]?)0*([0-9]+)\s*", wanted, re.ASCII)
    if not match or match[1] == "-":
        return 1
    return last if len(match[2]) > 9 else min(max(int(match[2]), 1), last)
