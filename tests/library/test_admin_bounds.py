"""Numbers and times that no database holds lead nowhere in the admin, instead of to an error page."""

from __future__ import annotations

import pytest
from django.test import Client

from library.models import Video
from tests.builders import a_video, an_account

pytestmark = pytest.mark.django_db

HUGE = "9" * 23


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(an_account())
    return client


@pytest.mark.parametrize("model", ["video", "tag", "favorite", "rating", "viewcount"])
@pytest.mark.parametrize("address", [f"?id__in={HUGE}", f"?pk__exact={HUGE}", f"{HUGE}/change/", f"?p={HUGE}"])
def test_a_huge_number_in_an_address_leads_back(curator: Client, model: str, address: str) -> None:
    assert curator.get(f"/admin/library/{model}/{address}").status_code in (200, 302, 400)


def test_a_favourite_of_a_video_with_a_huge_number_is_refused(curator: Client) -> None:
    assert curator.post("/admin/library/favorite/add/", {"video": HUGE}).status_code in (200, 302)


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_date_at_the_calendars_edge_is_refused(curator: Client, year: str) -> None:
    video = a_video("a.mp4")
    form = {"custom_title": "", "added_at_0": f"{year}-01-01", "added_at_1": "00:00"}
    answer = curator.post(f"/admin/library/video/{video.pk}/change/", form)
    assert b"Use a year from 2 to 9998" in answer.content
    assert Video.objects.get().added_at == video.added_at


def test_a_view_count_beyond_all_reason_is_refused(curator: Client) -> None:
    video = a_video("a.mp4", views=3)
    answer = curator.post(f"/admin/library/viewcount/{video.pk}/change/", {"count": str(2**63 - 1)})
    assert b"less than or equal to" in answer.content
