"""What is suggested for a video of a real library, and why; and what is never suggested."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from library import advising, curating, judging, merging, suggesting
from library.advising import Adviser
from library.models import Acceptance, Tag, TagAlias, Video
from tests.builders import a_video

pytestmark = pytest.mark.django_db


def suggested(video: Video) -> dict[str, list[str]]:
    """The reasons for each suggested tag, by its name, the best first."""
    return {Tag.objects.get(pk=one.tag).name: suggesting.reasons(one) for one in Adviser().suggest(video)}


def others(number: int = 6) -> None:
    """Videos that have nothing in common with any, so that no tag is everywhere."""
    for n in range(number):
        a_video(f"{'zyxwvu'[n % 6] * 5}.mp4", tags=[f"other {n}"])


def test_a_tag_that_the_name_says_is_suggested_however_it_is_written() -> None:
    others()
    for name in ("Road Trip", "café", "beach"):
        merging.make(name)
    found = suggested(a_video("Beaches/A roadtrip to the CAFE.mp4"))
    assert found == {
        "café": ["its name says “CAFE”"],
        "Road Trip": ["its name says “roadtrip”"],
        "beach": ["its folder says “Beaches”"],
    }


def test_another_name_of_a_tag_counts_like_its_own() -> None:
    merging.add_alias(merging.make("ocean"), "sea")
    assert list(suggested(a_video("by the sea.mp4"))) == ["ocean"]
    merging.delete([Tag.objects.get()])
    assert TagAlias.objects.exists()
    assert suggested(a_video("at the sea.mp4")) == {}


def test_a_curators_title_counts_like_the_files_name() -> None:
    merging.make("birthday")
    assert list(suggested(a_video("IMG_0042.mp4", title="Ada's birthday"))) == ["birthday"]


def test_a_word_of_names_that_seldom_means_the_tag_says_little() -> None:
    merging.make("green")
    before = Adviser().suggest(a_video("Green one.mp4"))[0].score
    for n in range(9):
        a_video(f"Green thing {chr(97 + n)}.mp4", tags=["door"])
    found = {one.tag: one.score for one in Adviser().suggest(Video.objects.get(path="Green one.mp4"))}
    assert found.get(Tag.objects.get(key="green").pk, 0.0) < before / 2


def test_what_a_series_bears_is_suggested_for_its_next_part() -> None:
    others()
    for part in (1, 2, 3):
        a_video(f"{part} here/Old harbour part {part}.mp4", tags=["walk"])
    assert suggested(a_video("Old Harbour part 4.mp4")) == {
        "walk": ["3 of 3 tagged videos named “Old Harbour part …” have it"]
    }


def test_what_a_folder_bears_is_suggested_and_its_untagged_videos_say_nothing() -> None:
    others()
    for n in range(8):
        a_video(f"Italy/{chr(97 + n) * 4}.mp4", tags=["holiday"] if n < 7 else ["rain"])
        a_video(f"Italy/{chr(107 + n) * 4}.mp4")
    reasons = suggested(a_video("Italy/new.mp4"))
    assert reasons == {"holiday": ["7 of 8 tagged videos in “Italy” have it"]}


def test_a_rare_word_that_names_share_speaks_for_the_tags_of_its_videos() -> None:
    others()
    for n in range(6):
        a_video(f"{chr(97 + n) * 3} with Ada.mp4", tags=["family"])
    assert suggested(a_video("Ada swims.mp4"))["family"] == ["6 of 6 tagged videos with “Ada” in the name have it"]


def test_what_is_borne_together_elsewhere_is_suggested_beside_what_the_video_bears() -> None:
    others()
    for n in range(11):
        a_video(f"{chr(97 + n) * 3}.mp4", tags=["sea", "boat"] if n else ["sea"])
    video = a_video("q.mp4", tags=["sea"])
    assert suggested(video) == {"boat": ["90 % of videos with “sea” have it too"]}


def test_what_a_video_has_or_implies_or_lost_by_hand_is_not_suggested() -> None:
    for name in ("beach", "coast", "sand", "wind"):
        merging.make(name)
    merging.set_parents(Tag.objects.get(key="beach"), [Tag.objects.get(key="coast")])
    video = a_video("beach coast sand wind.mp4", tags=["beach", "sand"])
    curating.untag_all([video], ["sand"])
    assert list(suggested(video)) == ["wind"]


def test_a_rejected_tag_never_comes_back_for_that_video_and_does_for_others() -> None:
    beach = merging.make("beach")
    video, other = a_video("beach.mp4"), a_video("beach again.mp4")
    judging.reject(video, beach, "name")
    assert suggested(video) == {}
    assert list(suggested(other)) == ["beach"]
    judging.unreject(video, beach.pk)
    assert list(suggested(video)) == ["beach"]


def test_rejections_of_a_kind_teach_and_so_do_acceptances() -> None:
    def score() -> float:
        return Adviser().suggest(video)[0].score

    merging.make("beach")
    video = a_video("beach.mp4")
    first = score()
    for n in range(12):
        judging.reject(a_video(f"n{n}.mp4"), merging.make(f"tag {n}"), "name")
    doubted = score()
    accepted = [judging.accept(a_video(f"m{n}.mp4"), f"tag {n}", "name") for n in range(12)]
    trusted = score()
    for entry, n in zip(accepted, range(12), strict=True):
        assert entry
        judging.unaccept(Video.objects.get(path=f"m{n}.mp4"), entry)
    assert doubted < first
    assert doubted < trusted
    assert score() == doubted
    assert not Acceptance.objects.exists()


def test_a_video_costs_as_many_queries_in_a_larger_library() -> None:
    def queries() -> int:
        Adviser()
        with CaptureQueriesContext(connection) as captured:
            Adviser().suggest(video)
        return len(captured)

    for n in range(4):
        a_video(f"Italy/harbour part {n}.mp4", tags=["sea", "boat"])
    video = a_video("Italy/harbour part 9.mp4", tags=["sea"])
    few = queries()
    for n in range(20, 36):
        a_video(f"Italy/harbour part {n}.mp4", tags=["sea", "boat", f"tag {n}"])
    assert queries() == few


def test_a_large_library_is_not_read_again_after_each_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            Adviser()
        return [query["sql"] for query in captured]

    monkeypatch.setattr(advising, "SMALL", 0)
    video = a_video("one.mp4")
    Adviser()
    curating.tag_all([video], ["beach"])
    Adviser()
    curating.tag_all([a_video("two.mp4")], ["beach"])
    assert not [sql for sql in queries() if "library_video_tags" in sql or "custom_title" in sql]
