"""Videos in the admin: finding them, curating one or many, and nothing that the history doesn't know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library import curating, history, merging
from library.locking import reading_afresh
from library.models import Entry, Favorite, Rating, Tag, Video, ViewCount, Withdrawal
from tests.builders import Folder, a_staff_member, a_video, dump, videos
from thumbnails import storyboards
from thumbnails.models import MediaWork, Storyboard

pytestmark = pytest.mark.django_db

LIST = "/admin/library/video/"


def titles(client: Client, query: str) -> set[str]:
    """The titles that the list shows."""
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return {video.title for video in response.context["cl"].result_list}


def act(client: Client, action: str, chosen: Iterable[Video], query: str = "", **form: Any) -> str:
    """What an action answers when it is chosen for videos, or when its page is sent; after a redirect the list."""
    sent = {"action": action, "_selected_action": [video.pk for video in chosen], **form}
    if "apply" not in form and "preview" not in form:
        sent["index"] = "0"
    response = client.post(f"{LIST}?{query}", sent, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def without_history() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the library but the history's own."""
    return {table: rows for table, rows in dump().items() if table not in ("library_entry", "library_change")}


def undo_latest() -> None:
    history.undo(Entry.objects.latest("pk"))


def test_videos_are_found_by_several_tags(admin_client: Client) -> None:
    a_video("both.mp4", tags=["sea", "sun"])
    a_video("sea.mp4", tags=["sea"])
    a_video("sun.mp4", tags=["sun"])
    a_video("none.mp4")
    sea, sun = (Tag.objects.get(key=key).pk for key in ("sea", "sun"))
    assert titles(admin_client, f"all_tags={sea}") == {"both", "sea"}
    assert titles(admin_client, f"all_tags={sea}&all_tags={sun}") == {"both"}
    assert titles(admin_client, f"any_tags={sea}&any_tags={sun}") == {"both", "sea", "sun"}
    assert titles(admin_client, f"all_tags={sea}&no_tags={sun}") == {"sea"}
    assert titles(admin_client, f"no_tags={sea}&no_tags={sun}") == {"none"}
    assert titles(admin_client, "all_tags=x&any_tags=%00&no_tags=") == {"both", "sea", "sun", "none"}
    assert titles(admin_client, "all_tags=999999") == set()


def test_a_video_is_found_by_what_its_tags_imply(admin_client: Client) -> None:
    a_video("a.mp4", tags=["beach"])
    a_video("b.mp4", tags=["coast"])
    coast = Tag.objects.get(key="coast")
    merging.set_parents(Tag.objects.get(key="beach"), [coast])
    assert titles(admin_client, f"all_tags={coast.pk}") == {"a", "b"}
    assert titles(admin_client, f"no_tags={coast.pk}") == set()


def test_the_filter_by_tags_keeps_the_other_filters_and_shows_what_it_has(admin_client: Client) -> None:
    a_video("a.mp4", tags=["sea"], stars=3)
    a_video("b.mp4", tags=["sea"], stars=4)
    sea = Tag.objects.get()
    html = admin_client.get(f"{LIST}?all_tags={sea.pk}&stars=3&q=a").content.decode()
    form = html.partition('class="tags-filter"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="stars" value="3">' in form
    assert '<input type="hidden" name="q" value="a">' in form
    assert f'<option value="{sea.pk}" selected>sea</option>' in form
    assert titles(admin_client, f"all_tags={sea.pk}&stars=3") == {"a"}


def test_videos_are_narrowed_in_every_way(admin_client: Client) -> None:
    a_video("short.mp4", duration=100, stars=5, tags=["sea"], fingerprint="f" * 32, size=7)
    a_video("middle.mp4", duration=600, fingerprint="f" * 32, size=7)
    failed = a_video("long.mp4", duration=4000, fingerprint="a" * 32, size=9)
    no_storyboard = a_video("unprobed.mp4")
    a_video("gone.mp4", missing=True, stars=2)
    MediaWork.objects.create(video=failed, state="failed")
    Storyboard.objects.create(video=no_storyboard, state="failed")
    for query, expected in {
        "file=there": {"short", "middle", "long", "unprobed"},
        "file=missing": {"gone"},
        "file=twice": {"short", "middle"},
        "media=failed": {"long", "unprobed"},
        "tagged=yes": {"short"},
        "tagged=no": {"middle", "long", "unprobed", "gone"},
        "stars=5": {"short"},
        "stars=none": {"middle", "long", "unprobed"},
        "length=5": {"short"},
        "length=20": {"middle"},
        "length=60": set(),
        "length=more": {"long"},
        "file=there&stars=none&length=20": {"middle"},
        "file=x&media=x&stars=x&length=x&tagged=x": {"short", "middle", "long", "unprobed", "gone"},
    }.items():
        assert titles(admin_client, query) == expected, query


def test_search_finds_videos_that_have_every_word_somewhere(admin_client: Client) -> None:
    a_video("holiday/one.mp4", tags=["Road Trip"])
    a_video("holiday/two.mp4", title="Our trip")
    assert titles(admin_client, "q=trip") == {"one", "Our trip"}
    assert titles(admin_client, "q=holiday+road") == {"one"}
    assert titles(admin_client, "q=holiday+nothing") == set()


def test_a_row_shows_its_storyboard_by_address_alone(admin_client: Client, settings: Any) -> None:
    settings.LIBRARY_POSTERS = "tests.library.posters_everywhere"
    video = a_video("a.mp4")
    Storyboard.objects.create(
        video=video, state="ready", digest="d" * 32, tiles=9, columns=3, tile_width=160, tile_height=90, interval=1
    )
    picture, _ = storyboards.addresses_of("d" * 32)
    html = admin_client.get(LIST).content.decode()
    assert f'data-storyboard="{picture}" data-tiles="9" data-columns="3"' in html
    assert f'src="{picture}"' not in html
    assert re.search(r'<script src="[^"]*hovering[^"]*\.js" type="module">', html)


def test_stars_given_in_the_list_are_one_entry(admin_client: Client) -> None:
    first, second, third = videos(3)
    form: dict[str, Any] = {"form-TOTAL_FORMS": 3, "form-INITIAL_FORMS": 3, "_save": "Save"}
    for index, (video, stars) in enumerate([(first, "4"), (second, "2"), (third, "")]):
        form |= {f"form-{index}-id": video.pk, f"form-{index}-stars": stars}
    before = without_history()
    html = admin_client.post(LIST, form, follow=True).content.decode()
    assert [Rating.objects.get(pk=video.pk).stars for video in (first, second, third)] == [4, 2, None]
    entry = Entry.objects.get()
    assert (entry.summary, entry.actor) == ("Stars for 2 videos", "admin")
    assert f'href="/admin/library/entry/{entry.pk}/change/"' in html
    assert html.count('<li class="success">') == 1
    undo_latest()
    assert without_history() == before


def test_stars_beyond_five_are_refused_in_the_list(admin_client: Client) -> None:
    video = a_video("a.mp4", stars=3)
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save", "form-0-id": video.pk, "form-0-stars": 6}
    assert b"Select a valid choice" in admin_client.post(LIST, form).content
    assert Rating.objects.get().stars == 3


def save(client: Client, video: Video, **changed: Any) -> str:
    form = {
        "custom_title": video.custom_title, "tags": [tag.pk for tag in video.tags.all()],
        "stars": video.rating.stars or "", "added_at_0": "2024-01-01", "added_at_1": "00:00:00",
    } | changed  # fmt: skip
    response = client.post(f"{LIST}{video.pk}/change/", form, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_all_that_a_page_changes_is_one_entry_that_can_be_undone(admin_client: Client) -> None:
    video = a_video("a.mp4", tags=["sea"], stars=2)
    sun = a_video("b.mp4", tags=["sun"]).tags.get()
    Entry.objects.all().delete()
    before = without_history()
    html = save(admin_client, video, custom_title="Our summer", tags=[sun.pk], stars="5", is_favorite="on")
    assert html.count('<li class="success">') == 1
    changed = Video.objects.get(pk=video.pk)
    assert (changed.title, changed.sort_key, changed.rating.stars, changed.is_favorite) == (
        "Our summer", "our summer", 5, True,
    )  # fmt: skip
    assert list(changed.tags.all()) == [sun]
    assert Withdrawal.objects.taggings() == {(video.pk, Tag.objects.get(key="sea").pk)}
    assert Entry.objects.count() == 1
    undo_latest()
    assert without_history() == before


def test_a_page_that_is_saved_as_it_was_changes_nothing(admin_client: Client) -> None:
    video = a_video("a.mp4", tags=["sea"], stars=2)
    Video.objects.filter(pk=video.pk).update(added_at="2024-01-01T00:00:00Z")
    Entry.objects.all().delete()
    before = without_history()
    html = save(admin_client, video)
    assert "Nothing had to be changed" in html
    assert without_history() == before
    assert not Entry.objects.exists()


def test_a_videos_page_plays_it_and_names_its_duplicates_and_its_latest_changes(admin_client: Client) -> None:
    video = a_video("a.mp4", fingerprint="f" * 32, size=7, stars=3)
    twin = a_video("other place/b.mp4", fingerprint="f" * 32, size=7)
    a_video("c.mp4", fingerprint="f" * 32, size=8)
    html = admin_client.get(f"{LIST}{video.pk}/change/").content.decode()
    assert '<video class="player" controls playsinline preload="metadata" src="/video/a.mp4"' in html
    assert f'<a href="{LIST}{twin.pk}/change/">other place/b.mp4</a>' in html
    assert "c.mp4" not in html
    assert "stars none → 3" in html
    gone = a_video("gone.mp4", missing=True)
    html = admin_client.get(f"{LIST}{gone.pk}/change/").content.decode()
    assert "<video" not in html
    assert "The file is not there." in html


def test_views_and_favourites_are_written_through_the_history(admin_client: Client) -> None:
    video = a_video("a.mp4", views=3)
    before = without_history()
    admin_client.post(f"/admin/library/viewcount/{video.pk}/change/", {"count": "9"})
    assert ViewCount.objects.get().count == 9
    undo_latest()
    assert without_history() == before
    admin_client.post("/admin/library/favorite/add/", {"video": video.pk})
    assert Favorite.objects.get().video == video
    admin_client.post(f"/admin/library/favorite/{Favorite.objects.get().pk}/delete/", {"post": "yes"})
    assert Withdrawal.objects.marks() == {video.pk}
    marked = Entry.objects.filter(action="favorite").order_by("-pk")
    for entry in marked:
        history.undo(entry)
    assert without_history() == before
    admin_client.post("/admin/library/favorite/add/", {"video": video.pk})
    chosen = {"action": "delete_selected", "_selected_action": Favorite.objects.get().pk, "post": "yes"}
    admin_client.post("/admin/library/favorite/", chosen)
    assert Entry.objects.latest("pk").summary == "No favourite any more: “a”"


def test_tags_are_added_to_the_selected_videos_as_one_entry(admin_client: Client) -> None:
    first, second, third = videos(3)
    curating.add_tag(first, "sea")
    sea = Tag.objects.get()
    assert 'name="tags"' in act(admin_client, "add_tags", [first, second])
    before = without_history()
    html = act(admin_client, "add_tags", [first, second], apply="1", tags=[sea.pk], new="#brand new")
    entry = Entry.objects.latest("pk")
    assert f'href="/admin/library/entry/{entry.pk}/change/"' in html
    assert [sorted(tag.name for tag in video.tags.all()) for video in (first, second, third)] == [
        ["brand new", "sea"], ["brand new", "sea"], [],
    ]  # fmt: skip
    undo_latest()
    assert without_history() == before


@pytest.mark.parametrize("form", [{}, {"new": "#"}, {"new": "x" * 500}, {"tags": "999999"}])
def test_adding_no_tag_or_no_valid_one_is_asked_again(admin_client: Client, form: dict[str, str]) -> None:
    (video,) = videos(1)
    assert "errorlist" in act(admin_client, "add_tags", [video], apply="1", **form)
    assert not Tag.objects.exists()


def test_tags_are_removed_stars_set_and_favourites_made_for_the_selected_videos(admin_client: Client) -> None:
    chosen = videos(3, tags=["sea"], stars=2)
    sea = Tag.objects.get()
    act(admin_client, "remove_tags", chosen[:2], apply="1", tags=[sea.pk])
    assert sea.videos.get() == chosen[2]
    assert len(Withdrawal.objects.taggings()) == 2
    act(admin_client, "set_stars", chosen[:2], apply="1", stars="5")
    assert [Rating.objects.get(pk=video.pk).stars for video in chosen] == [5, 5, 2]
    act(admin_client, "set_stars", chosen[2:], apply="1", stars="0")
    assert Rating.objects.get(pk=chosen[2].pk).stars is None
    assert "This field is required" in act(admin_client, "set_stars", chosen, apply="1")
    assert Rating.objects.get(pk=chosen[0].pk).stars == 5
    act(admin_client, "favor", chosen)
    assert Favorite.objects.count() == 3
    act(admin_client, "unfavor", chosen[:1])
    assert Favorite.objects.count() == 2
    bulk = Entry.objects.order_by("-pk")[:5]
    assert [entry.summary for entry in bulk] == [
        "No favourite any more: “film001”", "Favourite: 3 videos", "No stars for “film003”", "★★★★★ for 2 videos",
        "sea off 2 videos",
    ]  # fmt: skip


def test_titles_are_set_by_a_pattern_that_is_seen_first(admin_client: Client) -> None:
    chosen = [a_video(f"summer_2020/clip_{n}.mp4", title="" if n else "Arrival") for n in range(12)]
    html = act(admin_client, "set_titles", chosen, "o=2", preview="1", pattern="{folder} {number}: {title}", first="1")
    assert "summer 2020 01: Arrival" in html
    assert html.count("<td>summer 2020 ") == 10
    assert Video.objects.get(path="summer_2020/clip_3.mp4").title == "clip 3"
    before = without_history()
    act(admin_client, "set_titles", chosen, "o=2", apply="1", pattern="{folder} {number}: {title}", first="1")
    assert Video.objects.get(path="summer_2020/clip_0.mp4").title == "summer 2020 01: Arrival"
    assert {video.title[:15] for video in Video.objects.all()} == {f"summer 2020 {n:02}:" for n in range(1, 13)}
    undo_latest()
    assert without_history() == before
    act(admin_client, "set_titles", chosen, apply="1", pattern="", first="1")
    assert Video.objects.get(path="summer_2020/clip_0.mp4").title == "clip 0"


def test_a_pattern_with_an_unknown_placeholder_is_refused_with_the_reason(admin_client: Client) -> None:
    (video,) = videos(1)
    html = act(admin_client, "set_titles", [video], apply="1", pattern="{titel}", first="1")
    assert "There is no {titel}" in html
    assert Video.objects.get().custom_title == ""


def test_media_are_drawn_again(admin_client: Client) -> None:
    (video,) = videos(1)
    MediaWork.objects.create(video=video, state="failed", attempts=3, error="broken")
    act(admin_client, "render_again", [video])
    work = MediaWork.objects.get()
    assert (work.state, work.attempts, work.error) == ("pending", 0, "")


def test_missing_videos_are_forgotten_after_an_export_and_a_warning(admin_client: Client, folder: Folder) -> None:
    folder.put_and_scan("here.mp4")
    gone = a_video("gone.mp4", missing=True, stars=4, size=5)
    back = a_video("back.mp4", missing=True, size=5)
    folder.put("back.mp4")
    html = act(admin_client, "forget", Video.objects.all())
    assert "1 missing video will be forgotten" in html
    assert "be undone" in html
    assert "gone (gone.mp4): 4 stars" in html
    assert Video.objects.filter(pk=gone.pk).exists()
    html = act(admin_client, "forget", Video.objects.all(), apply="1")
    assert set(Video.objects.values_list("path", flat=True)) == {"here.mp4", back.path}
    (record,) = (folder.path.parent / "var" / "exports").glob("*/forgotten.json")
    assert '"gone.mp4"' in record.read_text()
    assert Entry.objects.latest("pk").action == "forget"


def test_nothing_is_forgotten_whose_folder_is_away(admin_client: Client, folder: Folder) -> None:
    gone = a_video("gone.mp4", missing=True, stars=4)
    html = act(admin_client, "forget", [gone], apply="1")
    assert "1 video may only be away" in html
    assert Video.objects.filter(pk=gone.pk).exists()


def test_all_videos_of_all_pages_are_changed_by_a_bounded_number_of_queries(admin_client: Client) -> None:
    first, *_ = videos(60)
    tag = Tag.objects.create(name="sea")

    def queries(tag_name: str) -> int:
        with reading_afresh(), CaptureQueriesContext(connection) as captured:
            act(admin_client, "add_tags", [first], select_across="1", apply="1", tags=[tag.pk], new=tag_name)
        return len(captured)

    few = queries("one")
    assert tag.videos.count() == 60
    videos(180, "more")
    assert queries("two") <= few
    assert tag.videos.count() == 240
    asked = act(admin_client, "add_tags", Video.objects.all(), select_across="1")
    assert "240 videos selected" in asked
    assert asked.count('name="_selected_action"') == 1


def test_bulk_actions_keep_to_the_filter_that_was_chosen(admin_client: Client) -> None:
    some = videos(3, stars=3)
    others = videos(3, "other")
    act(admin_client, "set_stars", some[:1], "stars=3", select_across="1", apply="1", stars="5")
    assert Rating.objects.filter(stars=5).count() == 3
    assert not Rating.objects.filter(pk__in=[video.pk for video in others], stars=5).exists()


def test_actions_are_refused_without_their_permission(client: Client) -> None:
    (video,) = videos(1, missing=True)
    client.force_login(a_staff_member("reader", "view_video"))
    html = act(client, "favor", [video])
    assert 'name="action"' not in html
    assert not Favorite.objects.exists()
    client.force_login(a_staff_member("changer", "view_video", "change_video"))
    html = act(client, "forget", [video], apply="1")
    assert 'value="add_tags"' in html
    assert 'value="forget"' not in html
    assert 'value="render_again"' not in html
    assert Video.objects.exists()
