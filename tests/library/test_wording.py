"""Facts in words."""

from datetime import timedelta

import pytest

from library import wording
from tests.builders import NEW_YEAR


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, ""),
        (-1, ""),
        (0.4, "0:00"),
        (59.6, "1:00"),
        (61, "1:01"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (36_065, "10:01:05"),
    ],
)
def test_a_length_is_written_as_players_do(seconds: float, shown: str) -> None:
    assert wording.clock(seconds) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((None, None), ""),
        ((640, 480), ""),
        ((1280, 720), "HD"),
        ((1920, 1080), "Full HD"),
        ((1080, 1920), "Full HD"),
        ((3840, 2160), "4K"),
        ((7680, 4320), "8K"),
    ],
)
def test_a_picture_size_has_the_name_that_people_use(size: tuple[int | None, int | None], shown: str) -> None:
    assert wording.resolution(*size) == shown


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (-5, "today"),
        (0, "today"),
        (1, "1 day ago"),
        (6, "6 days ago"),
        (7, "1 week ago"),
        (29, "4 weeks ago"),
        (30, "1 month ago"),
        (364, "12 months ago"),
        (365, "1 year ago"),
        (1000, "2 years ago"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_fits(days: int, shown: str) -> None:
    assert wording.age(NEW_YEAR, NEW_YEAR + timedelta(days=days)) == shown


@pytest.mark.parametrize(
    ("bits", "shown"),
    [(None, ""), (0, ""), (128_000, "128 kbit/s"), (1_000_000, "1.0 Mbit/s"), (4_260_000, "4.3 Mbit/s")],
)
def test_a_bitrate_has_a_unit_for_people(bits: int | None, shown: str) -> None:
    assert wording.bitrate(bits) == shown


@pytest.mark.parametrize(
    ("both", "shown"), [(("", ""), ""), (("h264", ""), "h264"), (("", "aac"), "aac"), (("a", "b"), "a and b")]
)
def test_the_codecs_that_are_known_are_named(both: tuple[str, str], shown: str) -> None:
    assert wording.codecs(*both) == shown


def test_a_number_of_things_has_a_plural_unless_it_is_one() -> None:
    assert [wording.counted(count, "video") for count in (0, 1, 2)] == ["0 videos", "1 video", "2 videos"]
