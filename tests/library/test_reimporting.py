"""The old site's files again, after an evening of curation: nothing comes back, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from library import curating, history, merging
from library.importing import ImportReport, import_folder
from library.models import Entry, Favorite, Tag, TagAlias, Video
from tests.builders import Folder

pytestmark = pytest.mark.django_db

DOCUMENTS = {
    "tags.json": {"a.mp4": ["#Beach", "#sun"], "b.mp4": ["#beaches", "#boring"], "c.mp4": ["#Strand", "#sun"]},
    "ratings.json": {"a.mp4": 3, "b.mp4": 2},
    "views.json": {"a.mp4": 10},
    "favorites.json": {"favorites": ["a.mp4", "c.mp4"]},
}


@pytest.fixture
def old_site(folder: Folder) -> Path:
    for name in "abc":
        folder.put(f"{name}.mp4")
    for name, document in DOCUMENTS.items():
        (folder.path / name).write_text(json.dumps(document))
    return folder.path


def tags_by_path() -> dict[str, list[str]]:
    return {video.path: curating.tag_names(video) for video in Video.objects.order_by("path")}


def written(report: ImportReport) -> int:
    return sum(tally.written for tally in report.kinds.values())


def test_merged_renamed_and_deleted_tags_do_not_come_back(old_site: Path) -> None:
    import_folder(old_site)
    beach, beaches, strand = (Tag.objects.named(name) for name in ("Beach", "beaches", "Strand"))
    boring, sun = Tag.objects.named("boring"), Tag.objects.named("sun")
    assert beach and beaches and strand and boring and sun
    merging.merge(beach, [beaches, strand])
    merging.rename(sun, "sunshine")
    merging.delete([boring])
    curated = tags_by_path()
    assert curated == {"a.mp4": ["Beach", "sunshine"], "b.mp4": ["Beach"], "c.mp4": ["Beach", "sunshine"]}
    assert written(import_folder(old_site)) == 0
    assert tags_by_path() == curated
    assert sorted(Tag.objects.all_names()) == ["Beach", "sunshine"]


def test_what_was_taken_off_or_given_by_hand_stays_so(old_site: Path) -> None:
    import_folder(old_site)
    a, b, c = Video.objects.order_by("path")
    curating.remove_tag(a, "sun")
    curating.toggle_favorite(a)
    curating.rate(b, 5)
    curating.add_tag(c, "mine")
    import_folder(old_site)
    assert tags_by_path() == {"a.mp4": ["Beach"], "b.mp4": ["beaches", "boring"], "c.mp4": ["mine", "Strand", "sun"]}
    assert Favorite.objects.paths() == ["c.mp4"]
    assert Video.objects.get(path="b.mp4").rating.stars == 5


def test_a_retired_name_that_a_person_uses_again_is_a_tag_again(old_site: Path) -> None:
    import_folder(old_site)
    boring = Tag.objects.named("boring")
    assert boring
    merging.delete([boring])
    curating.add_tag(Video.objects.get(path="a.mp4"), "boring")
    import_folder(old_site)
    assert tags_by_path()["b.mp4"] == ["beaches", "boring"]
    assert not TagAlias.objects.exists()


def test_an_import_is_one_entry_and_can_be_undone_but_for_what_was_changed_since(old_site: Path) -> None:
    import_folder(old_site)
    (entry,) = Entry.objects.all()
    assert (entry.action, entry.changes.count()) == (Entry.Action.IMPORT, 3 + 5)
    video = Video.objects.get(path="a.mp4")
    curating.rate(video, 5)
    undone = history.undo(entry)
    assert [(kept.subject, kept.fact) for kept in undone.kept] == [(video.pk, "stars")]
    assert "changed since" in undone.kept[0].because
    assert not Tag.objects.exists()
    assert not Favorite.objects.exists()
    assert list(Video.objects.order_by("path").values_list("rating__stars", "view_count__count")) == [
        (5, 0), (None, 0), (None, 0),
    ]  # fmt: skip


def test_the_state_of_a_video_at_a_date_can_be_told(old_site: Path) -> None:
    import_folder(old_site)
    video = Video.objects.get(path="a.mp4")
    imported = Entry.objects.get().at
    curating.rate(video, 5)
    curating.remove_tag(video, "sun")
    then = history.state_at("video", video.pk, imported)
    assert then["stars"] == [3, None]
    assert f"tag:{Tag.objects.get(key='sun').pk}" in then
    assert "withdrawn" not in " ".join(then)
