"""What stands beside a video: the plans that keep this quick find just what the plain rule finds."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import product

import pytest

from library import querysets, relating, remembering
from library.models import Tag, Video
from library.querysets import videos
from tests.builders import NEW_YEAR, a_video

pytestmark = pytest.mark.django_db


def by_the_rule(video: Video, limit: int) -> list[int]:
    """Those that share tags, most shared first, then rating, then newest."""
    tags = {tag.pk for tag in video.tags.all()}
    ranked = []
    for other in Video.objects.present().exclude(pk=video.pk).with_standing():
        shared = len(tags & {tag.pk for tag in other.tags.all()})
        if shared:
            ranked.append((shared, other.rating.stars or 0, other.added_at, other.pk))
    return [pk for *_, pk in sorted(ranked, reverse=True)[:limit]]


@pytest.fixture
def library() -> list[Video]:
    dice = random.Random(7)
    made = [
        a_video(
            f"{number}.mp4",
            tags=dice.sample(["sea", "sun", "snow", "zoo", "lake"], k=dice.randint(0, 4)),
            stars=dice.choice([None, 1, 3, 5]),
            missing=dice.random() < 0.2,
            added=NEW_YEAR + timedelta(days=dice.randint(0, 900), seconds=number),
        )
        for number in range(60)
    ]
    a_video("alone.mp4", tags=["alone"])
    return made


@pytest.mark.parametrize("many", [12, 1_000])
@pytest.mark.parametrize("limit", [4, 20])
def test_related_videos_are_those_of_the_rule(
    library: list[Video], many: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (videos, relating):
        monkeypatch.setattr(module, "MANY_RELATED", max(many, limit + 1))
        monkeypatch.setattr(module, "RELATED_LIMIT", limit)
    monkeypatch.setattr(remembering, "MOST", 0)
    for video in [*library, Video.objects.get(path="alone.mp4")]:
        assert relating.related(video, relating.kinship(video)) == by_the_rule(video, limit)


def test_related_videos_and_their_counts_are_found_in_the_taggings_index(library: list[Video]) -> None:
    video, tags = library[0], list(Tag.objects.values_list("pk", flat=True))
    taggings = Video.tags.through.objects.filter(tag_id__in=tags).exclude(video_id=video.pk)
    assert "USING COVERING INDEX library_taggings_by_tag" in taggings.values_list("video_id").explain()


def test_a_tag_that_is_borne_often_lists_the_same_as_a_rare_one(library: list[Video]) -> None:
    for tag, sort, descending in product(Tag.objects.all(), querysets.SORTS, (True, False)):
        often, seldom = (
            Video.objects.present().tagged(tag, often=often).in_order(sort, descending=descending).card_rows()
            for often in (True, False)
        )
        assert often == seldom
        assert len(often) == Tag.objects.count_of(tag) == sum(not v.is_missing for v in tag.videos.all())


def test_a_far_page_is_the_same_as_a_part_of_the_whole(library: list[Video], monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [Video.objects.present().in_order(sort, descending=True) for sort in querysets.SORTS]
    wholes = [ordered.card_rows() for ordered in orders]
    monkeypatch.setattr(videos, "DEEP", 10)
    for ordered, whole in zip(orders, wholes, strict=True):
        assert ordered.card_rows(20, 30) == whole[20:30]
        assert ordered.card_rows(len(whole), len(whole) + 10) == []


def test_what_is_missing_is_counted_nowhere(library: list[Video]) -> None:
    from library.models import Favorite, Rating

    for video in library[::2]:
        Favorite.objects.create(video=video)
    present = [video for video in library if not video.is_missing]
    assert Rating.objects.count_best() == sum((video.rating.stars or 0) >= 4 for video in present)
    assert Favorite.objects.count_present() == sum(not video.is_missing for video in library[::2])
    counts = {tag.name: count for tag, count in Tag.objects.with_counts({})}
    assert counts == {
        tag.name: count for tag in Tag.objects.all() if (count := tag.videos.filter(missing_since=None).count())
    }
