"""Rediscovering: long unseen and well rated first, each once, and told why."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from library import curating, rediscovering
from library.models import Video, Viewing
from library.rediscovering import MOST, Candidate
from tests.builders import a_video, an_account, videos
from tests.library.list_routes import shown

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def test_the_address_keeps_the_dealing(client: Client) -> None:
    videos(30)
    first = client.get("/rediscover")
    assert first.status_code == 302
    assert re.fullmatch(r"/rediscover\?seed=\d+", first["Location"])
    assert "no-store" in first["Cache-Control"]
    assert shown(client, first["Location"]) == shown(client, first["Location"])
    assert shown(client, "/rediscover?seed=1") != shown(client, "/rediscover?seed=2")


def test_no_page_repeats_or_leaves_out_a_video_whatever_happens_meanwhile(client: Client) -> None:
    expected = {video.path for video in videos(130)}
    pages = [shown(client, "/rediscover?seed=7")]
    for path in pages[0][::7]:
        curating.count_view(Video.objects.get(path=path))
    for path in expected - set(pages[0]):
        curating.rate(Video.objects.get(path=path), 1 + int(path[4:7]) % 5)
    pages += [shown(client, f"/rediscover?seed=7&page={number}") for number in (2, 3)]
    seen = [path for page in pages for path in page]
    assert len(seen) == len(set(seen)) == 130
    assert set(seen) == expected


def places(found: list[Candidate], seeds: range) -> dict[int, float]:
    """Where each stands in a dealing on average."""
    dealt = [rediscovering.deal(found, seed, NOW) for seed in seeds]
    return {one.pk: sum(ids.index(one.pk) for ids in dealt) / len(dealt) for one in found}


def test_the_well_rated_and_the_long_unseen_come_first() -> None:
    stars = [Candidate(n, given, ago(days=400), ago(days=900)) for n, given in enumerate((5, 4, 3, 2, 1))]
    by_stars = places(stars, range(200))
    assert sorted(by_stars, key=by_stars.__getitem__) == [0, 1, 2, 3, 4]
    unseen = [Candidate(n, 4, ago(days=days), ago(days=2000)) for n, days in enumerate((1500, 500, 150, 40))]
    by_time = places(unseen, range(400))
    assert sorted(by_time, key=by_time.__getitem__) == [0, 1, 2, 3]


def test_what_was_never_watched_counts_from_its_adding_and_what_was_watched_lately_is_left_out() -> None:
    never, lately = Candidate(1, None, None, ago(days=1)), Candidate(2, 5, ago(days=29), ago(days=900))
    assert rediscovering.deal([never, lately], 3, NOW) == [1]


def test_a_dealing_has_an_end() -> None:
    found = [Candidate(n, 3, None, ago(days=n)) for n in range(MOST + 50)]
    assert len(set(rediscovering.deal(found, 1, NOW))) == MOST


@pytest.mark.parametrize(
    ("stars", "views", "seen", "reason"),
    [
        (4, 1, timedelta(days=800), "4 stars, not watched for 2 years"),
        (1, 1, timedelta(days=40), "1 star, not watched for 1 month"),
        (5, 0, None, "5 stars, never watched"),
        (5, 9, None, "5 stars, not watched for long"),
        (None, 1, timedelta(days=370), "Not watched for 1 year"),
        (None, 0, None, "Never watched"),
        (3, 2, timedelta(hours=2), "3 stars, watched today"),
    ],
)
def test_the_reason_is_told_in_words(stars: int | None, views: int, seen: timedelta | None, reason: str) -> None:
    assert rediscovering.reason(stars, views, NOW - seen if seen else None, NOW) == reason


def test_each_card_says_why_by_what_its_viewer_knows(client: Client) -> None:
    ann = an_account("ann", staff=False)
    video = a_video("a.mp4", stars=4, viewed=ago(days=90))
    a_video("b.mp4")
    Viewing.objects.create(owner=ann, video=video, first_at=ago(days=800), last_at=ago(days=800))
    assert "4 stars, not watched for 3 months" in client.get("/rediscover?seed=1").content.decode()
    assert "Never watched" in client.get("/rediscover?seed=1").content.decode()
    client.force_login(ann)
    assert "4 stars, not watched for 2 years" in client.get("/rediscover?seed=1").content.decode()


@pytest.mark.parametrize("seed", ["", "x", "-1", "1.5", "²", "9" * 11, "1 "])
def test_a_seed_that_is_none_leads_to_a_new_dealing(client: Client, seed: str) -> None:
    assert client.get("/rediscover", {"seed": seed}).status_code == 302


def test_what_went_missing_since_is_not_shown(client: Client) -> None:
    a_video("a.mp4")
    b = a_video("b.mp4")
    assert len(shown(client, "/rediscover?seed=1")) == 2
    Video.objects.filter(pk=b.pk).update(missing_since=NOW)
    assert shown(client, "/rediscover?seed=1") == ["a.mp4"]
