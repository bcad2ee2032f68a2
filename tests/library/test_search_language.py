"""The language of the search: what each text asks for, and that none fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.finding.language import (
    EVERYTHING,
    FIELDS,
    FLAGS,
    OPERATORS,
    RESOLUTIONS,
    Aged,
    All,
    Any,
    Dated,
    Inside,
    Is,
    Measured,
    Not,
    Query,
    Tagged,
    Text,
    all_of,
    any_of,
    negated,
    written,
)
from library.finding.parsing import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parsed

PIECES = [
    *FIELDS, *FLAGS, *OPERATORS, *RESOLUTIONS, ":", ">", "<", ">=", "<=", "=", '"', "\\", "(", ")", "-", " ", "\n",
    "none", "0", "4", "30d", "2024", "-05", "1h30m", "2GB", "1.25", "1080p", "travel", "#", "/", "é", "\0", "\ud800",
    "映画", "٣", "İ", "'", "..", "https://",
]  # fmt: skip
PARTS = st.lists(st.sampled_from(PIECES))
TEXTS = st.one_of(st.text(), PARTS.map("".join), PARTS.map(" ".join))


@given(TEXTS)
def test_no_text_fails_and_what_it_asks_for_is_written_and_read_again_the_same(text: str) -> None:
    query, messages = parsed(text)
    assert parsed(written(query)).query == query
    assert all(0 <= start <= stop <= len(text) and message for start, stop, message in messages)


@given(st.integers(0, 3_000), st.sampled_from(["(", "-", "-(", "a or (", '"', ")", "not ", "(a ", "tag:x ", "a\\ "]))
def test_neither_does_one_that_goes_on_and_on(count: int, piece: str) -> None:
    query, _ = parsed(piece * count)
    assert parsed(written(query)).query == query


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
WORDS = st.from_regex(r"[a-zé]{1,8}", fullmatch=True).filter(lambda word: word not in {*FLAGS, *OPERATORS})
COMPARED = st.sampled_from(["<", "<=", "=", ">=", ">"])
LEAVES = st.one_of(
    WORDS.map(Text),
    st.lists(WORDS, min_size=1, max_size=3).map(lambda words: Text(" ".join(words), exact=True)),
    st.sampled_from(sorted(set(FLAGS.values()))).map(Is),
    NAMES.map(lambda name: Tagged(f"t{name}t")),
    NAMES.map(lambda name: Inside(f"f{name}f")),
    st.builds(Measured, st.just("rating"), COMPARED, st.integers(1, 5)),
    st.builds(Measured, st.sampled_from(["views", "length"]), COMPARED, st.integers(0, 10**6)),
    st.builds(Measured, st.just("size"), COMPARED, st.integers(0, 10**10)),
    st.builds(Measured, st.just("resolution"), COMPARED, st.sampled_from(sorted(RESOLUTIONS.values()))),
    st.builds(Aged, st.sampled_from("<>"), st.integers(0, 9_999)),
    st.builds(Dated, COMPARED, st.sampled_from([(2024,), (2024, 5), (2024, 2, 29), (33, 1, 1)])),
)
QUERIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(negated),
        st.lists(inner, min_size=2, max_size=3).map(all_of),
        st.lists(inner, min_size=2, max_size=3).map(any_of),
    ),
    max_leaves=10,
)


@given(QUERIES)
def test_each_query_is_written_as_it_is_read(query: Query) -> None:
    assert parsed(written(query)) == (query, ())


def test_the_example_of_the_readme_asks_for_what_it_says() -> None:
    query, messages = parsed('tag:travel -tag:kids (rating:>=4 or fav) unplayed added:<30d length:>10m "at dawn"')
    assert messages == ()
    assert query == All(
        (
            Tagged("travel"),
            Not(Tagged("kids")),
            Any((Measured("rating", ">=", 4), Is("fav"))),
            Is("unplayed"),
            Aged("<", 30),
            Measured("length", ">", 600),
            Text("at dawn", exact=True),
        )
    )


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ('tag:"two words"', Tagged("two words")),
        ("tag:#beach", Tagged("beach")),
        ("tag:none", Is("untagged")),
        ("rating:none", Is("unrated")),
        ("Stars:5", Measured("rating", "=", 5)),
        ("rating>=4", Measured("rating", ">=", 4)),
        ("length:1h30m", Measured("length", "=", 5_400)),
        ("length:<1:30", Measured("length", "<", 90)),
        ("size:>2gb", Measured("size", ">", 2 * 10**9)),
        ("resolution:>=fullhd", Measured("resolution", ">=", 1_900)),
        ("added:<2w", Aged("<", 14)),
        ("added:2024-05", Dated("=", (2024, 5))),
        ("folder:/holidays/2019/", Inside("holidays/2019")),
        ("favourite", Is("fav")),
        ('"fav"', Text("fav", exact=True)),
        ("NOT seen", Not(Is("played"))),
        ("unseen Watched", All((Is("unplayed"), Is("watched")))),
        ("a b or c", Any((All((Text("a"), Text("b"))), Text("c")))),
        ("a and (b or c)", All((Text("a"), Any((Text("b"), Text("c")))))),
        ("road-trip", Text("road-trip")),
        ("a - b", All((Text("a"), Text("b")))),
        ("https://example.org", Text("https://example.org")),
        ("!?", EVERYTHING),
        ("", EVERYTHING),
    ],
)
def test_each_kind_of_term_is_understood(text: str, query: Query) -> None:
    assert parsed(text) == (query, ())


@pytest.mark.parametrize(
    ("text", "place", "message", "query"),
    [
        ("x rating:6", (2, 10), "Stars are 1 to 5", All((Text("x"), Text("rating:6")))),
        ("ratng:5", (0, 7), "did you mean “rating:”", Text("ratng:5")),
        ("length:long", (0, 11), "A length is like", Text("length:long")),
        ("size:2", (0, 6), "A size is like", Text("size:2")),
        ("added:2024-02-30", (0, 16), "When?", Text("added:2024-02-30")),
        ("resolution:big", (0, 14), "Resolutions are", Text("resolution:big")),
        ("views:many", (0, 10), "Views are a number", Text("views:many")),
        ("tag:", (0, 4), "Which tag?", Text("tag:")),
        ("folder:/", (0, 8), "Which folder?", Text("folder:/")),
        ('say "at dawn', (4, 12), "quotes are not closed", All((Text("say"), Text("at dawn", exact=True)))),
        ("(a", (0, 1), "not closed", Text("a")),
        ("a)", (1, 2), "Nothing is open", Text("a")),
        ("a or", (2, 4), "between two things", Text("a")),
        ("a not", (2, 5), "Nothing follows", Text("a")),
    ],
)
def test_a_mistake_is_told_with_its_place_and_taken_for_plain_words(
    text: str, place: tuple[int, int], message: str, query: Query
) -> None:
    found, ((start, stop, said),) = parsed(text)
    assert (found, (start, stop)) == (query, place)
    assert message in said


def test_length_depth_and_number_of_terms_are_bounded() -> None:
    assert len(written(parsed("a" * 5_000).query)) == MAX_LENGTH
    deep = parsed("(" * 50 + "a" + ")" * 50)
    assert deep.query == Text("a")
    assert f"Not more than {MAX_DEPTH} parentheses" in deep.messages[0].text
    many, messages = parsed("a " * 100)
    assert many == All((Text("a"),) * MAX_TERMS)
    assert f"Not more than {MAX_TERMS} terms" in messages[0].text
