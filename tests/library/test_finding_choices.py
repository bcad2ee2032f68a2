"""What the search offers: ways to go on typing, filters as choices, and searches that are kept."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from library.finding import choosing
from library.finding.completing import offers
from library.finding.language import written
from library.finding.parsing import parsed
from library.models import SmartList, Video
from library.smart_lists import MOST
from tests.builders import a_video, an_account
from tests.library import list_routes as routes
from tests.library.list_routes import signed_in

pytestmark = pytest.mark.django_db

TAGS = [("Travel", 40), ("kids", 12), ("two words", 5), ("road trip", 3), ("Café", 1)]
FOLDERS = [("holidays", 7), ("old films", 2)]


# --- Completion --------------------------------------------------------------------------------------------------


def offered(text: str, cursor: int | None = None) -> list[str]:
    return [offer.label for offer in offers(text, len(text) if cursor is None else cursor, TAGS, FOLDERS)]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("tag:", ["tag:Travel", "tag:kids", 'tag:"two words"', 'tag:"road trip"', "tag:Café"]),
        ("tag:tr", ["tag:Travel", 'tag:"road trip"']),
        ("-tag:caf", ["tag:Café"]),
        ('tag:"two w', ['tag:"two words"']),
        ("folder:o", ['folder:"old films"', "folder:holidays"]),
        ("lake rat", ["rating:"]),
        ("(tra", ["tag:Travel"]),
        ("rating:", ["rating:5", "rating:>=4", "rating:>=3", "rating:none"]),
        ("stars:>", ["rating:>=4", "rating:>=3"]),
        ("added:<3", ["added:<30d"]),
        ("nothing like it", []),
        ("lake ", []),
        ('"at da', []),
    ],
)
def test_what_is_typed_of_a_term_is_gone_on_with(text: str, labels: list[str]) -> None:
    assert offered(text) == labels


def test_the_empty_box_tells_what_there_is() -> None:
    assert offered("")[:2] == ["tag:", "rating:"]


def test_an_offer_takes_the_place_of_the_term_at_the_cursor() -> None:
    (offer,) = offers("lake -ki dawn", 8, TAGS, FOLDERS)
    assert (offer.text, offer.cursor) == ("lake -tag:kids dawn", 15)
    assert offers("lake tag:tra", 12, TAGS, FOLDERS)[0].text == "lake tag:Travel "


@given(st.text(max_size=40), st.integers(-5, 60))
def test_no_text_and_no_place_in_it_fails(text: str, cursor: int) -> None:
    for offer in offers(text, cursor, TAGS, FOLDERS):
        assert 0 <= offer.cursor <= len(offer.text)


def test_the_address_offers_tags_by_their_number_and_folders(client: Client) -> None:
    a_video("films/one.mp4", tags=["lake", "lava"])
    a_video("two.mp4", tags=["lava"])
    answer = client.get("/library/complete", {"q": "tag:la", "at": "6"}).json()
    assert [(offer["label"], offer["detail"]) for offer in answer["offers"]] == [
        ("tag:lava", "2 videos"), ("tag:lake", "1 video")
    ]  # fmt: skip
    assert client.get("/library/complete?q=folder:&at=x").json()["offers"][0]["label"] == "folder:films"


# --- Choices -----------------------------------------------------------------------------------------------------


def query(text: str) -> Any:
    return parsed(text).query


def test_a_choice_takes_the_place_of_the_others_of_its_group_and_goes_when_chosen_again() -> None:
    chosen = choosing.chosen(query("lake rating:5"), "Stars", "rating:>=4")
    assert written(chosen) == "lake rating:>=4"
    assert written(choosing.chosen(chosen, "Stars", "rating:>=4")) == "lake"
    length = choosing.chosen(query("lake"), "Length", "length:>=5m length:<20m")
    assert written(length) == "lake length:>=5m length:<20m"
    assert written(choosing.chosen(length, "Length", "length:<5m")) == "lake length:<5m"


def test_tags_are_wanted_all_or_any_or_left_out() -> None:
    one = choosing.tag_turned(query("lake"), "a", wanted=True, mode="all")
    two = choosing.tag_turned(one, "two words", wanted=True, mode="all")
    assert written(two) == 'lake tag:a tag:"two words"'
    any_ = choosing.with_tags(two, choosing.tags_of(two)._replace(mode="any"))
    assert written(any_) == 'lake (tag:a or tag:"two words")'
    three = choosing.tag_turned(any_, "c", wanted=True, mode="any")
    assert written(three) == 'lake (tag:a or tag:"two words" or tag:c)'
    without = choosing.tag_turned(three, "a", wanted=False, mode="any")
    assert written(without) == 'lake (tag:"two words" or tag:c) -tag:a'
    assert written(choosing.tag_turned(without, "a", wanted=False, mode="any")) == 'lake (tag:"two words" or tag:c)'
    assert written(choosing.without_tags(without)) == "lake untagged"
    assert written(choosing.without_tags(query("lake untagged"))) == "lake"


def test_a_folder_takes_the_place_of_another() -> None:
    inside = choosing.folder_turned(query("lake folder:a"), "b c")
    assert written(inside) == 'lake folder:"b c"'
    assert written(choosing.folder_turned(inside, "b c")) == "lake"


def chips(client: Client, text: str, **more: str) -> dict[str, tuple[str, bool]]:
    """{key: (the search that a choice leads to, whether it is on)} of the page of filters."""
    shown = client.get("/filters", {"q": text, **more}).content.decode()
    found = re.findall(
        r'data-key="([^"]+)" href="([^"]+)"( aria-current="true")?', shown.replace(' title="Leave out"', "")
    )
    return {
        unescape(key): (parse_qs(urlsplit(unescape(url)).query).get("q", [""])[0], bool(on)) for key, url, on in found
    }


def test_every_choice_leads_to_a_search_and_back(client: Client) -> None:
    a_video("films/one.mp4", tags=["two words", "lake"], stars=4, favorite=True, views=1, duration=30)
    a_video("two.mp4", tags=["lake"])
    before = chips(client, "one")
    assert len(before) > 25
    assert before["Stars 4 and up"] == ("one rating:>=4", False)
    assert before["tag two words"] == ('one tag:"two words"', False)
    assert before["without lake"] == ("one -tag:lake", False)
    assert before["folder films"] == ("one folder:films", False)
    assert before["tags untagged"] == ("one untagged", False)
    for key, (chosen, _) in before.items():
        if not key.startswith(("mode", "clear")):
            assert chips(client, chosen)[key] == ("one", True)


def test_numbers_stand_beside_the_choices(client: Client) -> None:
    a_video("films/one.mp4", tags=["lake"], stars=4)
    a_video("two.mp4", tags=["lake"], stars=2)
    shown = re.sub(r"<[^>]+>", " ", client.get("/filters").content.decode())
    assert re.search(r"4 and up\s+1\s+video", shown)
    assert re.search(r"#lake\s+2\s+videos", shown)
    assert re.search(r"films\s+1\s+video", shown)
    assert re.search(r"Show 2 videos", shown)


def test_what_was_watched_is_found_and_counted_for_each_by_themselves(client: Client) -> None:
    """Played by anybody is not watched by oneself; a mark makes every page anew."""
    ann, ben = signed_in("ann"), signed_in("ben")
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        a_video(name, title=name, duration=60)
    routes.post(client, "/view", filename="b.mp4")

    def watched(who: Client) -> tuple[list[str], ...]:
        panel = re.sub(r"<[^>]+>", " ", who.get("/filters").content.decode().partition(">Watched<")[2])
        by_mark = (routes.shown(who, f"/?q={mark}&sort=title") for mark in ("watched", "unwatched"))
        return (*by_mark, re.findall(r"(\d) +video", panel)[:2])

    everything = ["a.mp4", "b.mp4", "c.mp4"]
    assert [watched(who) for who in (client, ann, ben)] == [([], everything, ["0", "3"])] * 3
    routes.post(ann, "/watched", filename="a.mp4", watched=True)
    routes.play(ben, Video.objects.get(path="c.mp4"), 60)
    routes.play(ben, Video.objects.get(path="b.mp4"), 30)
    assert watched(ann) == (["a.mp4"], ["b.mp4", "c.mp4"], ["1", "2"])
    assert watched(ben) == (["c.mp4"], ["a.mp4", "b.mp4"], ["1", "2"])
    assert watched(client) == ([], everything, ["0", "3"])
    assert routes.shown(ben, "/?q=played+-watched") == ["b.mp4"]
    assert ben.get("/play?list=search:watched")["Location"].startswith("/watch/c.mp4")
    routes.post(ben, "/watched", filename="c.mp4", watched=False)
    assert watched(ben)[0] == []


def test_a_tag_can_be_added_by_its_name_or_a_former_one(client: Client) -> None:
    a_video("one.mp4", tags=["lake"])
    response = client.get("/filters", {"q": "tag:sea", "tag": "LAKE", "mode": "any"})
    assert response.status_code == 302
    assert parse_qs(urlsplit(response["Location"]).query)["q"] == ["tag:sea or tag:lake"]


def test_mode_any_is_kept_while_less_than_two_tags_are_chosen(client: Client) -> None:
    a_video("one.mp4", tags=["a", "b"])
    assert chips(client, "tag:a", mode="any")["tag b"] == ("tag:a or tag:b", False)
    assert chips(client, "tag:a")["tag b"] == ("tag:a tag:b", False)


# --- Smart lists -------------------------------------------------------------------------------------------------


def post(client: Client, what: str, **payload: Any) -> HttpResponse:
    return client.post(f"/library/smart-lists/{what}", json.dumps(payload), "application/json")


def names(client: Client) -> list[str]:
    return [kept["name"] for kept in client.get("/library/smart-lists").json()["lists"]]


def test_a_search_is_kept_renamed_and_deleted(client: Client) -> None:
    answer = post(client, "keep", name="  To  watch ", query="unseen rating:>=4").json()
    (kept,) = answer["lists"]
    assert (kept["name"], kept["query"]) == ("To watch", "unseen rating:>=4")
    assert kept["url"] == "/?q=unseen+rating%3A%3E%3D4"
    post(client, "keep", name="Another", query="fav")
    assert names(client) == ["Another", "To watch"]
    post(client, "keep", name="Another", query="fav seen")
    assert SmartList.objects.get(name="Another").query == "fav seen"
    assert post(client, "rename", id=kept["id"], name="Later").json()["success"]
    assert names(client) == ["Another", "Later"]
    assert post(client, "delete", id=kept["id"]).json()["lists"][0]["name"] == "Another"


def test_each_account_has_its_own_and_nobody_sees_anothers(client: Client) -> None:
    post(client, "keep", name="shared", query="fav")
    ada, ben = Client(), Client()
    for name, visitor in (("ada", ada), ("ben", ben)):
        an_account(name, staff=False)
        visitor.login(username=name, password="secret")
        post(visitor, "keep", name=name, query="seen")
    assert (names(client), names(ada), names(ben)) == (["shared"], ["ada"], ["ben"])
    shared = SmartList.objects.get(name="shared").pk
    for what in ("rename", "delete"):
        assert post(ada, what, id=shared, name="mine").status_code == 404
    assert names(client) == ["shared"]
    assert "shared" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("what", "payload", "status"),
    [
        ("keep", {"name": "a"}, 400),
        ("keep", {"name": "", "query": "fav"}, 400),
        ("keep", {"name": "x" * 81, "query": "fav"}, 400),
        ("keep", {"name": "a\0", "query": "fav"}, 400),
        ("keep", {"name": "a", "query": " "}, 400),
        ("keep", {"name": "a", "query": "x" * 1_001}, 400),
        ("keep", {"name": ["a"], "query": "fav"}, 400),
        ("rename", {"id": 1, "name": "a"}, 404),
        ("rename", {"id": True, "name": "a"}, 400),
        ("delete", {"id": "1"}, 400),
        ("delete", {"id": 2**70}, 400),
        ("delete", {}, 400),
    ],
)
def test_what_can_not_be_kept_is_refused(client: Client, what: str, payload: dict[str, Any], status: int) -> None:
    response = post(client, what, **payload)
    assert response.status_code == status
    assert response.json()["error"]
    assert not SmartList.objects.exists()


def test_a_name_is_of_one_list_alone_and_lists_are_bounded(client: Client) -> None:
    first = post(client, "keep", name="one", query="fav").json()["lists"][0]["id"]
    post(client, "keep", name="two", query="fav")
    assert post(client, "rename", id=first, name="two").status_code == 400
    SmartList.objects.bulk_create(SmartList(name=str(n), query="fav") for n in range(MOST))
    assert post(client, "keep", name="more", query="fav").status_code == 400


def test_lists_are_changed_by_json_with_a_token_alone(client: Client) -> None:
    assert client.post("/library/smart-lists/keep", {"name": "a", "query": "fav"}).status_code == 415
    assert client.get("/library/smart-lists/keep").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert post(strict, "keep", name="a", query="fav").status_code == 403
    assert client.post("/library/smart-lists/keep", "{", "application/json").status_code == 400
