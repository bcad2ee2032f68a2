"""The four files, back again."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError

from benchmarks import collection
from library import marking
from library.exporting import ExportRefusedError, export_folder
from library.importing import import_folder
from library.legacy import DOCUMENTS
from library.models import Marker, Tag, Video
from tests import legacy_files
from tests.builders import AWKWARD_NAMES, Folder, a_video, an_account, stored
from tests.environment import Site

pytestmark = pytest.mark.django_db


def exported(folder: Path) -> dict[str, bytes]:
    export_folder(folder)
    return {name: (folder / name).read_bytes() for name in DOCUMENTS}


def forget_everything() -> None:
    Video.objects.all().delete()
    Tag.objects.all().delete()


def test_each_file_has_the_old_shape(folder: Folder, tmp_path: Path) -> None:
    a_video("b.mp4", stars=3, views=12, tags=["zoo", "Äpfel & Birnen"], favorite=True)
    a_video("a.mp4", stars=5, favorite=True)
    a_video("sub/c.mp4", views=1)
    a_video("untouched.mp4")
    files = exported(tmp_path / "out")
    assert json.loads(files["tags.json"]) == {"b.mp4": ["#zoo", "#Äpfel & Birnen"]}
    assert json.loads(files["ratings.json"]) == {"a.mp4": 5, "b.mp4": 3}
    assert json.loads(files["views.json"]) == {"b.mp4": 12, "c.mp4": 1}
    assert json.loads(files["favorites.json"]) == {"favorites": ["b.mp4", "a.mp4"]}


def test_export_import_export_gives_equal_bytes_with_awkward_names(folder: Folder, tmp_path: Path) -> None:
    for number, name in enumerate(AWKWARD_NAMES):
        path = stored(Path(name.decode(errors="surrogateescape")))
        a_video(path, stars=number % 5 + 1, views=number, tags=[f"tag {number % 7}", "100%"], favorite=number % 3 == 0)
    first = exported(tmp_path / "first")
    forget_everything()
    import_folder(tmp_path / "first")
    assert exported(tmp_path / "second") == first
    assert Video.objects.count() == len(AWKWARD_NAMES)


def test_an_empty_data_dir_that_imports_an_export_exports_equal_bytes(tmp_path: Path) -> None:
    site = Site(tmp_path)
    names = collection.names(333)
    site.videos.mkdir()
    for name in names:
        (site.videos / name).write_bytes(name.encode())
    for name, document in collection.legacy(names, Random(333)):
        (site.videos / name).write_text(json.dumps(document), encoding="utf-8")
    moments = [{"seconds": 5.5, "name": "The fox", "account": account} for account in (None, "ann")]
    (site.videos / "markers.json").write_text(json.dumps(dict.fromkeys(names[:20], moments)), encoding="utf-8")
    first = legacy_files.exported_anew(site, site.videos, tmp_path / "first")
    assert legacy_files.exported_anew(site, tmp_path / "first", tmp_path / "second") == first
    assert len(json.loads(first["ratings.json"])) == 297
    assert sum(map(len, json.loads(first["tags.json"]).values())) == 933
    assert sum(map(len, json.loads(first["markers.json"]).values())) == 40


def test_markers_come_back_as_each_account_s_own(folder: Folder, tmp_path: Path) -> None:
    ann, ben = an_account("ann", staff=False), an_account("ben", staff=False)
    for path in ("a.mp4", "sub/a.mp4"):
        video = a_video(path, duration=60)
        for owner in (None, ann.pk, ben.pk):
            for seconds, name in ((7.25, "The fox"), (3, ""), (3, ""), (59.9999, "Ende 100%")):
                marking.mark(owner, video, seconds, name)
    first = exported(tmp_path / "first")
    assert len(json.loads(first["markers.json"])["sub/a.mp4"]) == 12
    forget_everything()
    ann.delete()
    report = import_folder(tmp_path / "first")
    assert (report.accounts, report.kinds["markers"].written) == (["ann"], 24)
    assert exported(tmp_path / "second") == first
    assert Marker.objects.of(ben.pk).count() == Marker.objects.of(None).count() == 8
    again = import_folder(tmp_path / "first")
    assert (again.accounts, again.kinds["markers"].written, again.problems) == ([], 0, [])
    assert exported(tmp_path / "third") == first
    assert not get_user_model().objects.get(username="ann").has_usable_password()


def test_a_collection_of_the_old_site_comes_back_as_it_was(folder: Folder, tmp_path: Path) -> None:
    documents = legacy_files.collection()
    for name in documents["ratings"]:
        folder.put(name)
    legacy_files.write(folder.path, **documents)
    import_folder(folder.path)
    files = exported(tmp_path / "out")
    assert json.loads(files["ratings.json"]) == documents["ratings"]
    assert json.loads(files["favorites.json"]) == documents["favorites"]
    assert json.loads(files["views.json"]) == {name: count for name, count in documents["views"].items() if count}


def test_equal_names_in_two_folders_are_told_apart(folder: Folder, tmp_path: Path) -> None:
    a_video("a.mp4", stars=1)
    a_video("sub/a.mp4", stars=2)
    a_video("other/A.mp4", stars=3)
    first = exported(tmp_path / "first")
    assert json.loads(first["ratings.json"]) == {"a.mp4": 1, "sub/a.mp4": 2, "A.mp4": 3}
    forget_everything()
    for path in ("a.mp4", "sub/a.mp4", "other/A.mp4"):
        folder.put(path)
    import_folder(tmp_path / "first")
    assert exported(tmp_path / "second") == first


def test_missing_videos_are_exported_too(folder: Folder, tmp_path: Path) -> None:
    a_video("away.mp4", stars=4, missing=True)
    assert json.loads(exported(tmp_path / "out")["ratings.json"]) == {"away.mp4": 4}


def test_an_export_into_a_library_folder_is_refused_and_changes_nothing(folder: Folder) -> None:
    a_video("a.mp4", stars=4)
    for target in (folder.path, folder.path / "sub"):
        with pytest.raises(ExportRefusedError, match="never written"):
            export_folder(target)
    assert list(folder.path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused_in_words(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match="Nothing was exported"):
        call_command("export_json", str(tmp_path / "file" / "out"))


def test_a_failed_export_leaves_the_earlier_one_whole(folder: Folder, tmp_path: Path) -> None:
    a_video("a.mp4", stars=4)
    before = exported(tmp_path / "out")
    (tmp_path / "out" / "views.json").unlink()
    (tmp_path / "out" / "views.json").mkdir()
    a_video("b.mp4", stars=1)
    with pytest.raises(ExportRefusedError):
        export_folder(tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == set(before)


def test_the_command_prints_what_it_wrote(folder: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_video("a.mp4", stars=4, tags=["x", "y"])
    call_command("export_json", str(tmp_path / "out"))
    printed = capsys.readouterr().out
    assert "ratings.json" in printed
    assert "favorites.json" in printed
