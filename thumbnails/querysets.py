"""Every query of the thumbnails is a named method here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from library.models import Video
from library.querysets import BATCH, VideoQuerySet

if TYPE_CHECKING:
    from thumbnails.models import FastStart, MediaWork, Storyboard, Subtitles, Work

W = TypeVar("W", bound="Work")

PENDING, READY, FAILED = "pending", "ready", "failed"


class WorkQuerySet(models.QuerySet[W]):
    """What became of each video's file in one kind of work."""

    def all_digests(self) -> dict[int, str]:
        """{video id: digest} of everything that there should be."""
        return dict(self.exclude(**{self.model.DIGEST: ""}).values_list("pk", self.model.DIGEST))

    def failed(self) -> Self:
        """What was given up."""
        return self.filter(state=FAILED)

    def start_all_over(self) -> None:
        """Let everything wait for its work, whatever became of it before; what was made stays until then."""
        with transaction.atomic():
            self.update(state=PENDING, attempts=0, error="")

    def start_over(self, video_ids: Sequence[int]) -> None:
        """The same for some."""
        for batch in _batches(video_ids):
            self.filter(pk__in=batch).start_all_over()

    def forget_lost(self, video_ids: Sequence[int]) -> None:
        """Let those whose files are lost wait for others."""
        for batch in _batches(video_ids):
            with transaction.atomic():
                self.filter(pk__in=batch).update(state=PENDING, attempts=0, error="", **self.model.nothing())


class MediaWorkQuerySet(WorkQuerySet["MediaWork"]):
    """Probes and posters."""

    model: type[MediaWork]

    def digests_of(self, video_ids: Sequence[int]) -> dict[int, str]:
        """{video id: poster digest} of those that have a poster; one query."""
        drawn = self.filter(pk__in=video_ids).exclude(poster_digest="")
        return dict(drawn.values_list("pk", "poster_digest"))

    def about_another_file(self, video_ids: Iterable[int]) -> list[int]:
        """Those of the ids whose work is about a file that is no longer there."""
        another = self.exclude(size=F("video__size"), modified_ns=F("video__modified_ns"))
        ids = list(video_ids)
        return [pk for batch in _batches(ids) for pk in another.filter(pk__in=batch).values_list("pk", flat=True)]

    def done_with(self, video_ids: Sequence[int]) -> list[int]:
        """Those of the ids whose file was read, or given up."""
        return list(self.filter(pk__in=video_ids).exclude(state=PENDING).values_list("pk", flat=True))

    def not_begun(self, video_ids: Sequence[int]) -> list[int]:
        """Those of the ids that no worker has begun with yet, in their order; one query."""
        begun = set(self.filter(pk__in=video_ids, attempts__gt=0).values_list("pk", flat=True))
        return [pk for pk in video_ids if pk not in begun]

    def of_unknown_start(self, after: int) -> list[int]:
        """The first ids above one whose file was read, or given up, before anybody looked where its index lies."""
        unknown = self.filter(index_at_end=None, video__missing_since=None, pk__gt=after).exclude(state=PENDING)
        return list(unknown.order_by("pk").values_list("pk", flat=True)[:BATCH])

    def note_start(self, found: Mapping[int, bool]) -> None:
        """Keep {video id: whether the index lies at the end}."""
        with transaction.atomic():
            for late in (True, False):
                self.filter(pk__in=[pk for pk, value in found.items() if value is late]).update(index_at_end=late)


class StoryboardQuerySet(WorkQuerySet["Storyboard"]):
    """Storyboards."""

    model: type[Storyboard]

    def drawn_of(self, video_ids: Sequence[int]) -> StoryboardQuerySet:
        """The storyboards of those videos that have one."""
        return self.filter(pk__in=video_ids).exclude(digest="")


class SubtitlesQuerySet(WorkQuerySet["Subtitles"]):
    """Subtitles."""

    model: type[Subtitles]

    def all_tracks(self) -> dict[int, list[str]]:
        """{video id: digests of the tracks} of everything that is offered."""
        offering = self.filter(found__tracks__0__isnull=False).values_list("pk", "found")
        return {pk: [track[0] for track in held["tracks"]] for pk, held in offering.iterator()}


class FastStartQuerySet(WorkQuerySet["FastStart"]):
    """Copies that start fast."""

    model: type[FastStart]

    def copy_of(self, video: Video, digest: str) -> FastStart | None:
        """The copy of that name, if it is the video's and of its present file."""
        named = self.filter(pk=video.pk, digest=digest, size=video.size, modified_ns=video.modified_ns)
        return named.exclude(digest="").first()

    def ask_for(self, videos: Iterable[Video]) -> None:
        """Let each video that has no copy wait for one, with all attempts ahead."""
        chosen = list(videos)
        wanted = [self.model(video=video, size=video.size, modified_ns=video.modified_ns) for video in chosen]
        with transaction.atomic():
            self.bulk_create(wanted, BATCH, ignore_conflicts=True)
            self.failed().start_over([video.pk for video in chosen])

    def forget_changed(self) -> int:
        """Forget the copies of files that are no longer as they were; returns how many."""
        with transaction.atomic():
            return self.exclude(size=F("video__size"), modified_ns=F("video__modified_ns")).delete()[0]


def videos_starting_late(videos: VideoQuerySet) -> VideoQuerySet:
    """Those whose index lies at the end, and that have no copy."""
    late = videos.filter(media_work__index_at_end=True).exclude(_of_another_file("media_work"))
    return late.exclude(Q(fast_start__isnull=False) & ~Q(fast_start__digest="") & ~_of_another_file("fast_start"))


def videos_starting_fast(videos: VideoQuerySet) -> VideoQuerySet:
    """Those that have such a copy."""
    return videos.exclude(fast_start=None).exclude(fast_start__digest="").exclude(_of_another_file("fast_start"))


def videos_awaiting_fast_start(video_ids: Sequence[int]) -> list[int]:
    """Those of the ids whose video waits for a copy; one query."""
    return list(_awaiting_fast_start().filter(pk__in=video_ids).values_list("pk", flat=True))


def videos_awaiting_fast_start_newest_first(limit: int | None = None) -> list[int]:
    """Every video that does, as far as the limit."""
    return list(_awaiting_fast_start().order_by("-added_at", "-pk").values_list("pk", flat=True)[:limit])


def _awaiting_fast_start() -> VideoQuerySet:
    waiting = Video.objects.present().filter(fast_start__state=PENDING)
    return waiting.exclude(_of_another_file("fast_start"))


def videos_unfinished(video_ids: Sequence[int]) -> list[int]:
    """Those of the ids whose video is there and still waits for its work; one query."""
    asked = Video.objects.present().filter(pk__in=video_ids)
    return list(asked.filter(_UNFINISHED).order_by("pk").values_list("pk", flat=True))


def videos_unfinished_newest_first(limit: int | None = None) -> list[int]:
    """Every present video that waits for its work, as far as the limit: the home page shows the newest."""
    unfinished = Video.objects.present().filter(_UNFINISHED)
    return list(unfinished.order_by("-added_at", "-pk").values_list("pk", flat=True)[:limit])


def videos_without_storyboard(video_ids: Sequence[int]) -> list[int]:
    """Those of the ids whose video has a poster, and still waits for its storyboard; one query."""
    asked = Video.objects.present().filter(pk__in=video_ids)
    return list(asked.filter(_WITHOUT_STORYBOARD).order_by("pk").values_list("pk", flat=True))


def videos_without_storyboard_newest_first(limit: int | None = None) -> list[int]:
    """Every video that has a poster and waits for its storyboard, as far as the limit."""
    unfinished = Video.objects.present().filter(_WITHOUT_STORYBOARD)
    return list(unfinished.order_by("-added_at", "-pk").values_list("pk", flat=True)[:limit])


def videos_without_subtitles(video_ids: Sequence[int]) -> list[int]:
    """Those of the ids whose video still waits for its subtitles to be looked for; one query."""
    asked = Video.objects.present().filter(pk__in=video_ids)
    return list(asked.filter(_WITHOUT_SUBTITLES).order_by("pk").values_list("pk", flat=True))


def videos_without_subtitles_newest_first(limit: int | None = None) -> list[int]:
    """Every video that waits for that, as far as the limit; one without a file beside it has its poster first."""
    unfinished = Video.objects.present().filter(_WITHOUT_SUBTITLES)
    return list(unfinished.order_by("-added_at", "-pk").values_list("pk", flat=True)[:limit])


def _batches(video_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (video_ids[start : start + BATCH] for start in range(0, len(video_ids), BATCH))


def _of_another_file(work: str) -> Q:
    return ~Q(**{f"{work}__size": F("size")}) | ~Q(**{f"{work}__modified_ns": F("modified_ns")})


_UNFINISHED = Q(media_work=None) | Q(media_work__state=PENDING) | _of_another_file("media_work")
_WITHOUT_STORYBOARD = (
    Q(media_work__state=READY)
    & ~_of_another_file("media_work")
    & (Q(storyboard=None) | Q(storyboard__state=PENDING) | _of_another_file("storyboard"))
)
_WITHOUT_SUBTITLES = (
    Q(media_work__state__in=(READY, FAILED)) | Q(subtitle_files__isnull=False) | Q(subtitles__isnull=False)
) & (
    Q(subtitles=None)
    | Q(subtitles__state=PENDING)
    | _of_another_file("subtitles")
    | ~Q(subtitles__signature=Coalesce(F("subtitle_files__signature"), Value("")))
)
