"""Where a film keeps its index, from the headers of its boxes."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from thumbnails import boxes
from thumbnails.boxes import HEAD, index_at_end

LONG = HEAD + 1


def box(kind: bytes, length: int, *, wide: bool = False, to_the_end: bool = False) -> bytes:
    """A box of zeros; a wide one has its size in eight bytes."""
    if wide:
        return (1).to_bytes(4, "big") + kind + (length + 16).to_bytes(8, "big") + bytes(length)
    return (0 if to_the_end else length + 8).to_bytes(4, "big") + kind + bytes(length)


def at_end(*parts: bytes) -> bool:
    return index_at_end(io.BytesIO(b"".join(parts)))


TYPE, INDEX, FILM = box(b"ftyp", 24), box(b"moov", 500), box(b"mdat", LONG)


@pytest.mark.parametrize("film", [FILM, box(b"mdat", LONG, wide=True), box(b"free", 8) + FILM])
def test_an_index_behind_the_film_is_at_the_end(film: bytes) -> None:
    assert at_end(TYPE, film, INDEX)
    assert at_end(TYPE, film, box(b"moov", 500, to_the_end=True))
    assert at_end(film, INDEX)


@pytest.mark.parametrize(
    "parts",
    [
        (TYPE, INDEX, FILM),
        (TYPE, box(b"free", LONG), INDEX, FILM),
        (TYPE, box(b"mdat", 1000), INDEX),
        (TYPE, INDEX, box(b"mdat", LONG, to_the_end=True)),
        (TYPE, FILM),
        (TYPE, box(b"mdat", LONG, to_the_end=True), INDEX),
        (TYPE, *[box(b"moof", 20), box(b"mdat", 20)] * 9, INDEX),
    ],
    ids=["front", "behind padding", "small film", "unclosed film", "no index", "swallowed index", "fragments"],
)
def test_any_other_is_not(parts: tuple[bytes, ...]) -> None:
    assert not at_end(*parts)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(
                lambda size, kind, wide, rest: size.to_bytes(4, "big") + kind + wide.to_bytes(8, "big") + rest,
                st.one_of(st.sampled_from([0, 1, 8, 15, 16]), st.integers(0, 2**32 - 1)),
                st.sampled_from([b"ftyp", b"moov", b"mdat", b"free", b"\xff\0\n ", b"wide"]),
                st.integers(0, 2**64 - 1),
                st.binary(max_size=20),
            ),
        ),
        max_size=6,
    )
)
@example([(1).to_bytes(4, "big") + b"mdat" + b"\xff" * 8])
def test_no_bytes_make_it_fail_and_none_so_few_are_late(parts: list[bytes]) -> None:
    assert not at_end(*parts)


def test_a_file_of_countless_boxes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "MOST_BOXES", 50)
    assert not at_end(FILM, box(b"free", 0) * 49, INDEX)
    assert at_end(FILM, box(b"free", 0) * 48, INDEX)
