"""Tags in the admin: what the list shows and leaves out, and that every change there can be taken back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library import curating, history, merging, usage
from library.locking import reading_afresh
from library.models import Entry, Tag, TagAlias, Video
from tests.builders import NEW_YEAR, a_video, dump, videos

pytestmark = pytest.mark.django_db

LIST = "/admin/library/tag/"
HISTORY = {"library_entry", "library_change", "sqlite_sequence"}


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(get_user_model().objects.create(username="c", is_staff=True, is_superuser=True))
    return client


def tag(name: str) -> Tag:
    found = Tag.objects.named(name)
    assert found
    return found


def listed(client: Client, query: str = "") -> list[str]:
    """The names in the list."""
    return [row.name for row in client.get(f"{LIST}?{query}").context["cl"].result_list]


def listed_videos(client: Client, name: str) -> set[str]:
    """The paths in the list of videos to which a tag's number leads."""
    (address,) = re.findall(rf'href="([^"]*all_tags={tag(name).pk})"', client.get(LIST).content.decode())
    return {video.path for video in client.get(address).context["cl"].result_list}


def told(response: HttpResponse) -> str:
    """The messages of the page that follows."""
    return " ".join(str(message) for message in response.context["messages"])


def library() -> dict[str, list[tuple[object, ...]]]:
    """Every row but those of the history."""
    return {table: rows for table, rows in dump().items() if table not in HISTORY}


def is_undone(change: Callable[[], HttpResponse]) -> HttpResponse:
    """A change leads to its entry in the history, and undoing that leaves every row as it was."""
    before = library()
    response = change()
    entry = Entry.objects.first()
    assert entry
    assert library() != before
    assert f"/admin/library/entry/{entry.pk}/change/" in told(response)
    history.undo(entry)
    assert library() == before
    return response


def change(client: Client, of: str, **fields: object) -> HttpResponse:
    """Save a tag's form with these fields changed."""
    found = tag(of)
    names = list(found.aliases.order_by("key"))
    form: dict[str, object] = {
        "name": found.name,
        "parents": [parent.pk for parent in found.parents.all()],
        "aliases-TOTAL_FORMS": len(names) + 1,
        "aliases-INITIAL_FORMS": len(names),
        "aliases-__prefix__-id": "",
    }
    for number, alias in enumerate(names):
        form |= {f"aliases-{number}-id": alias.pk, f"aliases-{number}-tag": found.pk}
    form |= {f"aliases-{len(names)}-name": fields.pop("alias", ""), f"aliases-{len(names)}-tag": found.pk}
    return client.post(f"{LIST}{found.pk}/change/", form | fields, follow=True)


@pytest.mark.parametrize("few", [0, 1000])
def test_the_list_tells_how_each_tag_is_used(curator: Client, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(usage, "FEW_TAGGINGS", few)
    a_video("a.mp4", tags=["sea"], stars=5, added=NEW_YEAR)
    a_video("b.mp4", tags=["sea", "beach"], stars=2, added=NEW_YEAR + timedelta(days=40), missing=True)
    merging.set_parents(tag("beach"), [tag("sea")])
    merging.add_alias(tag("beach"), "strand")
    rows = curator.get(LIST).context["cl"].result_list
    assert [(row.name, *row.usage[:2]) for row in rows] == [("beach", 1, 2.0), ("sea", 2, 3.5)]
    html = curator.get(LIST).content.decode()
    assert listed_videos(curator, "sea") == {"a.mp4", "b.mp4"}
    for fact in ("★ 3.5", "10 Feb 2024", "strand", '<td class="field-parent_names">sea'):
        assert fact in html


def test_the_list_is_searched_by_old_names_too_and_filtered(curator: Client) -> None:
    a_video("a.mp4", tags=["Été", "beaches", "beach"])
    a_video("b.mp4", tags=["beach"])
    merging.make("never")
    merging.add_alias(tag("beach"), "Sandy shore")
    merging.set_parents(tag("beaches"), [tag("Été")])
    assert listed(curator, "q=été") == ["Été"]
    assert listed(curator, "q=SHORE+sandy") == ["beach"]
    autocomplete = "/admin/autocomplete/?app_label=library&model_name=tag&field_name=parents"
    assert [row["text"] for row in curator.get(f"{autocomplete}&term=shore").json()["results"]] == ["beach"]
    assert curator.get(f"{autocomplete}&term=%00").json()["results"] == []
    assert listed(curator, "use=never") == ["never"]
    assert listed(curator, "use=once") == ["beaches", "Été"]
    assert listed(curator, "alike=yes") == ["beach", "beaches"]
    assert listed(curator, "parents=no") == ["beach", "never", "Été"]
    assert listed(curator, "parents=yes") == ["beaches"]
    assert listed(curator, "use=nonsense") == ["beach", "beaches", "never", "Été"]


@pytest.mark.parametrize("query", ["", "use=never", "use=once", "alike=yes", "parents=no", "q=tag", "o=2.3.4"])
def test_each_list_costs_the_same_queries_with_more_tags(curator: Client, query: str) -> None:
    def queries() -> int:
        with reading_afresh(), CaptureQueriesContext(connection) as captured:
            curator.get(f"{LIST}?{query}")
        return len(captured)

    a_video("a.mp4", tags=["tag a", "tag as", "tag b"])
    curator.get(f"{LIST}?{query}")
    a_video("b.mp4")
    merging.set_parents(tag("tag a"), [tag("tag b")])
    few = queries()
    for number, video in enumerate(videos(4)):
        curating.tag_all([video], [f"tag {letter}{number}" for letter in "cdefgh"])
        merging.set_parents(tag(f"tag c{number}"), [tag(f"tag d{number}"), tag(f"tag e{number}")])
        merging.add_alias(tag(f"tag f{number}"), f"other {number}")
    assert queries() == few


def test_a_tag_is_renamed_and_its_old_name_leads_to_it(curator: Client) -> None:
    a_video("a.mp4", tags=["sea"])
    is_undone(lambda: change(curator, "sea", name="#Ocean"))
    change(curator, "sea", name="Ocean")
    assert tag("sea").name == "Ocean"


def test_a_taken_name_is_refused_with_the_way_to_merge(curator: Client) -> None:
    a_video("a.mp4", tags=["sea", "ocean"])
    merging.add_alias(tag("ocean"), "deep")
    for name in ("Ocean", "DEEP"):
        response = change(curator, "sea", name=name)
        assert f"/admin/library/tag/merge/?ids={tag('sea').pk},{tag('ocean').pk}" in response.content.decode()
        assert "There is a tag “ocean”" in response.content.decode()
    assert "characters" in str(change(curator, "sea", name="#").context["errors"])
    assert Tag.objects.count() == 2


def test_parents_are_set_and_circles_refused(curator: Client) -> None:
    a_video("a.mp4", tags=["beach", "sea", "nature"])
    is_undone(lambda: change(curator, "beach", parents=[tag("sea").pk]))
    merging.set_parents(tag("beach"), [tag("sea")])
    merging.set_parents(tag("sea"), [tag("nature")])
    response = change(curator, "nature", parents=[tag("beach").pk])
    assert "“beach” implies “nature” already." in response.content.decode()
    assert "imply itself" in change(curator, "sea", parents=[tag("sea").pk]).content.decode()
    assert not tag("nature").parents.exists()


def test_other_names_are_added_and_forgotten(curator: Client) -> None:
    a_video("a.mp4", tags=["sea", "lake"])
    is_undone(lambda: change(curator, "sea", alias="#Ocean"))
    assert "There is a tag “lake” already." in change(curator, "sea", alias="LAKE").content.decode()
    change(curator, "sea", alias="Ocean")
    assert tag("ocean").name == "sea"
    is_undone(lambda: change(curator, "sea", **{"aliases-0-DELETE": "on"}))
    change(curator, "sea", **{"aliases-0-DELETE": "on"})
    assert Tag.objects.named("ocean") is None


def test_who_is_overtaken_is_told(curator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    a_video("a.mp4", tags=["sea", "lake"])
    monkeypatch.setattr("library.admin.tags.TagForm.clean_name", lambda form: form.cleaned_data["name"])
    assert "There is a tag “lake” already." in told(change(curator, "sea", name="lake"))


def test_of_a_page_that_is_refused_nothing_is_told_as_done(curator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    a_video("a.mp4", tags=["sea", "lake"])
    monkeypatch.setattr("library.admin.tags.AliasForm.clean_name", lambda form: form.cleaned_data["name"])
    said = told(change(curator, "sea", name="ocean", alias="lake"))
    assert "There is a tag “lake” already." in said
    assert "ocean" not in said
    assert {one.name for one in Tag.objects.all()} == {"sea", "lake"}


def test_a_new_tag_is_made(curator: Client) -> None:
    a_video("a.mp4", tags=["sea"])
    response = curator.post(f"{LIST}add/", {"name": "#Ocean", "parents": [tag("sea").pk]}, follow=True)
    assert "undo it" in told(response)
    assert [parent.name for parent in tag("ocean").parents.all()] == ["sea"]


def test_deleting_tells_how_many_videos_lose_a_tag(curator: Client) -> None:
    a_video("a.mp4", tags=["sea", "lake"])
    a_video("b.mp4", tags=["sea"])
    page = curator.get(f"{LIST}{tag('sea').pk}/delete/").content.decode()
    assert "Videos that lose a tag: 2" in page
    is_undone(lambda: curator.post(f"{LIST}{tag('sea').pk}/delete/", {"post": "yes"}, follow=True))
    both = {"action": "delete_selected", "_selected_action": [tag("sea").pk, tag("lake").pk]}
    page = curator.post(LIST, both).content.decode()
    for fact in ("Videos that lose a tag: 2", "sea: 2 videos", "lake: 1 video<"):
        assert fact in page
    is_undone(lambda: curator.post(LIST, both | {"post": "yes"}, follow=True))


def test_more_tags_than_a_form_has_fields_are_deleted_at_once(curator: Client) -> None:
    Tag.objects.ensure(f"tag {number}" for number in range(1200))
    everything = {"action": "delete_selected", "_selected_action": [Tag.objects.all()[0].pk], "select_across": "1"}
    page = curator.post(LIST, everything).content.decode()
    assert page.count('name="_selected_action"') == 1
    curator.post(LIST, everything | {"post": "yes"})
    assert not Tag.objects.exists()


def test_merging_shows_what_changes_and_can_be_undone(curator: Client) -> None:
    shared = a_video("a.mp4", tags=["beach", "beaches"])
    a_video("b.mp4", tags=["beaches", "water"])
    a_video("c.mp4", tags=["Strand"])
    a_video("d.mp4", tags=["beach"])
    a_video("e.mp4", tags=["beach"])
    merging.set_parents(tag("beaches"), [tag("water")])
    merging.add_alias(tag("strand"), "shore")
    three = [tag(name).pk for name in ("beach", "beaches", "Strand")]
    response = curator.post(LIST, {"action": "merge_selected", "_selected_action": three})
    previews = response.context["previews"]
    assert [(preview.into.name, preview.own, preview.gaining) for preview in previews] == [
        ("beach", 3, 2),
        ("beaches", 2, 3),
        ("Strand", 1, 4),
    ]
    page = response.content.decode()
    for fact in ("5 videos bear it", "beach, beaches, shore, Strand", "It implies: water", "It is implied by: nothing"):
        assert fact in page
    form = {"ids": ",".join(map(str, three)), "into": three[0]}
    is_undone(lambda: curator.post(f"{LIST}merge/", form, follow=True))
    curator.post(f"{LIST}merge/", form)
    assert {tag(name).pk for name in ("beach", "beaches", "strand", "shore")} == {three[0]}
    assert Video.objects.bearers([three[0]]) == set(Video.objects.values_list("pk", flat=True))
    assert curating.tag_names(shared) == ["beach"]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("2", ["rare", "often", "some"]),
        ("-2", ["some", "often", "rare"]),
        ("3", ["some", "often", "rare"]),
        ("-3", ["rare", "often", "some"]),
        ("4", ["rare", "often", "some"]),
        ("-4.1", ["some", "often", "rare"]),
    ],
)
def test_the_list_is_sorted_by_how_tags_are_used(curator: Client, order: str, names: list[str]) -> None:
    a_video("a.mp4", tags=["rare", "often"], stars=5, added=NEW_YEAR)
    a_video("b.mp4", tags=["often", "some"], stars=3, added=NEW_YEAR + timedelta(days=1), missing=True)
    for number in range(2):
        a_video(f"c{number}.mp4", tags=["some"], stars=1, added=NEW_YEAR + timedelta(days=2))
    assert [row.name for row in curator.get(f"{LIST}?o={order}").context["cl"].result_list] == names


def test_merging_nothing_says_so(curator: Client) -> None:
    a_video("a.mp4", tags=["sea"])
    one = {"action": "merge_selected", "_selected_action": [tag("sea").pk]}
    assert "Select two tags" in told(curator.post(LIST, one, follow=True))
    for ids in ("", "x,9" * 9, "9" * 40, str(tag("sea").pk)):
        assert "no two of these" in told(curator.get(f"{LIST}merge/?ids={ids}", follow=True))


def test_the_list_is_exported_as_it_is_filtered(curator: Client) -> None:
    a_video("a.mp4", tags=["sea", "Été, 2019"], stars=4)
    merging.set_parents(tag("Été, 2019"), [tag("sea")])
    merging.add_alias(tag("Été, 2019"), "summer; 2019")
    rows = list(csv.DictReader(io.StringIO(curator.get(f"{LIST}export.csv?parents=yes").content.decode())))
    assert len(rows) == 1
    assert (rows[0]["name"], rows[0]["videos"], rows[0]["parents"]) == ("Été, 2019", "1", "sea")
    exported = curator.get(f"{LIST}export.json").json()["tags"]
    assert [row["name"] for row in exported] == ["sea", "Été, 2019"]
    assert exported[1] == {
        "name": "Été, 2019",
        "videos": 1,
        "average_stars": 4.0,
        "last_used": "2024-01-01T00:00:00Z",
        "parents": ["sea"],
        "other_names": ["summer; 2019"],
    }


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1"])
def test_a_spreadsheet_computes_nothing_of_what_a_tag_is_called(curator: Client, name: str) -> None:
    a_video("a.mp4", tags=[name], stars=4)
    merging.add_alias(tag(name), "=2+2")
    _, row = csv.reader(io.StringIO(curator.get(f"{LIST}export.csv").content.decode()))
    assert (row[0], row[1], row[2], row[5]) == (f"'{name}", "1", "4.0", "'=2+2")
    assert curator.get(f"{LIST}export.json").json()["tags"][0]["name"] == name


def test_whoever_may_only_look_changes_nothing(client: Client) -> None:
    a_video("a.mp4", tags=["beach", "beaches"])
    client.force_login(get_user_model().objects.create(username="visitor", is_staff=True))
    ids = f"{tag('beach').pk},{tag('beaches').pk}"
    for address in (f"merge/?ids={ids}", "coach/", "export.csv", "export.json"):
        assert client.get(f"{LIST}{address}").status_code == 403
    assert client.post(f"{LIST}merge/", {"ids": ids, "into": tag("beach").pk}).status_code == 403
    assert not TagAlias.objects.exists()
