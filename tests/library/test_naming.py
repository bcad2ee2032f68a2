"""Names: as stored, as titles, as keys."""

import os

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from library import naming

NAME_BYTES = st.binary(max_size=40)


@given(raw=NAME_BYTES | st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(raw=b"caf\xe9.mp4")
@example(raw=b"\xff\xfe\x80.mp4")
def test_a_file_name_of_any_bytes_comes_back_from_its_stored_form(raw: bytes) -> None:
    assume(b"\0" not in raw)
    fs_name = os.fsdecode(raw)
    kept = naming.to_stored(fs_name)
    if kept is None:
        assert any(0xF780 <= ord(character) <= 0xF7FF for character in fs_name)
    else:
        assert os.fsencode(naming.to_fs(kept)) == raw
        assert naming.is_storable(kept)


@given(first=NAME_BYTES, second=NAME_BYTES)
def test_two_file_names_are_never_stored_as_one(first: bytes, second: bytes) -> None:
    assume(first != second and b"\0" not in first + second)
    kept = [naming.to_stored(os.fsdecode(raw)) for raw in (first, second)]
    assert None in kept or kept[0] != kept[1]


@pytest.mark.parametrize("name", ["\uf780.mp4", "\uf7ff.mp4", "\ud800.mp4", "\udfff.mp4", "nul\0.mp4"])
def test_a_name_that_could_not_be_told_from_another_has_no_stored_form(name: str) -> None:
    assert naming.to_stored(name) is None


@pytest.mark.parametrize("extension", sorted(naming.VIDEO_EXTENSIONS))
def test_every_extension_counts_whatever_its_case(extension: str) -> None:
    assert naming.is_video(f"a.{extension}")
    assert naming.is_video(f"a.b.{extension.upper()}")
    assert naming.is_video(f"a.{extension.title()}")


@pytest.mark.parametrize("name", ["mp4", "a.mp4.json", "a.mp3", "a", "", "a.", "a.mp4 ", "a.mp44"])
def test_other_files_are_no_videos(name: str) -> None:
    assert not naming.is_video(name)


@pytest.mark.parametrize(
    "path", ["a.mp4", "folder/a.mp4", "..a.mp4", "a..mp4", "a b/c#d?.mp4", "é" * 127 + ".", "a" * 255]
)
def test_a_relative_normal_path_is_safe(path: str) -> None:
    assert naming.is_safe_path(path)


def test_a_name_of_255_raw_bytes_is_safe_though_its_stored_form_is_longer() -> None:
    kept = naming.to_stored(os.fsdecode(b"\xff" * 255))
    assert kept is not None
    assert len(kept.encode()) > 255
    assert naming.is_safe_path(kept)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../a.mp4",
        "a/../b.mp4",
        "a/..",
        "./a.mp4",
        "a/./b.mp4",
        "a//b.mp4",
        "a/",
        "a\0.mp4",
        "\ud800.mp4",
        "é" * 128,
        "a" * 256,
        "a/" * 500 + "b.mp4",
    ],
)
def test_a_path_that_climbs_or_breaks_is_not_safe(path: str) -> None:
    assert not naming.is_safe_path(path)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("holiday.mp4", "holiday"),
        ("deep/er/Summer_in__Rome.MKV", "Summer in Rome"),
        ("part.1.of.2.mp4", "part.1.of.2"),
        ("  spaced   out .mp4", "spaced out"),
        ("___.mp4", "___.mp4"),
        (".mp4", ".mp4"),
        ("notes.txt", "notes.txt"),
        ("Ünïcode – 映画.webm", "Ünïcode – 映画"),
    ],
)
def test_a_title_is_the_file_name_without_extension_and_underscores(path: str, title: str) -> None:
    assert naming.title_from(path) == title


@given(path=st.text(min_size=1, max_size=400))
def test_a_title_is_never_empty_nor_too_long(path: str) -> None:
    assume(not path.endswith("/"))
    assert 0 < len(naming.title_from(path)) <= naming.MAX_TITLE_LENGTH


def test_titles_stand_as_people_expect() -> None:
    expected = ["episode 1", "Episode 2", "episode 002b", "Episode 10", "episode 100", "Été", "etude", "Zebra"]
    assert sorted(set(expected), key=naming.sort_key) == expected


@given(first=st.integers(0, 10**40), second=st.integers(0, 10**40))
def test_numbers_in_titles_sort_by_their_value(first: int, second: int) -> None:
    in_order = naming.sort_key(f"part {first}") < naming.sort_key(f"part {second}")
    assert in_order == (first < second)


@pytest.mark.parametrize(
    ("raw", "tag"),
    [
        ("#summer", "summer"),
        ("##summer", "summer"),
        ("# # summer ", "summer"),
        ("  Road Trip  ", "Road Trip"),
        ("rock, paper", "rock, paper"),
        ("C#", "C#"),
        ("#", ""),
        (" # ", ""),
        ("", ""),
        ("cafe\u0301", "café"),
    ],
)
def test_a_tag_is_stored_trimmed_and_without_its_leading_hashes(raw: str, tag: str) -> None:
    assert naming.clean_tag(raw) == tag


@given(raw=st.text(max_size=30))
def test_cleaning_a_clean_tag_changes_nothing(raw: str) -> None:
    clean = naming.clean_tag(raw)
    assert naming.clean_tag(clean) == clean
    assert naming.tag_key(raw) == naming.tag_key(clean) == naming.tag_key(f"#{clean}")


@pytest.mark.parametrize(("one", "other"), [("Summer", "#summer"), ("ÉTÉ", "e\u0301te\u0301"), ("Straße", "STRASSE")])
def test_tags_that_differ_only_in_case_or_composition_share_their_key(one: str, other: str) -> None:
    assert naming.tag_key(one) == naming.tag_key(other)


def test_a_sanitised_key_replaces_what_the_old_site_replaced() -> None:
    assert naming.sanitised_key("A film (2001), part 1.MP4") == "a_film__2001___part_1.mp4"
    assert naming.sanitised_key("no extension") == "no_extension"
    assert naming.sanitised_key("kept_-.9.mp4") == "kept_-.9.mp4"


def test_cleaning_a_tag_takes_time_in_proportion_to_its_length() -> None:
    assert naming.clean_tag("# " * 2_000_000 + "sea") == "sea"
