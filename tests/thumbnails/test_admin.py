"""The table of the work on files, as the staff sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from tests.builders import a_video, an_account
from thumbnails.models import MediaWork, Storyboard

pytestmark = pytest.mark.django_db
LIST = "/admin/thumbnails/mediawork/"
ERROR = "moov atom not found <script>alert(1)</script> " + "and so on " * 30


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(an_account())
    return client


def works(count: int, prefix: str = "film", **fields: Any) -> list[MediaWork]:
    return [MediaWork.objects.create(video=a_video(f"{prefix}{n}.mp4"), **fields) for n in range(count)]


def test_the_list_shows_posters_states_and_the_beginning_of_errors(staff: Client) -> None:
    works(1, "good", state="ready", poster_digest="ab" * 16)
    works(1, "bad", state="failed", error=ERROR, attempts=3)
    page = staff.get(LIST).content.decode()
    assert f'<img src="/poster/{"ab" * 16}-320.webp" width="128" height="72" class="poster"' in page
    assert 'href="/static/library/admin.css"' in page
    assert "moov atom not found" in page
    assert "<script>alert" not in page
    assert page.count("and so on") < 10


def test_the_page_of_one_shows_the_whole_error_and_no_field_to_change(staff: Client) -> None:
    (work,) = works(1, state="failed", error=ERROR)
    page = staff.get(f"{LIST}{work.pk}/change/").content.decode()
    assert page.count("and so on") == 30
    assert "&lt;script&gt;" in page
    assert 'name="_save"' not in page
    assert staff.get(f"{LIST}add/").status_code == 403
    assert staff.post(f"{LIST}{work.pk}/delete/").status_code == 403


def test_the_page_of_one_shows_its_poster_large_as_a_way_to_the_film(staff: Client) -> None:
    (work,) = works(1, state="ready", poster_digest="ab" * 16)
    page = staff.get(f"{LIST}{work.pk}/change/").content.decode()
    image = f'<img src="/poster/{"ab" * 16}-640.webp" class="large poster" alt="Watch">'
    assert f'<a href="/watch/film0.mp4">{image}</a>' in page
    assert 'href="/static/library/admin.css"' in page


def test_the_list_is_filtered_by_state_and_searched_by_path_and_title(staff: Client) -> None:
    works(1, "good", state="ready")
    works(1, "bad", state="failed")
    failed = staff.get(LIST, {"state__exact": "failed"}).content.decode()
    assert ("bad0" in failed, "good0" in failed) == (True, False)
    found = staff.get(LIST, {"q": "good"}).content.decode()
    assert ("bad0" in found, "good0" in found) == (False, True)


def test_twice_the_rows_cost_no_more_queries(
    staff: Client, django_assert_max_num_queries: Callable[[int], Any], cold: None
) -> None:
    works(5, state="ready", poster_digest="ab" * 16)
    with django_assert_max_num_queries(50) as first:
        staff.get(LIST)
    works(5, "more", state="ready", poster_digest="ab" * 16)
    with django_assert_max_num_queries(len(first)):
        staff.get(LIST)


def test_render_again_gives_all_attempts_anew_and_enqueues(staff: Client) -> None:
    (work,) = works(1, state="failed", error=ERROR, attempts=3)
    response = staff.post(LIST, {"action": "render_again", "_selected_action": [work.pk]}, follow=True)
    work.refresh_from_db()
    assert "1 will be rendered again" in response.content.decode()
    assert (work.state, work.attempts, work.error) == ("pending", 0, "")
    from django_tasks_db.models import DBTaskResult

    assert DBTaskResult.objects.get().args_kwargs["args"] == [work.pk]


def test_who_may_only_look_can_not_render(client: Client) -> None:
    (work,) = works(1, state="failed", attempts=3)
    viewer = get_user_model().objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_mediawork"))
    client.force_login(viewer)
    assert "render_again" not in client.get(LIST).content.decode()
    client.post(LIST, {"action": "render_again", "_selected_action": [work.pk]})
    work.refresh_from_db()
    assert work.state == "failed"


def test_who_is_not_staff_sees_nothing(client: Client) -> None:
    client.force_login(an_account("guest", staff=False))
    assert client.get(LIST).status_code == 302


def test_what_became_of_a_storyboard_is_told_and_can_be_searched(staff: Client) -> None:
    fine, failed, none = works(3, state="ready", poster_digest="ab" * 16)
    Storyboard.objects.create(video=fine.video, state="ready", digest="cd" * 16)
    Storyboard.objects.create(video=failed.video, state="failed", error="no <b>frame</b> can be decoded")
    assert "failed: no &lt;b&gt;frame&lt;/b&gt;" in staff.get(f"{LIST}{failed.pk}/change/").content.decode()
    assert "field-storyboard" in staff.get(f"{LIST}{none.pk}/change/").content.decode()
    page = staff.get(LIST, {"video__storyboard__state__exact": "failed"}).content.decode()
    assert f"/mediawork/{failed.pk}/change/" in page
    assert f"/mediawork/{fine.pk}/change/" not in page
