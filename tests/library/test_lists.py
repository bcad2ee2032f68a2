"""What each account keeps for itself, through the routes and pages by which people reach it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from cachalot.api import get_last_invalidation
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from library import lists
from library.models import Playlist, PlaylistItem, Video, ViewCount, Viewing, WatchLater
from library.paging import PAGE_SIZE
from tests.builders import Folder, a_video, videos
from tests.library.list_routes import a_playlist, post, shown

pytestmark = pytest.mark.django_db


# --- Watch later ---------------------------------------------------------------------------------------------


def test_what_is_to_be_watched_later_is_shown_the_last_added_first(client: Client) -> None:
    for name in ("a.mp4", "c.mp4", "b.mp4"):
        a_video(name)
        assert post(client, "/watch_later", filename=name, later=True) == {"success": True, "later": True}
    assert shown(client, "/watch-later") == ["b.mp4", "c.mp4", "a.mp4"]
    assert post(client, "/watch_later", filename="c.mp4", later=False) == {"success": True, "later": False}
    assert shown(client, "/watch-later") == ["b.mp4", "a.mp4"]


def test_saying_it_twice_changes_nothing(client: Client) -> None:
    a_video("a.mp4")
    for later in (True, True, False, False):
        post(client, "/watch_later", filename="a.mp4", later=later)
        assert WatchLater.objects.count() == later


def test_the_watch_page_tells_whether_it_is_for_later(client: Client) -> None:
    a_video("a.mp4")
    pressed = [re.findall(r'class="later button" aria-pressed="(\w+)"', client.get("/watch/a.mp4").content.decode())]
    post(client, "/watch_later", filename="a.mp4", later=True)
    pressed += [re.findall(r'class="later button" aria-pressed="(\w+)"', client.get("/watch/a.mp4").content.decode())]
    assert pressed == [["false"], ["true"]]


# --- What was watched ----------------------------------------------------------------------------------------


def test_what_was_watched_is_shown_the_last_first_with_its_day(client: Client) -> None:
    for name in ("a.mp4", "b.mp4", "never.mp4"):
        a_video(name)
    for name in ("a.mp4", "b.mp4", "a.mp4"):
        post(client, "/view", filename=name)
    assert shown(client, "/recent") == ["a.mp4", "b.mp4"]
    assert client.get("/recent").content.decode().count('<span class="note">Played today</span>') == 2
    a = Viewing.objects.get(video__path="a.mp4")
    assert (a.times, a.first_at < a.last_at) == (2, True)
    Viewing.objects.filter(pk=a.pk).update(last_at=timezone.now() - timedelta(days=15))
    assert shown(client, "/recent") == ["b.mp4", "a.mp4"]
    assert '<span class="note">Played 2 weeks ago</span>' in client.get("/recent").content.decode()


def test_a_view_is_the_household_s_and_its_date_the_viewer_s(client: Client, ann: Client, ben: Client) -> None:
    a_video("a.mp4", views=3)
    assert post(ann, "/view", filename="a.mp4")["views"] == 4
    assert post(ben, "/view", filename="a.mp4")["views"] == 5
    assert [shown(one, "/recent") for one in (ann, ben, client)] == [["a.mp4"], ["a.mp4"], []]


# --- Playlists -----------------------------------------------------------------------------------------------


def test_a_playlist_is_made_filled_and_shown_in_its_order(client: Client) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        a_video(name, duration=60.0)
    made = post(client, "/new_playlist", name="  Summer \n 2024 ", filename="b.mp4")
    assert (made["name"], made["number"], made["url"]) == ("Summer 2024", 1, f"/playlist/{made['id']}")
    assert post(client, "/add_to_playlist", id=made["id"], filename="c.mp4")["number"] == 2
    assert post(client, "/add_to_playlist", id=made["id"], filename="a.mp4", place=0)["number"] == 3
    assert post(client, "/add_to_playlist", id=made["id"], filename="c.mp4", place=0)["number"] == 3
    assert shown(client, made["url"]) == ["a.mp4", "b.mp4", "c.mp4"]
    page = client.get("/playlists").content.decode()
    assert all(words in page for words in ("Summer 2024", "3 videos", "3:00", made["url"]))


@pytest.mark.parametrize(
    ("moved", "place", "order"),
    [
        ("a", 0, "abcd"),
        ("a", 1, "bacd"),
        ("a", 3, "bcda"),
        ("a", 99, "bcda"),
        ("d", 0, "dabc"),
        ("c", 1, "acbd"),
        ("b", 2, "acbd"),
        ("b", None, "acdb"),
    ],
)
def test_an_item_is_moved_and_the_others_keep_their_order(
    client: Client, moved: str, place: int | None, order: str
) -> None:
    for name in "abcd":
        a_video(f"{name}.mp4")
    number = a_playlist(client, "All", "a.mp4", "b.mp4", "c.mp4", "d.mp4")
    for _ in range(2):
        answer = post(client, "/move_in_playlist", id=number, filename=f"{moved}.mp4", place=place)
        assert answer["place"] == order.index(moved)
        assert shown(client, f"/playlist/{number}") == [f"{name}.mp4" for name in order]


def test_any_moves_and_removals_give_what_a_plain_list_gives(client: Client) -> None:
    names = [video.path for video in videos(8)]
    playlist = Playlist.objects.get(pk=a_playlist(client, "All", *names))
    wanted = list(names)
    by_path = {video.path: video for video in Video.objects.all()}
    for step in range(60):
        name = wanted[step * 7 % len(wanted)]
        place = step * 5 % len(wanted)
        if step % 9 == 8:
            was = lists.remove(playlist, by_path[name])
            assert was == wanted.index(name)
            wanted.remove(name)
            lists.add(playlist, by_path[name], place)
        else:
            lists.move(playlist, by_path[name], place)
            wanted.remove(name)
        wanted.insert(place, name)
        assert list(PlaylistItem.objects.in_list(playlist).values_list("video__path", flat=True)) == wanted


def test_what_was_removed_can_be_put_back_where_it_was(client: Client) -> None:
    for name in "abc":
        a_video(f"{name}.mp4")
    number = a_playlist(client, "All", "a.mp4", "b.mp4", "c.mp4")
    place = post(client, "/remove_from_playlist", id=number, filename="b.mp4")["place"]
    assert shown(client, f"/playlist/{number}") == ["a.mp4", "c.mp4"]
    post(client, "/add_to_playlist", id=number, filename="b.mp4", place=place)
    assert shown(client, f"/playlist/{number}") == ["a.mp4", "b.mp4", "c.mp4"]
    post(client, "/remove_from_playlist", id=number, filename="b.mp4")
    assert post(client, "/remove_from_playlist", id=number, filename="b.mp4")["place"] is None


def test_a_playlist_is_renamed_and_deleted_and_its_videos_stay(client: Client) -> None:
    a_video("a.mp4")
    number = a_playlist(client, "Sumer", "a.mp4")
    assert post(client, "/rename_playlist", id=number, name="Summer")["name"] == "Summer"
    assert "<h1>Summer</h1>" in client.get(f"/playlist/{number}").content.decode()
    assert post(client, "/rename_playlist", id=number, name="SUMMER")["name"] == "SUMMER"
    assert post(client, "/delete_playlist", id=number) == {"success": True}
    assert client.get(f"/playlist/{number}").status_code == 404
    assert shown(client, "/") == ["a.mp4"]


def test_the_menu_tells_which_playlists_hold_a_video_the_last_changed_first(client: Client) -> None:
    for name in ("a.mp4", "b.mp4"):
        a_video(name)
    one, two = a_playlist(client, "One", "a.mp4"), a_playlist(client, "Two")
    told = client.get("/library/playlists", {"filename": "a.mp4"}).json()["playlists"]
    assert told == [{"id": two, "name": "Two", "holds": False}, {"id": one, "name": "One", "holds": True}]
    post(client, "/add_to_playlist", id=one, filename="b.mp4")
    assert [row["id"] for row in client.get("/library/playlists", {"filename": "b.mp4"}).json()["playlists"]] == [
        one,
        two,
    ]


def test_a_long_playlist_has_pages_that_know_their_places(client: Client) -> None:
    names = [video.path for video in videos(PAGE_SIZE + 2)]
    playlist = Playlist.objects.get(pk=a_playlist(client, "Long"))
    for video in Video.objects.order_by("pk"):
        lists.add(playlist, video)
    number = playlist.pk
    assert shown(client, f"/playlist/{number}?page=2") == names[PAGE_SIZE:]
    assert f'data-first="{PAGE_SIZE}"' in client.get(f"/playlist/{number}?page=2").content.decode()


# --- Files that move, go and are forgotten ---------------------------------------------------------------------


def test_a_file_that_moves_keeps_its_place_in_every_list(client: Client, folder: Folder) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        folder.put(name)
    folder.scan()
    number = a_playlist(client, "All", "a.mp4", "b.mp4", "c.mp4")
    for name in ("a.mp4", "b.mp4"):
        post(client, "/watch_later", filename=name, later=True)
        post(client, "/view", filename=name)
    (folder.path / "new").mkdir()
    (folder.path / "a.mp4").rename(folder.path / "new/moved.mp4")
    folder.scan()
    assert shown(client, f"/playlist/{number}") == ["new/moved.mp4", "b.mp4", "c.mp4"]
    assert shown(client, "/watch-later") == shown(client, "/recent") == ["b.mp4", "new/moved.mp4"]


def test_a_missing_video_is_grey_in_a_playlist_and_hidden_elsewhere_until_it_is_back(
    client: Client, folder: Folder
) -> None:
    for name in ("a.mp4", "b.mp4"):
        folder.put(name)
    folder.scan()
    number = a_playlist(client, "All", "a.mp4", "b.mp4")
    for name in ("a.mp4", "b.mp4"):
        post(client, "/watch_later", filename=name, later=True)
        post(client, "/view", filename=name)
    content = (folder.path / "a.mp4").read_bytes()
    (folder.path / "a.mp4").unlink()
    folder.scan()
    page = client.get(f"/playlist/{number}").content.decode()
    assert re.findall(r'<li class="item( away)?" data-filename="([^"]+)"', page) == [(" away", "a.mp4"), ("", "b.mp4")]
    assert "The file is not there" in page
    assert shown(client, "/watch-later") == shown(client, "/recent") == ["b.mp4"]
    assert "1 video<" in client.get("/watch-later").content.decode()
    folder.put("a.mp4", content)
    folder.scan()
    assert shown(client, "/watch-later") == shown(client, "/recent") == ["b.mp4", "a.mp4"]
    assert "away" not in client.get(f"/playlist/{number}").content.decode()


# --- What lists cost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/watch-later", "/recent", "/playlists", "/playlist", "/rediscover?seed=1", "/watch/film001.mp4?list=recent"],
)
def test_the_number_of_queries_does_not_grow_with_a_list(client: Client, address: str) -> None:
    def fill(count: int) -> str:
        found = videos(count, prefix=f"film{count}")
        for video in found:
            post(client, "/watch_later", filename=video.path, later=True)
            post(client, "/view", filename=video.path)
            post(client, "/new_playlist", name=video.path, filename=video.path)
        ViewCount.objects.update(last_viewed_at=timezone.now() - timedelta(days=400))
        number = a_playlist(client, f"All {count}", *(video.path for video in found))
        return f"/playlist/{number}" if address == "/playlist" else address

    def count(address: str) -> int:
        cache.clear()
        for _ in range(2):  # the first readers find what a process remembers
            client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    a_video("film001.mp4")
    post(client, "/view", filename="film001.mp4")
    assert count(fill(2)) == count(fill(5))


def test_a_view_and_a_list_leave_what_is_known_of_videos(client: Client, ann: Client) -> None:
    """None of these tables is in the query cache: a write to them makes nothing else stale, nor looks it up anew."""
    a_video("a.mp4")
    list(Video.objects.all())
    before = get_last_invalidation(Video)
    number = a_playlist(ann, "Mine", "a.mp4")
    post(ann, "/watch_later", filename="a.mp4", later=True)
    post(ann, "/view", filename="a.mp4")
    assert get_last_invalidation(Video) == before
    assert get_last_invalidation(Viewing, WatchLater, Playlist, PlaylistItem) == 0
    assert shown(ann, f"/playlist/{number}") == ["a.mp4"]


@pytest.mark.django_db(transaction=True)
def test_a_kept_page_is_given_to_nobody_else_and_never_stale(client: Client, ann: Client, ben: Client) -> None:
    a_video("a.mp4")
    number = a_playlist(ann, "Mine", "a.mp4")
    pages = [
        "/watch-later",
        "/recent",
        "/playlists",
        f"/playlist/{number}",
        "/watch/a.mp4",
        f"/watch/a.mp4?list={number}",
    ]

    def seen() -> list[list[Any]]:
        return [[of_theirs(one, page) for page in pages] for one in (ann, ben, client)]

    def of_theirs(one: Client, page: str) -> Any:
        text = one.get(page).content.decode().partition("<main")[2]
        return "Mine" in text, 'later button" aria-pressed="true"' in text, re.findall(r'card" href="([^"]+)', text)

    before = seen()
    assert seen() == before
    post(ann, "/watch_later", filename="a.mp4", later=True)
    after = seen()
    assert after[1:] == before[1:]
    assert after[0] != before[0]
    assert after[0][4][1] is True
    assert seen() == after
