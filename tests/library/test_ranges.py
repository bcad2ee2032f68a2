"""Which bytes a Range header asks for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.ranges import UNSATISFIABLE, ByteRange, parse_range

SIZES = st.integers(0, 2**50)
NUMBERS = st.integers(0, 2**70)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=0-", ByteRange(0, 100)),
        ("bytes=10-19", ByteRange(10, 20)),
        ("bytes=99-99", ByteRange(99, 100)),
        ("bytes=-1", ByteRange(99, 100)),
        ("bytes=-100", ByteRange(0, 100)),
        ("bytes=-101", ByteRange(0, 100)),
        ("bytes=90-100", ByteRange(90, 100)),
        ("bytes=0-" + "9" * 5000, ByteRange(0, 100)),
        ("bytes=-" + "9" * 5000, ByteRange(0, 100)),
        ("bytes=" + "0" * 5000 + "7-7", ByteRange(7, 8)),
        ("bytes= 5-6", ByteRange(5, 7)),
        ("bytes=5-6 \t", ByteRange(5, 7)),
        ("Bytes=5-6", ByteRange(5, 7)),
        ("BYTES=5-6", ByteRange(5, 7)),
    ],
)
def test_a_valid_range_is_those_bytes_clamped_to_the_file(header: str, expected: ByteRange) -> None:
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize(
    "header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=-000", "bytes=" + "9" * 5000 + "-"]
)
def test_a_range_past_the_end_is_unsatisfiable(header: str) -> None:
    assert parse_range(header, 100) is UNSATISFIABLE


@pytest.mark.parametrize("header", ["bytes=0-0", "bytes=0-", "bytes=-1", "bytes=-0"])
def test_nothing_of_an_empty_file_is_satisfiable(header: str) -> None:
    assert parse_range(header, 0) is UNSATISFIABLE


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=99999-5",
        "bytes=a-b",
        "bytes=1-b",
        "bytes=+1-2",
        "bytes=1_0-20",
        "bytes=0x1-2",
        "bytes=1.5-2",
        "bytes=--1",
        "bytes=1--2",
        "bytes=١-٢",
        "bytes=²-³",
        "bytes=１-２",
        "bytes =1-2",
        " bytes=1-2",
        "bytes=1 -2",
        "bytes=1- 2",
        "bytes=1-2\n",
        "bytes=1-2\0",
        "bytes:1-2",
        "byteſ=1-2",
        "items=1-2",
        "none",
        "0-1",
        "bytes=0-1,5-6",
        "bytes=0-1,",
        "bytes=,0-1",
    ],
)
def test_a_malformed_unknown_or_multiple_range_is_ignored(header: str) -> None:
    assert parse_range(header, 100) is None


def test_a_range_tells_its_length_and_its_content_range() -> None:
    found = parse_range("bytes=4294967290-4294967300", 2**33)
    assert isinstance(found, ByteRange)
    assert (found.length, found.content_range(2**33)) == (11, "bytes 4294967290-4294967300/8589934592")


@given(header=st.text() | st.from_regex(r"bytes=[\s\S]*"), size=SIZES)
def test_no_header_ever_raises_and_a_result_lies_inside_the_file(header: str, size: int) -> None:
    found = parse_range(header, size)
    if isinstance(found, ByteRange):
        assert 0 <= found.start < found.stop <= size
        assert re.fullmatch(r"(?i)bytes=\s*(\d+-\d*|-\d+)\s*", header)
    else:
        assert found in (None, UNSATISFIABLE)


@given(first=NUMBERS, last=NUMBERS | st.none(), size=SIZES)
def test_a_range_from_a_first_byte_equals_the_model(first: int, last: int | None, size: int) -> None:
    found = parse_range(f"bytes={first}-{'' if last is None else last}", size)
    if last is not None and last < first:
        assert found is None
    elif first >= size:
        assert found is UNSATISFIABLE
    else:
        assert found == ByteRange(first, size if last is None else min(last + 1, size))


@given(suffix=NUMBERS, size=SIZES)
def test_a_suffix_range_equals_the_model(suffix: int, size: int) -> None:
    found = parse_range(f"bytes=-{suffix}", size)
    assert found == (ByteRange(max(0, size - suffix), size) if suffix and size else UNSATISFIABLE)


@given(content=st.binary(max_size=300), header=st.from_regex(r"\Abytes=([0-9]{1,3}-([0-9]{1,3})?|-[0-9]{1,3})\Z"))
def test_the_bytes_are_those_that_python_would_slice(content: bytes, header: str) -> None:
    found = parse_range(header, len(content))
    first, _, last = header.removeprefix("bytes=").partition("-")
    if isinstance(found, ByteRange):
        model = content[int(first) :] if first else content[-int(last) :]
        model = model[: int(last) - int(first) + 1] if first and last else model
        assert content[found.start : found.stop] == model
        assert found.length == len(model)
