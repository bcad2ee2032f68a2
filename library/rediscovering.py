"""What somebody has not seen for long, the well rated first: dealt by chance, and told why.

A seed stands for one dealing. It is kept for a day, so that from page to page none comes twice and none is passed over,
whatever is watched and rated meanwhile.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import nlargest
from random import Random
from typing import NamedTuple

from django.core.cache import cache
from django.utils import timezone

from library import wording
from library.models import Video, Viewing
from library.querysets import Owner
from library.rows import CardRow

MOST = 600
"""Videos of one dealing."""

MOST_CANDIDATES = 10_000
"""The best rated, of which it is made."""

KEPT_SECONDS = 86_400
FRESH_DAYS = 30
"""What was watched so lately is not dealt."""

LONGEST_YEARS = 5
SHARES = {5: 40.0, 4: 15.0, 3: 3.0, None: 2.0, 2: 0.4, 1: 0.1}
"""How much likelier stars make it that a video comes early."""


class Candidate(NamedTuple):
    """A video that may be dealt."""

    pk: int
    stars: int | None
    seen: datetime | None
    """When it was last watched; by the owner, where they ever did, else by the household."""
    added: datetime


def dealt(owner: Owner, seed: int) -> list[int]:
    """The ids of a dealing, in its order, of those that are there."""
    name = f"rediscovered:{owner}:{seed}"
    known: list[int] | None = cache.get(name)
    if known is None:
        known = deal(candidates(owner), seed, timezone.now())
        cache.set(name, known, KEPT_SECONDS)
    there = set(Video.objects.present().among(known).values_list("pk", flat=True))
    return [pk for pk in known if pk in there]


def candidates(owner: Owner) -> list[Candidate]:
    """The best rated that are there."""
    rows = Video.objects.best_rated(MOST_CANDIDATES)
    own = Viewing.objects.of(owner).last_of([pk for pk, *_ in rows])
    return [Candidate(pk, stars, own.get(pk, seen), added) for pk, stars, seen, added in rows]


def deal(found: Iterable[Candidate], seed: int, now: datetime) -> list[int]:
    """Ids in an order of chance that leans on stars and on time: a weighted draw without putting back
    (Efraimidis and Spirakis, 2006). Pure.
    """
    chance = Random(seed)  # noqa: S311 - a choice of film, not a secret
    keys = {
        one.pk: chance.random() ** (1 / (SHARES[one.stars] * _years(one, now)))
        for one in sorted(found)
        if one.seen is None or (now - one.seen).days >= FRESH_DAYS
    }
    return nlargest(MOST, keys, key=lambda pk: (keys[pk], pk))


def _years(one: Candidate, now: datetime) -> float:
    """How long it was not seen, within bounds."""
    days = (now - (one.seen or one.added)).days
    return min(max(days / 365, 0.1), LONGEST_YEARS)


def reasons(owner: Owner, rows: Sequence[CardRow]) -> dict[int, str]:
    """Why each video was dealt, in words."""
    now, pks = timezone.now(), [row.pk for row in rows]
    seen = Video.objects.last_views(pks) | Viewing.objects.of(owner).last_of(pks)
    return {row.pk: reason(row.stars, row.views, seen.get(row.pk), now) for row in rows}


def reason(stars: int | None, views: int, seen: datetime | None, now: datetime) -> str:
    """“4 stars, not watched for 2 years”. Views that an import brought may have no date. Pure."""
    if seen is None:
        unseen = "not watched for long" if views else "never watched"
    else:
        span = wording.span(seen, now)
        unseen = f"not watched for {span}" if span else "watched today"
    return f"{wording.counted(stars, 'star')}, {unseen}" if stars else unseen.capitalize()
