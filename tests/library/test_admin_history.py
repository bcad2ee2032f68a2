"""The history in the admin: what was done, in words, and undoing it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from library import curating, history, merging
from library.locking import reading_afresh
from library.models import Entry, Rating, Tag, Video
from tests.builders import NEW_YEAR, a_staff_member, a_video, an_account, videos

pytestmark = pytest.mark.django_db

LIST = "/admin/library/entry/"


def page(client: Client, address: str) -> str:
    """Its text, without tags."""
    response = client.get(address)
    assert response.status_code == 200, address
    return text_of(response.content.decode())


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition('id="content"')[2]))


def entry(summary: str) -> Entry:
    return Entry.objects.get(summary=summary)


def undo(client: Client, done: Entry) -> str:
    response = client.post(f"{LIST}{done.pk}/undo/")
    assert response.status_code == 200
    return text_of(response.content.decode())


def test_the_list_says_who_did_what_when_and_to_how_many(admin_client: Client) -> None:
    curating.tag_all(videos(3), ["beach"])
    response = admin_client.get(LIST)
    (row,) = response.context["cl"].result_list
    assert (row.summary, row.actor, row.touched, row.undone_by) == ("beach on 3 videos", "the server", 4, None)


def test_the_list_can_be_narrowed_to_an_actor_an_action_and_a_time(admin_client: Client) -> None:
    video = a_video("a.mp4", stars=2, tags=["beach"])
    admin_client.post("/rate", {"filename": video.path, "rating": 5}, content_type="application/json")
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    for query, expected in {
        "": 3,
        "?actor=admin": 1,
        "?actor=the+server": 2,
        "?action__exact=tag": 1,
        f"?at__gte={(today + timedelta(days=1)).isoformat().replace('+', '%2B')}": 0,
        "?q=beach": 1,
    }.items():
        assert len(admin_client.get(LIST + query).context["cl"].result_list) == expected, query


def test_an_entry_tells_each_change_in_words(admin_client: Client) -> None:
    video = a_video("a.mp4", stars=3)
    curating.rate(video, 5)
    assert "a stars 3 → 5" in page(admin_client, f"{LIST}{Entry.objects.latest('pk').pk}/change/")
    curating.tag_all([video], ["beach"])
    told = page(admin_client, f"{LIST}{Entry.objects.latest('pk').pk}/change/")
    assert "a tag “beach” added" in told
    assert "beach tag “beach” made" in told
    curating.untag_all([video], ["beach"])
    told = page(admin_client, f"{LIST}{Entry.objects.latest('pk').pk}/change/")
    assert "a tag “beach” removed" in told
    assert "imports" not in told
    curating.title_all({video: "Our summer"})
    told = page(admin_client, f"{LIST}{Entry.objects.latest('pk').pk}/change/")
    assert "title from the file's name → “Our summer”" in told.replace("&#x27;", "'")
    curating.toggle_favorite(video)
    assert "made a favourite" in page(admin_client, f"{LIST}{Entry.objects.latest('pk').pk}/change/")


def test_an_entry_tells_what_became_of_tags_by_their_names(admin_client: Client) -> None:
    a_video("a.mp4", tags=["beech"])
    a_video("b.mp4", tags=["beach"])
    beech, beach = Tag.objects.get(key="beech"), Tag.objects.get(key="beach")
    merged = merging.merge(beach, [beech])
    assert merged
    told = page(admin_client, f"{LIST}{merged.pk}/change/")
    assert "tag “beech” removed" in told
    assert "tag “beech” deleted" in told
    assert "“beech” means it too" in told
    parent = merging.make("coast")
    linked = merging.set_parents(beach, [parent])
    assert linked
    assert "implies “coast”" in page(admin_client, f"{LIST}{linked.pk}/change/")
    renamed = merging.rename(beach, "strand")
    assert renamed
    assert "renamed “beach” → “strand”" in page(admin_client, f"{LIST}{renamed.pk}/change/")


def test_an_entry_of_many_changes_tells_the_first_hundred_and_counts_the_others(admin_client: Client) -> None:
    done = curating.rate_all(videos(103), 4)
    assert done
    told = page(admin_client, f"{LIST}{done.pk}/change/")
    assert told.count("stars none → 4") == 100
    assert "And 3 more." in told


def test_an_undo_sets_back_and_tells_what_it_kept_and_why(admin_client: Client) -> None:
    first, second = videos(2)
    done = curating.rate_all([first, second], 4)
    assert done
    curating.rate(second, 5)
    told = undo(admin_client, done)
    assert "Set back: 1. Kept: 1." in told
    assert f"{second.title} stars: changed since by the server: ★★★★★ for “{second.title}”" in told
    assert [Rating.objects.get(pk=video.pk).stars for video in (first, second)] == [None, 5]


def test_an_undone_entry_leads_to_its_undoing_which_can_be_undone(admin_client: Client) -> None:
    video = a_video("a.mp4", stars=4)
    done = entry("★★★★ for “a”")
    undo(admin_client, done)
    undoing = entry("Undone: ★★★★ for “a”")
    html = admin_client.get(f"{LIST}{done.pk}/change/").content.decode()
    assert f"{LIST}{undoing.pk}/change/" in html
    assert "/undo/" not in html
    assert admin_client.get(LIST).context["cl"].result_list[1].undone_by == undoing.pk
    undo(admin_client, undoing)
    assert Rating.objects.get(pk=video.pk).stars == 4
    html = admin_client.get(f"{LIST}{done.pk}/change/").content.decode()
    assert "In effect" in html
    assert f"{LIST}{done.pk}/undo/" in html


def test_an_undoing_has_the_name_of_who_undid(admin_client: Client) -> None:
    a_video("a.mp4", stars=4)
    undo(admin_client, entry("★★★★ for “a”"))
    assert entry("Undone: ★★★★ for “a”").actor == "admin"


def test_nothing_is_undone_without_a_token_a_post_or_the_permission(client: Client) -> None:
    video = a_video("a.mp4", stars=4)
    done = entry("★★★★ for “a”")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(an_account())
    assert strict.post(f"{LIST}{done.pk}/undo/").status_code == 403
    assert strict.get(f"{LIST}{done.pk}/undo/").status_code == 302
    client.force_login(a_staff_member("reader", "view_entry"))
    assert "Undo" not in client.get(f"{LIST}{done.pk}/change/").content.decode()
    assert client.post(f"{LIST}{done.pk}/undo/").status_code == 403
    assert Rating.objects.get(pk=video.pk).stars == 4


def test_entries_are_never_added_changed_or_deleted_by_hand(admin_client: Client) -> None:
    a_video("a.mp4", stars=4)
    done = entry("★★★★ for “a”")
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}{done.pk}/delete/", {"post": "yes"}).status_code == 403
    admin_client.post(f"{LIST}{done.pk}/change/", {"summary": "x"})
    assert entry("★★★★ for “a”")


@pytest.mark.parametrize("address", ["999999/change/", f"{'9' * 23}/change/", "x/change/"])
def test_an_entry_that_is_not_there_leads_to_the_index(admin_client: Client, address: str) -> None:
    assert admin_client.get(LIST + address).status_code == 302
    assert admin_client.post(LIST + address.replace("change", "undo")).status_code == 404


def test_a_videos_history_button_leads_to_what_was_done_to_it(admin_client: Client) -> None:
    video = a_video("a.mp4", stars=3, tags=["beach"])
    a_video("b.mp4", stars=1)
    told = page(admin_client, f"/admin/library/video/{video.pk}/history/")
    assert told.index("tag “beach” added") < told.index("stars none → 3")
    assert "→ 1" not in told
    beach = Tag.objects.get()
    merging.rename(beach, "strand")
    assert "renamed “beach” → “strand”" in page(admin_client, f"/admin/library/tag/{beach.pk}/history/")


def test_a_video_and_a_tag_can_be_seen_as_they_were(admin_client: Client) -> None:
    video = a_video("a.mp4", stars=3, tags=["beach"])
    beach = Tag.objects.get()
    Entry.objects.update(at=NEW_YEAR)
    curating.rate(video, 5)
    curating.untag_all([video], ["beach"])
    merging.rename(beach, "strand")
    told = page(admin_client, f"/admin/library/video/{video.pk}/history/?at=2024-02-01T10:00")
    assert "Stars 3 Tags strand" in told
    told = page(admin_client, f"/admin/library/video/{video.pk}/history/?at=2023-02-01")
    assert "Stars none Tags None" in told
    told = page(admin_client, f"/admin/library/tag/{beach.pk}/history/?at=2024-02-01")
    assert "Name beach" in told


@pytest.mark.parametrize("at", ["yesterday", "2024-13-01", "0001-01-01", "9999-12-31T23:59", "%00"])
def test_a_time_that_is_none_is_said_to_be_none(admin_client: Client, at: str) -> None:
    video = a_video("a.mp4", stars=3)
    assert "That is no date." in page(admin_client, f"/admin/library/video/{video.pk}/history/?at={at}")


def test_the_number_of_queries_does_not_grow_with_the_history(admin_client: Client) -> None:
    some = videos(4)

    def queries(address: str) -> int:
        with reading_afresh(), CaptureQueriesContext(connection) as captured:
            page(admin_client, address)
        return len(captured)

    def work(stars: int) -> Entry:
        done = curating.rate_all(some, stars)
        assert done
        history.undo(done)
        curating.tag_all(some, [f"tag {stars}"])
        return Entry.objects.latest("pk")

    last = work(1)
    addresses = [LIST, f"/admin/library/video/{some[0].pk}/history/", f"{LIST}{last.pk}/change/"]
    few = [queries(address) for address in addresses]
    for stars in range(2, 6):
        work(stars)
    curating.tag_all(videos(20, "more"), ["tag 1"])
    assert [queries(address) for address in addresses] == few
    assert Video.objects.count() == 24
