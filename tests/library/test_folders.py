"""The library by its folders."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from library.models import Video
from library.paging import PAGE_SIZE
from tests.builders import NEW_YEAR, Folder, a_video, videos
from tests.library.test_pages import shown

pytestmark = pytest.mark.django_db


def folders(client: Client, address: str) -> list[tuple[str, str, int]]:
    """(name, address, number of videos) of each folder's card."""
    html = client.get(address).content.decode()
    found = re.findall(r'<a class="card folder" href="([^"]+)".*?class="title">([^<]*)<.*?<span>(\d+) video', html)
    return [(unescape(name), unescape(url), int(number)) for url, name, number in found]


def trail(client: Client, address: str) -> list[tuple[str, str]]:
    html = client.get(address).content.decode().partition('<nav class="trail"')[2].partition("</nav>")[0]
    return [(unescape(name), url) for url, name in re.findall(r'<a href="([^"]+)">([^<]*)</a>', html)]


def test_a_folder_shows_its_folders_and_the_videos_right_in_it(client: Client) -> None:
    for path in ("top.mp4", "films/b.mp4", "films/a.mp4", "films/old/c.mp4", "films/old/er/d.mp4", "films2/e.mp4"):
        a_video(path)
    a_video("films/gone.mp4", missing=True)
    a_video("empty/gone.mp4", missing=True)
    assert folders(client, "/folder/") == [("films", "/folder/films", 4), ("films2", "/folder/films2", 1)]
    assert shown(client, "/folder/?sort=title") == ["top.mp4"]
    assert folders(client, "/folder/films") == [("old", "/folder/films/old", 2)]
    assert shown(client, "/folder/films?sort=title") == ["films/a.mp4", "films/b.mp4"]
    assert folders(client, "/folder/films/old/er") == []
    assert shown(client, "/folder/films/old/er") == ["films/old/er/d.mp4"]


def test_the_way_up_is_told(client: Client) -> None:
    a_video("films/old/er/d.mp4")
    assert trail(client, "/folder/films/old/er") == [
        ("Folders", "/folder/"), ("films", "/folder/films"), ("old", "/folder/films/old"),
    ]  # fmt: skip
    assert trail(client, "/folder/films") == [("Folders", "/folder/")]
    assert trail(client, "/folder/") == []


def test_folders_stand_in_their_natural_order(client: Client) -> None:
    for name in ("Season 10", "season 2", "Äpfel", "Zoo"):
        a_video(f"{name}/a.mp4")
    assert [name for name, _, _ in folders(client, "/folder/")] == ["Äpfel", "season 2", "Season 10", "Zoo"]


def test_a_folder_shows_the_poster_of_its_newest_video(client: Client, settings: Any) -> None:
    settings.LIBRARY_POSTERS = "tests.library.posters_everywhere"
    a_video("films/a.mp4")
    html = client.get("/folder/").content.decode()
    assert '<span class="poster"><img src="' in html


def test_several_roots_stand_side_by_side(client: Client, folder: Folder) -> None:
    other = folder.beside("films")
    folder.put("own/a.mp4")
    other.put("b.mp4")
    other.put("sub/c.mp4")
    folder.scan()
    assert folders(client, "/folder/") == [("films", "/folder/films", 2), ("own", "/folder/own", 1)]
    assert shown(client, "/folder/films") == ["films/b.mp4"]
    assert folders(client, "/folder/films") == [("sub", "/folder/films/sub", 1)]


def test_folders_sort_like_the_home_page_and_have_pages(client: Client) -> None:
    videos(PAGE_SIZE + 3, "in/film")
    a_video("in/new.mp4", stars=5, added=NEW_YEAR + timedelta(days=1))
    a_video("out.mp4", stars=5)
    assert shown(client, "/folder/in")[0] == "in/new.mp4"
    assert shown(client, "/folder/in?sort=rating")[0] == "in/new.mp4"
    pages = [shown(client, f"/folder/in?sort=title&page={number}") for number in (1, 2)]
    assert [len(page) for page in pages] == [PAGE_SIZE, 4]
    assert pages[0] + pages[1] == [*(f"in/film{n:03}.mp4" for n in range(1, PAGE_SIZE + 4)), "in/new.mp4"]


def test_folders_are_shown_on_the_first_page_alone(client: Client) -> None:
    videos(PAGE_SIZE + 3, "in/film")
    a_video("in/sub/a.mp4")
    assert len(folders(client, "/folder/in")) == 1
    assert folders(client, "/folder/in?page=2") == []


@pytest.mark.parametrize("name", ["C# & co", "100%", "a+b=c?", "映画", "<b>", "line\nbreak", "two  spaces", "\uf7ff"])
def test_a_folder_of_any_name_has_a_page_that_its_card_leads_to(client: Client, name: str) -> None:
    a_video(f"{name}/{name}/a.mp4")
    [(_, outer, _)] = folders(client, "/folder/")
    [(_, inner, _)] = folders(client, outer)
    assert shown(client, inner) == [f"{name}/{name}/a.mp4"]


@pytest.mark.parametrize(
    "path",
    [
        "unknown", "film", "FILMS", "films/", "/films", "films//old", ".", "..", "films/..", "../films", "films/./old",
        "films/b.mp4", "x" * 5_000, "\0", "films\0", "%", "_ilms", "films%", "films\\old", "films/%2e%2e", "\ud800",
    ],
)  # fmt: skip
def test_a_folder_that_the_library_does_not_have_is_404(client: Client, path: str) -> None:
    a_video("films/old/c.mp4")
    assert client.get(f"/folder/{quote(path, errors='surrogatepass')}").status_code == 404


def test_a_folder_is_found_by_an_index_and_a_large_one_walks_over_its_order() -> None:
    few = Video.objects.present().in_folder("a/").in_order("date", descending=True)[:60].explain()
    assert "INDEX video_by_folder" in few
    many = Video.objects.present().in_folder("a/", often=True).in_order("date", descending=True)[:60].explain()
    assert "TEMP B-TREE" not in many
    assert "SCAN library_video USING INDEX video_by_folder" not in many
    a_video("a/b.mp4")
    assert Video.objects.present().in_folder("a/", often=True).get() == Video.objects.present().in_folder("a/").get()
