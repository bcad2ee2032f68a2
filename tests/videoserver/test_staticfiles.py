"""Static files: collected when they changed, under names that change with their content."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management.base import CommandError

from videoserver.staticfiles import collect_if_changed


@pytest.fixture
def sources(tmp_path: Path, settings: Any) -> Path:
    """A folder of our own sources beside the apps', collected into a new static root."""
    (tmp_path / "sources" / "own").mkdir(parents=True)
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [tmp_path / "sources"]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "videoserver.staticfiles.HashedStaticFiles"}}
    return tmp_path / "sources" / "own"


def test_files_are_collected_when_they_changed_and_only_then(sources: Path, settings: Any) -> None:
    (sources / "a.css").write_text("a {}")
    assert [collect_if_changed(), collect_if_changed()] == [True, False]
    (sources / "a.css").write_text("a { color: red }")
    (sources / "b.css").write_text("b {}")
    assert [collect_if_changed(), collect_if_changed()] == [True, False]
    assert (settings.STATIC_ROOT / "own/b.css").exists()
    (sources / "b.css").unlink()
    assert collect_if_changed()
    assert not (settings.STATIC_ROOT / "own/b.css").exists()


def test_a_changed_module_changes_the_names_of_those_who_import_it(sources: Path) -> None:
    def names() -> tuple[str, str]:
        collect_if_changed()
        staticfiles_storage._setup()  # type: ignore[attr-defined]
        return staticfiles_storage.url("own/user.js"), staticfiles_storage.url("own/used.js")

    (sources / "user.js").write_text('import { x } from "./used.js";\nconsole.log(x);\n')
    (sources / "used.js").write_text("export const x = 1;\n")
    before = names()
    (sources / "used.js").write_text("export const x = 22;\n")
    after = names()
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert re.fullmatch(r"/static/own/user\.[0-9a-f]{12}\.js", after[0])


def test_collected_files_are_compressed_too(sources: Path, settings: Any) -> None:
    (sources / "large.css").write_text("a { color: red }\n" * 1000)
    collect_if_changed()
    assert (settings.STATIC_ROOT / "own/large.css.gz").stat().st_size < 1000


def test_a_folder_that_holds_the_files_of_others_is_left_alone(sources: Path, settings: Any) -> None:
    (sources / "a.css").write_text("a {}")
    settings.STATIC_ROOT.mkdir()
    film = settings.STATIC_ROOT / "film.mp4"
    film.write_bytes(b"film")
    for _ in range(2):
        with pytest.raises(CommandError, match="holds others"):
            collect_if_changed()
    assert [path.name for path in settings.STATIC_ROOT.iterdir()] == ["film.mp4"]


def test_a_collection_that_was_cut_off_is_made_anew(sources: Path, settings: Any) -> None:
    (sources / "a.css").write_text("a {}")
    (sources / "bad.css").write_text("b { background: url(not-there.png) }")
    with pytest.raises(ValueError, match=r"not-there\.png"):
        collect_if_changed()
    assert (settings.STATIC_ROOT / "own/bad.css").exists()
    (sources / "bad.css").unlink()
    assert [collect_if_changed(), collect_if_changed()] == [True, False]
    assert not (settings.STATIC_ROOT / "own/bad.css").exists()


def test_no_other_account_may_read_what_is_collected(sources: Path, settings: Any) -> None:
    (sources / "a.css").write_text("a {}")
    collect_if_changed()
    assert {path.stat().st_mode & 0o077 for path in settings.STATIC_ROOT.rglob("a*.css")} == {0}
