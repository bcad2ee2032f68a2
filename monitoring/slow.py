"""The slowest requests of late: each process keeps some, and whoever asks sees those of all."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from monitoring import ledger
from monitoring.ledger import Ledger

RECENT_SECONDS = 3600.0
LEAST_MS = 2.0
"""Who is faster is not slow, even where nobody is slower."""
PATH_CHARACTERS = 80


class SlowRequest(NamedTuple):
    """One request."""

    ended_at: float
    """Seconds since 1970."""
    milliseconds: float
    route: str
    method: str
    path: str
    status: int
    statements: int
    sql_ms: float


class SlowRequests:
    """Those of this process: the slowest of the last hour, as many as it has places for."""

    def __init__(self, own: Ledger) -> None:
        self._ledger = own
        self._kept: list[SlowRequest | None] = [None] * ledger.NOTES
        self.threshold_ns = int(LEAST_MS * 1e6)
        """Who is faster is none of them."""

    def keep(self, request: SlowRequest) -> None:
        """In the place of one that is too old, or else of the fastest."""
        place = min(range(ledger.NOTES), key=lambda place: self._worth(place, request.ended_at))
        self._kept[place] = request
        text = json.dumps(request, separators=(",", ":")).encode()
        self._ledger.write_note(place, text)
        self.look_again(request.ended_at)

    def _worth(self, place: int, now: float) -> float:
        kept = self._kept[place]
        return kept.milliseconds if kept and now - kept.ended_at < RECENT_SECONDS else LEAST_MS

    def look_again(self, now: float) -> None:
        """Make room for new ones where old ones have passed: call it now and then."""
        self.threshold_ns = int(min(self._worth(place, now) for place in range(ledger.NOTES)) * 1e6)


def slowest(folder: Path, limit: int) -> list[SlowRequest]:
    """Of all processes, the slowest first."""
    since = time.time() - RECENT_SECONDS
    recent = (request for request in _noted(folder) if request.ended_at >= since)
    return sorted(recent, key=lambda request: -request.milliseconds)[:limit]


def _noted(folder: Path) -> Iterator[SlowRequest]:
    for text in ledger.notes(folder):
        with suppress(ValueError, TypeError):
            yield SlowRequest(*json.loads(text))
