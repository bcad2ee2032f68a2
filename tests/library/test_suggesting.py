"""How clues are weighed: each by its sample, joined without counting the same twice, taught by what people said."""

import pytest

from library import suggesting
from library.suggesting import Clue, Kind, Suggestion, Trust

NOBODY = Trust()


def clue(kind: Kind = Kind.FOLDER, bearers: int = 7, sample: int = 8, tag: int = 1, about: str = "Italy 2019") -> Clue:
    return Clue(kind, about, tag, bearers, sample)


def score(*clues: Clue, share: float = 0.05, trust: Trust = NOBODY) -> float:
    found = suggesting.suggest(clues, lambda tag: share, trust)
    return found[0].score if found else 0.0


def test_a_larger_sample_of_the_same_share_says_more() -> None:
    assert score(clue(bearers=2, sample=2)) < score(clue(bearers=20, sample=20)) < 1


def test_a_tag_that_is_as_frequent_everywhere_is_not_suggested() -> None:
    assert score(clue(bearers=60, sample=100), share=0.6) == 0


def test_clues_of_two_groups_say_more_than_each_alone() -> None:
    folder, company = clue(bearers=5), clue(Kind.COMPANY, bearers=60, sample=100)
    assert score(folder, company) > max(score(folder), score(company))


def test_a_second_clue_of_the_same_group_counts_less_than_one_of_another() -> None:
    folder, word, company = (clue(kind, bearers=4) for kind in (Kind.FOLDER, Kind.WORD, Kind.COMPANY))
    strong = clue(Kind.WORD, bearers=50, sample=100), clue(Kind.COMPANY, bearers=50, sample=100)
    assert score(folder) < score(folder, strong[0]) < score(folder, strong[1])
    assert score(word, company) < 1


def test_what_was_rejected_often_counts_less_and_what_was_accepted_more() -> None:
    told = clue(bearers=4)
    tags = [(tag, "folder") for tag in range(100, 130)]
    assert score(told, trust=Trust(rejected=tags)) < score(told) < score(told, trust=Trust(accepted=tags))
    name = clue(Kind.NAME, bearers=4)
    assert score(name, trust=Trust(rejected=tags)) == score(name)


def test_a_few_verdicts_on_one_tag_teach_about_that_tag_most() -> None:
    one, other = clue(bearers=4, tag=1), clue(bearers=4, tag=2)
    trust = Trust(rejected=[(1, "series+folder")] * 2)
    assert score(one, trust=trust) < score(other, trust=trust)


def test_the_best_founded_come_first_and_no_more_than_nine_and_none_that_is_known() -> None:
    clues = [clue(bearers=tag, sample=20, tag=tag) for tag in range(1, 21)]
    found = suggesting.suggest(clues, lambda tag: 0.01, NOBODY, without={20, 18})
    assert [suggestion.tag for suggestion in found] == [19, 17, 16, 15, 14, 13, 12, 11, 10]
    assert suggesting.suggest([clue(bearers=1, sample=20)], lambda tag: 0.01, NOBODY) == []


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (Clue(Kind.NAME, "beach", 1, 0, 0), "its name says “beach”"),
        (Clue(Kind.NAME, "Italy", 1, 0, 0, where="folder"), "its folder says “Italy”"),
        (Clue(Kind.SERIES, "walk part", 1, 7, 8), "7 of 8 tagged videos named “walk part …” have it"),
        (Clue(Kind.FOLDER, "Italy 2019", 1, 7, 8), "7 of 8 tagged videos in “Italy 2019” have it"),
        (Clue(Kind.WORD, "Ada", 1, 7, 8), "7 of 8 tagged videos with “Ada” in the name have it"),
        (Clue(Kind.COMPANY, "sea", 1, 7, 8), "7 of 8 videos with “sea” have it too"),
        (Clue(Kind.COMPANY, "sea", 1, 91, 100), "91 % of videos with “sea” have it too"),
        (Clue(Kind.COMPANY, "sea", 1, 273, 300, partial=True), "91 % of the newest videos with “sea” have it too"),
    ],
)
def test_each_clue_is_told_in_words(of: Clue, words: str) -> None:
    assert suggesting.told(of) == words


def test_of_each_group_the_best_reason_is_told() -> None:
    told = (clue(Kind.SERIES, about="walk"), clue(Kind.FOLDER), clue(Kind.COMPANY, about="sea"), clue(Kind.COMPANY))
    suggestion = Suggestion(1, 0.9, told)
    assert suggesting.reasons(suggestion) == [suggesting.told(told[0]), suggesting.told(told[2])]
    assert suggestion.evidence == "series+folder+company"
