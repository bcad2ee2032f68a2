"""Every query of the thumbnails is a named method here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import F, Q

from library.models import Video
from library.querysets import BATCH

if TYPE_CHECKING:
    from thumbnails.models import MediaWork

PENDING, READY, FAILED = "pending", "ready", "failed"


class MediaWorkQuerySet(models.QuerySet["MediaWork"]):
    """What became of each video's file."""

    model: type[MediaWork]

    def digests_of(self, video_ids: Sequence[int]) -> dict[int, str]:
        """{video id: poster digest} of those that have a poster; one query."""
        drawn = self.filter(pk__in=video_ids).exclude(poster_digest="")
        return dict(drawn.values_list("pk", "poster_digest"))

    def all_digests(self) -> dict[int, str]:
        """{video id: poster digest} of every poster that there should be."""
        return dict(self.exclude(poster_digest="").values_list("pk", "poster_digest"))

    def about_another_file(self, video_ids: Iterable[int]) -> list[int]:
        """Those of the ids whose work is about a file that is no longer there."""
        another = self.exclude(size=F("video__size"), modified_ns=F("video__modified_ns"))
        ids = list(video_ids)
        return [pk for batch in _batches(ids) for pk in another.filter(pk__in=batch).values_list("pk", flat=True)]

    def start_all_over(self) -> None:
        """Let everything wait for its work, whatever became of it before; old posters stay until then."""
        with transaction.atomic():
            self.update(state=PENDING, attempts=0, error="")

    def start_over(self, video_ids: Sequence[int]) -> None:
        """The same for some."""
        for batch in _batches(video_ids):
            self.filter(pk__in=batch).start_all_over()

    def forget_posters(self, video_ids: Sequence[int]) -> None:
        """Let those whose poster is lost wait for another."""
        for batch in _batches(video_ids):
            with transaction.atomic():
                self.filter(pk__in=batch).update(state=PENDING, attempts=0, error="", poster_digest="")


def videos_unfinished(video_ids: Sequence[int]) -> list[int]:
    """Those of the ids whose video is there and still waits for its work; one query."""
    asked = Video.objects.present().filter(pk__in=video_ids)
    return list(asked.filter(_UNFINISHED).order_by("pk").values_list("pk", flat=True))


def videos_unfinished_newest_first(limit: int | None = None) -> list[int]:
    """Every present video that waits for its work, as far as the limit: the home page shows the newest."""
    unfinished = Video.objects.present().filter(_UNFINISHED)
    return list(unfinished.order_by("-added_at", "-pk").values_list("pk", flat=True)[:limit])


def _batches(video_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (video_ids[start : start + BATCH] for start in range(0, len(video_ids), BATCH))


_OF_ANOTHER_FILE = ~Q(media_work__size=F("size")) | ~Q(media_work__modified_ns=F("modified_ns"))
_UNFINISHED = Q(media_work=None) | Q(media_work__state=PENDING) | _OF_ANOTHER_FILE
