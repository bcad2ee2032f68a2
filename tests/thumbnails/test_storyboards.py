"""Storyboards on the disk and in pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders import Folder, a_video
from thumbnails import storyboards
from thumbnails.models import Storyboard
from thumbnails.storyboards import Layout, Sheet, Shown

LAYOUT = Layout(tiles=3, columns=2, tile_width=160, tile_height=90, interval=1800.5)
SHEET = Sheet(b"a picture", LAYOUT, 5000.25)
INDEX = """WEBVTT

00:00:00.000 --> 00:30:00.500
{0}#xywh=0,0,160,90

00:30:00.500 --> 01:00:01.000
{0}#xywh=160,0,160,90

01:00:01.000 --> 01:23:20.250
{0}#xywh=0,90,160,90
"""


def with_storyboard(path: str, digest: str) -> Storyboard:
    return Storyboard.objects.create(video=a_video(path), state="ready", digest=digest, **LAYOUT._asdict())


def test_the_index_says_where_in_the_picture_each_time_is(folder: Folder) -> None:
    digest = storyboards.store(SHEET)
    assert storyboards.path_of(digest, "webp").read_bytes() == b"a picture"
    assert storyboards.path_of(digest, "vtt").read_text() == INDEX.format(f"{digest}.webp")
    assert LAYOUT.rows == 2


@pytest.mark.parametrize(
    "other",
    [
        SHEET._replace(picture=b"another"),
        SHEET._replace(duration=5000.5),
        SHEET._replace(layout=LAYOUT._replace(interval=1800)),
    ],
)
def test_another_picture_or_another_index_has_another_name(folder: Folder, other: Sheet) -> None:
    assert storyboards.store(SHEET) == storyboards.store(SHEET) != storyboards.store(other)


@pytest.mark.django_db
def test_all_storyboards_of_a_page_come_in_one_query(
    django_assert_num_queries: Callable[[int], Any], cold: None
) -> None:
    works = [with_storyboard(f"{n}.mp4", f"{n:032x}") for n in range(3)]
    bare = Storyboard.objects.create(video=a_video("one scene.mp4"), state="ready")
    with django_assert_num_queries(1):
        found = storyboards.for_videos([*(work.pk for work in works), bare.pk, 999_999])
    assert found == {
        work.pk: Shown(f"/storyboards/{n:032x}.webp", f"/storyboards/{n:032x}.vtt", LAYOUT)
        for n, work in enumerate(works)
    }


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["webp", "vtt"])
def test_a_storyboard_that_vanished_from_the_disk_is_drawn_anew(folder: Folder, ending: str) -> None:
    kept, lost = (with_storyboard(f"{n}.mp4", storyboards.store(SHEET._replace(duration=5000 + n))) for n in range(2))
    storyboards.path_of(lost.digest, ending).unlink()
    storyboards.forget_lost()
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.state, lost.state, lost.digest) == ("ready", "pending", "")
