"""Whether two tags that look alike mean the same. Pure.

It is weighed in log odds: what the spelling says, whether the videos of the rarer tag bear what those of the other bear
too, and whether the two keep apart, as two words for one thing do.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from library.spelling import Alike, Likeness, spelling

SPELT, PLURAL, HELD, BEGUN = 6.0, 3.0, 0.0, -1.8
"""What the spelling alone says, in log odds."""

SLIP = {4: -2.5, 5: -0.5, 6: 0.5, 7: 1.0}
"""One letter apart, by the length of the word; 1.0 in longer ones, and 1.0 more for letters swapped or doubled."""

SLIPS = -1.5
LONGER_STAYS = 1.0
"""Taken off where the longer of two names, one of which holds the other, is the more used."""

MOST_FIT, MOST_APART = 2.5, 3.0
MOST_CONTEXT = MOST_FIT + MOST_APART
"""What videos can say for it, in log odds."""

TOGETHER_BY_SLIP = 0.03
"""Share of videos on which two words for one thing stand side by side."""

ENOUGH, MANY, MOST_BESIDE = 20, 200, 40
"""Videos of a tag that are looked at; of the one that may stay; tags of each."""

DOUBT = 4.0
"""Videos' worth of doubt about what stands beside a tag."""

TELLING = 0.5
"""Mean log odds of what stands beside a tag, from which on that is its own: what goes with anything says little."""


class Snapshot:
    """A collection's tags at a moment."""

    def __init__(
        self, names: Mapping[int, str], bearers: Mapping[int, set[int]], links: Iterable[tuple[int, int]] = ()
    ) -> None:
        self.names = names
        self.bearers = {pk: bearers.get(pk, set()) for pk in names}
        """The videos of each tag."""
        self.links = set(links)
        """(tag, parent)."""
        self.tags_of: dict[int, list[int]] = defaultdict(list)
        for tag, videos in self.bearers.items():
            for video in videos:
                self.tags_of[video].append(tag)

    def count(self, tag: int) -> int:
        """How many videos bear a tag."""
        return len(self.bearers[tag])

    def beside(self, videos: Iterable[int]) -> Counter[int]:
        """How many of these videos bear each tag."""
        return Counter(chain.from_iterable(map(self.tags_of.__getitem__, videos)))


class Context(NamedTuple):
    """What the videos of a tag say of its being another."""

    fit: float
    """How well what stands beside it stands beside the other: 1, as well as beside the other itself; 0, by chance."""
    sure: float
    """From 0, where nothing can be said of that, to 1."""
    videos: int
    both: int
    """How many of these bear both."""
    expected: float
    """The share of them that one would find the other on, by what else they bear."""
    shared: list[int]
    """What stands beside both, the most frequent first."""


class _Company(NamedTuple):
    """What stands beside a tag, on some of its videos."""

    counts: Counter[int]
    videos: int
    weight: float
    """How many of its videos each of those stands for."""
    usual: float
    """Mean log odds of what stands beside it, against anywhere."""


class Weighed(NamedTuple):
    """Two tags that seem to be one."""

    into: int
    """The more used."""
    other: int
    odds: float
    """That they are, as a logarithm; above 0."""
    reason: str


class Judge:
    """Weighs whether two tags of a collection mean the same; what it learns of a tag serves all of its pairs."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._total = max(len(snapshot.tags_of), 1)
        self._anywhere = {tag: len(videos) / self._total for tag, videos in snapshot.bearers.items() if videos}
        self._companies: dict[int, _Company] = {}

    def weigh(self, alike: Alike) -> Weighed | None:
        """The more used of two that look alike, and the other, where they seem to be one."""
        count, names = self._snapshot.count, self._snapshot.names
        into, other = sorted((alike.one, alike.other), key=lambda tag: (-count(tag), tag))
        odds = _spelling_odds(alike, names)
        if alike.likeness is not Likeness.SPELT:
            odds += _rarity(count(other), count(into))
            if alike.likeness in (Likeness.HELD, Likeness.BEGUN) and len(names[into]) > len(names[other]):
                odds -= LONGER_STAYS
        if odds + MOST_CONTEXT <= 0:
            return None
        context = self._context(into, other)
        if alike.likeness is not Likeness.SPELT:
            odds += _fit_odds(context)
            odds += 0 if alike.likeness is Likeness.PLURAL else _apart_odds(context)
        return Weighed(into, other, odds, self._reason(alike, context)) if odds > 0 else None

    def _context(self, into: int, other: int) -> Context:
        company, tags_of, theirs = self._company(into), self._snapshot.tags_of, self._snapshot.bearers[into]
        counts, weight = company.counts, company.weight / self._total
        videos = sorted(self._snapshot.bearers[other])[-ENOUGH:]
        both = sum(video in theirs for video in videos)
        fits, shares = [], []
        beside: Counter[int] = Counter()
        for video in videos:
            others = [tag for tag in tags_of[video] if tag != into and tag != other][:MOST_BESIDE]
            beside.update(others)
            shares += [counts.get(tag, 0) * weight / self._anywhere[tag] for tag in others]
            if others and video not in theirs:
                fits.append(self._likelihood(company, others, 0))
        sure = min(1.0, len(fits) / 3) * min(max(company.usual / TELLING, 0.0), 1.0)
        fit = sum(fits) / len(fits) / company.usual if sure else 0.0
        expected = sum(shares) / len(shares) if shares else 0.0
        shared = [tag for tag, _ in beside.most_common() if company.counts[tag]]
        return Context(fit, sure, len(videos), both, expected, shared[:3])

    def _company(self, tag: int) -> _Company:
        if tag not in self._companies:
            videos = sorted(self._snapshot.bearers[tag])[-MANY:]
            company = _Company(
                self._snapshot.beside(videos), len(videos), self._snapshot.count(tag) / max(len(videos), 1), 0
            )
            besides = ([other for other in self._snapshot.tags_of[video] if other != tag] for video in videos[-ENOUGH:])
            own = [self._likelihood(company, others[:MOST_BESIDE], 1) for others in besides if others]
            self._companies[tag] = company._replace(usual=sum(own) / len(own) if own else 0.0)
        return self._companies[tag]

    def _likelihood(self, company: _Company, tags: Sequence[int], itself: int) -> float:
        """How much likelier these are beside a tag than anywhere, as a mean logarithm; `itself`: it is one of those."""
        counts, rates, odds = company.counts, self._anywhere, 1.0
        for tag in tags:
            odds *= (counts.get(tag, 0) - itself) / rates[tag] + DOUBT
        return math.log(odds) / len(tags) - math.log(company.videos - itself + DOUBT)

    def _reason(self, alike: Alike, context: Context) -> str:
        told = alike.likeness.value.capitalize()
        if context.shared:
            told += f"; both stand beside {listed(self._snapshot.names[tag] for tag in context.shared)}"
        if context.videos and not context.both:
            told += "; never on the same video"
        return f"{told}."


def _spelling_odds(alike: Alike, names: Mapping[int, str]) -> float:
    match alike.likeness:
        case Likeness.SPELT:
            return SPELT
        case Likeness.PLURAL:
            return PLURAL
        case Likeness.HELD:
            return HELD
        case Likeness.BEGUN:
            return BEGUN
        case Likeness.SLIPS:
            return SLIPS + (1 if alike.length >= 10 else 0)
    letters = ["".join(spelling(names[pk]).words) for pk in (alike.one, alike.other)]
    swapped = len({"".join(sorted(text)) for text in letters}) == 1
    doubled = len({re.sub(r"(.)\1", r"\1", text) for text in letters}) == 1
    return SLIP.get(alike.length, 1.0) + (swapped or doubled)


def _rarity(fewer: int, more: int) -> float:
    """A slip is rare beside what was meant; of two words for different things both are used."""
    if not more:
        return 0
    share = fewer / more
    return 1.0 if share <= 0.1 else 0.5 if share <= 0.3 else 0 if share <= 0.5 or fewer < 5 else -1.5


def _fit_odds(context: Context) -> float:
    return context.sure * min(max(5 * context.fit - 2, -5.0), MOST_FIT)


def _apart_odds(context: Context) -> float:
    """Whether two tags that suit the same videos are never on the same: then they are two words for one thing."""
    if not context.expected:
        return -2.0 if context.both else 0.0
    expected = min(max(context.expected, TOGETHER_BY_SLIP), 0.9)
    together = context.both * math.log(TOGETHER_BY_SLIP / expected)
    alone = (context.videos - context.both) * math.log((1 - TOGETHER_BY_SLIP) / (1 - expected))
    return min(max(together + alone, -5.0), MOST_APART)


def listed(names: Iterable[str]) -> str:
    """Names in quotation marks."""
    return ", ".join(f"“{name}”" for name in names)
