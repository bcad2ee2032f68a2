"""Posters on the disk and in pages."""

from __future__ import annotations

from collections.abc import Callable
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


@pytest.mark.django_db
def test_a_poster_that_vanished_from_the_disk_is_drawn_anew(folder: Folder) -> None:
    kept, lost = (with_poster(f"{n}.mp4", posters.store({320: b"s", 640: bytes([n])})) for n in range(2))
    posters.path_of(lost.poster_digest, 320).unlink()
    posters.forget_lost()
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.state, lost.state, lost.poster_digest) == ("ready", "pending", "")


def test_a_poisoned_prefix_is_forgotten_with_its_request() -> None:
    set_script_prefix("//evil.example/")
    try:
        assert not posters.poster_of("cd" * 16).small_url.startswith("//")
    finally:
        clear_script_prefix()
    assert posters.poster_of("cd" * 16).small_url == f"/poster/{'cd' * 16}-320.webp"
