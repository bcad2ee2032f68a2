"""The queue of videos with few tags, and what curators say to the tags that are suggested for them."""

from enum import StrEnum
from typing import NamedTuple

from library import curating, history
from library.advising import Adviser
from library.history import Undone
from library.locking import reading_afresh, writing
from library.models import Acceptance, Change, Entry, Rejection, Tag, Video

BATCH = 200
"""Videos of a queue that are put in order at once: the newest that are left."""

QUEUES = {"untagged": 1, "few": 3}
"""How many tags each queue's videos have fewer than."""


class Order(StrEnum):
    """How a batch is ordered."""

    BEST = "best"
    """What has the best founded suggestion first."""
    NEWEST = "newest"


class Batch(NamedTuple):
    """The next videos of a queue."""

    left: int
    """How many the queue has, over all batches."""
    ids: list[int]
    after: int | None
    """The video after which the next batch begins; None where there is none."""


def batch(queue: str, order: Order, after: int | None = None) -> Batch:
    """The next videos of one of QUEUES, after the batch that ended with a video."""
    fewer_than = QUEUES[queue]
    with reading_afresh():
        left = Video.likeness.count_with_few_tags(fewer_than)
        last = Video.objects.among([after]).first() if after else None
        videos = list(Video.likeness.with_few_tags(fewer_than).after_in_date(last)[:BATCH])
        end = videos[-1].pk if len(videos) == BATCH else None
        if order is Order.BEST:
            adviser = Adviser()
            best = {video: next((one.score for one in adviser.suggest(video, 1)), 0.0) for video in videos}
            videos.sort(key=lambda video: -best[video])
    return Batch(left, [video.pk for video in videos], end)


def accept(video: Video, name: str, evidence: str = "") -> Entry | None:
    """Hang a tag on a video, a suggested one or one's own. Raises EmptyTagError."""
    with writing():
        entry = curating.tag_all([video], [name])
        tag = Tag.objects.named(name)
        if tag:
            Rejection.objects.about(video, tag.pk).delete()
            if evidence:
                Acceptance.objects.say(video, tag.pk, evidence)
    return entry


def reject(video: Video, tag: Tag, evidence: str) -> None:
    """Never suggest a tag for a video again."""
    with writing():
        Rejection.objects.say(video, tag.pk, evidence)


def unreject(video: Video, tag_id: int) -> None:
    """Take a rejection back."""
    with writing():
        Rejection.objects.about(video, tag_id).delete()


def is_of(entry: Entry, video: Video) -> bool:
    """Whether an entry says that this video, and no other, was tagged."""
    tagged = entry.action == Entry.Action.TAG
    return tagged and list(entry.changes.all().subjects(Change.Kind.VIDEO)) == [video.pk]


def unaccept(video: Video, entry: Entry) -> Undone:
    """Undo what `accept` did."""
    with writing():
        undone = history.undo(entry)
        Acceptance.objects.of_video(video).fallen().delete()
    return undone
