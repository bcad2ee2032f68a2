"""Pages of a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.paging import PAGE_SIZE, Page, nearest_page, paginate


def page_of(items: list[int], wanted: str, size: int = PAGE_SIZE) -> Page[int]:
    return paginate(len(items), wanted, lambda start, stop: items[start:stop], size)


@given(wanted=st.text(), last=st.integers(1, 10**6))
def test_any_text_is_a_valid_page(wanted: str, last: int) -> None:
    assert 1 <= nearest_page(wanted, last) <= last


@given(wanted=st.integers(-(10**20), 10**20), last=st.integers(1, 10**6))
def test_any_number_is_the_nearest_page(wanted: int, last: int) -> None:
    assert nearest_page(str(wanted), last) == max(1, min(wanted, last))


@given(total=st.integers(0, 100), size=st.integers(1, 15))
def test_the_pages_together_are_the_list(total: int, size: int) -> None:
    items = list(range(total))
    last = page_of(items, "1", size).last
    pages = [page_of(items, str(number), size) for number in range(1, last + 1)]
    assert [item for page in pages for item in page.items] == items
    assert [page.previous for page in pages] == [None, *range(1, last)]
    assert [page.next for page in pages] == [*range(2, last + 1), None]
    assert {page.total for page in pages} == {total}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, [1, 2, 3, None, 20]),
        (4, [1, 2, 3, 4, 5, 6, None, 20]),
        (10, [1, None, 8, 9, 10, 11, 12, None, 20]),
        (20, [1, None, 18, 19, 20]),
    ],
)
def test_the_numbers_to_offer_are_the_ends_and_the_neighbours(number: int, expected: list[int | None]) -> None:
    assert page_of(list(range(200)), str(number), 10).numbers == expected


def test_an_empty_list_has_one_empty_page() -> None:
    page = page_of([], "7")
    assert (page.items, page.number, page.last, page.numbers) == ([], 1, 1, [1])
