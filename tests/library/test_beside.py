"""What stands beside a video on its page: its title, what is known of it, and why others are there."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from library import history
from library.exporting import export_folder
from library.importing import import_folder
from library.models import Entry, Video, Viewing
from tests.builders import Folder, a_video, an_account
from tests.library.list_routes import post, shown, signed_in

pytestmark = pytest.mark.django_db


def heading(client: Client, path: str) -> str:
    """The title on a video's page, which its field and the window must have too."""
    page = client.get(f"/watch/{path}").content.decode()
    (title,) = re.findall(r"<h1>(.*?)</h1>", page)
    assert f'name="name" value="{title}"' in page
    assert f"<title>{title} · Videoserver</title>" in page
    return str(title)


def facts(client: Client, path: str) -> dict[str, str]:
    """What the page tells of the video, without tags."""
    details = client.get(f"/watch/{path}").content.decode().partition('<dl class="details">')[2].partition("</dl>")[0]
    found = re.findall(r"<dt>(.*?)</dt>(.*?)</div>", details, re.DOTALL)
    return {name: " ".join(re.findall(r"<dd>(?:<a [^>]*>)?(.*?)<", value)) for name, value in found}


def notes(client: Client, address: str) -> dict[str, str]:
    """What the cards say of why they are there, by the file."""
    cards = re.findall(r'<a class="card" href="/watch/([^"?]+)(.*?)</a>', client.get(address).content.decode())
    return {path: "".join(re.findall(r'<span class="note">(.*?)</span>', card)) for path, card in cards}


# --- The title -----------------------------------------------------------------------------------------------


def test_a_title_is_given_found_and_told_in_the_history(client: Client) -> None:
    a_video("DSC_0001.mp4")
    answer = post(client, "/title", filename="DSC_0001.mp4", title="  The  lake\n at dawn ")
    assert answer == {"success": True, "title": "The lake at dawn"}
    assert heading(client, "DSC_0001.mp4") == "The lake at dawn"
    assert shown(client, "/?q=dawn") == ["DSC_0001.mp4"]
    assert Entry.objects.get().action == Entry.Action.TITLE


def test_a_title_stays_through_rescans_moves_and_other_content(client: Client, folder: Folder) -> None:
    path = folder.put("a.mp4")
    folder.scan()
    post(client, "/title", filename="a.mp4", title="The lake")
    folder.put("a.mp4", b"cut anew")
    folder.scan()
    assert heading(client, "a.mp4") == "The lake"
    path.rename(folder.path / "b.mp4")
    folder.scan()
    assert heading(client, "b.mp4") == "The lake"


@pytest.mark.parametrize("title", ["", " \n ", "Cafe\u0301 lake", "Caf\u00e9 lake"])
def test_without_a_title_of_its_own_the_file_s_name_speaks(client: Client, folder: Folder, title: str) -> None:
    path = folder.put("Caf\u00e9_lake.mp4")
    folder.scan()
    name = Video.objects.get().path
    post(client, "/title", filename=name, title="The lake")
    assert post(client, "/title", filename=name, title=title)["title"] == "Caf\u00e9 lake"
    path.rename(folder.path / "The sea.mp4")
    folder.scan()
    assert heading(client, "The sea.mp4") == "The sea"


def test_saying_the_title_that_is_there_changes_nothing(client: Client) -> None:
    a_video("a.mp4", title="The lake")
    post(client, "/title", filename="a.mp4", title="The lake")
    assert not Entry.objects.exists()


def test_titles_that_people_gave_are_exported(client: Client, folder: Folder, tmp_path: Path) -> None:
    for path in ("a.mp4", "sub/a.mp4", "b.mp4"):
        a_video(path)
    post(client, "/title", filename="sub/a.mp4", title="Äpfel")
    post(client, "/title", filename="b.mp4", title="The lake")
    export_folder(tmp_path / "out")
    written = (tmp_path / "out/titles.json").read_text()
    assert json.loads(written) == {"b.mp4": "The lake", "sub/a.mp4": "Äpfel"}


def test_an_import_brings_titles_to_videos_that_have_none(client: Client, folder: Folder, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4"):
        folder.put(name)
    folder.scan()
    post(client, "/title", filename="b.mp4", title="Given here")
    (tmp_path / "in").mkdir()
    told = {"a.mp4": "The lake", "b.mp4": "The sea", "c.mp4": 7, "d.mp4": "x" * 301}
    (tmp_path / "in/titles.json").write_text(json.dumps(told))
    for written in (1, 0):
        report = import_folder(tmp_path / "in")
        assert report.kinds["titles"].written == written
        assert [problem.key for problem in report.problems] == ["c.mp4", "d.mp4"]
    assert [heading(client, f"{name}.mp4") for name in "abcd"] == ["The lake", "Given here", "c", "d"]
    history.undo(Entry.objects.get(action=Entry.Action.IMPORT))
    assert heading(client, "a.mp4") == "a"


# --- What is known of it -------------------------------------------------------------------------------------


def test_the_page_tells_what_is_known_of_the_file(client: Client) -> None:
    picture = {"width": 1920, "height": 1080}
    a_video("in/a.mp4", size=2 * 2**30, duration=3723.0, video_codec="h264", audio_codec="aac", **picture)
    known = facts(client, "in/a.mp4")
    assert known == {
        "Length": "1:02:03",
        "Picture": "1920 × 1080",
        "Codecs": "h264 and aac",
        "Size": "2.0\xa0GB",
        "Added": "1 January 2024",
        "File": "in/a.mp4",
    }


def test_each_account_is_told_when_it_played_a_video_first_and_last(client: Client) -> None:
    video = a_video("a.mp4")
    ann, now = signed_in("ann"), timezone.now()
    assert "Played" not in facts(ann, "a.mp4")
    post(ann, "/view", filename="a.mp4")
    today = f"{timezone.localtime(now):%-d %B %Y}"
    assert facts(ann, "a.mp4")["Played"] == f"Once, on {today}"
    post(ann, "/view", filename="a.mp4")
    assert facts(ann, "a.mp4")["Played"] == f"2 times, on {today}"
    then = now - timedelta(days=400)
    Viewing.objects.about(video).update(first_at=then)
    before = f"{timezone.localtime(then):%-d %B %Y}"
    assert facts(ann, "a.mp4")["Played"] == f"2 times, first on {before}, last on {today}"
    for other in (client, signed_in("ben")):
        assert "Played" not in facts(other, "a.mp4")


def test_the_days_are_those_of_the_house(client: Client) -> None:
    a_video("a.mp4", added=datetime(2024, 5, 1, 23, 30, tzinfo=UTC))
    with timezone.override("Asia/Tokyo"):
        assert facts(client, "a.mp4")["Added"] == "2 May 2024"


def test_files_of_the_same_content_are_named_and_led_to(client: Client, folder: Folder) -> None:
    for name in ("a.mp4", "copies/a #2.mp4", "copies/b.mp4"):
        folder.put(name, b"the same")
    folder.put("other.mp4")
    folder.scan()
    assert facts(client, "a.mp4")["The same content"] == "copies/a #2.mp4 copies/b.mp4"
    assert 'href="/watch/copies/a%20%232.mp4"' in client.get("/watch/a.mp4").content.decode()
    assert "The same content" not in facts(client, "other.mp4")
    (folder.path / "copies/b.mp4").unlink()
    folder.scan()
    assert facts(client, "a.mp4")["The same content"] == "copies/a #2.mp4"
    assert facts(client, "copies/b.mp4")["The same content"] == "a.mp4 copies/a #2.mp4"


# --- Why others are there --------------------------------------------------------------------------------------


def test_a_related_video_says_which_tags_it_shares(client: Client) -> None:
    a_video("this.mp4", tags=["travel", "Dawn", "<sea>"])
    a_video("two.mp4", tags=["travel", "dawn", "other"])
    a_video("one.mp4", tags=["<sea>"])
    assert notes(client, "/watch/this.mp4") == {"two.mp4": "Dawn, travel", "one.mp4": "&lt;sea&gt;"}
    post(client, "/delete_tag", filename="this.mp4", tag="dawn")
    assert notes(client, "/watch/this.mp4")["two.mp4"] == "travel"


def test_the_newest_beside_a_video_without_kin_need_no_reason(client: Client) -> None:
    a_video("this.mp4")
    a_video("new.mp4", tags=["sea"])
    assert notes(client, "/watch/this.mp4") == {"new.mp4": ""}


def test_who_may_tag_may_give_titles(client: Client) -> None:
    a_video("a.mp4")
    client.force_login(an_account("guest", staff=False))
    assert post(client, "/tag", filename="a.mp4", tag="sea")
    assert post(client, "/title", filename="a.mp4", title="The sea")["title"] == "The sea"
