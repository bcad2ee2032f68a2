"""Queries for the moments that somebody marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from library.querysets.lists import OwnVideoRowsQuerySet

if TYPE_CHECKING:
    from library.models import Marker, Video  # noqa: F401 - named in a string

LARGEST_ID = 2**63 - 1


class Moment(NamedTuple):
    """A marker as it is shown."""

    pk: int
    seconds: float
    name: str


class MarkerQuerySet(OwnVideoRowsQuerySet["Marker"]):
    """Markers."""

    def numbered(self, pk: int) -> Marker | None:
        """The one of that id, which may be any number."""
        return self.filter(pk=pk).first() if 0 < pk <= LARGEST_ID else None

    def rename(self, pk: int, name: str) -> bool:
        """Give one another name; whether it is still there."""
        return bool(self.filter(pk=pk).update(name=name))

    def moments(self) -> tuple[Moment, ...]:
        """They in the order of the film."""
        return tuple(Moment(*row) for row in self.order_by("seconds", "pk").values_list(*Moment._fields))

    def tallied(self) -> Counter[tuple[int, int | None, float, str]]:
        """How many there are of each (video id, owner, seconds, name)."""
        return Counter(self.order_by().values_list("video_id", "owner_id", "seconds", "name").iterator())

    def told(self, video_ids: Collection[int]) -> Iterator[tuple[int, str | None, dict[str, Any]]]:
        """(video id, account's name or None, what is to be told) of each that is about one of these videos."""
        rows = self.filter(video_id__in=video_ids).order_by("pk")
        for pk, account, seconds, name in rows.values_list("video_id", "owner__username", "seconds", "name"):
            yield pk, account, {"marker": seconds, "name": name}

    def everybodys(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(path of the video, what is to be told) of all, in the order of the films."""
        rows = self.order_by("video__path", "video_id", "seconds", "owner__username", "name", "pk")
        for path, account, seconds, name in rows.values_list("video__path", "owner__username", "seconds", "name"):
            yield path, {"seconds": seconds, "name": name, "account": account}
