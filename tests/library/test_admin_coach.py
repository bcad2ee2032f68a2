"""The tag coach's page: proposals with their reasons, accepted as they are or changed, or dismissed for good."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library import curating, merging, proposing
from library.locking import reading_afresh
from library.models import Dismissal, Tag, Video
from library.proposing import Advice
from tests.builders import a_video, videos
from tests.library.test_admin_tags import is_undone, tag, told

pytestmark = pytest.mark.django_db

COACH = "/admin/library/tag/coach/"


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(get_user_model().objects.create(username="c", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def tagged() -> None:
    """Two spellings of the beach; corgis that are dogs; a list; and a jaguar of two kinds."""
    for number, video in enumerate(videos(40)):
        names = ["animal"] if number < 24 else ["city"]
        names += ["corgi"] if number < 6 else []
        names += ["dog"] if number < 10 else []
        names += ["beach"] if number in (20, 21) else ["beaches"] if number == 22 else []
        names += ["beach, city"] if number in (30, 31) else []
        names += ["jaguar", "jungle", "wild"] if 12 <= number < 18 else []
        names += ["jaguar", "road", "race"] if 32 <= number < 38 else []
        curating.tag_all([video], names)


def decide(client: Client, kind: str, proposal: Any, decision: str = "Accept", **form: object) -> Any:
    form |= {"key": proposal.keys[0], "decision": decision}
    return client.post(f"{COACH}?kind={kind}", form, follow=True)


def merge_form(proposal: Any) -> dict[str, object]:
    return {"into": proposal.tags[0], "tags": list(proposal.tags)}


@pytest.mark.usefixtures("tagged")
def test_each_kind_is_shown_with_its_reason_and_its_videos(curator: Client) -> None:
    page = curator.get(COACH).content.decode()
    for fact in ("Merge “beaches” into “beach”", "Singular and plural", "Touches 1 video:", "film023"):
        assert fact in page
    page = curator.get(f"{COACH}?kind=parents").content.decode()
    assert "“corgi” implies “dog”" in page
    assert "On 6 of its 6 videos it stands beside “dog”." in page
    page = curator.get(f"{COACH}?kind=splits").content.decode()
    for fact in ('value="beach"', 'value="city"', "It lists 2 names", 'value="jaguar (jungle)"', "none beside both"):
        assert fact in page


@pytest.mark.usefixtures("tagged")
def test_a_merge_is_accepted_as_it_is_or_the_other_way_round(curator: Client) -> None:
    (merge,) = proposing.advice().merges
    is_undone(lambda: decide(curator, "merges", merge, **merge_form(merge)))
    decide(curator, "merges", merge, **merge_form(merge) | {"into": merge.tags[1]})
    assert tag("beach").name == "beaches"
    assert proposing.advice().merges == []


@pytest.mark.usefixtures("tagged")
def test_only_the_chosen_tags_are_merged(curator: Client) -> None:
    curating.tag_all([a_video("b.mp4")], ["Beach!"])
    (merge,) = proposing.advice().merges
    decide(curator, "merges", merge, into=tag("beach").pk, tags=[tag("beach").pk, tag("Beach!").pk])
    assert [tag(name).name for name in ("beach!", "beaches")] == ["beach", "beaches"]
    (left,) = proposing.advice().merges
    response = decide(curator, "merges", left, into=tag("beach").pk, tags=[tag("beach").pk])
    assert "Choose one tag that stays" in told(response)
    assert "Choose the tag that stays" in told(decide(curator, "merges", left, into="9" * 9))


@pytest.mark.usefixtures("tagged")
def test_a_parent_is_accepted_or_another_one_named(curator: Client) -> None:
    proposal = next(one for one in proposing.advice().parents if tag("corgi").pk == one.tags[1])
    is_undone(lambda: decide(curator, "parents", proposal, parent="dog"))
    assert "There is no tag “bird”." in told(decide(curator, "parents", proposal, parent="bird"))
    decide(curator, "parents", proposal, parent="Animal")
    assert [parent.name for parent in tag("corgi").parents.all()] == ["animal"]
    assert proposing.advice().parents != []


@pytest.mark.usefixtures("tagged")
def test_a_split_is_accepted_under_other_names(curator: Client) -> None:
    both = Video.objects.bearers([tag("beach, city").pk])
    listed, jaguar = proposing.advice().splits
    is_undone(lambda: decide(curator, "splits", listed, names=["beach", "city"]))
    decide(curator, "splits", listed, names=["beach", "town"])
    assert both <= Video.objects.bearers([tag("beach").pk]) & Video.objects.bearers([tag("town").pk])
    assert Tag.objects.named("beach, city") is None
    assert "name of its own" in told(decide(curator, "splits", jaguar, names=["cat", "cat"]))
    assert "characters" in told(decide(curator, "splits", jaguar, names=["cat", "#"]))
    is_undone(lambda: decide(curator, "splits", jaguar, names=["Jaguar", "big cat"]))
    decide(curator, "splits", jaguar, names=["jaguar", "big cat"])
    assert len(Video.objects.bearers([tag("jaguar").pk])) == len(Video.objects.bearers([tag("big cat").pk])) == 6


@pytest.mark.usefixtures("tagged")
def test_what_is_dismissed_stays_away(curator: Client) -> None:
    for kind in Advice._fields:
        for proposal in getattr(proposing.advice(), kind):
            assert "not be proposed again" in told(decide(curator, kind, proposal, "Dismiss"))
            assert "settled already" in told(decide(curator, kind, proposal))
    assert proposing.advice() == Advice([], [], [])
    assert "Nothing to propose" in curator.get(COACH).content.decode()
    assert Tag.objects.count() == 12
    assert Dismissal.objects.filter(key__startswith="merge:").count() == 1


@pytest.mark.usefixtures("tagged")
def test_what_took_long_to_find_serves_for_a_while_less_what_was_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    before = proposing.advice()
    monkeypatch.setattr(proposing, "MANY_VIDEOS", 0)
    monkeypatch.setattr(proposing, "SOME_SECONDS", 1e9)
    curating.tag_all([a_video("b.mp4")], ["dogs"])
    assert proposing.advice() == before
    merging.merge(tag("beach"), [tag("beaches")])
    merging.set_parents(tag("corgi"), [tag("dog")])
    proposing.dismiss(before.splits[0])
    after = proposing.advice()
    assert (after.merges, after.splits) == ([], before.splits[1:])
    assert {one.keys[0] for one in before.parents} - {one.keys[0] for one in after.parents} == {
        f"parent:{tag('corgi').pk}:{tag('dog').pk}"
    }
    monkeypatch.setattr(proposing, "SOME_SECONDS", 0)
    assert [one.tags for one in proposing.advice().merges] == [(tag("dog").pk, tag("dogs").pk)]


def test_the_page_costs_the_same_queries_with_more_proposals(curator: Client) -> None:
    def queries() -> int:
        with reading_afresh(), CaptureQueriesContext(connection) as captured:
            curator.get(COACH)
        return len(captured)

    curator.get(COACH)
    curating.tag_all(videos(2), ["word", "words"])
    few = queries()
    curating.tag_all(videos(9, "more"), ["tree", "trees", "lamp", "lamps", "door", "doors", "roof", "roofs"])
    assert queries() == few


@pytest.mark.usefixtures("tagged")
def test_who_may_only_look_decides_nothing(client: Client) -> None:
    reader = get_user_model().objects.create(username="reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_tag"))
    client.force_login(reader)
    assert "Dismiss" not in client.get(COACH).content.decode()
    (merge,) = proposing.advice().merges
    assert decide(client, "merges", merge, **merge_form(merge)).status_code == 403
    assert tag("beaches").name == "beaches"
