"""What the tag coach proposes, and what it leaves alone."""

from __future__ import annotations

import pytest

from benchmarks.coach import generate, score
from library.coaching import implications, merges, splits
from library.spelling import Likeness, look_alikes, spelling
from library.weighing import Snapshot


def collection(**tags: set[int]) -> Snapshot:
    """A collection of these tags; `_` stands for a space in a name."""
    names = {pk: name.replace("_", " ") for pk, name in enumerate(tags, 1)}
    return Snapshot(names, dict(enumerate(tags.values(), 1)))


def likeness(one: str, other: str) -> Likeness | None:
    found = look_alikes({1: one, 2: other})
    return found[0].likeness if found else None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("RoadTrip", "road-trip", Likeness.SPELT),
        ("Café", "cafe!", Likeness.SPELT),
        ("part 01", "Part_1", Likeness.SPELT),
        ("city", "cities", Likeness.PLURAL),
        ("movie", "movies", Likeness.PLURAL),
        ("wolf", "wolves", Likeness.PLURAL),
        ("box", "boxes", Likeness.PLURAL),
        ("knife", "knives", Likeness.PLURAL),
        ("child", "Children", Likeness.PLURAL),
        ("beach", "baech", Likeness.SLIP),
        ("birthday cake", "birthday caake", Likeness.SLIP),
        ("photography", "fotography", Likeness.SLIPS),
        ("New York", "new york city", Likeness.HELD),
        ("photo", "photography", Likeness.BEGUN),
        ("cat", "car", None),
        ("2019", "2020", None),
        ("part 1", "part 2", None),
        ("summer 2019", "summer 2020", None),
        ("2019", "summer 2019", None),
        ("day one", "day two", None),
        ("red car", "red cat", None),
        ("c", "c++", None),
        ("!!!", "???", None),
        ("new", "news", None),
        ("1.5", "15", None),
        ("9" * 200, "9" * 199, None),
    ],
)
def test_names_are_alike_as_people_take_them(one: str, other: str, expected: Likeness | None) -> None:
    assert likeness(one, other) is expected
    assert likeness(other, one) is expected


def test_a_name_is_taken_apart_into_words_and_numbers() -> None:
    assert spelling("#Île-de-FranceTrips_007").words == ("ile", "de", "france", "trips", "7")
    assert spelling("#Île-de-FranceTrips_007").numbers == (7,)


def test_look_alikes_are_merged_into_the_most_used_with_a_reason_for_each() -> None:
    tags = collection(beaches={7}, beach={1, 2, 3}, Beach_={8}, sea={1, 2, 3, 7, 8}, sand={1, 2, 7})
    (merge,) = merges(tags)
    assert [tags.names[pk] for pk in merge.tags] == ["beach", "Beach ", "beaches"]
    assert "Written alike" in merge.reasons[0]
    assert merge.reasons[1].startswith("Singular and plural; both stand beside “sea”, “sand”; never on the same video.")
    assert (merge.count, merge.some) == (2, (8, 7))
    assert merge.keys == ["merge:2:3", "merge:1:2"]


def test_what_was_dismissed_is_not_proposed_again_and_the_rest_is() -> None:
    tags = collection(beach={1, 2, 3}, beaches={7}, Beach_={8})
    assert merges(tags, {"merge:1:2"})[0].tags == (1, 3)
    assert merges(tags, {"merge:1:2", "merge:1:3", "merge:2:3"}) == []


def test_words_a_letter_apart_are_one_only_where_the_same_stands_beside_them() -> None:
    slip = collection(winter=set(range(20)), wintre={30}, snow={*range(20), 30}, city=set(range(40, 80)))
    other = collection(winter=set(range(20)), winner={30, 31, 32}, snow=set(range(20)), city=set(range(30, 80)))
    assert [merge.tags for merge in merges(slip)] == [(1, 2)]
    assert merges(other) == []


@pytest.mark.parametrize(("videos", "precision", "recall"), [(333, 0.85, 0.85), (4_000, 0.95, 0.95)])
def test_planted_look_alikes_are_found_among_those_that_are_none(videos: int, precision: float, recall: float) -> None:
    scores = [score(generate(seed, videos)) for seed in (101, 102)]
    right, proposed, planted = (sum(getattr(got, name) for got in scores) for name in ("right", "proposed", "planted"))
    assert right / proposed >= precision
    assert right / planted >= recall


def test_what_nearly_always_comes_with_a_wider_tag_implies_it() -> None:
    tags = collection(
        corgi=set(range(10)), dog=set(range(1, 31)), animal=set(range(60)), rare={1, 2}, other=set(range(60, 200))
    )
    found = implications(tags)
    assert [one.tags for one in found] == [(3, 2), (2, 1)]
    assert found[1].reasons == ("On 9 of its 10 videos it stands beside “dog”.",)
    assert found[1].keys == ["parent:1:2"]
    assert {one.tags for one in implications(tags, {"parent:2:3"})} == {(2, 1), (3, 1)}
    assert [one.tags for one in implications(tags, unlike={frozenset((1, 2))})] == [(3, 2), (3, 1)]


def test_what_is_implied_already_or_would_close_a_circle_is_not_proposed() -> None:
    tags = collection(corgi=set(range(10)), dog=set(range(20)), animal=set(range(40)), other=set(range(40, 200)))
    assert {one.tags for one in implications(tags)} == {(2, 1), (3, 2)}
    known = Snapshot(tags.names, tags.bearers, [(1, 2), (2, 3)])
    assert implications(known) == []
    upside_down = Snapshot(tags.names, tags.bearers, [(3, 1)])
    assert {one.tags for one in implications(upside_down)} == {(2, 1), (3, 2)}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("beach, sunset", ["beach", "sunset"]),
        ("beach/sunset", ["beach", "sunset"]),
        ("beach & Sunset", ["beach", "Sunset"]),
        ("beach and sunset", ["beach", "sunset"]),
        ("one; two; three", ["one", "two", "three"]),
        ("rock/roll", None),
        ("black and white", None),
        ("24/7", None),
        ("beach, ", None),
        ("sandy beach", None),
    ],
)
def test_a_tag_that_lists_several_is_split(name: str, parts: list[str] | None) -> None:
    tags = Snapshot({1: "beach", 2: "sunset", 3: name}, {1: {1}, 2: {2}, 3: {3, 4}})
    found = splits(tags)
    assert [[part for part, _ in split.parts] for split in found] == ([parts] if parts else [])
    assert all(videos == {3, 4} for split in found for _, videos in split.parts)
    assert splits(tags, {"split:3"}) == []


def test_a_tag_of_two_groups_with_nothing_in_common_is_split() -> None:
    cats, cars = set(range(8)), set(range(10, 19))
    tags = collection(jaguar=cats | cars, jungle=cats, wildlife=cats - {3}, road=cars, race=cars - {12})
    (split,) = splits(tags)
    assert split.parts == (("jaguar (jungle)", frozenset(cats)), ("jaguar (road)", frozenset(cars)))
    assert split.reasons == (
        "8 of its 17 videos stand beside “jungle”, “wildlife”, 9 beside “road”, “race”, none beside both.",
    )


def test_a_tag_for_many_occasions_is_left_whole() -> None:
    summer = set(range(30))
    tags = collection(
        summer=summer, beach=set(range(12)), sea=set(range(11)), hills=set(range(12, 24)), hut=set(range(12, 22)),
        family=set(range(6, 18)),
    )  # fmt: skip
    tags.tags_of.update({video: [] for video in range(100, 200)})
    assert splits(tags) == []
    few = collection(jaguar={1, 2, 3, 4}, jungle={1, 2}, wild={1, 2}, road={3, 4}, race={3, 4})
    assert splits(few) == []


def test_an_empty_collection_has_nothing_to_propose() -> None:
    empty = Snapshot({}, {})
    assert (merges(empty), implications(empty), splits(empty)) == ([], [], [])
    unused = Snapshot({1: "beach", 2: "beaches", 3: "bench", 4: "beech"}, {})
    assert [merge.tags for merge in merges(unused)] == [(1, 2)]
