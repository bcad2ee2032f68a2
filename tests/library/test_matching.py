"""Which file a legacy key means."""

import pytest

from library.matching import Matcher


def found(key: str, *paths: str) -> str | None:
    match = Matcher(paths).find(key)
    return match.path if match else None


def test_a_key_that_is_a_path_means_that_file() -> None:
    assert found("sub/a.mp4", "a.mp4", "sub/a.mp4") == "sub/a.mp4"


def test_a_key_means_the_file_of_that_name_in_whatever_folder() -> None:
    assert found("a.mp4", "deep/er/a.mp4") == "deep/er/a.mp4"


def test_of_several_the_one_nearest_to_its_root_is_taken_and_the_others_are_counted() -> None:
    match = Matcher(["x/y/a.mp4", "z/a.mp4", "b/a.mp4"]).find("a.mp4")
    assert match == ("b/a.mp4", 2)


def test_the_exact_case_goes_before_another_case() -> None:
    assert found("A.mp4", "a.mp4", "deep/A.mp4") == "deep/A.mp4"


def test_a_key_in_another_case_means_the_file_all_the_same() -> None:
    assert found("HOLIDAY.MP4", "Holiday.mp4") == "Holiday.mp4"


def test_a_key_with_accents_composed_otherwise_means_the_file_all_the_same() -> None:
    assert found("cafe\u0301.mp4", "CAF\u00c9.mp4") == "CAF\u00c9.mp4"


def test_a_sanitised_key_means_the_file_that_it_was_made_from() -> None:
    assert found("A_film__2001_.mp4", "A film (2001).mp4") == "A film (2001).mp4"


def test_a_key_means_the_file_that_was_sanitised_from_it() -> None:
    assert found("A film (2001).mp4", "a_film__2001_.mp4") == "a_film__2001_.mp4"


def test_two_files_that_the_sanitiser_made_equal_are_not_guessed_at() -> None:
    assert found("___.mp4", "映画一.mp4", "映画二.mp4") is None


def test_two_names_that_only_become_equal_when_both_are_sanitised_are_not_the_same() -> None:
    assert found("春の海.mp4", "映画一.mp4") is None


@pytest.mark.parametrize("key", ["other.mp4", "a.mkv", "a", "a.mp4.mp4", ""])
def test_a_key_that_fits_nothing_means_nothing(key: str) -> None:
    assert found(key, "a.mp4") is None


def test_an_empty_library_has_no_match() -> None:
    assert Matcher([]).find("a.mp4") is None
