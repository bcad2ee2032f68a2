"""Names taken apart: what two spellings of a word share, and which tags a name says."""

import pytest

from library import words
from library.words import TagWords

TAGS = ((1, "Beach"), (2, "road trip"), (3, "New York"), (4, "York"), (5, "été"), (6, "東京"), (7, "seaside"), (8, "★"))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("BeachDay_2019", ["Beach", "Day", "2019"]),
        ("l'été à Nîmes", ["l", "été", "à", "Nîmes"]),
        ("cafe\N{COMBINING ACUTE ACCENT}", ["café"]),
        ("take2of3", ["take", "2", "of", "3"]),
        ("東京 walk", ["東", "京", "walk"]),
        ("100% --- ★", ["100"]),
        ("", []),
    ],
)
def test_a_name_is_taken_apart_at_signs_capitals_and_numbers(name: str, parts: list[str]) -> None:
    assert words.split(name) == parts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beaches", "beach"), ("parties", "Party"), ("boxes", "box"), ("hiking", "hike"), ("running", "run"),
        ("cities", "city"), ("movies", "movie"), ("houses", "house"), ("Été", "ete"), ("Straße", "STRASSE"),
    ],
)  # fmt: skip
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert words.stem(one) == words.stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("glass", "gla"), ("bus", "bu"), ("Paris", "Pari"), ("king", "k"), ("spring", "spr"), ("as", "a")],
)
def test_what_only_looks_like_a_plural_is_none(one: str, other: str) -> None:
    assert words.stem(one) != words.stem(other)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("two beaches", {1}),
        ("RoadTrip north", {2}),
        ("roadtrips", {2}),
        ("a road-trip", {2}),
        ("Sea Side", {7}),
        ("un ETE", {5}),
        ("東京の朝", {6}),
        ("the road, a trip", set()),
        ("beachcomber", set()),
        ("★", set()),
    ],
)
def test_tags_are_found_in_names_however_they_are_written(name: str, said: set[int]) -> None:
    assert {found.tag for found in TagWords(TAGS).said(name)} == said


def test_a_tag_inside_a_longer_one_is_told_apart() -> None:
    found = {said.tag: said for said in TagWords(TAGS).said("a week in New York")}
    assert not found[3].inside
    assert found[4].inside
    alone = {said.tag: said for said in TagWords(TAGS).said("a week in New York", "York")}
    assert (alone[4].inside, alone[4].name) == (False, 1)


def test_a_tag_in_its_own_spelling_is_told_apart() -> None:
    assert [said.exact for name in ("Beach", "beaches") for said in TagWords(TAGS).said(name)] == [True, False]
    assert [said.shown for said in TagWords(TAGS).said("At The Beaches")] == ["Beaches"]


@pytest.mark.parametrize(
    ("title", "starts"),
    [
        ("Walk part 3", ["Walk part "]),
        ("Walk part 3 (720p)", ["Walk part ", "Walk part 3 ("]),
        ("2 Trips 2019 - 04 (rough)", ["2 Trips ", "2 Trips 2019 - "]),
        ("IMG_0042", ["IMG_"]),
        ("0042", []),
        ("A 1", []),
        ("no number", []),
    ],
)
def test_a_series_is_what_comes_before_one_of_the_last_numbers(title: str, starts: list[str]) -> None:
    assert words.series(title) == starts
