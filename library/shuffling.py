"""A random order that a seed keeps, any part of which is known without the rest. Pure.

Shuffling 100,000 places for each page would take longer than all else that a page needs. A Feistel network, which turns
each number below a power of four into another, tells the n-th place by itself; numbers that are too large are turned
once more until one fits.
"""

import random
import re
from typing import NamedTuple

ROUNDS = 4
WORD = 0xFFFF_FFFF


class Seed(NamedTuple):
    """What an order is made from."""

    number: int
    newest: int
    """The largest id that is shuffled: what comes later stands at the end, and moves nothing."""

    def __str__(self) -> str:
        return f"{self.number}-{self.newest}"


def new_seed(newest: int) -> Seed:
    """Any seed."""
    return Seed(random.getrandbits(31), newest)


def seed_from(text: str) -> Seed | None:
    """The seed that an address holds; None where it holds none."""
    match = re.fullmatch(r"([0-9]{1,10})-([0-9]{1,18})", text, re.ASCII)
    return Seed(int(match[1]), int(match[2])) if match else None


def places(number: int, total: int, start: int, stop: int) -> list[int]:
    """What stands from one place to another in a shuffled order of the numbers below `total`.

    `number` is the seed's.
    """
    half = max(1, ((total - 1).bit_length() + 1) // 2)
    dice = random.Random(number)  # noqa: S311 - an order of films, not a secret
    keys = [dice.getrandbits(32) for _ in range(ROUNDS)]
    found = []
    for place in range(start, min(stop, total)):
        value = _turned(place, half, keys)
        while value >= total:
            value = _turned(value, half, keys)
        found.append(value)
    return found


def _turned(value: int, half: int, keys: list[int]) -> int:
    left, right = value >> half, value & ((1 << half) - 1)
    for key in keys:
        left, right = right, left ^ (_mixed(right ^ key) & ((1 << half) - 1))
    return left << half | right


def _mixed(word: int) -> int:
    """MurmurHash3's finalizer."""
    word = (word ^ word >> 16) * 0x85EB_CA6B & WORD
    word = (word ^ word >> 13) * 0xC2B2_AE35 & WORD
    return word ^ word >> 16
