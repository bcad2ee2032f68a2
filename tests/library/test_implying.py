"""A tag implies its parents where people filter; a name that a tag had leads to its page."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library import curating, merging
from library.models import Tag, Video
from tests.builders import a_video, videos

pytestmark = pytest.mark.django_db


def tag(name: str) -> Tag:
    found = Tag.objects.named(name)
    assert found
    return found


def implies(child: str, *parents: str) -> None:
    merging.set_parents(tag(child), [tag(parent) for parent in parents])


def titles(client: Client, address: str) -> set[str]:
    """Of the cards of a grid, whose heading must count them."""
    page = client.get(address).context["page"]
    found = {row.title for row in page.items}
    assert len(page.items) == len(found) == page.total
    return found


@pytest.fixture
def shore() -> None:
    """Nature has the sea and the beach, which has the dunes; of two dunes one is missing."""
    a_video("all.mp4", tags=["nature", "sea", "beach", "dunes"])
    a_video("beach.mp4", tags=["beach"])
    a_video("dunes.mp4", tags=["dunes"])
    a_video("gone.mp4", tags=["dunes"], missing=True)
    a_video("sea.mp4", tags=["sea"])
    a_video("city.mp4", tags=["city"])
    implies("dunes", "beach")
    implies("beach", "sea", "nature")
    implies("sea", "nature")


@pytest.mark.usefixtures("shore")
@pytest.mark.parametrize("sort", ["date", "rating", "title"])
def test_a_tags_page_shows_what_bears_one_below_it_once(client: Client, sort: str) -> None:
    assert titles(client, f"/tag/nature?sort={sort}") == {"all", "beach", "dunes", "sea"}
    assert titles(client, f"/tag/beach?sort={sort}") == {"all", "beach", "dunes"}
    assert titles(client, f"/tag/dunes?sort={sort}") == {"all", "dunes"}
    assert titles(client, f"/tag/city?sort={sort}") == {"city"}


@pytest.mark.usefixtures("shore")
def test_both_ways_to_a_page_of_many_show_the_same() -> None:
    nature, below = tag("nature"), {tag(name).pk for name in ("sea", "beach", "dunes")}
    often, seldom = (
        set(Video.objects.present().tagged(nature, below, often=often).values_list("path", flat=True))
        for often in (True, False)
    )
    assert often == seldom
    assert len(often) == Tag.objects.count_of(nature, below) == 4


@pytest.mark.usefixtures("shore")
def test_the_list_of_tags_counts_what_their_pages_show(client: Client) -> None:
    merging.make("unused parent")
    implies("city", "unused parent")
    counts = {found.name: count for found, count, _ in client.get("/tags").context["tags"]}
    assert counts == {"nature": 4, "beach": 3, "sea": 4, "dunes": 2, "city": 1, "unused parent": 1}


@pytest.mark.usefixtures("shore")
def test_pages_follow_what_is_changed(client: Client) -> None:
    titles(client, "/tag/nature")
    curating.tag_all([Video.objects.get(path="city.mp4")], ["dunes"])
    assert "city" in titles(client, "/tag/nature")
    implies("dunes")
    assert titles(client, "/tag/nature") == {"all", "beach", "sea"}
    assert titles(client, "/tag/beach") == {"all", "beach"}


def test_a_parents_page_costs_the_same_queries_with_more_below_it(client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/tag/parent")
            client.get("/tags")
        return len(captured)

    a_video("a.mp4", tags=["parent", "child"])
    implies("child", "parent")
    few = queries()
    for number, video in enumerate(videos(9)):
        curating.add_tag(video, f"child {number}")
        implies(f"child {number}", "parent", "child")
    assert queries() <= few


@pytest.mark.parametrize("name", ["old", "OLD", "%23Old"])
def test_a_name_that_a_tag_had_leads_to_its_page(client: Client, name: str) -> None:
    a_video("a.mp4", tags=["old"])
    merging.rename(tag("old"), "new name")
    response = client.get(f"/tag/{name}?sort=title")
    assert (response.status_code, response["Location"]) == (301, "/tag/new%20name?sort=title")


def test_the_names_of_merged_tags_lead_to_the_one_that_stayed(client: Client) -> None:
    a_video("a.mp4", tags=["beaches", "beach"])
    merging.merge(tag("beach"), [tag("beaches")])
    assert client.get("/tag/beaches")["Location"] == "/tag/beach"
    merging.delete([tag("beach")])
    assert client.get("/tag/beaches").status_code == 404
