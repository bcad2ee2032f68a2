"""The pages of the contract, by their addresses."""

import re
from datetime import timedelta
from html import escape, unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library.models import Tag, Video
from library.paging import PAGE_SIZE
from library.querysets import SORTS
from tests.builders import NEW_YEAR, Folder, a_video, videos

pytestmark = pytest.mark.django_db

GRID = '<div class="grid">'


def shown(client: Client, address: str) -> list[str]:
    """The paths of the videos on a grid, in its order."""
    response = client.get(address)
    assert response.status_code == 200
    grid = response.content.decode().partition(GRID)[2].partition("</main>")[0]
    by_address = {video.get_absolute_url(): video.path for video in Video.objects.all()}
    return [by_address[unescape(found)] for found in re.findall(r'<a class="card" href="([^"]+)"', grid)]


@pytest.fixture
def five() -> None:
    """Five films, each sort of which puts them in another order."""
    day = timedelta(days=1)
    hd, wide, upright = ({"width": w, "height": h} for w, h in ((1280, 720), (1920, 800), (1080, 1920)))
    a_video("b.mp4", stars=3, views=5, added=NEW_YEAR, duration=50, size=9, viewed=NEW_YEAR + day, **upright)
    a_video("Film 10.mp4", stars=5, views=0, added=NEW_YEAR + 3 * day, duration=10, size=2, **wide)
    a_video("film 9.mp4", views=7, added=NEW_YEAR + day, duration=70, size=4, viewed=NEW_YEAR, **hd)
    a_video("Äpfel.mp4", stars=1, views=2, added=NEW_YEAR + 2 * day, duration=30, size=1, viewed=NEW_YEAR + 2 * day)
    a_video("gone.mp4", stars=5, views=9, added=NEW_YEAR, missing=True)


ORDERS = {
    "date": ["Film 10.mp4", "Äpfel.mp4", "film 9.mp4", "b.mp4"],
    "rating": ["Film 10.mp4", "b.mp4", "Äpfel.mp4", "film 9.mp4"],
    "title": ["Film 10.mp4", "film 9.mp4", "b.mp4", "Äpfel.mp4"],
    "views": ["film 9.mp4", "b.mp4", "Äpfel.mp4", "Film 10.mp4"],
    "viewed": ["Äpfel.mp4", "b.mp4", "film 9.mp4", "Film 10.mp4"],
    "duration": ["film 9.mp4", "b.mp4", "Äpfel.mp4", "Film 10.mp4"],
    "size": ["b.mp4", "film 9.mp4", "Film 10.mp4", "Äpfel.mp4"],
    "resolution": ["b.mp4", "Film 10.mp4", "film 9.mp4", "Äpfel.mp4"],
}
"""Descending; what has no stars, was never watched, or has no known size, comes last."""


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize("sort", sorted(SORTS))
def test_every_sort_has_its_order_and_its_reverse(client: Client, sort: str) -> None:
    assert shown(client, f"/?sort={sort}&order=desc") == ORDERS[sort]
    assert shown(client, f"/?sort={sort}&order=asc") == ORDERS[sort][::-1]


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    "query",
    ["", "?sort=", "?sort=nonsense", "?sort=DATE", "?sort=date&order=sideways", "?order=desc", "?sort=pk", "?sort=\0"],
)
def test_the_newest_come_first_unless_a_known_sort_is_asked_for(client: Client, query: str) -> None:
    assert shown(client, f"/{query}") == ORDERS["date"]


@pytest.mark.usefixtures("five")
def test_titles_begin_at_the_beginning_and_the_others_with_the_best(client: Client) -> None:
    assert shown(client, "/?sort=title") == ORDERS["title"][::-1]
    assert shown(client, "/?sort=rating") == ORDERS["rating"]


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize("sort", sorted(SORTS))
def test_a_tag_page_sorts_like_the_home_page(client: Client, sort: str) -> None:
    Tag.objects.create(name="all").videos.set(Video.objects.all())
    assert shown(client, f"/tag/all?sort={sort}&order=desc") == ORDERS[sort]


def test_ties_are_broken_by_age_and_no_page_repeats_a_video(client: Client) -> None:
    expected = [video.path for video in videos(PAGE_SIZE + 5)][::-1]
    for sort in SORTS:
        pages = [shown(client, f"/?sort={sort}&order=desc&page={number}") for number in (1, 2)]
        assert sorted(pages[0] + pages[1]) == sorted(expected)
        assert len(pages[0]) == PAGE_SIZE
    assert shown(client, "/?page=1") + shown(client, "/?page=2") == expected


def seeded(client: Client, address: str) -> str:
    """The address of a random order, with the seed that it led to."""
    response = client.get(address)
    assert response.status_code == 302
    assert re.search(r"[?&]seed=[0-9]+-[0-9]+", response["Location"])
    return str(response["Location"])


def test_a_random_order_is_kept_by_its_seed_and_repeats_nothing_over_the_pages(client: Client) -> None:
    expected = [video.path for video in videos(2 * PAGE_SIZE + 5)]
    a_video("gone.mp4", missing=True)
    address = seeded(client, "/?sort=random")
    pages = [shown(client, f"{address}&page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 5]
    assert sorted(path for page in pages for path in page) == expected
    assert shown(client, address) == pages[0]
    assert len({tuple(shown(client, seeded(client, "/?sort=random"))) for _ in range(4)}) == 4


def test_what_comes_while_someone_pages_through_a_random_order_moves_nothing(client: Client) -> None:
    videos(PAGE_SIZE + 5)
    address = seeded(client, "/?sort=random")
    before = shown(client, address) + shown(client, f"{address}&page=2")
    videos(3, "new")
    assert shown(client, address) + shown(client, f"{address}&page=2")[:5] == before


def test_a_tag_and_a_folder_have_a_random_order_too(client: Client) -> None:
    videos(9, "in/it", tags=["sea"])
    videos(9, "other")
    for place in ("/tag/sea", "/folder/in"):
        address = seeded(client, f"{place}?sort=random&page=1")
        assert "page=1" in address
        assert sorted(shown(client, address)) == [f"in/it{n:03}.mp4" for n in range(1, 10)]


@pytest.mark.parametrize("seed", ["", "x", "5", "1-2-3", "9" * 5_000, "%00"])
def test_a_seed_that_is_none_leads_to_one(client: Client, seed: str) -> None:
    videos(2)
    assert len(shown(client, seeded(client, f"/?sort=random&seed={seed}"))) == 2


def test_any_seed_that_is_one_has_an_order(client: Client) -> None:
    videos(3)
    for seed in ("0-0", "4294967295-2", f"7-{'9' * 18}"):
        assert len(shown(client, f"/?sort=random&seed={seed}")) == 3


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("1", 1),
        ("2", 2),
        ("3", 3),
        ("0", 1),
        ("-5", 1),
        ("+2", 2),
        ("002", 2),
        ("4", 3),
        ("99999", 3),
        ("9" * 5000, 3),
        ("0" * 5000, 1),
        ("abc", 1),
        ("", 1),
        ("1.5", 1),
        ("٢", 1),
        ("1e9", 1),
        ("\0", 1),
    ],
)
def test_a_bad_page_number_is_the_nearest_valid_page(client: Client, wanted: str, number: int) -> None:
    videos(2 * PAGE_SIZE + 1)
    html = client.get(f"/?page={quote(wanted)}").content.decode()
    assert re.search(rf'aria-current="page"[^>]*>{number}<', html.partition(GRID)[2])


def test_an_empty_library_has_its_pages_all_the_same(client: Client) -> None:
    for address in ("/", "/?page=7", "/favorites", "/best-of", "/tags"):
        response = client.get(address)
        assert response.status_code == 200
        assert GRID not in response.content.decode()


def test_favourites_are_shown_the_latest_mark_first(client: Client) -> None:
    for name in ("a.mp4", "c.mp4", "b.mp4"):
        a_video(name, favorite=True)
    a_video("not marked.mp4")
    a_video("gone.mp4", favorite=True, missing=True)
    assert shown(client, "/favorites") == ["b.mp4", "c.mp4", "a.mp4"]


def test_the_best_have_four_stars_and_up(client: Client) -> None:
    for stars in (3, 4, 5, None, 1):
        a_video(f"{stars}.mp4", stars=stars)
    a_video("gone.mp4", stars=5, missing=True)
    assert shown(client, "/best-of") == ["5.mp4", "4.mp4"]


@pytest.mark.parametrize("name", ["Road Trip", "road trip", "ROAD TRIP", "#Road Trip", "##road trip", " #Road Trip "])
def test_a_tag_is_found_in_any_case_and_with_its_hash(client: Client, name: str) -> None:
    a_video("a.mp4", tags=["Road Trip"])
    a_video("b.mp4", tags=["other"])
    assert shown(client, f"/tag/{quote(name)}") == ["a.mp4"]


@pytest.mark.parametrize("name", ["C#", "a/b", "100%", "?", "a+b & c", "映画", "<b>", "..", "x" * 200, "rock, paper"])
def test_a_tag_of_any_name_has_a_page_that_its_links_lead_to(client: Client, name: str) -> None:
    a_video("a.mp4", tags=[name])
    address = Tag.objects.get().get_absolute_url()
    assert shown(client, address) == ["a.mp4"]
    for page in ("/tags", "/watch/a.mp4"):
        assert f'href="{escape(address)}"' in client.get(page).content.decode()


@pytest.mark.parametrize("name", ["unknown", "#", "%00", "%ff", "x" * 5000])
def test_an_unknown_tag_is_404(client: Client, name: str) -> None:
    assert client.get(f"/tag/{name}").status_code == 404


def test_tags_are_counted_by_the_videos_that_are_there(client: Client) -> None:
    a_video("a.mp4", tags=["sea", "sun"])
    a_video("b.mp4", tags=["sea"])
    a_video("gone.mp4", tags=["sea", "lost"], missing=True)
    cloud = re.findall(r">([a-z]+)<span[^>]*>([0-9]+)<", client.get("/tags").content.decode())
    assert cloud == [("sea", "2"), ("sun", "1")]


def test_random_leads_to_any_present_video(client: Client) -> None:
    wanted = {a_video(f"{n}.mp4").get_absolute_url() for n in range(3)}
    a_video("gone.mp4", missing=True)
    seen = set()
    for _ in range(100):
        response = client.get("/random")
        assert response.status_code == 302
        assert "no-store" in response["Cache-Control"]
        seen.add(response["Location"])
    assert seen == wanted


def test_random_leads_nobody_twice_to_the_same_before_half_the_library(client: Client) -> None:
    videos(12)
    for _ in range(20):
        client.cookies.clear()
        places = [client.get("/random")["Location"] for _ in range(7)]
        assert len(set(places)) == 7
    assert {client.get("/random")["Location"] for _ in range(60)} == {f"/watch/film{n:03}.mp4" for n in range(1, 13)}


@pytest.mark.parametrize("cookie", ["", "x", "9" * 5_000, "1.2.3", "²³.-1.+2", "1" + ".1" * 900, "%00"])
def test_random_takes_any_cookie(client: Client, cookie: str) -> None:
    videos(2)
    client.cookies["random"] = cookie
    assert client.get("/random").status_code == 302


def test_random_in_an_empty_library_leads_home(client: Client) -> None:
    assert client.get("/random")["Location"] == "/"
    a_video("gone.mp4", missing=True)
    assert client.get("/random")["Location"] == "/"


def test_the_watch_page_plays_the_video_and_shows_what_people_gave_it(client: Client) -> None:
    video = a_video("sub/My_film #1.mp4", stars=4, views=7, tags=["Sea", "sun"], favorite=True)
    html = client.get(video.get_absolute_url()).content.decode()
    assert "<h1>My film #1</h1>" in html
    assert f'src="{video.file_url}"' in html
    assert f'data-filename="{video.path}"' in html
    assert re.findall(r'value="([1-5])" checked', html) == ["4"]
    assert 'aria-pressed="true"' in html
    assert "<span data-views>7</span>" in html
    assert [html.index("#Sea<") < html.index("#sun<")] == [True]


def test_a_curators_title_is_shown_in_place_of_the_file_name(client: Client) -> None:
    video = a_video("DSC0001.mp4", title="Our summer")
    assert "<h1>Our summer</h1>" in client.get(video.get_absolute_url()).content.decode()


def test_the_page_of_a_missing_video_says_so_and_plays_nothing(client: Client) -> None:
    video = a_video("a.mp4", stars=4, missing=True)
    response = client.get(video.get_absolute_url())
    html = response.content.decode()
    assert response.status_code == 200
    assert "The file is not there." in html
    assert "<video" not in html


def test_an_unknown_video_is_404(client: Client) -> None:
    assert client.get("/watch/unknown.mp4").status_code == 404


def related(client: Client, address: str) -> list[str]:
    html = client.get(address).content.decode().partition('<div class="list">')[2].partition("</aside>")[0]
    return re.findall(r'<a class="card" href="/watch/([^"]+)"', html)


def test_related_videos_share_tags_most_shared_first_then_rating_then_newest(client: Client) -> None:
    day = timedelta(days=1)
    a_video("this.mp4", tags=["a", "b", "c"])
    a_video("two.mp4", tags=["a", "b"])
    a_video("one old.mp4", tags=["a"], added=NEW_YEAR - day)
    a_video("one new.mp4", tags=["b", "z"], added=NEW_YEAR + day)
    a_video("one rated.mp4", tags=["c"], stars=1, added=NEW_YEAR - 2 * day)
    a_video("none.mp4", tags=["z"])
    a_video("gone.mp4", tags=["a", "b", "c"], missing=True)
    expected = ["two.mp4", "one%20rated.mp4", "one%20new.mp4", "one%20old.mp4"]
    assert related(client, "/watch/this.mp4") == expected


def test_related_videos_are_20_at_most_and_12_a_page(client: Client) -> None:
    a_video("this.mp4", tags=["a"])
    videos(25, tags=["a"])
    pages = [related(client, f"/watch/this.mp4?related={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [12, 8, 8]
    assert len(set(pages[0] + pages[1])) == 20


def test_beside_a_video_that_shares_no_tag_stand_the_newest(client: Client) -> None:
    a_video("this.mp4")
    a_video("old.mp4", added=NEW_YEAR - timedelta(days=1))
    a_video("new.mp4", added=NEW_YEAR + timedelta(days=1))
    assert related(client, "/watch/this.mp4") == ["new.mp4", "old.mp4"]


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
@pytest.mark.parametrize("address", ["/", "/favorites", "/best-of", "/tags", "/random", "/watch/a.mp4", "/tag/sea"])
def test_pages_are_read_only(client: Client, address: str, method: str) -> None:
    a_video("a.mp4", tags=["sea"])
    assert getattr(client, method)(address).status_code == 405


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/?sort=rating",
        "/?sort=viewed",
        "/favorites",
        "/best-of",
        "/tags",
        "/tag/sea",
        "/folder/",
        "/folder/in/some",
        "/?sort=random&seed=7-900",
        "/watch/film001.mp4",
        "/get_views",
    ],
)
def test_the_number_of_queries_does_not_grow_with_the_library(client: Client, address: str) -> None:
    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    rich: dict[str, Any] = {"tags": ["sea", "sun"], "stars": 5, "favorite": True, "views": 3}
    videos(4, **rich)
    videos(4, "in/some/", **rich)
    a_video("in/some/of/a.mp4", **rich)
    few = queries()
    videos(8, "more", **rich)
    for number in range(8):
        a_video(f"in/some/of/{number}/a.mp4", **rich)
    assert queries() <= few
    assert few <= 8


def test_the_home_page_lists_the_files_on_the_disk(client: Client, folder: Folder) -> None:
    folder.put("a.mp4")
    folder.put("sub/b.mkv", modified=NEW_YEAR + timedelta(days=1))
    folder.scan()
    assert shown(client, "/") == ["sub/b.mkv", "a.mp4"]
