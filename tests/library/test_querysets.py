"""Every list is answered by an index: the database's own plan says so."""

import pytest

from library.models import Favorite, Tag, Video
from library.querysets import SORTS
from tests.builders import a_video, videos

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", sorted(SORTS))
def test_every_sort_walks_an_index(sort: str, descending: bool) -> None:
    plan = Video.objects.present().with_standing().in_order(sort, descending=descending)[:60].explain()
    assert "TEMP B-TREE" not in plan
    assert "USING" in plan.splitlines()[0]
    assert "INDEX" in plan.splitlines()[0]


def test_favourites_and_the_best_walk_an_index() -> None:
    for listed in (Video.objects.present().favorites(), Video.objects.present().best()):
        assert "TEMP B-TREE" not in listed.with_standing()[:60].explain()


def test_a_path_is_found_by_an_index() -> None:
    for listed in (Video.objects.filter(path="a.mp4"), Video.objects.filter(former_paths__path="a.mp4")):
        assert "SCAN" not in listed.explain()


def test_a_mount_holds_what_is_below_it_and_the_bare_root_the_rest() -> None:
    for path in ("a.mp4", "films/b.mp4", "films2/c.mp4", "shows/d.mp4", "sub/films/e.mp4"):
        a_video(path)
    mounts = ["", "films", "shows"]

    def below(mount: str) -> set[str]:
        return set(Video.objects.under_mount(mount, mounts).values_list("path", flat=True))

    assert below("films") == {"films/b.mp4"}
    assert below("shows") == {"shows/d.mp4"}
    assert below("") == {"a.mp4", "films2/c.mp4", "sub/films/e.mp4"}
    assert Video.objects.under_mount("", [""]).count() == 5


@pytest.mark.parametrize("mount", ["a_b", "100%", "Films", "back\\slash"])
def test_a_mount_with_signs_of_the_query_language_is_taken_literally(mount: str) -> None:
    a_video(f"{mount}/a.mp4")
    a_video("axb/b.mp4")
    a_video("100x/c.mp4")
    assert [video.path for video in Video.objects.under_mount(mount, ["", mount])] == [f"{mount}/a.mp4"]


def test_tags_come_with_their_videos_in_one_more_query(django_assert_num_queries: object) -> None:
    videos(3, tags=["sea"])
    with django_assert_num_queries(2):  # type: ignore[operator]
        listed = [[tag.name for tag in video.tags.all()] for video in Video.objects.with_tags()]
    assert listed == [["sea"]] * 3


def test_ensuring_tags_makes_only_those_that_are_not_there() -> None:
    sea = Tag.objects.create(name="Sea")
    tags = Tag.objects.ensure(["#SEA", "sun", "Sun", "", "#"])
    assert {key: tag.name for key, tag in tags.items()} == {"sea": "Sea", "sun": "sun"}
    assert tags["sea"] == sea
    assert Tag.objects.count() == 2


def test_favourites_are_told_in_the_order_of_adding() -> None:
    for name in ("c.mp4", "a.mp4", "b.mp4"):
        a_video(name, favorite=True)
    assert Favorite.objects.paths() == ["c.mp4", "a.mp4", "b.mp4"]
