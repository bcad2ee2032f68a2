"""The admin's index: what needs attention, each a link into the list of just that many."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library import curating
from library.models import Rating, Tag, Video
from tests.builders import a_staff_member, a_video, videos
from thumbnails.models import MediaWork

pytestmark = pytest.mark.django_db


def waiting(client: Client) -> dict[str, tuple[int, str]]:
    """{what: (how many, where)}."""
    html = client.get("/admin/").content.decode().partition("What needs attention")[2].partition("</div>")[0]
    found = re.findall(r'<a href="([^"]+)"><b>(\d+)</b> ([^<]+)</a>', html)
    return {what: (int(number), unescape(url)) for url, number, what in found}


def test_each_number_is_that_of_the_list_that_it_leads_to(admin_client: Client) -> None:
    videos(4)
    whole = a_video("whole.mp4", tags=["sea", "seas"], stars=3)
    for n in range(2):
        a_video(f"twin {n}.mp4", fingerprint="f" * 32, size=1, stars=2)
    a_video("gone.mp4", missing=True)
    a_video("gone too.mp4", missing=True, tags=["sea"], stars=1, fingerprint="f" * 32, size=1)
    MediaWork.objects.create(video=whole, state="failed")
    found = waiting(admin_client)
    assert {what: number for what, (number, _) in found.items()} == {
        "videos without a tag": 6,
        "videos without stars": 4,
        "videos whose files are missing": 2,
        "video whose poster or storyboard failed": 1,
        "videos that are there more than once": 2,
        "tags that look like others": 2,
    }
    for what, (number, url) in found.items():
        assert admin_client.get(url).context["cl"].result_count == number, what


def test_what_is_done_is_counted_no_more(admin_client: Client) -> None:
    video = a_video("a.mp4")
    assert set(waiting(admin_client)) == {"video without a tag", "video without stars"}
    curating.rate(video, 3)
    assert set(waiting(admin_client)) == {"video without a tag"}
    curating.add_tag(video, "sea")
    assert waiting(admin_client) == {}
    assert "Nothing: every video has its file, stars and tags." in admin_client.get("/admin/").content.decode()


def test_the_latest_changes_are_beside_it_for_who_may_see_them(admin_client: Client, client: Client) -> None:
    a_video("a.mp4", stars=3)
    assert "★★★ for “a”" in admin_client.get("/admin/").content.decode()
    client.force_login(a_staff_member("reader", "view_video"))
    html = client.get("/admin/").content.decode()
    assert "★★★ for “a”" not in html
    assert "without a tag" in html


def test_the_index_costs_no_more_queries_with_more_rows(admin_client: Client) -> None:
    def queries() -> int:
        Video.objects.update(added_at="2024-01-01T00:00:00Z")
        Rating.objects.update(rated_at=None)
        Tag.objects.update(name="sea")
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get("/admin/").status_code == 200
        return len(captured)

    admin_client.get("/admin/")
    videos(2, stars=3, tags=["sea"])
    few = queries()
    videos(20, "more", tags=["sea"])
    assert queries() == few
