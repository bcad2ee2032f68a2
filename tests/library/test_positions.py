"""Where each account is in a video, through the routes and pages by which people reach it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from library import positions
from library.models import HistoryPause, Position, Video
from library.paging import PAGE_SIZE
from tests.builders import a_video, dump, videos
from tests.library.list_routes import HOUR, place, play, post, shown, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_data_dir")]


def put_back(client: Client, video: Video, left: dict[str, Any]) -> None:
    """Undo giving up a video."""
    post(client, "/put_back_position", filename=video.path, seconds=left["seconds"], at=left["at"])


def pressed(client: Client, address: str) -> list[str]:
    """Whether a watch page says that its video was watched."""
    return re.findall(r'class="watched button" aria-pressed="(\w+)"', client.get(address).content.decode())


# --- Where somebody is -----------------------------------------------------------------------------------------


def test_a_place_is_kept_and_the_last_one_counts(client: Client) -> None:
    video = a_video("a.mp4", duration=HOUR)
    assert told(client, video) == {}
    assert play(client, video, 600) == {"success": True, "seconds": 600, "finished": False}
    play(client, video, 610.5)
    assert told(client, video) == {str(video.pk): place(610.5)}


@pytest.mark.parametrize(
    ("duration", "seconds", "kept"),
    [(HOUR, 4.9, False), (HOUR, 5, True), (20.0, 0.9, False), (20.0, 1, True), (0.0, 4.9, False), (0.0, 5, True)],
)
def test_who_has_hardly_begun_begins_anew(client: Client, duration: float, seconds: float, kept: bool) -> None:
    video = a_video("a.mp4", duration=duration)
    play(client, video, seconds)
    assert bool(told(client, video)) == kept
    play(client, video, 9)
    play(client, video, 0.2)
    assert told(client, video) == {}


@pytest.mark.parametrize(("seconds", "finished"), [(0.94 * HOUR, False), (0.95 * HOUR, True), (HOUR, True)])
def test_who_is_at_the_end_has_watched_it_and_begins_anew(client: Client, seconds: float, finished: bool) -> None:
    video = a_video("a.mp4", duration=HOUR)
    play(client, video, 600)
    assert play(client, video, seconds)["finished"] == finished
    assert told(client, video) == {str(video.pk): place(0 if finished else seconds, watched=finished)}
    assert shown(client, "/continue") == ([] if finished else ["a.mp4"])


def test_where_nobody_knows_the_length_the_player_says_it(client: Client) -> None:
    video = a_video("a.mp4")
    assert not play(client, video, 94, duration=100)["finished"]
    assert told(client, video) == {str(video.pk): {"seconds": 94, "part": 0, "watched": False}}
    assert play(client, video, 96, duration=100)["finished"]


def test_watching_again_keeps_the_mark_and_its_place(client: Client) -> None:
    video = a_video("a.mp4", duration=HOUR)
    play(client, video, HOUR)
    first = Position.objects.get().watched_at
    play(client, video, 900)
    assert told(client, video) == {str(video.pk): place(900, watched=True)}
    assert shown(client, "/continue") == ["a.mp4"]
    play(client, video, HOUR)
    assert told(client, video) == {str(video.pk): place(0, watched=True)}
    assert Position.objects.get().watched_at == first


def test_the_credits_write_nothing_more(client: Client) -> None:
    video = a_video("a.mp4", duration=HOUR)
    play(client, video, 0.95 * HOUR)
    before = dump()
    for seconds in (0.96, 0.98, 1):
        play(client, video, seconds * HOUR)
    assert dump() == before


def test_both_are_changed_by_hand(client: Client) -> None:
    video = a_video("a.mp4", duration=HOUR)
    play(client, video, 600)
    for watched in (True, True, False):
        assert post(client, "/watched", filename="a.mp4", watched=watched)["watched"] is watched
        assert told(client, video) == ({str(video.pk): place(0, watched=True)} if watched else {})
        assert pressed(client, "/watch/a.mp4") == [str(watched).lower()]


# --- Continue watching -----------------------------------------------------------------------------------------


def test_what_was_begun_is_shown_the_last_left_first_with_what_is_left(client: Client) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4", "never.mp4", "gone.mp4"):
        video = a_video(name, duration=HOUR, missing=name == "gone.mp4")
        if name != "never.mp4":
            play(client, video, 600)
    play(client, Video.objects.get(path="a.mp4"), 3570)
    assert shown(client, "/continue") == ["c.mp4", "b.mp4"]
    play(client, Video.objects.get(path="b.mp4"), 1800)
    assert shown(client, "/continue") == ["b.mp4", "c.mp4"]
    page = client.get("/continue").content.decode()
    assert re.findall(r'class="note">([^<]+)', page) == ["30 min left", "50 min left"]
    assert "2 videos" in page
    assert "Play all" not in page


@pytest.mark.parametrize("paused", [False, True])
def test_what_is_given_up_leaves_the_list_and_is_put_back_where_it_was(client: Client, paused: bool) -> None:
    one, two = a_video("a.mp4", duration=HOUR), a_video("b.mp4", duration=HOUR)
    play(client, one, 600)
    play(client, two, 900)
    post(client, "/pause_history", paused=paused)
    left = post(client, "/leave_position", filename="a.mp4")
    assert left["seconds"] == 600
    assert (shown(client, "/continue"), told(client, one)) == (["b.mp4"], {})
    again = post(client, "/leave_position", filename="a.mp4")
    assert again["seconds"] == 0
    put_back(client, one, left)
    assert told(client, one) == {str(one.pk): place(600)}
    assert shown(client, "/continue") == ["b.mp4", "a.mp4"]


def test_what_was_begun_again_since_it_was_given_up_stays_there(client: Client) -> None:
    video = a_video("a.mp4", duration=HOUR)
    play(client, video, 600)
    left = post(client, "/leave_position", filename="a.mp4")
    play(client, video, 700)
    put_back(client, video, left)
    assert told(client, video) == {str(video.pk): place(700)}
    play(client, video, 0)
    put_back(client, video, {**left, "at": "9999-01-01T00:00:00Z"})
    assert told(client, video) == {str(video.pk): place(600)}
    play(client, video, 800)
    assert told(client, video) == {str(video.pk): place(800)}


def test_giving_up_keeps_the_mark_of_what_was_watched_before(client: Client) -> None:
    video = a_video("a.mp4", duration=HOUR)
    post(client, "/watched", filename="a.mp4", watched=True)
    play(client, video, 600)
    post(client, "/leave_position", filename="a.mp4")
    assert told(client, video) == {str(video.pk): place(0, watched=True)}


def test_a_long_list_has_pages(client: Client) -> None:
    for video in videos(PAGE_SIZE + 2, duration=HOUR):
        play(client, video, 600)
    assert shown(client, "/continue?page=2") == ["film002.mp4", "film001.mp4"]


def test_the_list_costs_the_same_whatever_is_in_it(client: Client, django_assert_max_num_queries: Any) -> None:
    for video in videos(20, duration=HOUR):
        play(client, video, 600)
    client.get("/continue")
    with django_assert_max_num_queries(12):
        client.get("/continue")


# --- The history -------------------------------------------------------------------------------------------------


def test_while_the_history_is_paused_nothing_new_is_kept(client: Client) -> None:
    video, other = a_video("a.mp4", duration=HOUR), a_video("b.mp4", duration=HOUR)
    play(client, video, 600)
    assert post(client, "/pause_history", paused=True)["paused"] is True
    assert "is paused" in client.get("/recent").content.decode()
    assert play(client, video, 900)["seconds"] == 600
    play(client, other, HOUR)
    assert post(client, "/view", filename="b.mp4")["views"] == 1
    assert (shown(client, "/recent"), told(client, video, other)) == ([], {str(video.pk): place(600)})
    post(client, "/pause_history", paused=True)
    assert HistoryPause.objects.count() == 1
    post(client, "/pause_history", paused=False)
    assert "is paused" not in client.get("/recent").content.decode()
    play(client, other, 700)
    post(client, "/view", filename="b.mp4")
    assert (shown(client, "/recent"), shown(client, "/continue")) == (["b.mp4"], ["b.mp4", "a.mp4"])


def test_the_history_s_buttons_say_what_they_do_and_to_whom(client: Client, ann: Client) -> None:
    for who, words in ((client, "What anybody who was not signed in played"), (ann, "What you played")):
        shown = who.get("/recent").content.decode()
        assert words in shown
        assert re.findall(r'data-pause-history="(\w+)">(\w+)<', shown) == [("true", "Pause")]
        post(who, "/pause_history", paused=True)
        shown = who.get("/recent").content.decode()
        assert re.findall(r'data-pause-history="(\w+)">([\w ]+)<', shown) == [("false", "Go on")]


def test_a_cleared_history_is_forgotten_with_places_and_marks(client: Client) -> None:
    one, two, three = videos(3, duration=HOUR)
    play(client, one, 600)
    positions.carry()
    play(client, two, 600)
    play(client, three, HOUR)
    post(client, "/view", filename=one.path)
    post(client, "/clear_history")
    assert (shown(client, "/recent"), shown(client, "/continue"), told(client, one, two, three)) == ([], [], {})
    assert client.get("/get_views").json()[one.path] == 1


# --- Whose it is -------------------------------------------------------------------------------------------------


def seen(client: Client) -> list[Any]:
    """All that a visitor sees of places and of history."""
    pages = [shown(client, address) for address in ("/continue", "/recent")]
    is_paused = "is paused" in client.get("/recent").content.decode()
    return [told(client, *Video.objects.all()), *pages, pressed(client, "/watch/b.mp4"), is_paused]


@pytest.mark.parametrize("carried", [False, True])
def test_nobody_sees_or_changes_another_s(client: Client, ann: Client, ben: Client, carried: bool) -> None:
    """Each route, by each of the others, leaves what is somebody's own as it is."""
    one, two = a_video("a.mp4", duration=HOUR), a_video("b.mp4", duration=HOUR)
    everybody = [ann, ben, client]
    nothing = [{}, [], [], ["false"], False]
    for who in everybody:
        others = [other for other in everybody if other is not who]
        before = [seen(other) for other in others]
        assert seen(who) == nothing
        play(who, one, 600)
        post(who, "/watched", filename="b.mp4", watched=True)
        post(who, "/view", filename="b.mp4")
        if carried:
            positions.carry()
        own = [{str(one.pk): place(600), str(two.pk): place(0, watched=True)}, ["a.mp4"], ["b.mp4"], ["true"], False]
        assert seen(who) == own
        assert [seen(other) for other in others] == before
        for other in others:
            play(other, one, 900)
            play(other, two, 900)
            put_back(other, one, post(other, "/leave_position", filename="a.mp4"))
            post(other, "/watched", filename="b.mp4", watched=False)
            post(other, "/pause_history", paused=True)
            post(other, "/clear_history")
            post(other, "/pause_history", paused=False)
            assert seen(who) == own
        post(who, "/clear_history")


def test_an_account_that_goes_takes_its_places_along_and_no_others(client: Client, ann: Client, ben: Client) -> None:
    video = a_video("a.mp4", duration=HOUR)
    for one in (client, ann, ben):
        play(one, video, 600)
        post(one, "/watched", filename=a_video(f"{id(one)}.mp4").path, watched=True)
        post(one, "/pause_history", paused=True)
    gone = Position.objects.exclude(owner=None).first()
    assert gone
    assert gone.owner
    gone.owner.delete()
    positions.carry()
    assert Position.objects.count() == 4
    assert [(owner is None) for owner in HistoryPause.objects.values_list("owner", flat=True)].count(True) == 1
    assert shown(ben, "/continue") == shown(client, "/continue") == ["a.mp4"]
