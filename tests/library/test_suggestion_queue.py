"""The suggestion queue in the admin: its batches, its JSON routes, and who may use them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library import curating, judging, merging
from library.models import Acceptance, Entry, Rejection, Tag, Video
from tests.builders import NEW_YEAR, a_video, an_account, dump, videos

pytestmark = pytest.mark.django_db

PAGE = "/admin/library/video/suggestions/"


def post(client: Client, address: str, payload: Any) -> tuple[int, dict[str, Any]]:
    response = client.post(f"{PAGE}{address}", json.dumps(payload), content_type="application/json")
    return response.status_code, response.json()


def queue(client: Client, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{PAGE}queue/", {"queue": "untagged", "order": "newest"} | query).json()
    return answer


def tags_of(video: Video) -> list[str]:
    return [tag.name for tag in video.tags.all()]


@pytest.fixture
def beach() -> Video:
    """A video for which two tags are suggested."""
    for name in ("beach", "sand"):
        merging.make(name)
    return a_video("On the beach in the sand.mp4", duration=61)


# --- The queue


def test_the_queue_has_the_present_videos_without_tags_and_the_newest_first(admin_client: Client) -> None:
    old, new = (a_video(f"{n}.mp4", added=NEW_YEAR + timedelta(days=n)) for n in (1, 2))
    a_video("tagged.mp4", tags=["beach"])
    a_video("missing.mp4", missing=True)
    a_video("missing and tagged.mp4", missing=True, tags=["beach"])
    assert queue(admin_client) == {"left": 2, "ids": [new.pk, old.pk], "after": None}


def test_the_other_queue_has_those_with_fewer_than_three_tags(admin_client: Client) -> None:
    made = [a_video(f"{n}.mp4", tags=["a", "b", "c", "d"][:n]) for n in range(5)]
    answer = queue(admin_client, queue="few")
    assert (answer["left"], sorted(answer["ids"])) == (3, [video.pk for video in made[:3]])


def test_what_has_the_best_evidence_may_come_first(admin_client: Client, beach: Video) -> None:
    newer = a_video("nothing.mp4", added=NEW_YEAR + timedelta(days=1))
    assert queue(admin_client)["ids"] == [newer.pk, beach.pk]
    assert queue(admin_client, order="best")["ids"] == [beach.pk, newer.pk]


@pytest.mark.parametrize("order", ["best", "newest"])
def test_a_long_queue_comes_in_batches_each_video_once(
    admin_client: Client, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "BATCH", 3)
    made = videos(8)
    seen, answer = [], queue(admin_client, order=order)
    while answer["ids"]:
        assert answer["left"] == 8
        seen += answer["ids"]
        if not answer["after"]:
            break
        answer = queue(admin_client, order=order, after=answer["after"])
    assert sorted(seen) == [video.pk for video in made]


@pytest.mark.parametrize("query", [{"queue": "all"}, {"order": "worst"}, {"queue": ""}])
def test_a_queue_that_there_is_not_is_refused(admin_client: Client, query: dict[str, str]) -> None:
    response = admin_client.get(f"{PAGE}queue/", {"queue": "untagged", "order": "best"} | query)
    assert response.status_code == 400
    assert response.json()["error"]


@pytest.mark.parametrize("after", ["x", "-1", "99999999999999999999", "٣", "12345"])
def test_a_place_that_there_is_not_is_the_beginning(admin_client: Client, after: str) -> None:
    video = a_video("one.mp4")
    assert queue(admin_client, after=after)["ids"] == [video.pk]


def test_a_batch_costs_as_many_queries_in_a_larger_library(admin_client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            queue(admin_client)
        return len(captured)

    videos(2)
    few = queries()
    videos(10, "more")
    assert queries() == few


# --- A video


def test_a_video_is_shown_with_what_plays_and_what_may_fit(admin_client: Client, beach: Video) -> None:
    answer = admin_client.get(f"{PAGE}{beach.pk}/").json()
    assert (answer["title"], answer["file"], answer["watch"]) == (
        "On the beach in the sand",
        beach.file_url,
        beach.get_absolute_url(),
    )
    assert answer["facts"].startswith("1:01 · added ")
    assert answer["tags"] == []
    assert {(one["name"], *one["reasons"], one["evidence"]) for one in answer["suggestions"]} == {
        ("beach", "its name says “beach”", "name"),
        ("sand", "its name says “sand”", "name"),
    }


def test_a_missing_video_has_no_file_to_play(admin_client: Client) -> None:
    assert admin_client.get(f"{PAGE}{a_video('gone.mp4', missing=True).pk}/").json()["file"] == ""


def test_an_accepted_tag_is_hung_recorded_and_undone(admin_client: Client, beach: Video) -> None:
    before = dump()
    status, answer = post(admin_client, f"{beach.pk}/accept/", {"name": "beach", "evidence": "name"})
    assert (status, answer["tags"], [one["name"] for one in answer["suggestions"]]) == (200, ["beach"], ["sand"])
    entry = Entry.objects.get(pk=answer["entry"])
    assert (entry.summary, entry.actor) == ("beach on “On the beach in the sand”", "admin")
    assert Acceptance.objects.get().evidence == "name"
    status, answer = post(admin_client, f"{beach.pk}/undo/", {"entry": entry.pk})
    assert (status, answer["tags"], answer["kept"], len(answer["suggestions"])) == (200, [], [], 2)
    after = dump()
    assert {table for table in after if after[table] != before[table]} == {"library_change", "library_entry"}


def test_a_tag_of_ones_own_may_be_new_and_goes_with_its_undoing(admin_client: Client, beach: Video) -> None:
    _, answer = post(admin_client, f"{beach.pk}/accept/", {"name": " #Waves "})
    assert answer["tags"] == ["Waves"]
    assert not Acceptance.objects.exists()
    post(admin_client, f"{beach.pk}/undo/", {"entry": answer["entry"]})
    assert not Tag.objects.filter(key="waves").exists()


def test_a_tag_that_is_there_already_is_no_step(admin_client: Client, beach: Video) -> None:
    curating.tag_all([beach], ["beach"])
    assert post(admin_client, f"{beach.pk}/accept/", {"name": "Beach"})[1]["entry"] is None


def test_a_rejected_tag_does_not_come_back_until_that_is_undone(admin_client: Client, beach: Video) -> None:
    sand = Tag.objects.get(key="sand")
    status, answer = post(admin_client, f"{beach.pk}/reject/", {"tag": sand.pk, "evidence": "name"})
    assert (status, [one["name"] for one in answer["suggestions"]]) == (200, ["beach"])
    assert Rejection.objects.get().evidence == "name"
    _, answer = post(admin_client, f"{beach.pk}/undo/", {"tag": sand.pk})
    assert len(answer["suggestions"]) == 2
    assert not Rejection.objects.exists()


def test_who_hangs_a_tag_that_was_rejected_means_it(admin_client: Client, beach: Video) -> None:
    judging.reject(beach, Tag.objects.get(key="sand"), "name")
    post(admin_client, f"{beach.pk}/accept/", {"name": "sand"})
    assert (tags_of(beach), Rejection.objects.count()) == (["sand"], 0)


def test_what_was_changed_since_is_kept_and_told(admin_client: Client, beach: Video) -> None:
    _, answer = post(admin_client, f"{beach.pk}/accept/", {"name": "beach", "evidence": "name"})
    curating.untag_all([beach], ["beach"])
    status, undone = post(admin_client, f"{beach.pk}/undo/", {"entry": answer["entry"]})
    assert status == 200
    assert ["changed since" in because for because in undone["kept"]] == [True]


@pytest.mark.parametrize(
    ("action", "payload", "expected"),
    [
        ("accept", {"name": ""}, 400),
        ("accept", {"name": " # "}, 400),
        ("accept", {"name": "x" * 201}, 400),
        ("accept", {"name": 7}, 400),
        ("accept", {}, 400),
        ("accept", [], 400),
        ("accept", {"name": "a", "evidence": "rumour"}, 400),
        ("accept", {"name": "a", "evidence": ["name"]}, 400),
        ("reject", {"tag": 10**30, "evidence": "name"}, 400),
        ("reject", {"tag": True, "evidence": "name"}, 400),
        ("reject", {"tag": 999_999, "evidence": "name"}, 404),
        ("undo", {"entry": 999_999}, 404),
        ("undo", {"entry": "1"}, 400),
        ("undo", {}, 400),
        ("undo", {"tag": None}, 400),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_reason_and_changes_nothing(
    admin_client: Client, beach: Video, action: str, payload: Any, expected: int
) -> None:
    before = dump()
    status, answer = post(admin_client, f"{beach.pk}/{action}/", payload)
    assert (status, bool(answer["error"])) == (expected, True)
    assert dump() == before


def test_only_steps_of_that_video_are_undone(admin_client: Client, beach: Video) -> None:
    other = a_video("other.mp4")
    tagged = curating.tag_all([other], ["beach"])
    both = curating.tag_all([beach, other], ["sand"])
    rated = curating.rate_all([beach], 3)
    for entry in (tagged, both, rated):
        assert entry
        assert post(admin_client, f"{beach.pk}/undo/", {"entry": entry.pk})[0] == 404
    assert (tags_of(beach), tags_of(other)) == (["sand"], ["beach", "sand"])


@pytest.mark.parametrize("pk", [999_999, 10**30])
def test_a_video_that_is_not_there_is_said_to_be_so(admin_client: Client, pk: int) -> None:
    response = admin_client.get(f"{PAGE}{pk}/")
    assert (response.status_code, response.json()["error"]) == (404, "There is no such video.")


# --- Who may


ROUTES = [
    *(("", "get"), ("queue/", "get"), ("1/", "get")),
    *(("1/accept/", "post"), ("1/reject/", "post"), ("1/undo/", "post")),
]


@pytest.mark.parametrize(("address", "method"), ROUTES)
def test_staff_who_may_not_change_videos_and_others_are_refused(client: Client, address: str, method: str) -> None:
    assert getattr(client, method)(f"{PAGE}{address}").status_code == (401 if address else 302)
    reader = an_account("reader", staff=False)
    reader.is_staff = True
    reader.save()
    reader.user_permissions.add(Permission.objects.get(codename="view_video"))
    client.force_login(reader)
    assert getattr(client, method)(f"{PAGE}{address}").status_code == 403


def test_who_may_change_videos_may_work_through_the_queue(client: Client, beach: Video) -> None:
    curator = an_account("curator", staff=False)
    curator.is_staff = True
    curator.save()
    curator.user_permissions.add(Permission.objects.get(codename="change_video"))
    client.force_login(curator)
    assert client.get(PAGE).status_code == 200
    assert post(client, f"{beach.pk}/accept/", {"name": "beach"})[0] == 200


@pytest.mark.parametrize(("address", "method"), ROUTES)
def test_each_route_has_its_method(admin_client: Client, address: str, method: str) -> None:
    assert getattr(admin_client, "post" if method == "get" else "get")(f"{PAGE}{address}").status_code == 405


def test_changes_need_the_token_of_the_page(beach: Video) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(an_account())
    assert post(client, f"{beach.pk}/accept/", {"name": "beach"})[0] == 403
    assert tags_of(beach) == []


def test_the_page_has_the_chosen_queue_and_nothing_inline(admin_client: Client) -> None:
    response = admin_client.get(PAGE, {"queue": "few", "order": "newest"})
    html = response.content.decode()
    assert '<option value="few" selected>' in html
    assert '<option value="newest" selected>' in html
    assert "style=" not in html
    assert "<script>" not in html
