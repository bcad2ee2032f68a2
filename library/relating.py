"""What is like a video: those that share tags, most shared first, then rating, then newest."""

from collections.abc import Collection
from typing import NamedTuple

from library.models import Tag, Video
from library.querysets import MANY_RELATED, RELATED_LIMIT
from library.remembering import remembered


class Kinship(NamedTuple):
    """What a video has in common with others, whatever their stars."""

    tags: tuple[str, ...]
    """Its own, in alphabetical order."""
    tag_ids: tuple[int, ...]
    shared: dict[int, int]
    """How many tags it shares with each of those that share enough of them, by id."""
    ties: int
    """The number of shared tags that too many others have as well; 0 where none does."""
    told: dict[int, str]
    """The names of the tags that it shares with some of those, by id: filled as they are asked for."""


def reasons(kin: Kinship, video_ids: Collection[int]) -> dict[int, str]:
    """Which tags a video shares with each of these, by their names."""
    new = [pk for pk in video_ids if pk not in kin.told]
    if new:
        names = list(zip(kin.tag_ids, kin.tags, strict=True))
        for pk, tags in Video.objects.tags_among(new, kin.tag_ids).items():
            kin.told[pk] = ", ".join(name for tag, name in names if tag in tags)
    return kin.told


def kinship(video: Video) -> Kinship:
    """What a video's tags are, and who has most of them: remembered while nobody tags."""
    return remembered(("kinship", video.pk), (Video, Tag, Video.tags.through), lambda: _kinship(video))


def _kinship(video: Video) -> Kinship:
    tags = list(video.tags.all())
    tag_ids = tuple(tag.pk for tag in tags)
    shared = Video.objects.shared_counts(video, tag_ids) if tags else []
    least = shared[min(RELATED_LIMIT, len(shared)) - 1][1] if shared else 0
    ties = least if len(shared) == MANY_RELATED and shared[-1][1] == least else 0
    enough = {pk: count for pk, count in shared if count >= least + bool(ties)}
    return Kinship(tuple(tag.name for tag in tags), tag_ids, enough, ties, {})


def related(video: Video, kin: Kinship) -> list[int]:
    """The ids of present videos that share tags with one, the most like it first; RELATED_LIMIT at most.

    The tags alone say which have enough in common; stars and dates are asked for those few. Where too many have as
    much in common, the best rated among them are walked to instead.
    """
    shared = kin.shared
    if kin.ties:
        shared = shared | dict.fromkeys(Video.objects.best_sharing(video, kin.tag_ids, kin.ties), kin.ties)
    if not shared:
        return []
    rows = Video.objects.among(shared).stars_and_dates()
    ranked = sorted(((shared[pk], stars or 0, added, pk) for pk, stars, added in rows), reverse=True)
    return [pk for *_, pk in ranked[:RELATED_LIMIT]]
