"""Which tags are suggested for a video, from what speaks for them: clues weighed and told. Pure.

A clue is a sample: of so many tagged videos that are like this one in some way, so many bear the tag. Its confidence is
that share, drawn towards a prior while the sample is small. What a clue adds to the tag's share of the whole library is
its weight; what people said to such clues before multiplies its odds. Clues of one group tell much the same, so that
each further one counts half as much as the one before; groups are joined as independent causes are, by a noisy or.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

MOST = 9
"""Suggestions at once: one for each key."""

LEAST_SCORE = 0.25
FEW = 10
"""Samples below which a share is told as numbers, not in percent."""

REASONS = 2


class Kind(StrEnum):
    """What makes videos alike."""

    NAME = "name"
    SERIES = "series"
    FOLDER = "folder"
    WORD = "word"
    COMPANY = "company"


GROUPS = ((Kind.NAME,), (Kind.SERIES, Kind.FOLDER, Kind.WORD), (Kind.COMPANY,))
CAUTION: Mapping[Kind, float] = {
    Kind.NAME: 3, Kind.SERIES: 1, Kind.FOLDER: 2, Kind.WORD: 4, Kind.COMPANY: 4,
}  # fmt: skip
"""As how many videos the prior counts."""

JOINED, PLAIN, VAGUE = 0.75, 0.85, 0.35
"""How often a tag is meant that a name says: in other spelling, in its own, and as a part of another or very short."""

KIND_DOUBT, TAG_DOUBT = 12, 2
"""After how many verdicts on a kind of clue, and on that kind for one tag, what was said outweighs the first trust."""

MOST_TRUST = 4


class Clue(NamedTuple):
    """What speaks for a tag."""

    kind: Kind
    about: str
    """The word, the folder, the series, or the tag that the video bears."""
    tag: int
    bearers: int
    """How many of the sample bear the tag."""
    sample: int
    """Tagged videos that are like this one."""
    prior: float | None = None
    """The confidence without a sample; None: the tag's share of the library."""
    partial: bool = False
    """Whether the sample is only a part of those that are alike."""
    where: str = "name"
    """What says a tag: the name, or the folder."""


class Suggestion(NamedTuple):
    """A tag that may fit."""

    tag: int
    score: float
    """From 0 to 1."""
    clues: tuple[Clue, ...]
    """The weightiest first."""

    @property
    def evidence(self) -> str:
        """The kinds of its clues, as verdicts keep them."""
        return "+".join(dict.fromkeys(clue.kind for clue in self.clues))


class Trust:
    """What people said to clues of each kind, and to those for one tag."""

    def __init__(self, accepted: Iterable[tuple[int, str]] = (), rejected: Iterable[tuple[int, str]] = ()) -> None:
        self._said: dict[tuple[str, int | None], list[int]] = defaultdict(lambda: [0, 0])
        for verdict, answers in enumerate((accepted, rejected)):
            for tag, evidence in answers:
                for kind in evidence.split("+"):
                    self._said[kind, None][verdict] += 1
                    self._said[kind, tag][verdict] += 1

    def odds(self, kind: Kind, tag: int) -> float:
        """What multiplies a clue's odds: 1 while nothing was said, between 1/MOST_TRUST and MOST_TRUST."""
        factor = self._factor(kind, None, KIND_DOUBT) * self._factor(kind, tag, TAG_DOUBT)
        return min(max(factor, 1 / MOST_TRUST), MOST_TRUST)

    def _factor(self, kind: Kind, tag: int | None, doubt: int) -> float:
        accepted, rejected = self._said.get((kind, tag), (0, 0))
        return (accepted + doubt) / (rejected + doubt)


def suggest(
    clues: Iterable[Clue],
    share: Callable[[int], float],
    trust: Trust,
    without: Collection[int] = (),
    most: int = MOST,
) -> list[Suggestion]:
    """The best founded tags first. `share` tells which part of the tagged videos bears a tag."""
    by_tag: dict[int, list[Clue]] = defaultdict(list)
    for clue in clues:
        if clue.tag not in without:
            by_tag[clue.tag].append(clue)
    found = (_weighed(tag, about_it, share(tag), trust) for tag, about_it in by_tag.items())
    likely = [suggestion for suggestion in found if suggestion.score >= LEAST_SCORE]
    return sorted(likely, key=lambda suggestion: (-suggestion.score, suggestion.tag))[:most]


def _weighed(tag: int, clues: list[Clue], share: float, trust: Trust) -> Suggestion:
    weighed = sorted(((weight(clue, share, trust.odds(clue.kind, tag)), clue) for clue in clues), reverse=True)
    unlikely = 1 - share
    for group in GROUPS:
        of_group = (value for value, clue in weighed if clue.kind in group)
        for place, value in enumerate(of_group):
            unlikely *= 1 - value / 2**place
    telling = tuple(clue for value, clue in weighed if value > 0)
    return Suggestion(tag, 1 - unlikely if telling else 0.0, telling)


def weight(clue: Clue, share: float, odds: float = 1) -> float:
    """What a clue adds to a tag's share of the library, from 0 to 1."""
    caution = CAUTION[clue.kind]
    prior = share if clue.prior is None else clue.prior
    confidence = (clue.bearers + caution * prior) / (clue.sample + caution)
    added = max(0.0, (confidence - share) / (1 - share)) if share < 1 else 0.0
    return added * odds / (1 - added + added * odds)


def reasons(suggestion: Suggestion) -> list[str]:
    """Why a tag is suggested, in words; one reason of each group."""
    first = {group: clue for clue in reversed(suggestion.clues) for group in GROUPS if clue.kind in group}
    return [told(clue) for clue in suggestion.clues if clue in first.values()][:REASONS]


def told(clue: Clue) -> str:
    """A clue in words."""
    ratio = f"{clue.bearers} of {clue.sample}"
    newest = "the newest " if clue.partial else ""
    match clue.kind:
        case Kind.NAME:
            return f"its {clue.where} says “{clue.about}”"
        case Kind.SERIES:
            return f"{ratio} tagged videos named “{clue.about} …” have it"
        case Kind.FOLDER:
            return f"{ratio} tagged videos in “{clue.about}” have it"
        case Kind.WORD:
            return f"{ratio} tagged videos with “{clue.about}” in the name have it"
        case Kind.COMPANY if clue.sample < FEW:
            return f"{ratio} videos with “{clue.about}” have it too"
    return f"{100 * clue.bearers // clue.sample} % of {newest}videos with “{clue.about}” have it too"
