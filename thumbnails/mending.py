"""What the library asks of the work on its files: which of it failed, doing it again, and which films start late."""

from collections.abc import Sequence

from django.db.models import Q
from django.template.defaultfilters import filesizeformat

from library.models import Video
from library.querysets import VideoQuerySet
from library.remembering import remembered
from thumbnails import tasks
from thumbnails.models import FastStart, MediaWork, Storyboard
from thumbnails.querysets import FAILED, READY, videos_starting_fast, videos_starting_late

MAY_MEND = "thumbnails.change_mediawork"
"""The permission for `again`."""


def failed(videos: VideoQuerySet) -> VideoQuerySet:
    """Those whose poster or storyboard was given up."""
    poster, storyboard = (work.failed().order_by().values("pk") for work in (MediaWork.objects, Storyboard.objects))
    return videos.filter(Q(pk__in=poster) | Q(pk__in=storyboard))


def count_failed() -> int:
    """How many there are."""
    return remembered("failed media", (Video, MediaWork, Storyboard), lambda: failed(Video.objects.present()).count())


def again(video_ids: Sequence[int]) -> None:
    """Draw posters and storyboards of those videos once more."""
    tasks.enqueue_again(video_ids)


def starting_late(videos: VideoQuerySet) -> VideoQuerySet:
    """Those whose index lies at the file's end, and of which no copy is played instead."""
    return videos_starting_late(videos)


def starting_fast(videos: VideoQuerySet) -> VideoQuerySet:
    """Those of which such a copy is played."""
    return videos_starting_fast(videos)


def failing_to_start_fast(videos: VideoQuerySet) -> VideoQuerySet:
    """Those of which no such copy could be made."""
    return videos.filter(pk__in=FastStart.objects.failed().order_by().values("pk"))


def count_starting_late() -> int:
    """How many start late."""
    return remembered(
        "late starts", (Video, MediaWork, FastStart), lambda: starting_late(Video.objects.present()).count()
    )


def start_fast(video_ids: Sequence[int]) -> int:
    """Have copies made of those that start late; returns of how many."""
    late = list(starting_late(Video.objects.present().among(video_ids)))
    FastStart.objects.ask_for(late)
    tasks.enqueue_fast_starts()
    return len(late)


def start_in_words(video: Video) -> str:
    """Where the index of its file lies, and what is done about it."""
    media = MediaWork.objects.filter(pk=video.pk).first()
    copy = FastStart.objects.filter(pk=video.pk).first()
    if media is None or media.index_at_end is None or not media.is_about(video):
        return "–"
    if not media.index_at_end:
        return "It plays as soon as it arrives."
    late = "The file's index lies at its end, so it starts late."
    if copy is None or not copy.is_about(video):
        return late
    if copy.state == READY:
        return f"A copy with its index in front is played instead, {filesizeformat(copy.copy_size)} in the data folder."
    if copy.state == FAILED:
        return f"{late} No copy with it in front could be made: {copy.error}"
    return f"{late} A copy with it in front will be made. {copy.error}".strip()
