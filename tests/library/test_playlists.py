"""Lists as files for other players."""

import os
import re
import tracemalloc
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from library import playlists
from library.models import Video
from tests.builders import AWKWARD_NAMES, Folder, a_video, an_account, body, stored
from tests.library.list_routes import a_playlist, post
from videoserver.env import Access

pytestmark = pytest.mark.django_db

SITE = "http://testserver"


def saved(client: Client, query: str) -> list[str]:
    """The lines of an exported list."""
    response = client.get(f"/export.m3u8?{query}")
    assert response.status_code == 200
    assert response["Content-Type"] == "audio/x-mpegurl; charset=utf-8"
    text = body(response).decode()
    assert text.endswith("\n")
    return text.splitlines()


def addresses(client: Client, query: str) -> list[str]:
    return [line for line in saved(client, query) if not line.startswith("#")]


def test_a_list_names_each_video_with_its_length_and_its_address(client: Client) -> None:
    a_video("a b.mp4", duration=61.7, title="One")
    a_video("sub/Film #2?.mp4", title="Two, with\na comma")
    number = a_playlist(client, "Mine", "sub/Film #2?.mp4", "a b.mp4")
    assert saved(client, f"list={number}") == [
        "#EXTM3U",
        "#EXTINF:-1,Two‚ with a comma",
        f"{SITE}/video/sub/Film%20%232%3F.mp4",
        "#EXTINF:62,One",
        f"{SITE}/video/a%20b.mp4",
    ]


def test_the_file_has_the_name_of_the_list(client: Client) -> None:
    number = a_playlist(client, 'Été: "a/b"')
    disposition = client.get(f"/export.m3u8?list={number}")["Content-Disposition"]
    assert disposition == f"attachment; filename*=utf-8''{quote('Été_ _a_b_.m3u8')}"


@pytest.mark.parametrize("name", AWKWARD_NAMES, ids=repr)
def test_any_file_is_two_lines_whose_address_leads_to_its_bytes(client: Client, folder: Folder, name: bytes) -> None:
    video = folder.put_and_scan(name, b"the film")
    assert video.path == stored(Path(os.fsdecode(name)))
    first, told, address = saved(client, "list=all")
    assert (first, told.startswith("#EXTINF:-1,"), told.count(",")) == ("#EXTM3U", True, 1)
    assert address == SITE + video.file_url
    assert body(client.get(address.removeprefix(SITE))) == b"the film"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("list=all", "cba"),
        ("list=all&sort=title&order=asc", "abc"),
        ("list=all&sort=rating", "bac"),
        ("list=favorites", "c"),
        ("list=best-of", "b"),
        ("list=tag:SEA&sort=title", "ac"),
        ("list=watch-later", "bc"),
        ("list=recent", "a"),
    ],
)
def test_every_list_can_be_saved_in_its_order(client: Client, query: str, names: str) -> None:
    a_video("a.mp4", stars=3, tags=["sea"])
    a_video("b.mp4", stars=4)
    a_video("c.mp4", favorite=True, tags=["Sea"])
    a_video("gone.mp4", stars=5, favorite=True, tags=["sea"], missing=True)
    for name in ("c.mp4", "gone.mp4", "b.mp4"):
        post(client, "/watch_later", filename=name, later=True)
    post(client, "/view", filename="a.mp4")
    assert addresses(client, query) == [f"{SITE}/video/{name}.mp4" for name in names]


def test_a_rediscovery_is_saved_as_it_is_shown(client: Client) -> None:
    for name in "abcdef":
        a_video(f"{name}.mp4")
    in_order = addresses(client, "list=rediscover:5")
    page = client.get("/rediscover?seed=5").content.decode()
    shown = sorted(in_order, key=lambda address: page.index(f'href="/watch/{address.rpartition("/")[2]}'))
    assert shown == in_order
    assert len(in_order) == 6


@pytest.mark.parametrize(
    "page",
    [
        "/",
        "/?sort=title&order=asc",
        "/?sort=random&seed=7-900",
        "/folder/",
        "/favorites",
        "/best-of",
        "/tag/sea",
        "/watch-later",
        "/recent",
    ],
)
def test_each_page_of_a_list_leads_to_its_file(client: Client, page: str) -> None:
    a_video("a.mp4", stars=5, tags=["sea"], favorite=True)
    post(client, "/watch_later", filename="a.mp4", later=True)
    post(client, "/view", filename="a.mp4")
    html = client.get(page).content.decode()
    link = html.partition('href="/export.m3u8')[2].partition('"')[0].replace("&amp;", "&")
    assert addresses(client, link[1:]) == [f"{SITE}/video/a.mp4"]


def test_a_random_order_is_saved_as_it_is_shown(client: Client) -> None:
    for name in "abcdefgh":
        a_video(f"{name}.mp4")
    shown = re.findall(r'class="card" href="/watch/(\w).mp4"', client.get("/?sort=random&seed=7-900").content.decode())
    assert len(shown) == 8
    query = "list=all&sort=random&seed=7-900"
    assert addresses(client, query) == [f"{SITE}/video/{name}.mp4" for name in shown]


def test_a_list_that_is_none_is_404(client: Client) -> None:
    for query in ("", "list=", "list=nonsense", "list=tag:none", "list=9", "list=rediscover:x", "list=%00"):
        assert client.get(f"/export.m3u8?{query}").status_code == 404


def test_a_list_of_any_length_takes_little_memory(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playlists, "AT_A_TIME", 50)
    Video.create_whole([Video(path=f"{'x' * 200}{number}.mp4") for number in range(3000)])
    response: Any = client.get("/export.m3u8?list=all")
    parts = iter(response.streaming_content)
    next(parts)
    next(parts)
    tracemalloc.start()
    size = sum(map(len, parts))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    response.close()
    assert size > 2_900 * 420
    assert peak < size / 4


# --- Where an account is needed ------------------------------------------------------------------------------


@pytest.fixture
def guest(client: Client, settings: Any, folder: Folder) -> Client:
    settings.ACCESS = Access.LOGIN
    folder.put_and_scan("a.mp4", b"the film")
    folder.put_and_scan("b, & c.mp4", b"the film b")
    client.force_login(an_account("guest", staff=False))
    return client


def links(client: Client) -> list[str]:
    return [address.removeprefix(SITE) for address in addresses(client, "list=all&sort=title")]


def test_a_player_without_a_session_plays_what_an_account_saved(guest: Client) -> None:
    first, second = links(guest)
    player = Client()
    assert first.startswith("/stream/")
    assert body(player.get(first)) == b"the film"
    assert body(player.get(second)) == b"the film b"
    part = player.get(first, headers={"Range": "bytes=4-7"})
    assert (part.status_code, body(part)) == (206, b"film")


def test_the_links_end_with_time(guest: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = links(guest)
    assert Client().head(first).status_code == 200
    monkeypatch.setattr(playlists, "LINK_DAYS", -1)
    assert Client().head(first).status_code == 404


def test_the_links_end_with_the_account_or_its_password(guest: Client) -> None:
    first, _ = links(guest)
    account = get_user_model().objects.get()
    account.set_password("another")
    account.save()
    assert Client().head(first).status_code == 404
    guest.force_login(account)
    first, _ = links(guest)
    assert Client().head(first).status_code == 200
    get_user_model().objects.update(is_active=False)
    assert Client().head(first).status_code == 404
    get_user_model().objects.all().delete()
    assert Client().head(first).status_code == 404


def test_a_tampered_link_is_404(guest: Client) -> None:
    first, second = links(guest)
    token, other = first.split("/")[2], second.split("/")[2]
    payload, rest = token.split(":", 1)
    for wrong in (token[:-1], f"{other.split(':', 1)[0]}:{rest}", f"{payload}:{rest[1:]}"):
        assert Client().head(f"/stream/{wrong}/a.mp4").status_code == 404


def test_in_open_mode_the_addresses_are_plain_whoever_saves(client: Client) -> None:
    a_video("a.mp4")
    client.force_login(an_account("guest", staff=False))
    assert addresses(client, "list=all") == [f"{SITE}/video/a.mp4"]


def test_a_search_is_saved_the_best_first_or_in_the_order_that_was_chosen(client: Client) -> None:
    a_video("b.mp4", title="Dawn at the lake", duration=2)
    a_video("a.mp4", title="Lake", duration=1)
    a_video("c.mp4", title="Kitchen", duration=3)
    assert addresses(client, "list=search:lake") == [f"{SITE}/video/a.mp4", f"{SITE}/video/b.mp4"]
    chosen = "list=search:lake&sort=duration&order=desc"
    assert addresses(client, chosen) == [f"{SITE}/video/b.mp4", f"{SITE}/video/a.mp4"]
    assert addresses(client, "list=search:length:%3C4s") == [f"{SITE}/video/{name}.mp4" for name in "cab"]
    html = client.get("/?q=lake").content.decode()
    assert 'href="/export.m3u8?list=search%3Alake"' in html
