"""The curator's view: every page of it opens, with awkward names too, and costs the same with more rows."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from library import curating
from library.cards import Poster
from library.locking import reading_afresh
from library.models import Favorite, Rating, Tag, Video, ViewCount
from tests.builders import AWKWARD_NAMES, NEW_YEAR, a_video, videos

pytestmark = pytest.mark.django_db

LISTS = ("video", "tag", "rating", "viewcount", "favorite")
POSTER = Poster("/poster/small.webp", "/poster/large.webp")


@pytest.fixture
def shelf() -> Video:
    """Videos of awkward names; the last has everything that a video can have."""
    for number, name in enumerate(AWKWARD_NAMES):
        a_video(
            f"{number} {name.decode(errors='replace')}", tags=["sea"], stars=1 + number % 5, missing=number % 2 == 1
        )
    return a_video(
        "whole.mp4",
        stars=4,
        views=12345,
        viewed=NEW_YEAR,
        tags=["sea", "Road Trip"],
        favorite=True,
        duration=61,
        width=1920,
        height=1080,
        video_codec="h264",
        audio_codec="aac",
        container="mov",
        size=5_000_000,
    )


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def rows(client: Client, address: str) -> int:
    """How many rows a list shows."""
    return len(client.get(address).context["cl"].result_list)


def test_the_index_names_all_that_there_is(admin_client: Client) -> None:
    html = page(admin_client, "/admin/")
    for name in LISTS:
        assert f"/admin/library/{name}/" in html


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_and_can_be_sorted_by_each_column(admin_client: Client, shelf: Video, name: str) -> None:
    columns = admin.site.get_model_admin(
        next(m for m in admin.site._registry if m._meta.model_name == name)
    ).list_display
    for column in range(len(columns) + 1):
        for sign in ("", "-"):
            page(admin_client, f"/admin/library/{name}/?o={sign}{column}")


def test_every_list_can_be_searched(admin_client: Client, shelf: Video) -> None:
    assert rows(admin_client, "/admin/library/video/?q=whole") == 1
    assert rows(admin_client, "/admin/library/video/?q=road+trip") == 1
    assert rows(admin_client, "/admin/library/tag/?q=road") == 1
    assert rows(admin_client, "/admin/library/rating/?q=whole.mp4") == 1
    assert rows(admin_client, "/admin/library/viewcount/?q=whole") == 1
    assert rows(admin_client, "/admin/library/favorite/?q=whole") == 1
    for name in LISTS:
        for sought in ("%00", "%25", "'%22", "映画", "x" * 3000):
            assert admin_client.get(f"/admin/library/{name}/?q={sought}").status_code == 200


def test_videos_can_be_filtered(admin_client: Client, shelf: Video) -> None:
    a_video("untagged.mp4", added=timezone.now())
    missing = len(AWKWARD_NAMES) // 2
    total = len(AWKWARD_NAMES) + 2
    for query, expected in {
        "file=there": total - missing,
        "file=missing": missing,
        "tagged=yes": total - 1,
        "tagged=no": 1,
        "stars=5": len(AWKWARD_NAMES) // 5,
        "added_at__gte=2025-01-01 00:00:00Z": 1,
        "file=nonsense&tagged=nonsense": total,
    }.items():
        assert rows(admin_client, f"/admin/library/video/?{query}") == expected, query
    assert rows(admin_client, "/admin/library/rating/?stars=4") >= 1


def test_a_video_with_two_tags_is_listed_once(admin_client: Client, shelf: Video) -> None:
    assert rows(admin_client, "/admin/library/video/?tagged=yes&q=whole") == 1


def test_every_row_has_a_page_to_change_it(admin_client: Client, shelf: Video) -> None:
    for video in Video.objects.all():
        page(admin_client, f"/admin/library/video/{video.pk}/change/")
    for name in ("rating", "viewcount"):
        page(admin_client, f"/admin/library/{name}/{shelf.pk}/change/")
        page(admin_client, f"/admin/library/{name}/{shelf.pk}/history/")
    for name, row in (("tag", Tag.objects.first()), ("favorite", Favorite.objects.first())):
        assert row
        page(admin_client, f"/admin/library/{name}/{row.pk}/change/")
        page(admin_client, f"/admin/library/{name}/{row.pk}/delete/")
        page(admin_client, f"/admin/library/{name}/add/")


def test_a_video_shows_what_is_known_of_it(admin_client: Client, shelf: Video) -> None:
    for address in (f"/admin/library/video/{shelf.pk}/change/", "/admin/library/video/?q=whole"):
        html = page(admin_client, address)
        for fact in ("★★★★", "1:01", "4.8\xa0MB"):
            assert fact in html
    html = page(admin_client, f"/admin/library/video/{shelf.pk}/change/")
    assert "1920×1080" in html
    assert "mov · h264 · aac" in html


def test_lists_and_pages_show_the_posters_that_there_are(admin_client: Client, shelf: Video, settings: Any) -> None:
    assert POSTER.small_url not in page(admin_client, "/admin/library/video/")
    settings.LIBRARY_POSTERS = "tests.library.posters_everywhere"
    for name in ("video", "rating", "viewcount"):
        assert POSTER.small_url in page(admin_client, f"/admin/library/{name}/")
    html = page(admin_client, f"/admin/library/video/{shelf.pk}/change/")
    assert POSTER.large_url in html
    assert f'href="{shelf.get_absolute_url()}"' in html


@pytest.mark.parametrize(("field", "model"), [("tags", "video"), ("video", "favorite")])
def test_autocompletion_finds_rows(admin_client: Client, shelf: Video, field: str, model: str) -> None:
    sought = "road" if field == "tags" else "whole"
    query = f"app_label=library&model_name={model}&field_name={field}&term={sought}"
    results = admin_client.get(f"/admin/autocomplete/?{query}").json()["results"]
    assert [row["text"] for row in results] == ["Road Trip" if field == "tags" else "whole"]


@pytest.mark.parametrize("name", LISTS)
def test_the_number_of_queries_does_not_grow_with_the_rows(admin_client: Client, name: str) -> None:
    def queries() -> int:
        with reading_afresh(), CaptureQueriesContext(connection) as captured:
            page(admin_client, f"/admin/library/{name}/")
        return len(captured)

    rich: dict[str, Any] = {"stars": 4, "views": 2, "favorite": True}
    videos(3, tags=["a", "b"], **rich)
    few = queries()
    videos(12, "more", tags=["c", "d", "e"], **rich)
    assert queries() == few


def test_a_curator_titles_and_tags_a_video(admin_client: Client, shelf: Video) -> None:
    tag = Tag.objects.get(key="road trip")
    form = {"custom_title": "Our summer", "tags": [tag.pk], "added_at_0": "2020-05-06", "added_at_1": "07:08:09"}
    response = admin_client.post(f"/admin/library/video/{shelf.pk}/change/", form)
    assert response.status_code == 302
    video = Video.objects.get(pk=shelf.pk)
    assert (video.title, video.sort_key, video.path) == ("Our summer", "our summer", "whole.mp4")
    assert list(video.tags.all()) == [tag]
    assert video.added_at.year == 2020


@pytest.mark.parametrize("name", ["video", "rating", "viewcount"])
def test_what_each_file_has_is_never_added_or_deleted_by_hand(admin_client: Client, shelf: Video, name: str) -> None:
    assert admin_client.get(f"/admin/library/{name}/add/").status_code == 403
    assert admin_client.post(f"/admin/library/{name}/add/", {"path": "x.mp4"}).status_code == 403
    assert admin_client.post(f"/admin/library/{name}/{shelf.pk}/delete/", {"post": "yes"}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": [shelf.pk], "post": "yes"}
    admin_client.post(f"/admin/library/{name}/", form)
    assert Video.objects.filter(pk=shelf.pk).exists()
    assert Rating.objects.filter(pk=shelf.pk).exists()
    assert ViewCount.objects.filter(pk=shelf.pk).exists()


def test_stars_are_given_in_the_list_and_count_as_given_by_hand(admin_client: Client) -> None:
    rated, unrated = a_video("a.mp4", stars=2), a_video("b.mp4")
    Rating.objects.filter(pk=rated.pk).update(rated_at=None)
    before = timezone.now()
    form: dict[str, Any] = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    for index, (video, stars) in enumerate([(rated, "2"), (unrated, "5")]):
        form |= {f"form-{index}-video": video.pk, f"form-{index}-stars": stars}
    assert admin_client.post("/admin/library/rating/", form).status_code == 302
    untouched, changed = Rating.objects.get(pk=rated.pk), Rating.objects.get(pk=unrated.pk)
    assert (untouched.stars, untouched.rated_at) == (2, None)
    assert changed.stars == 5
    assert changed.rated_at is not None
    assert before <= changed.rated_at <= timezone.now() + timedelta(seconds=1)


def test_stars_beyond_five_are_refused_in_a_form(admin_client: Client, shelf: Video) -> None:
    response = admin_client.post(f"/admin/library/rating/{shelf.pk}/change/", {"stars": "6"})
    assert response.status_code == 200
    assert Rating.objects.get(pk=shelf.pk).stars == 4


def test_a_view_count_can_be_corrected(admin_client: Client, shelf: Video) -> None:
    admin_client.post(f"/admin/library/viewcount/{shelf.pk}/change/", {"count": "7"})
    assert ViewCount.objects.get(pk=shelf.pk).count == 7
    assert admin_client.post(f"/admin/library/viewcount/{shelf.pk}/change/", {"count": "-7"}).status_code == 200
    assert ViewCount.objects.get(pk=shelf.pk).count == 7


@pytest.mark.parametrize("name", ["SEA", "#sea", " ", "#"])
def test_a_tag_that_exists_or_is_empty_is_refused_with_a_reason(admin_client: Client, shelf: Video, name: str) -> None:
    response = admin_client.post("/admin/library/tag/add/", {"name": name})
    assert response.status_code == 200
    assert response.context["errors"]
    assert Tag.objects.count() == 2


def test_a_tag_is_renamed_for_all_its_videos(admin_client: Client, shelf: Video) -> None:
    tag = Tag.objects.get(key="sea")
    form = {"name": "#Ocean", "aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}
    assert admin_client.post(f"/admin/library/tag/{tag.pk}/change/", form).status_code == 302
    tag.refresh_from_db()
    assert (tag.name, tag.key, tag.videos.count()) == ("Ocean", "ocean", len(AWKWARD_NAMES) + 1)


def test_saving_a_page_leaves_alone_what_others_changed_since_it_was_opened(admin_client: Client) -> None:
    video = a_video("a.mp4", tags=["sea"], added=datetime(2024, 5, 6, 7, 8, 9, 123456, UTC))
    address = f"/admin/library/video/{video.pk}/change/"
    page = admin_client.get(address).content.decode()
    shown: dict[str, list[str]] = {}
    for field in re.findall(r'<input type="hidden" name="initial-[^>]+>', page):
        found = dict(re.findall(r'(name|value)="([^"]*)"', field))
        shown.setdefault(found["name"], []).append(unescape(found.get("value", "")))
    assert shown["initial-tags"] == [str(Tag.objects.get(name="sea").pk)]
    curating.add_tag(video, "sun")
    curating.rate(video, 5)
    curating.toggle_favorite(video)
    form = {"custom_title": "New", "tags": [Tag.objects.get(name="sea").pk], "stars": "",
            "added_at_0": "2024-05-06", "added_at_1": "07:08:09"}  # fmt: skip
    with timezone.override(UTC):
        answer = admin_client.post(address, {**shown, **form})
    assert answer.status_code == 302
    video.refresh_from_db()
    assert (video.title, curating.tag_names(video), video.rating.stars) == ("New", ["sea", "sun"], 5)
    assert Favorite.objects.filter(video=video).exists()
