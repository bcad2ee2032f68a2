"""Films whose index lies at the end: found, told of, copied with it in front, and the copy played."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from library import pruning
from library.models import Video
from tests.builders import Folder, an_account, body
from tests.thumbnails.test_tasks import let_delays_pass, work_off
from thumbnails import boxes, ffmpeg, mending, tasks
from thumbnails.models import MAX_ATTEMPTS, FastStart, MediaWork

pytestmark = pytest.mark.django_db

PADDING = boxes.HEAD + 1
LIST = "/admin/library/video/"


def padded(film: bytes) -> bytes:
    """A film whose index lies at its end, and far from its head: its `mdat` is longer than what is used of it."""
    place = film.index(b"mdat") - 4
    size = int.from_bytes(film[place : place + 4], "big")
    head, content, rest = film[:place], film[place + 4 : place + size], film[place + size :]
    return head + (size + PADDING).to_bytes(4, "big") + content + bytes(PADDING) + rest


@pytest.fixture(scope="session")
def late(sample: bytes) -> bytes:
    return padded(sample)


@pytest.fixture
def film(folder: Folder, late: bytes) -> Video:
    """A film that starts late; scanned, and its poster drawn."""
    video = folder.put_and_scan("a film.mp4", late)
    work_off(tasks.render_media)
    return video


@pytest.fixture
def repaired(film: Video) -> Video:
    """The same with a copy that starts fast."""
    copy_them(film)
    return film


def copy_them(*films: Video) -> None:
    assert mending.start_fast([film.pk for film in films]) == len(films)
    work_off(tasks.copy_for_fast_start)


def source(client: Client, page: str = "/watch/a film.mp4") -> str:
    """The address of the bytes that a page plays."""
    html = client.get(page).content.decode()
    return html.partition("<video")[2].partition('src="')[2].partition('"')[0].replace("&amp;", "&")


def listed(client: Client, **filters: str) -> list[str]:
    found = client.get(LIST, filters).context["cl"].result_list
    return [video.path for video in found]


def told(client: Client, film: Video) -> str:
    html = client.get(f"{LIST}{film.pk}/change/").content.decode()
    return html.partition("field-start")[2].partition('readonly">')[2].partition("</div>")[0].replace("&#x27;", "'")


def copies(settings: Any) -> list[Path]:
    folder = settings.DATA_DIR / "faststart"
    return sorted(folder.iterdir()) if folder.exists() else []


def scan_and_heal(folder: Folder) -> None:
    folder.scan()
    work_off(tasks.heal)


def fail(kind: Any) -> None:
    """Make all attempts at a work that can't succeed."""
    for _ in range(MAX_ATTEMPTS):
        work_off(kind)
        let_delays_pass()


def test_a_film_with_its_index_at_the_end_is_found_and_told_of(film: Video, admin_client: Client) -> None:
    assert listed(admin_client, start="late") == ["a film.mp4"]
    assert listed(admin_client, start="copy") == listed(admin_client, start="failed") == []
    assert told(admin_client, film) == "The file's index lies at its end, so it starts late."
    assert "video that starts late" in admin_client.get("/admin/").content.decode()


def test_a_copy_holds_the_same_streams_with_the_index_in_front(repaired: Video, client: Client, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(body(client.get(source(client))))
    with copy.open("rb") as file:
        kinds = [box.kind for box in boxes.boxes(file)]
    assert kinds.index(b"moov") < kinds.index(b"mdat")
    original = tmp_path / "original.mp4"
    original.write_bytes(body(client.get("/video/a film.mp4")))
    hashes = [
        ffmpeg.run(
            [*ffmpeg.reading(path), "-map", "0", "-c", "copy", "-f", "streamhash", "-"], reads=path, time_limit=60
        )
        for path in (original, copy)
    ]
    assert hashes[0] == hashes[1]
    assert hashes[0].count(b"SHA256") == 2


def test_the_admin_has_copies_made_of_those_that_are_late_alone(
    film: Video, folder: Folder, sample: bytes, admin_client: Client
) -> None:
    other = folder.put_and_scan("fast.mp4", sample)
    work_off(tasks.render_media)
    chosen = {"action": "start_fast", "_selected_action": [film.pk, other.pk]}
    answer = admin_client.post(LIST, chosen, follow=True)
    assert "Of 1 video a copy that starts fast will be made." in answer.content.decode()
    assert "will be made" in told(admin_client, film)
    assert told(admin_client, other) == "It plays as soon as it arrives."
    work_off(tasks.copy_for_fast_start)
    assert told(admin_client, film).startswith("A copy with its index in front is played instead, ")
    assert (listed(admin_client, start="late"), listed(admin_client, start="copy")) == ([], ["a film.mp4"])
    again = admin_client.post(LIST, chosen, follow=True)
    assert "None of the selected videos starts late." in again.content.decode()


def test_the_admin_plays_the_copy_too(repaired: Video, client: Client, admin_client: Client) -> None:
    copy = source(client)
    assert f'src="{copy}"' in admin_client.get(f"{LIST}{repaired.pk}/change/").content.decode()
    assert admin_client.get(f"{LIST}suggestions/{repaired.pk}/").json()["file"] == copy


def test_the_copy_has_an_address_and_an_entity_tag_of_its_own(repaired: Video, client: Client, late: bytes) -> None:
    plain, copy = "/video/a%20film.mp4", source(client)
    assert copy.startswith(f"{plain}?copy=")
    whole, original = client.get(copy), client.get(plain)
    assert whole["ETag"] != original["ETag"]
    assert body(original) == late
    content = body(whole)
    assert len(content) == int(whole["Content-Length"]) < len(late)
    part = client.get(copy, headers={"Range": "bytes=100-199", "If-Range": whole["ETag"]})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 100-199/{len(content)}")
    assert body(part) == content[100:200]
    mixed = client.get(copy, headers={"Range": "bytes=100-199", "If-Range": original["ETag"]})
    assert (mixed.status_code, body(mixed)) == (200, content)
    assert body(client.get(f"{copy}&download")) == late
    assert f'href="{plain}?download"' in client.get("/watch/a film.mp4").content.decode()


def test_who_names_a_copy_that_is_no_more_gets_the_film_or_nothing(
    repaired: Video, folder: Folder, client: Client, late: bytes
) -> None:
    copy = source(client)
    other = folder.put_and_scan("other.mp4", late + b"\0\0\0\x08free")
    for gone in (copy.replace("copy=", "copy=0"), copy.replace("a%20film", "other"), "/video/other.mp4?copy=../x"):
        for headers in ({}, {"Range": "bytes=0-"}):
            answer = client.get(gone, headers=headers)
            assert (answer.status_code, answer["Location"]) == (302, gone.partition("?")[0])
        assert client.get(gone, headers={"Range": "bytes=5-"}).status_code == 404
    assert other.pk != repaired.pk


def test_a_film_that_changed_is_played_itself_and_its_copy_removed(
    repaired: Video, folder: Folder, client: Client, sample: bytes, settings: Any
) -> None:
    copy = source(client)
    folder.put(repaired.path, sample)
    assert client.get(copy)["Location"] == "/video/a%20film.mp4"  # no scan has seen it yet
    folder.scan()
    assert source(client) == "/video/a%20film.mp4"
    (file,) = copies(settings)
    work_off(tasks.heal)
    assert copies(settings) == [file]  # for an hour it may be somebody's who has just made it
    os.utime(file, (0, 0))
    scan_and_heal(folder)
    assert copies(settings) == []
    assert not FastStart.objects.exists()


def test_a_forgotten_film_takes_its_copy_along(repaired: Video, folder: Folder, sample: bytes, settings: Any) -> None:
    folder.put_and_scan("stays.mp4", sample)
    (folder.path / repaired.path).unlink()
    scan_and_heal(folder)
    (file,) = copies(settings)
    os.utime(file, (0, 0))
    scan_and_heal(folder)
    assert copies(settings) == [file]
    pruning.forget(pruning.find_among([repaired.pk]))
    scan_and_heal(folder)
    assert copies(settings) == []


def test_a_lost_copy_is_made_again(repaired: Video, folder: Folder, client: Client, settings: Any) -> None:
    before = source(client)
    copies(settings)[0].unlink()
    scan_and_heal(folder)
    assert source(client) == "/video/a%20film.mp4"
    work_off(tasks.copy_for_fast_start)
    assert source(client) not in (before, "/video/a%20film.mp4")
    assert body(client.get(source(client)))


def test_a_film_of_which_no_copy_can_be_made_plays_on_and_says_so(
    folder: Folder, late: bytes, admin_client: Client, settings: Any
) -> None:
    index = late.rindex(b"moov")
    film = folder.put_and_scan("a film.mp4", late[: index + 4] + b"\xff" * (len(late) - index - 4))
    fail(tasks.render_media)
    scan_and_heal(folder)
    work_off(tasks.look_at_starts)
    assert mending.start_fast([film.pk]) == 1
    fail(tasks.copy_for_fast_start)
    assert listed(admin_client, start="failed") == ["a film.mp4"]
    assert "No copy with it in front could be made: " in told(admin_client, film)
    assert source(admin_client) == "/video/a%20film.mp4"
    assert copies(settings) == []


def test_where_there_is_no_room_it_waits(
    film: Video, admin_client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = namedtuple("disk", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: disk(10, 10, film.size + 1000))
    copy_them(film)
    assert "The data folder has no room: a copy wants 1.1\xa0GB free" in told(admin_client, film)
    assert copies(settings) == []
    monkeypatch.undo()
    tasks.enqueue_fast_starts()
    work_off(tasks.copy_for_fast_start)
    assert "is played instead" in told(admin_client, film)


def test_files_that_were_read_before_anybody_looked_are_looked_at(
    film: Video, folder: Folder, sample: bytes, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b.mp4", "c.webm"):
        folder.put(name, sample + name.encode())
    folder.scan()
    work_off(tasks.render_media)
    MediaWork.objects.update(index_at_end=None)
    scan_and_heal(folder)
    assert DBTaskResult.objects.filter(task_path=tasks.look_at_starts.module_path).count() == 1
    work_off(tasks.look_at_starts)
    assert listed(admin_client, start="late") == ["a film.mp4"]
    assert not MediaWork.objects.filter(index_at_end=None).exists()


def test_nobody_without_the_permission_has_copies_made(film: Video, client: Client) -> None:
    client.force_login(an_account("visitor", staff=False))
    client.post(LIST, {"action": "start_fast", "_selected_action": [film.pk]})
    assert not FastStart.objects.exists()


def test_a_watch_page_asks_no_more_for_a_film_with_a_copy(film: Video, client: Client) -> None:
    with CaptureQueriesContext(connection) as before:
        client.get("/watch/a film.mp4")
    copy_them(film)
    with CaptureQueriesContext(connection) as after:
        client.get("/watch/a film.mp4")
    assert len(after) <= len(before)
