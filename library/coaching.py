"""What would make a collection's tags better: some merged, some implying others, some split. Pure."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import combinations, islice

from library import naming
from library.implying import Parents
from library.spelling import look_alikes
from library.weighing import MANY, Judge, Snapshot, Weighed, listed

MOST_LEADING = 30
"""Tags beside an overloaded one that are looked at."""

SHOWN = 4
"""Videos that a proposal shows."""


@dataclass(frozen=True)
class Proposal(ABC):
    """What could be done to tags, and why."""

    tags: tuple[int, ...]
    """The one that stays, the parent, or the one to split; then the others."""
    reasons: tuple[str, ...]
    """One for each of the others."""
    count: int
    """How many videos it would touch."""
    some: tuple[int, ...]
    """The newest of these."""

    @property
    @abstractmethod
    def keys(self) -> list[str]:
        """What a curator who says no says no to."""


class Merge(Proposal):
    """The others are the first by other names."""

    @property
    def keys(self) -> list[str]:
        """What a curator who says no says no to."""
        return [_key(self.tags[0], other) for other in self.tags[1:]]


class Implication(Proposal):
    """Who bears the second nearly always bears the first, which is the wider."""

    @property
    def keys(self) -> list[str]:
        """What a curator who says no says no to."""
        return [f"parent:{self.tags[1]}:{self.tags[0]}"]


@dataclass(frozen=True)
class Split(Proposal):
    """One tag says several things."""

    parts: tuple[tuple[str, frozenset[int]], ...]
    """Each one's name and videos."""

    @property
    def keys(self) -> list[str]:
        """What a curator who says no says no to."""
        return [f"split:{self.tags[0]}"]


def merges(snapshot: Snapshot, dismissed: Collection[str] = ()) -> list[Merge]:
    """Tags that are one by several names, for the most used of them; the surest first."""
    judge = Judge(snapshot)
    weighed = [pair for alike in look_alikes(snapshot.names) if (pair := judge.weigh(alike))]
    weighed.sort(key=lambda pair: (-pair.odds, pair.into, pair.other))
    groups: dict[int, list[Weighed]] = {}
    settled: set[int] = set()
    for pair in weighed:
        if pair.other not in settled and _key(pair.into, pair.other) not in dismissed:
            settled.add(pair.other)
            groups.setdefault(pair.into, []).append(pair)
    return [_merge(snapshot, into, pairs) for into, pairs in groups.items()]


def _merge(snapshot: Snapshot, into: int, pairs: Sequence[Weighed]) -> Merge:
    others = [pair.other for pair in pairs]
    touched = set().union(*(snapshot.bearers[other] for other in others))
    return Merge((into, *others), tuple(pair.reason for pair in pairs), len(touched), _some(touched))


def _key(one: int, other: int) -> str:
    return f"merge:{min(one, other)}:{max(one, other)}"


# --- Parents -----------------------------------------------------------------------------------------------

NEARLY_ALWAYS = 0.9
FEW = 5
"""Videos of a tag from which nothing follows."""

WIDER = 1.3
"""A parent has so many times the videos, at least."""

HALF = 0.5
"""A tag on this share of all videos says nothing of any of them."""


def implications(
    snapshot: Snapshot, dismissed: Collection[str] = (), unlike: Collection[frozenset[int]] = ()
) -> list[Implication]:
    """Tags that nearly always come with a wider one, but for pairs in `unlike`; the most used first."""
    above = Parents(snapshot.links).ancestors
    found: dict[int, dict[int, int]] = {}
    for tag, videos in snapshot.bearers.items():
        if len(videos) >= FEW:
            wider = _wider(snapshot, tag, videos)
            found[tag] = {
                parent: both
                for parent, both in wider.items()
                if parent not in above(tag)
                and tag not in above(parent)
                and frozenset((tag, parent)) not in unlike
                and f"parent:{tag}:{parent}" not in dismissed
            }
    proposals = [
        Implication(
            (parent, tag),
            (f"On {both} of its {snapshot.count(tag)} videos it stands beside “{snapshot.names[parent]}”.",),
            snapshot.count(tag),
            _some(snapshot.bearers[tag]),
        )
        for tag, parents in found.items()
        for parent, both in parents.items()
        if not any(parent in found.get(between, ()) for between in parents)
    ]
    return sorted(proposals, key=lambda proposal: (-snapshot.count(proposal.tags[1]), proposal.tags))


def _wider(snapshot: Snapshot, tag: int, videos: set[int]) -> dict[int, int]:
    """The wider tags that nearly all of the videos bear, each with how many do.

    Whatever is on nearly all is on one of a few more than may lack it.
    """
    least = math.ceil(NEARLY_ALWAYS * len(videos))
    some = islice(videos, len(videos) - least + 1)
    candidates = {other for video in some for other in snapshot.tags_of[video]} - {tag}
    most = HALF * len(snapshot.tags_of)
    counted = {
        other: len(videos & snapshot.bearers[other])
        for other in candidates
        if WIDER * len(videos) <= snapshot.count(other) <= most
    }
    return {other: both for other, both in counted.items() if both >= least}


# --- Splitting ---------------------------------------------------------------------------------------------

LEAST_GROUP = 5
"""Videos of each half of an overloaded tag."""

LEAST_SHARE, COVERED = 0.2, 0.8
"""Of its videos: in each half, and in either."""

MOST_COMMON = 0.05
"""Of the smaller half, in both."""

COMPANY = 0.6
"""Of a half, what a second tag stands on, that says the same; it stands on MOST_COMMON of the other half at most."""


def splits(snapshot: Snapshot, dismissed: Collection[str] = ()) -> list[Split]:
    """Tags that say several things: lists of names first, then those whose videos fall into two groups."""
    known = {naming.tag_key(name): tag for tag, name in snapshot.names.items()}
    asked = [tag for tag in snapshot.names if f"split:{tag}" not in dismissed]
    lists = [split for tag in asked if (split := _split_list(snapshot, tag, known))]
    named = {split.tags[0] for split in lists}
    groups = [split for tag in asked if tag not in named and (split := _split_groups(snapshot, tag))]
    return lists + sorted(groups, key=lambda split: -split.count)


def _split_list(snapshot: Snapshot, tag: int, known: Mapping[str, int]) -> Split | None:
    """A tag that lists several: by commas, or by other signs where each part is a tag itself."""
    name = snapshot.names[tag]
    for pattern, sure in ((r"[,;|]", True), (r"[/+&]|\band\b|\s-\s", False)):
        parts = [naming.clean_tag(part) for part in re.split(pattern, name)]
        unlike = {naming.tag_key(part): part for part in parts}
        if len(unlike) < 2 or not all(sum(c.isalpha() for c in part) > 1 for part in parts):
            continue
        there = [snapshot.names[known[key]] for key in unlike if key in known]
        if sure or len(there) == len(unlike):
            told = f"It lists {len(unlike)} names" + (
                f"; {listed(there)} {_is(there)} there already." if there else "."
            )
            videos = frozenset(snapshot.bearers[tag])
            return Split((tag,), (told,), len(videos), _some(videos), tuple((part, videos) for part in unlike.values()))
    return None


def _split_groups(snapshot: Snapshot, tag: int) -> Split | None:
    """A tag whose videos fall into two groups that have nothing else in common."""
    videos = snapshot.bearers[tag]
    if len(videos) < 2 * LEAST_GROUP:
        return None
    counts = snapshot.beside(islice(videos, MANY))
    least, most = LEAST_SHARE * min(len(videos), MANY), COVERED * min(len(videos), MANY)
    leading = [pk for pk, count in counts.most_common(MOST_LEADING) if least <= count <= most and pk != tag]
    inside = {pk: snapshot.bearers[pk] & videos for pk in leading}
    pairs = [(len(inside[one] | inside[other]), one, other) for one, other in combinations(sorted(leading), 2)]
    pairs.sort(key=lambda pair: (-pair[0], snapshot.count(pair[1]) + snapshot.count(pair[2])))
    for covered, one, other in pairs:
        if covered < COVERED * len(videos):
            break
        company = [_company(inside, one, other), _company(inside, other, one)]
        here, there = inside[one], inside[other]
        if _apart(here, there) and all(company) and not _bridged(snapshot, counts.keys() - {tag}, here, there):
            return _halved(snapshot, tag, here, there, [[one, *company[0]], [other, *company[1]]])
    return None


def _apart(here: set[int], there: set[int]) -> bool:
    fewer = min(len(here), len(there))
    return fewer >= LEAST_GROUP and len(here & there) <= MOST_COMMON * fewer


def _bridged(snapshot: Snapshot, tags: Iterable[int], here: set[int], there: set[int]) -> bool:
    """Whether something that is not on everything stands on a part of both halves: then they belong together."""
    return any(
        all(len(snapshot.bearers[tag] & half) >= LEAST_SHARE * len(half) for half in (here, there))
        for tag in tags
        if snapshot.count(tag) <= HALF * len(snapshot.tags_of)
    )


def _company(inside: Mapping[int, set[int]], one: int, other: int) -> list[int]:
    """What else stands on one half and not on the other, the most frequent first."""
    here, there = inside[one], inside[other]
    found = [
        pk
        for pk, videos in inside.items()
        if pk != one and len(videos & here) >= COMPANY * len(here) and len(videos & there) <= MOST_COMMON * len(there)
    ]
    return sorted(found, key=lambda pk: -len(inside[pk] & here))


def _halved(snapshot: Snapshot, tag: int, here: set[int], there: set[int], besides: Sequence[Sequence[int]]) -> Split:
    names = snapshot.names
    both = here & there
    told = [listed(names[pk] for pk in beside[:3]) for beside in besides]
    reason = (
        f"{len(here)} of its {snapshot.count(tag)} videos stand beside {told[0]}, {len(there)} beside {told[1]}, "
        f"{len(both) or 'none'} beside both."
    )
    parts = tuple(
        (f"{names[tag]} ({names[beside[0]]})", frozenset(half))
        for beside, half in zip(besides, (here, there), strict=True)
    )
    return Split((tag,), (reason,), len(here | there), _some(here | there), parts)


# --- Words -------------------------------------------------------------------------------------------------


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _some(videos: Iterable[int]) -> tuple[int, ...]:
    return tuple(nlargest(SHOWN, videos))
