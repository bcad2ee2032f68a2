"""Two streams beside each other."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from library.pairing import pair_up

PATHS = st.sets(st.text("a!/é\uffff\U00010000", max_size=3))


class Item(NamedTuple):
    path: str
    side: str


@given(PATHS, PATHS)
def test_each_path_comes_once_in_order_with_what_both_sides_know_of_it(left: set[str], right: set[str]) -> None:
    pairs = list(
        pair_up([Item(path, "left") for path in sorted(left)], [Item(path, "right") for path in sorted(right)])
    )
    assert pairs == [
        (Item(path, "left") if path in left else None, Item(path, "right") if path in right else None)
        for path in sorted(left | right)
    ]
