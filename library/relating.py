"""What is like a video: those that share tags, most shared first, then rating, then newest."""

from collections.abc import Sequence

from library.locking import reading_afresh, reading_kept
from library.models import Tag, Video
from library.querysets import MANY_RELATED, RELATED_LIMIT
from library.remembering import total_present
from library.rows import CardRow

CHEAP = 5_000
"""Videos in a library where counting shared tags takes no longer than keeping the counts."""

FEW = 100
"""Candidates whose cards are fetched before it is known which of them are shown."""


def related(video: Video, tags: Sequence[Tag]) -> list[CardRow]:
    """The present videos that share tags with one that bears these, RELATED_LIMIT at most; empty where none does.

    The tags alone say which have enough in common, by one index; stars and dates are asked for those few. Where too
    many have as much in common, the best rated among them are walked to instead.
    """
    if not tags:
        return []
    tag_ids = [tag.pk for tag in tags]
    with reading_kept() if total_present() > CHEAP else reading_afresh():
        shared = Video.objects.shared_counts(video, tag_ids)
    if not shared:
        return []
    least = shared[min(RELATED_LIMIT, len(shared)) - 1][1]
    counts = {pk: count for pk, count in shared if count >= least}
    if len(shared) == MANY_RELATED and shared[-1][1] == least:
        counts = {pk: count for pk, count in counts.items() if count > least}
        counts |= dict.fromkeys(Video.objects.best_sharing(video, tag_ids, least), least)
    if len(counts) > FEW:
        ranked = sorted(
            ((counts[pk], stars or 0, added, pk) for pk, stars, added in Video.objects.among(counts).stars_and_dates()),
            reverse=True,
        )
        counts = {pk: count for count, _, _, pk in ranked[:RELATED_LIMIT]}
    rows = Video.objects.among(counts).order_by().card_rows()
    rows.sort(key=lambda row: (counts[row.pk], row.stars or 0, row.added_at, row.pk), reverse=True)
    return rows[:RELATED_LIMIT]
