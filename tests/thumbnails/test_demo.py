"""The demo collection."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from library.naming import base_name
from tests import legacy_files
from tests.environment import Site
from thumbnails import demo, frames, probing, rendering

TWO = ("Test card.mp4", "Game of life.webm")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole demo, made once."""
    folder = tmp_path_factory.mktemp("demo")
    call_command("make_demo", str(folder), verbosity=0)
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo of the two clips that are made fastest."""
    chosen = [clip for clip in demo.clips() if clip.name in TWO]
    monkeypatch.setattr(demo, "clips", lambda: chosen)


def test_a_dozen_clips_are_made_that_any_browser_plays(whole: Path) -> None:
    clips = [path for path in whole.rglob("*") if path.suffix in {".mp4", ".webm"}]
    assert len(clips) >= 12
    assert sum(path.stat().st_size for path in clips) < 15_000_000
    for path in clips:
        facts = probing.probe(path)
        assert (facts.video_codec, facts.audio_codec) in {("h264", "aac"), ("vp9", "opus")}
        assert 5.5 < (facts.duration or 0) < 12.5
        assert max(facts.width or 0, facts.height or 0) >= 640
    assert not list(whole.rglob("*.part"))


def test_every_poster_of_the_demo_says_something(whole: Path) -> None:
    scores = {
        path.name: max(map(frames.score, rendering.candidates(path, probing.probe(path))))
        for path in whole.rglob("*.mp4")
    }
    assert min(scores.values()) >= frames.GOOD, scores


def test_its_files_are_of_different_ages(whole: Path) -> None:
    ages = {round((time.time() - path.stat().st_mtime) / 86_400) for path in whole.rglob("*.mp4")}
    assert len(ages) > 8
    assert max(ages) > 600


def test_an_empty_data_dir_that_imports_its_export_exports_equal_bytes(whole: Path, tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.videos.symlink_to(whole)
    first = legacy_files.exported_anew(site, whole, tmp_path / "first")
    assert legacy_files.exported_anew(site, tmp_path / "first", tmp_path / "second") == first
    assert json.loads(first["tags.json"]).keys() == json.loads((whole / "tags.json").read_bytes()).keys()


def test_the_legacy_files_speak_of_its_clips(whole: Path) -> None:
    names = {base_name(clip.name) for clip in demo.clips()}
    documents = {name: json.loads((whole / name).read_text()) for name in demo.LEGACY}
    for name in ("tags.json", "ratings.json", "views.json"):
        assert set(documents[name]) <= names
    assert set(documents["favorites.json"]["favorites"]) <= names
    assert len({tag for tags in documents["tags.json"].values() for tag in tags}) >= 12


def test_made_again_it_changes_nothing(whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    report = demo.make_demo(whole)
    assert report.made == []
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before


def test_a_half_made_demo_is_finished(tmp_path: Path, small: None, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Test card.mp4.part").write_bytes(b"half")
    (tmp_path / "tags.json").write_text("{}")
    call_command("make_demo", str(tmp_path))
    assert capsys.readouterr().out.startswith("5 files made, 1 were there")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*TWO, *demo.LEGACY])
    assert (tmp_path / "tags.json").read_text() == "{}"


def test_a_clip_that_can_not_be_made_leaves_nothing_that_looks_like_one(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "LARGEST", 1000)
    with pytest.raises(CommandError, match="can't be made"):
        call_command("make_demo", str(tmp_path))
    assert not [path for path in tmp_path.iterdir() if path.suffix in {".mp4", ".webm"}]
