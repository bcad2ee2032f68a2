"""The old site's documents: what is taken from them, what is noted, and what can't be read."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from library import legacy, naming
from library.legacy import Collection, UnreadableDocumentError

DOCUMENTS = st.sampled_from(legacy.DOCUMENTS)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def read(name: str, value: Any) -> Collection:
    return legacy.parse({name: value if isinstance(value, bytes) else json.dumps(value).encode()})


def problems(name: str, value: Any) -> list[str]:
    return [str(problem) for problem in read(name, value).problems]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_documents_may_be_indented_or_begin_with_a_byte_order_mark(indent: int | None, mark: bytes) -> None:
    content = mark + json.dumps({"a.mp4": ["#één", "two"]}, indent=indent, ensure_ascii=False).encode()
    assert read("tags.json", content).tags == {"a.mp4": ["één", "two"]}


@pytest.mark.parametrize(
    "value", [{"favorites": ["b.mp4", "a.mp4"]}, ["b.mp4", "a.mp4"], {"favorites": ["b.mp4", "a.mp4", "b.mp4"]}]
)
def test_favourites_keep_their_order_in_either_shape(value: Any) -> None:
    assert read("favorites.json", value).favorites == ["b.mp4", "a.mp4"]


@pytest.mark.parametrize("value", [{}, [], {"favorites": []}])
def test_favourites_may_be_empty_in_every_shape(value: Any) -> None:
    collection = read("favorites.json", value)
    assert (collection.favorites, collection.problems) == ([], [])


def test_a_rating_of_0_means_unrated() -> None:
    collection = read("ratings.json", {"a.mp4": 0, "b.mp4": 5, "c.mp4": 1})
    assert (collection.ratings, collection.problems) == ({"b.mp4": 5, "c.mp4": 1}, [])


@pytest.mark.parametrize("value", [6, -1, "5", None, True, 4.0, 4.5, [], {}, 10**30, 1e400])
def test_another_rating_is_a_problem_and_the_rest_is_taken(value: Any) -> None:
    collection = read("ratings.json", {"bad.mp4": value, "good.mp4": 3})
    assert collection.ratings == {"good.mp4": 3}
    assert [(problem.document, problem.key) for problem in collection.problems] == [("ratings.json", "bad.mp4")]


@pytest.mark.parametrize("value", [0, 1, naming.MAX_COUNT])
def test_a_count_may_be_anything_that_the_database_holds(value: int) -> None:
    assert read("views.json", {"a.mp4": value}).views == {"a.mp4": value}


@pytest.mark.parametrize(
    "text", ["-1", "1.5", '"7"', "null", "true", str(10**15 + 1), str(2**63), "9" * 5000, "NaN", "1e400"]
)
def test_another_count_is_a_problem(text: str) -> None:
    collection = read("views.json", f'{{"a.mp4": {text}, "b.mp4": 2}}'.encode())
    assert collection.views == {"b.mp4": 2}
    assert len(collection.problems) == 1


def test_tags_that_are_the_same_in_another_case_are_one() -> None:
    assert read("tags.json", {"a.mp4": ["#Sea", "sea", " SEA "]}).tags == {"a.mp4": ["Sea"]}


def test_commas_and_spaces_are_part_of_a_tag() -> None:
    assert read("tags.json", {"a.mp4": ["#rock, paper", "road trip"]}).tags == {"a.mp4": ["rock, paper", "road trip"]}


@pytest.mark.parametrize("tag", ["", "#", " ## ", None, 5, ["x"], "x" * 201, "nul\0", "\ud800"])
def test_a_bad_tag_is_a_problem_and_the_others_are_taken(tag: Any) -> None:
    collection = read("tags.json", {"a.mp4": [tag, "good"]})
    assert collection.tags == {"a.mp4": ["good"]}
    assert len(collection.problems) == 1


@pytest.mark.parametrize("value", ["#one #two", None, 3, {"tags": []}])
def test_tags_that_are_no_list_are_a_problem(value: Any) -> None:
    assert problems("tags.json", {"a.mp4": value}) == ["tags.json: a.mp4: the tags are not a list"]


@pytest.mark.parametrize("key", ["../etc/passwd", "/etc/passwd", "a/../b.mp4", "", ".", "nul\0.mp4", "\ud800.mp4"])
@pytest.mark.parametrize(("name", "value"), [("tags.json", ["x"]), ("ratings.json", 3), ("views.json", 3)])
def test_a_key_that_is_no_file_name_is_a_problem(name: str, value: Any, key: str) -> None:
    collection = read(name, {key: value, "good.mp4": value})
    assert list(collection.keys()) == ["good.mp4"]
    assert len(collection.problems) == 1


@pytest.mark.parametrize("item", ["../a.mp4", None, 7, ["a.mp4"], {}, ""])
def test_a_favourite_that_is_no_file_name_is_a_problem(item: Any) -> None:
    collection = read("favorites.json", ["good.mp4", item])
    assert collection.favorites == ["good.mp4"]
    assert len(collection.problems) == 1


def test_of_a_key_that_is_there_twice_the_last_counts_and_it_is_told() -> None:
    collection = read("ratings.json", b'{"a.mp4": 1, "b.mp4": 2, "a.mp4": 5}')
    assert collection.ratings == {"a.mp4": 5, "b.mp4": 2}
    assert [str(problem) for problem in collection.problems] == [
        "ratings.json: a.mp4: is there more than once; the last one counts"
    ]


def test_the_keys_of_all_documents_are_told_once_each() -> None:
    documents = {
        "tags.json": b'{"a.mp4": ["x"]}',
        "ratings.json": b'{"b.mp4": 1, "a.mp4": 2}',
        "views.json": b'{"c.mp4": 0}',
        "favorites.json": b'["a.mp4", "d.mp4"]',
        "markers.json": b'{"e.mp4": []}',
    }
    assert list(legacy.parse(documents).keys()) == ["a.mp4", "b.mp4", "c.mp4", "d.mp4", "e.mp4"]


def test_markers_need_a_second_and_may_have_a_name_and_an_account() -> None:
    good = [{"seconds": 2}, {"seconds": 0.0004, "name": "The  fox", "account": None}, {"seconds": 3, "account": "ann"}]
    bad = [
        *(5, None, [], {}, {"seconds": "1"}, {"seconds": True}, {"seconds": -1}, {"seconds": 10**400}),
        *({"seconds": 1, "name": name} for name in (None, 5, "x" * 201, "\ud800")),
        *({"seconds": 1, "account": account} for account in ("", " ", 5, False, "x" * 151, "\0")),
    ]
    collection = read("markers.json", {"a.mp4": [*good, *bad]})
    assert collection.markers == {"a.mp4": [(None, 2.0, ""), (None, 0.0, "The fox"), ("ann", 3.0, "")]}
    assert len(collection.problems) == len(bad)
    assert problems("markers.json", {"a.mp4": {}}) == ["markers.json: a.mp4: the markers are not a list"]
    assert len(problems("markers.json", b'{"a.mp4": [{"seconds": NaN}, {"seconds": Infinity}]}')) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON at line 1, column 1"),
        (b"{", "not JSON at line 1, column 2"),
        (b'{"a.mp4": 1,\n}', "not JSON at line"),
        (b"hello", "not JSON at line 1"),
        (b'{"a.mp4": 1} x', "not JSON at line 1"),
        (b'{"caf\xe9.mp4": 1}', "not UTF-8 text at byte 5"),
        ('{"a.mp4": 1}'.encode("utf-16"), "not UTF-8 text at byte 0"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[1, 2]", "not an object"),
        (b"null", "not an object"),
        (b'"text"', "not an object"),
        (b"3", "not an object"),
    ],
)
@pytest.mark.parametrize("name", ["tags.json", "ratings.json", "views.json", "markers.json"])
def test_a_document_that_can_not_be_read_says_which_and_where(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=f"^{name}: {reason}"):
        legacy.parse({name: content})


@pytest.mark.parametrize(
    "content", [b"null", b"3", b'"a.mp4"', b'{"favorites": {}}', b'{"favorites": null}', b"[" * 99_999]
)
def test_favourites_without_a_list_can_not_be_read(content: bytes) -> None:
    with pytest.raises(UnreadableDocumentError, match="^favorites.json: "):
        legacy.parse({"favorites.json": content})


@given(name=DOCUMENTS, content=st.binary(max_size=60))
@example(name="tags.json", content=b'{"\\ud800": ["\\ud800"]}')
@example(name="ratings.json", content=b'{"a.mp4": NaN, "b.mp4": -Infinity}')
def test_no_bytes_raise_anything_but_an_unreadable_document(name: str, content: bytes) -> None:
    try:
        collection = legacy.parse({name: content})
    except UnreadableDocumentError as error:
        assert str(error).startswith(name)
        assert "\n" not in str(error)
    else:
        assert isinstance(collection, Collection)


@given(name=DOCUMENTS, value=JSON_VALUES)
def test_what_any_json_leaves_is_fit_for_the_database(name: str, value: Any) -> None:
    try:
        collection = read(name, value)
    except UnreadableDocumentError:
        return
    assert all(1 <= stars <= 5 for stars in collection.ratings.values())
    assert all(0 <= count <= naming.MAX_COUNT for count in collection.views.values())
    assert all(tag for tags in collection.tags.values() for tag in tags)
    "".join(collection.keys()).encode()
    for problem in collection.problems:
        assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 映", "plain é 映"),
        ("a\nb\tc", "a\\u000ab\\u0009c"),
        ("\ud800", "\\ud800"),
        ("x" * 121, "x" * 120 + "…"),
        ("right\u202eleft", "right\\u202eleft"),
    ],
)
def test_a_report_shows_any_text_on_one_line(text: str, shown: str) -> None:
    assert legacy.printable(text) == shown
