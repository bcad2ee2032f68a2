"""The search through its address: what it finds, in which order, what it marks, and what it says."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library import curating, history, indexing, merging, remembering, searching
from library.finding import folding
from library.finding.parsing import parsed
from library.models import Tag, Video
from library.querysets import texts
from tests.builders import NEW_YEAR, Folder, a_video, videos

pytestmark = pytest.mark.django_db


def page(client: Client, text: str, **more: str) -> str:
    response = client.get("/", {"q": text, **more})
    assert response.status_code == 200
    return response.content.decode()


def found(client: Client, text: str, **more: str) -> list[str]:
    """The titles that a search shows, in their order, without marks."""
    shown = re.findall(r'class="title">(.*?)</span>', page(client, text, **more))
    return [unescape(re.sub("<[^>]+>", "", title)) for title in shown]


# --- Forgiving ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["Café été", "cafe ete", "CAFÉ", "ete cafe", "café-été", "cafe\N{COMBINING ACUTE ACCENT}", "caf", "afé", "quinns",
     "quinn's", "QUINN’S", "part 10", "part10", "ｃａｆｅ", '"été à quinn"', "e c"],
)  # fmt: skip
def test_case_accents_punctuation_and_word_order_make_no_difference(client: Client, text: str) -> None:
    a_video("trips/Café: Été à Quinn's_part10.mp4")
    a_video("other.mp4")
    assert found(client, text.replace('"été à quinn"', '"été à quinns"')) == ["Café: Été à Quinn's part10"]


@pytest.mark.parametrize("text", ["harbuor", "hrabour", "harbor", "harboour", "harbouq dawn", "harbour dwan", "harbuo"])
def test_a_slip_of_the_finger_finds_what_was_meant_and_the_page_says_so(client: Client, text: str) -> None:
    a_video("Harbour at dawn.mp4")
    a_video("Hardware.mp4")
    shown = page(client, text)
    assert "These come near." in shown or "This comes near." in shown
    assert "<mark>Harbour</mark>" in shown
    assert found(client, text)[0] == "Harbour at dawn"


def test_a_misspelt_tag_and_a_filter_beside_it_count_too(client: Client) -> None:
    a_video("one.mp4", tags=["Mountains"], stars=5)
    a_video("two.mp4", tags=["Mountains"])
    assert found(client, "mountians rating:5") == ["one"]


def test_what_is_written_just_so_is_shown_alone(client: Client) -> None:
    a_video("lake.mp4")
    a_video("lane.mp4")
    assert found(client, "lake") == ["lake"]
    assert "near" not in page(client, "lake")


@pytest.mark.parametrize("text", ["映画", "画", "第1話"])
def test_signs_without_blanks_are_found(client: Client, text: str) -> None:
    a_video("映画 第１話.mp4")
    assert found(client, text) == ["映画 第１話"]


# --- Ranked and marked -------------------------------------------------------------------------------------------


def test_the_best_match_comes_first(client: Client) -> None:
    a_video("blacklakes.mp4", title="Blacklakes")
    a_video("lake trips/one.mp4", title="In a folder")
    a_video("tagged.mp4", tags=["lake"])
    a_video("Lakeside.mp4")
    a_video("A long day at the lake.mp4")
    a_video("Lake.mp4")
    order = ["Lake", "A long day at the lake", "tagged", "Lakeside", "Blacklakes", "In a folder"]
    assert found(client, "lake") == order
    assert found(client, "lake", sort="title") == sorted(order, key=str.lower)
    assert found(client, "lake -trips", sort="date", order="asc")[0] == "Blacklakes"


def test_without_words_the_newest_comes_first(client: Client) -> None:
    for name in ("a", "b", "c"):
        a_video(f"{name}.mp4", stars=5)
    assert found(client, "rating:5") == ["c", "b", "a"]


def test_the_matched_part_is_marked_in_title_tag_and_path_and_all_else_escaped(client: Client) -> None:
    a_video("x & y/one.mp4", title="<b>Été</b> & more", tags=["<i>holidays</i>"])
    assert '<span class="title">&lt;b&gt;<mark>Été</mark>&lt;/b&gt; &amp; more</span>' in page(client, "ete")
    assert '<span class="reason">#&lt;i&gt;<mark>holi</mark>days&lt;/i&gt;</span>' in page(client, "holi")
    assert '<span class="reason">x &amp; <mark>y/one</mark>.mp4</span>' in page(client, '"y one"')
    assert "<mark>" not in page(client, "rating:none")
    assert "<mark>" not in client.get("/").content.decode()


def test_marks_keep_to_the_title_whatever_its_letters_fold_to() -> None:
    for title, needle, marked in [
        ("Straße 12", "strasse", "Straße"),
        ("ﬁlm", "fi", "ﬁ"),
        ("cafe\N{COMBINING ACUTE ACCENT}s", "cafe", "cafe\N{COMBINING ACUTE ACCENT}"),
        ("part10", "10", "10"),
        ("a lake, a Lake", "lake", "lake"),
    ]:
        start, stop = folding.spans(title, [folding.needle(needle)])[0]
        assert title[start:stop] == marked


def test_pages_go_on_after_what_is_ranked(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    videos(130, prefix="lake ")
    a_video("Lake.mp4", added=NEW_YEAR)
    everything = [title for number in "123" for title in found(client, "lake", page=number)]
    assert len(everything) == len(set(everything)) == 131
    monkeypatch.setattr(searching, "MOST_RANKED", 70)
    bounded = [title for number in "123" for title in found(client, "lake", page=number)]
    assert sorted(bounded) == sorted(everything)
    assert bounded[0] == "Lake"


def test_a_search_asks_no_more_queries_for_more_videos(client: Client) -> None:
    def queries() -> int:
        remembering._remembered.clear()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(client, "lake rating:none")
        return len(captured)

    videos(5, prefix="lake ", tags=["lake"])
    page(client, "lake rating:none")
    before = queries()
    videos(20, prefix="more lake ", tags=["lake"])
    assert queries() == before


# --- What it says ------------------------------------------------------------------------------------------------


def test_a_mistake_is_told_beside_the_results(client: Client) -> None:
    a_video("lake.mp4")
    shown = page(client, "lake or rating:9")
    assert "<code>rating:9</code> Stars are 1 to 5" in shown
    assert found(client, "lake or rating:9") == ["lake"]


def test_an_empty_result_says_which_term_excludes_everything(client: Client) -> None:
    a_video("lake.mp4", stars=2)
    shown = page(client, "lake rating:5")
    assert re.search(r'href="\?q=lake">rating:5 <span class="number">1 video<', shown)


def test_an_unknown_tag_is_told_with_the_names_that_come_nearest(client: Client) -> None:
    a_video("lake.mp4", tags=["travel"])
    near = '<a href="?q=tag%3Atravel+unrated">travel</a>'
    assert f"There is no tag “travle”. Did you mean {near}?" in page(client, "tag:travle rating:none")


def test_a_search_for_nothing_is_the_whole_grid(client: Client) -> None:
    a_video("lake.mp4")
    for text in ("", "  ", "()", "!?"):
        assert found(client, text) == ["lake"]


@pytest.mark.parametrize(
    "text",
    ["\0", "'; drop table x --", '"', "%", "_", "*", "NEAR(a b)", "a AND b", "{}", "^a", "x" * 5_000],
)
def test_no_text_breaks_the_page(client: Client, text: str) -> None:
    a_video("one_100%.mp4")
    page(client, text)


# --- The index is kept -------------------------------------------------------------------------------------------


def sees(text: str) -> list[str]:
    return sorted(searching.matching(parsed(text).query).values_list("path", flat=True))


def test_the_index_follows_every_way_in_which_names_change(folder: Folder) -> None:
    video = folder.put_and_scan("lake.mp4")
    assert sees("lake") == ["lake.mp4"]
    curating.title_all({video: "Harbour"})
    assert (sees("harbour"), sees("lake")) == (["lake.mp4"], ["lake.mp4"])
    history.undo(history.Entry.objects.first())
    assert sees("harbour") == []
    (folder.path / "lake.mp4").rename(folder.path / "meadow.mp4")
    folder.scan()
    assert (sees("meadow"), sees("lake")) == (["meadow.mp4"], [])
    curating.add_tag(Video.objects.get(), "travel")
    merging.rename(Tag.objects.get(), "voyage")
    assert sees("voyage") == sees("travel") == ["meadow.mp4"]
    Video.objects.get().delete()
    assert sees("meadow") == sees("voyage") == []


def test_a_row_that_is_inserted_over_may_bring_words_that_are_known_already() -> None:
    a_video("lake.mp4")
    video = a_video("sea.mp4")
    video.custom_title = "Lake at the lake"
    Video.objects.bulk_create(
        [video.name_itself()], update_conflicts=True, unique_fields=["id"], update_fields=["title", "words"]
    )
    assert sees("lake") == ["lake.mp4", "sea.mp4"]


def test_what_is_rolled_back_is_not_found() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        a_video("lake.mp4")
        assert sees("lake") == ["lake.mp4"]
        raise ZeroDivisionError
    assert sees("lake") == []


def test_a_lost_trigger_is_made_again_by_the_next_migration() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER library_text_added")
    a_video("lake.mp4")
    assert sees("lake") == []
    call_command("migrate", verbosity=0)
    assert sees("lake") == ["lake.mp4"]
    a_video("more lake.mp4")
    assert len(sees("lake")) == 2


def test_the_index_can_be_made_anew() -> None:
    a_video("lake.mp4")
    Video.objects.update(words="")
    assert sees("lake") == []
    indexing.rebuild()
    assert sees("lake") == ["lake.mp4"]
    assert texts.near_words("lakes") == ["lake"]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {texts.VIDEOS} ({texts.VIDEOS}, rank) VALUES ('integrity-check', 1)")
