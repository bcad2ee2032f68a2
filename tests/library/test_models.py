"""What the database itself refuses, and what the models make of a name."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from library import curating
from library.media import MediaFacts
from library.models import Favorite, FormerPath, Rating, Tag, Video, ViewCount
from tests.builders import a_video

pytestmark = pytest.mark.django_db


def refused(write: Callable[[], Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write()


@pytest.mark.parametrize("stars", [0, 6, -1, 100])
def test_stars_are_1_to_5_or_none(stars: int) -> None:
    video = a_video("a.mp4", stars=5)
    ratings = Rating.objects.filter(pk=video.pk)
    refused(lambda: ratings.update(stars=stars), "rating_1_to_5_stars|stars")
    assert ratings.update(stars=None) == 1


def test_a_view_count_is_never_negative() -> None:
    video = a_video("a.mp4", views=1)
    refused(lambda: ViewCount.objects.filter(pk=video.pk).update(count=-1), "CHECK")


@pytest.mark.parametrize("field", ["size", "duration"])
def test_a_video_measures_nothing_negative(field: str) -> None:
    video = a_video("a.mp4")
    refused(lambda: Video.objects.filter(pk=video.pk).update(**{field: -1}), "video_measures_not_negative")


def test_a_path_is_there_once_and_never_empty() -> None:
    a_video("a.mp4")
    refused(lambda: a_video("a.mp4"), "library_video.path")
    refused(lambda: a_video(""), "video_has_a_path")
    assert a_video("A.mp4").path == "A.mp4"


def test_a_former_path_leads_to_one_video_only() -> None:
    first, second = a_video("a.mp4"), a_video("b.mp4")
    FormerPath.objects.create(path="old.mp4", video=first)
    refused(lambda: FormerPath.objects.create(path="old.mp4", video=second), "library_formerpath.path")
    assert str(FormerPath.objects.get()) == "old.mp4"


@pytest.mark.parametrize("name", ["sea", "SEA", "#Sea", " sea "])
def test_two_tags_never_differ_only_in_case(name: str) -> None:
    Tag.objects.create(name="Sea")
    refused(lambda: Tag.objects.create(name=name), "library_tag.key")


@pytest.mark.parametrize("name", ["", "#", "  "])
def test_a_tag_is_never_empty(name: str) -> None:
    refused(lambda: Tag.objects.create(name=name), "tag_has_a_name")


def test_a_video_is_a_favourite_once() -> None:
    video = a_video("a.mp4", favorite=True)
    refused(lambda: Favorite.objects.create(video=video), "library_favorite.video_id")


def test_a_video_bears_a_tag_once() -> None:
    video = a_video("a.mp4", tags=["sea"])
    through = Video.tags.through
    refused(lambda: through.objects.create(video=video, tag=Tag.objects.get()), "library_video_tags")


def test_a_missing_video_keeps_everything() -> None:
    video = a_video("a.mp4", stars=4, views=3, tags=["sea"], favorite=True, missing=True)
    assert (video.rating.stars, video.view_count.count, curating.tag_names(video)) == (4, 3, ["sea"])
    assert video.is_missing
    assert video.is_favorite


def test_a_title_follows_the_file_until_a_curator_sets_one() -> None:
    video = a_video("sub/My_film.mp4")
    assert (video.title, str(video)) == ("My film", "My film")
    video.custom_title = "Our Élan 2"
    video.save()
    assert (video.title, video.sort_key) == ("Our Élan 2", "our elan 012")
    video.custom_title = ""
    video.save()
    assert video.title == "My film"


def test_what_probing_finds_is_kept_and_what_it_does_not_find_is_nothing() -> None:
    video = a_video("a.mp4")
    video.record_media(MediaFacts(61.5, 1920, 1080, "h264", "aac", "mov,mp4", 25.0, 4_000_000))
    video.refresh_from_db()
    assert (video.duration, video.width, video.height, video.video_codec) == (61.5, 1920, 1080, "h264")
    video.record_media(MediaFacts(duration=-1))
    video.refresh_from_db()
    assert (video.duration, video.width, video.bitrate, video.audio_codec) == (0, None, None, "")


def test_rows_are_named_by_what_they_say() -> None:
    video = a_video("a.mp4", stars=3, views=7, favorite=True, tags=["sea"])
    named = [str(row) for row in (video.rating, video.view_count, video.favorite, Tag.objects.get())]
    assert named == ["★★★", "7", "a", "sea"]
    assert str(a_video("b.mp4").rating) == "not rated"


def test_rating_by_hand_is_dated() -> None:
    rating = a_video("a.mp4").rating
    assert rating.rated_at is None
    curating.rate_all([rating.video], None)
    rating.refresh_from_db()
    assert rating.stars is None
    assert rating.rated_at is not None
