"""The bytes of a video over HTTP: ranges, conditions, and what every answer says of the file."""

import os
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.utils.http import http_date

from library import streaming
from library.models import Video
from tests.builders import AWKWARD_NAMES, Folder, a_video, body, stored

pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 40
SIZE = len(CONTENT)
SHARED_HEADERS = (
    "Content-Type",
    "Content-Disposition",
    "Accept-Ranges",
    "ETag",
    "Last-Modified",
    "Cache-Control",
    "X-Content-Type-Options",
)


@pytest.fixture
def film(folder: Folder) -> Video:
    """A scanned film of CONTENT."""
    return folder.put_and_scan("film.mp4", CONTENT)


def get(client: Client, url: str = "/video/film.mp4", **headers: str) -> HttpResponseBase:
    return client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_without_a_range_the_whole_file_is_sent(film: Video, client: Client) -> None:
    response = get(client)
    assert (response.status_code, response["Content-Length"]) == (200, str(SIZE))
    assert body(response) == CONTENT
    assert not response.has_header("Content-Range")


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=5000-5999", 5000, 5999),
        ("bytes=10000-99999", 10000, SIZE - 1),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        (f"bytes=-{SIZE + 5}", 0, SIZE - 1),
        ("Bytes=7-8", 7, 8),
    ],
)
def test_a_range_is_answered_with_just_those_bytes(
    film: Video, client: Client, header: str, first: int, last: int
) -> None:
    response = get(client, Range=header)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response["Content-Length"] == str(last - first + 1)
    assert body(response) == CONTENT[first : last + 1]


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", "bytes=-0", "bytes=99999-999999", "bytes=" + "9" * 5000 + "-"])
def test_a_range_past_the_end_is_416_and_tells_the_size(film: Video, client: Client, header: str) -> None:
    response = get(client, Range=header)
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{SIZE}")
    assert body(response) == b""


@pytest.mark.parametrize(
    "header", ["bytes=5-2", "bytes=a-", "bytes=", "items=0-1", "bytes=0-0,5-5", "bytes=+1-2", "bytes=1_0-20", "x"]
)
def test_a_malformed_unknown_or_multiple_range_is_answered_with_the_whole(
    film: Video, client: Client, header: str
) -> None:
    response = get(client, Range=header)
    assert response.status_code == 200
    assert body(response) == CONTENT


def test_a_206_says_of_the_file_what_the_200_says(film: Video, client: Client) -> None:
    whole, part, head = get(client), get(client, Range="bytes=1-2"), client.head("/video/film.mp4")
    told = {name: whole[name] for name in SHARED_HEADERS}
    assert told == {name: part[name] for name in SHARED_HEADERS} == {name: head[name] for name in SHARED_HEADERS}
    assert (told["Accept-Ranges"], told["Content-Type"]) == ("bytes", "video/mp4")
    assert (body(whole), body(part)) == (CONTENT, CONTENT[1:3])


def test_head_has_the_size_and_no_body_and_ignores_the_range(film: Video, client: Client) -> None:
    response = client.head("/video/film.mp4", headers={"Range": "bytes=0-1"})
    assert (response.status_code, response["Content-Length"], response.content) == (200, str(SIZE), b"")
    assert not response.has_header("Content-Range")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_405(film: Video, client: Client, method: str) -> None:
    response = getattr(client, method)("/video/film.mp4", headers={"Range": "bytes=0-1"})
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_the_etag_is_strong_and_changes_with_the_file(film: Video, client: Client, folder: Folder) -> None:
    before = client.head("/video/film.mp4")
    assert before["ETag"].startswith('"')
    assert before["Last-Modified"] == http_date((folder.path / "film.mp4").stat().st_mtime)
    os.utime(folder.path / "film.mp4", ns=(1, 1_600_000_000_000_000_001))
    first = client.head("/video/film.mp4")["ETag"]
    os.utime(folder.path / "film.mp4", ns=(1, 1_600_000_000_000_000_002))
    assert len({before["ETag"], first, client.head("/video/film.mp4")["ETag"]}) == 3


@pytest.mark.parametrize("head", [False, True])
def test_what_the_browser_has_already_is_304_whatever_range_it_asks(film: Video, client: Client, head: bool) -> None:
    known = client.head("/video/film.mp4")
    method = client.head if head else client.get
    for headers in (
        {"If-None-Match": known["ETag"]},
        {"If-None-Match": f'"other", W/{known["ETag"]}'},
        {"If-None-Match": "*"},
        {"If-None-Match": known["ETag"], "If-Modified-Since": http_date(0)},
        {"If-Modified-Since": known["Last-Modified"]},
    ):
        response = method("/video/film.mp4", headers={**headers, "Range": "bytes=0-1"})
        assert (response.status_code, response.content) == (304, b"")
        assert [response[n] for n in ("ETag", "Cache-Control")] == [known[n] for n in ("ETag", "Cache-Control")]


@pytest.mark.parametrize("condition", [{"If-None-Match": '"other"'}, {"If-Modified-Since": http_date(0)}])
def test_what_the_browser_does_not_have_is_sent(film: Video, client: Client, condition: dict[str, str]) -> None:
    response = client.get("/video/film.mp4", headers=condition)
    assert response.status_code == 200
    assert body(response) == CONTENT


@pytest.mark.parametrize(
    "condition", [{"If-Match": '"other"'}, {"If-Unmodified-Since": http_date(10**9)}, {"If-Match": 'W/"x"'}]
)
def test_a_precondition_that_fails_is_412(film: Video, client: Client, condition: dict[str, str]) -> None:
    response = client.get("/video/film.mp4", headers={**condition, "Range": "bytes=0-1"})
    assert (response.status_code, body(response)) == (412, b"")


def test_a_precondition_that_holds_lets_the_range_pass(film: Video, client: Client) -> None:
    known = client.head("/video/film.mp4")
    for condition in ({"If-Match": known["ETag"]}, {"If-Match": "*"}, {"If-Unmodified-Since": known["Last-Modified"]}):
        response = client.get("/video/film.mp4", headers={**condition, "Range": "bytes=0-1"})
        assert (response.status_code, body(response)) == (206, CONTENT[:2])


def test_a_range_goes_on_with_the_version_that_was_begun(film: Video, client: Client) -> None:
    known = client.head("/video/film.mp4")
    written = parsedate_to_datetime(known["Last-Modified"])
    forms = [written.strftime(form) for form in ("%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y")]
    for version in (known["ETag"], known["Last-Modified"], *forms):
        response = get(client, Range="bytes=1-2", If_Range=version)
        assert (response.status_code, body(response)) == (206, CONTENT[1:3])


def test_a_range_of_another_version_is_answered_with_the_whole(film: Video, client: Client) -> None:
    tag = client.head("/video/film.mp4")["ETag"]
    for version in (f"W/{tag}", '"old"', tag.strip('"'), http_date(0), "", f"{tag}, {tag}"):
        response = get(client, Range="bytes=1-2", If_Range=version)
        assert (response.status_code, body(response)) == (200, CONTENT)
    response = get(client, Range=f"bytes={SIZE}-", If_Range='"old"')
    assert (response.status_code, body(response)) == (200, CONTENT)


def test_an_empty_file_is_empty_and_no_part_of_it_is_there(folder: Folder, client: Client) -> None:
    folder.put_and_scan("empty.mp4", b"")
    response = get(client, "/video/empty.mp4")
    assert (response.status_code, response["Content-Length"], body(response)) == (200, "0", b"")
    response = get(client, "/video/empty.mp4", Range="bytes=0-")
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */0")
    response.close()


def test_a_range_across_4_gibibytes_is_exact(folder: Folder, client: Client) -> None:
    file = folder.put("large.mp4", b"")
    with file.open("r+b") as handle:
        handle.truncate(2**32 + 1000)
        handle.seek(2**32 - 5)
        handle.write(b"0123456789")
    folder.scan()
    response = get(client, "/video/large.mp4", Range=f"bytes={2**32 - 6}-{2**32 + 5}")
    assert response["Content-Range"] == f"bytes 4294967290-4294967301/{2**32 + 1000}"
    assert body(response) == b"\x000123456789\x00"


def test_a_file_that_is_replaced_while_it_is_sent_is_sent_as_it_was(
    film: Video, client: Client, folder: Folder
) -> None:
    big = os.urandom(3 * streaming.BLOCK_BYTES)
    folder.put("film.mp4", big)
    response = client.get("/video/film.mp4")
    blocks = iter(response.streaming_content)  # type: ignore[attr-defined]
    received = next(blocks)
    folder.put("new", b"n" * len(big)).replace(folder.path / "film.mp4")
    assert received + b"".join(blocks) == big


@pytest.mark.parametrize("change", ["truncate", "write"])
def test_a_file_that_changes_while_it_is_sent_breaks_the_connection(
    film: Video, client: Client, folder: Folder, change: str
) -> None:
    folder.put("film.mp4", b"x" * 3 * streaming.BLOCK_BYTES)
    response = client.get("/video/film.mp4")
    blocks = iter(response.streaming_content)  # type: ignore[attr-defined]
    next(blocks)
    if change == "truncate":
        os.truncate(folder.path / "film.mp4", 10)
    else:
        os.utime(folder.path / "film.mp4")
    with pytest.raises(ConnectionResetError):
        list(blocks)


@pytest.mark.parametrize(("extension", "expected"), sorted(streaming.CONTENT_TYPES.items()))
def test_every_extension_has_its_content_type(folder: Folder, client: Client, extension: str, expected: str) -> None:
    video = folder.put_and_scan(f"a.{extension.upper()}")
    response = client.head(video.file_url)
    assert response["Content-Type"] == expected
    assert expected.startswith("video/")
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", AWKWARD_NAMES, ids=lambda name: repr(name[:30]))
def test_a_file_of_any_name_gives_its_bytes_and_downloads_under_its_name(
    folder: Folder, client: Client, name: bytes
) -> None:
    content = b"the bytes of " + name
    video = folder.put_and_scan(name, content)
    assert body(client.get(video.file_url)) == content
    response = client.get(f"{video.file_url}?download")
    assert body(response) == content
    disposition = response["Content-Disposition"]
    assert disposition.isascii()
    assert disposition.isprintable()
    parsed = Message()
    parsed["Content-Disposition"] = disposition
    assert parsed.get_content_disposition() == "attachment"
    shown = "".join(c if c.isprintable() else "_" for c in stored(Path(os.fsdecode(name))))
    assert (parsed.get_filename() or "").strip() == shown.strip()


def test_without_download_the_file_plays_in_the_page(film: Video, client: Client) -> None:
    assert client.head("/video/film.mp4")["Content-Disposition"].startswith("inline")


def test_a_known_file_that_is_gone_is_404(film: Video, client: Client, folder: Folder) -> None:
    (folder.path / "film.mp4").unlink()
    assert client.get("/video/film.mp4").status_code == 404


def test_a_file_that_was_never_scanned_is_404(client: Client, folder: Folder) -> None:
    folder.put("unscanned.mp4")
    assert client.get("/video/unscanned.mp4").status_code == 404


def test_a_playlist_names_the_video_and_its_address(folder: Folder, client: Client) -> None:
    video = folder.put_and_scan("a film #1.mp4")
    Video.objects.filter(pk=video.pk).update(duration=61.6)
    response = client.get(f"/playlist/{quote(video.path)}.m3u8")
    assert response["Content-Type"] == "audio/x-mpegurl; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment")
    assert response.content.decode() == (
        f"#EXTM3U\n#EXTINF:62,a film #1\nhttp://testserver/video/{quote(video.path)}\n"
    )


def test_a_playlist_stays_three_lines_whatever_the_name(folder: Folder, client: Client) -> None:
    video = folder.put_and_scan("a\n#EXTINF:1,evil\nfile:evil.mp4")
    lines = client.get(f"/playlist/{quote(video.path)}.m3u8").content.decode().splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("#EXTINF:-1,a ")


def test_a_playlist_of_what_nobody_knows_is_404(client: Client) -> None:
    a_video("a.mp4", added=datetime(2020, 1, 1, tzinfo=UTC))
    assert client.get("/playlist/b.mp4.m3u8").status_code == 404
