"""A random order that a seed keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.shuffling import Seed, new_seed, places, seed_from

NUMBERS = st.integers(0, 2**31 - 1)


@given(number=NUMBERS, total=st.integers(0, 700), size=st.integers(1, 100))
def test_pages_hold_everything_once_whatever_their_size(number: int, total: int, size: int) -> None:
    pages = [places(number, total, start, start + size) for start in range(0, total, size)]
    assert sorted(place for page in pages for place in page) == list(range(total))


@given(number=NUMBERS, start=st.integers(0, 99_999))
def test_any_part_is_known_without_the_rest(number: int, start: int) -> None:
    part = places(number, 100_000, start, start + 60)
    assert all(0 <= place < 100_000 for place in part)
    assert part[:1] == places(number, 100_000, max(start - 59, 0), start + 1)[-1:]


def test_another_seed_is_another_order_and_neighbours_are_torn_apart() -> None:
    orders = [places(number, 333, 0, 333) for number in range(20)]
    assert len({tuple(order) for order in orders}) == 20
    neighbours = sum(abs(one - other) == 1 for order in orders for one, other in zip(order, order[1:], strict=False))
    assert neighbours < 20 * 333 / 40  # of a fair shuffle two in 333 pairs are


def test_every_place_is_as_likely_as_the_others() -> None:
    firsts = [places(number, 10, 0, 1)[0] for number in range(2_000)]
    assert all(120 < firsts.count(place) < 280 for place in range(10))


def test_a_seed_is_read_from_its_text() -> None:
    seed = new_seed(333)
    assert seed_from(str(seed)) == seed
    assert seed_from("7-12") == Seed(7, 12)


@pytest.mark.parametrize(
    "text", ["", "7", "-", "7-", "-7", "a-b", "7-7-7", "7 -7", "٣-٣", "9" * 11 + "-1", "1-" + "9" * 19]
)
def test_what_is_no_seed_is_none(text: str) -> None:
    assert seed_from(text) is None
