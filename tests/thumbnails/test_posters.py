"""Posters on the disk and in pages."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.urls import clear_script_prefix, set_script_prefix

from library.cards import Poster, posters_for
from tests.builders import Folder, a_video, videos
from thumbnails import posters
from thumbnails.models import MediaWork

PICTURES = {320: b"a small picture", 640: b"a large picture"}


def with_poster(path: str, digest: str) -> MediaWork:
    return MediaWork.objects.create(video=a_video(path), state="ready", poster_digest=digest)


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


@pytest.mark.django_db
def test_all_posters_of_a_page_come_in_one_query(django_assert_num_queries: Callable[[int], Any], cold: None) -> None:
    works = [with_poster(f"{n}.mp4", f"{n:032x}") for n in range(3)]
    bare = a_video("bare.mp4")
    with django_assert_num_queries(1):
        found = posters_for([*(work.pk for work in works), bare.pk, 999_999])
    assert found == {
        work.pk: Poster(f"/poster/{n:032x}-320.webp", f"/poster/{n:032x}-640.webp") for n, work in enumerate(works)
    }


@pytest.mark.django_db
def test_no_video_no_poster(django_assert_num_queries: Callable[[int], Any]) -> None:
    assert posters.for_videos([]) == {}
    assert posters.for_videos([videos(1)[0].pk]) == {}


def test_pictures_lie_under_the_hash_of_the_larger(folder: Folder) -> None:
    digest = posters.store(PICTURES)
    assert len(digest) == 32
    assert posters.store({**PICTURES, 640: b"another"}) != digest
    assert posters.path_of(digest, 640).read_bytes() == b"a large picture"
    assert posters.path_of(digest, 320).read_bytes() == b"a small picture"
    assert posters.path_of(digest, 320).parent.name == digest[:2]


def test_a_full_disk_leaves_nothing_half_written(folder: Folder, settings: Any) -> None:
    with full_disk(), pytest.raises(OSError, match="too large"):
        posters.store(PICTURES)
    assert files_below(settings.THUMBNAILS_DIR) == []


def test_a_picture_that_is_there_stays_whole_when_it_can_not_be_replaced(folder: Folder) -> None:
    digest = posters.store(PICTURES)
    with full_disk(), pytest.raises(OSError, match="too large"):
        posters.store(PICTURES)
    assert posters.path_of(digest, 640).read_bytes() == b"a large picture"


@pytest.mark.django_db
def test_a_poster_that_vanished_from_the_disk_is_drawn_anew(folder: Folder) -> None:
    kept, lost = (with_poster(f"{n}.mp4", posters.store({320: b"s", 640: bytes([n])})) for n in range(2))
    posters.path_of(lost.poster_digest, 320).unlink()
    posters.forget_lost()
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.state, lost.state, lost.poster_digest) == ("ready", "pending", "")


@pytest.mark.django_db
def test_pictures_that_nobody_shows_are_deleted_after_a_day(folder: Folder, settings: Any) -> None:
    used = posters.store(PICTURES)
    with_poster("a.mp4", used)
    old, fresh = (posters.store({320: b"s", 640: name}) for name in (b"old", b"fresh"))
    left_over = posters.path_of(old, 320).with_name(".crash_00.part")
    left_over.write_bytes(b"half")
    for path in (*(posters.path_of(name, width) for name in (used, old) for width in (320, 640)), left_over):
        os.utime(path, (1, 1))
    posters.sweep()
    assert files_below(settings.THUMBNAILS_DIR) == sorted(
        posters.path_of(digest, width).name for digest in (used, fresh) for width in (320, 640)
    )


@pytest.mark.django_db
def test_what_is_not_ours_is_never_deleted(folder: Folder, settings: Any) -> None:
    digest = posters.store(PICTURES)
    shard = posters.path_of(digest, 320).parent
    foreign = {
        *("holiday.jpg", ".htaccess", ".notes.part", f"{digest}-320.webp.bak", f"{digest}-1280.webp"),
        *(f"{digest.upper()}-320.webp", f"{digest}x-320.webp", "poster.webp"),
    }
    for name in foreign:
        (shard / name).write_bytes(b"somebody's")
    (shard / f"{'0' * 32}-320.webp").mkdir()
    (shard / f"{'1' * 32}-320.webp").symlink_to(shard / "holiday.jpg")
    for path in shard.iterdir():
        os.utime(path, (1, 1), follow_symlinks=False)
    posters.sweep()
    assert files_below(settings.THUMBNAILS_DIR) == sorted({*foreign, f"{'1' * 32}-320.webp"})
    assert (shard / f"{'0' * 32}-320.webp").is_dir()


def test_a_poisoned_prefix_is_forgotten_with_its_request() -> None:
    set_script_prefix("//evil.example/")
    try:
        assert not posters.poster_of("cd" * 16).small_url.startswith("//")
    finally:
        clear_script_prefix()
    assert posters.poster_of("cd" * 16).small_url == f"/poster/{'cd' * 16}-320.webp"
