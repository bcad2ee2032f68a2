"""The folder of pictures."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.builders import Folder
from thumbnails import shelf

ONE, OTHER = "ab" * 16, "cd" * 16


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow beyond 5 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_lies_in_the_drawer_of_its_first_characters(folder: Folder, settings: Any) -> None:
    shelf.put(f"{ONE}-640.webp", b"a picture")
    path = settings.THUMBNAILS_DIR / "ab" / f"{ONE}-640.webp"
    assert shelf.path_of(f"{ONE}-640.webp") == path
    assert path.read_bytes() == b"a picture"
    assert shelf.names() == {path.name}


def test_a_full_disk_leaves_nothing_half_written(folder: Folder, settings: Any) -> None:
    with full_disk(), pytest.raises(OSError, match="too large"):
        shelf.put(f"{ONE}.webp", b"a picture")
    assert files_below(settings.THUMBNAILS_DIR) == []


def test_a_file_that_is_there_stays_whole_when_it_can_not_be_replaced(folder: Folder) -> None:
    shelf.put(f"{ONE}.webp", b"a picture")
    with full_disk(), pytest.raises(OSError, match="too large"):
        shelf.put(f"{ONE}.webp", b"another")
    assert shelf.path_of(f"{ONE}.webp").read_bytes() == b"a picture"


def test_what_nobody_shows_is_deleted_after_a_day(folder: Folder, settings: Any) -> None:
    used = {f"{ONE}-320.webp", f"{ONE}-640.webp", f"{ONE}.webp", f"{ONE}.vtt"}
    old = {name.replace(ONE, OTHER) for name in used}
    fresh = {f"{'ef' * 16}.vtt", f"{'ef' * 16}-320.webp"}
    for name in used | old | fresh:
        shelf.put(name, b"content")
    half = shelf.path_of(f"{ONE}.vtt").with_name(".crash_00.part")
    half.write_bytes(b"half")
    for path in (*map(shelf.path_of, used | old), half):
        os.utime(path, (1, 1))
    shelf.sweep(used)
    assert files_below(settings.THUMBNAILS_DIR) == sorted(used | fresh)


def test_what_is_not_ours_is_never_deleted(folder: Folder, settings: Any) -> None:
    shelf.put(f"{ONE}-320.webp", b"ours")
    drawer = shelf.path_of(f"{ONE}-320.webp").parent
    foreign = {
        *("holiday.jpg", ".htaccess", ".notes.part", f"{ONE}-320.webp.bak", f"{ONE}-1280.webp", f"{ONE}-320.vtt"),
        *(f"{ONE.upper()}-320.webp", f"{ONE}x-320.webp", "poster.webp", f"{ONE}.jpg", f"{ONE}0.vtt"),
    }
    for name in foreign:
        (drawer / name).write_bytes(b"somebody's")
    (drawer / f"{'0' * 32}-320.webp").mkdir()
    (drawer / f"{'1' * 32}-320.webp").symlink_to(drawer / "holiday.jpg")
    for path in drawer.iterdir():
        os.utime(path, (1, 1), follow_symlinks=False)
    shelf.sweep(set())
    assert files_below(settings.THUMBNAILS_DIR) == sorted({*foreign, f"{'1' * 32}-320.webp"})
    assert (drawer / f"{'0' * 32}-320.webp").is_dir()
