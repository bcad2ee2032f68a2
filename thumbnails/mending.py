"""What the library asks of the work on its files: which of it failed, and doing it again."""

from collections.abc import Sequence

from django.db.models import Q

from library.models import Video
from library.querysets import VideoQuerySet
from library.remembering import remembered
from thumbnails import tasks
from thumbnails.models import MediaWork, Storyboard

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
