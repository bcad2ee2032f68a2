"""Streaming as the real server does it: sendfile, kept connections, and files that change under it."""

import os
import random
import socket
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from http.client import HTTPConnection
from typing import BinaryIO

import pytest

from tests.environment import make_site
from tests.gunicorn_server import Gunicorn, running

CONTENT = random.Random(1).randbytes(3_000_000)
LARGE = 64 << 20
"""More than all buffers between server and client hold."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """A server with a film, an empty one and a huge sparse one."""
    site = make_site(tmp_path_factory.mktemp("streaming"))
    (site.videos / "film.mp4").write_bytes(CONTENT)
    (site.videos / "empty.mp4").touch()
    with (site.videos / "huge.mkv").open("wb") as file:
        file.truncate(2**32 + 1000)
        file.seek(2**32 - 5)
        file.write(b"0123456789")
    for name in ("shrinks", "grows", "replaced", "abandoned"):
        (site.videos / f"{name}.mp4").write_bytes(name.encode().ljust(16) * (LARGE // 16))
    site.run("scan_videos")
    site.run("collectstatic", "--no-input", "--verbosity", "0")
    with running(site) as gunicorn:
        yield gunicorn


@pytest.fixture
def http(server: Gunicorn) -> Iterator[HTTPConnection]:
    """One kept connection."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    yield connection
    connection.close()


def answer(http: HTTPConnection, path: str, method: str = "GET", **headers: str) -> tuple[int, Message, bytes]:
    http.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    with http.getresponse() as response:
        return response.status, response.headers, response.read()


def test_the_whole_film_arrives_byte_for_byte(http: HTTPConnection) -> None:
    status, headers, content = answer(http, "/video/film.mp4")
    assert (status, headers["Content-Length"]) == (200, "3000000")
    assert content == CONTENT


def test_ranges_are_exact_and_the_connection_is_kept(http: HTTPConnection) -> None:
    answer(http, "/ping")
    first_socket = http.sock
    for first, last in [(0, 0), (1, 2), (262_143, 262_145), (2_999_999, 2_999_999), (5, 2_999_990), (100, 199)]:
        status, headers, content = answer(http, "/video/film.mp4", Range=f"bytes={first}-{last}")
        assert (status, headers["Content-Range"]) == (206, f"bytes {first}-{last}/3000000")
        assert content == CONTENT[first : last + 1]
    assert http.sock is first_socket


def test_other_answers_keep_the_connection_in_step(http: HTTPConnection) -> None:
    tag = answer(http, "/video/film.mp4", "HEAD")[1]["ETag"]
    first_socket = http.sock
    for method, headers, expected in [
        ("HEAD", {"Range": "bytes=0-1"}, (200, b"")),
        ("GET", {"Range": "bytes=3000000-"}, (416, b"")),
        ("GET", {"If-None-Match": tag}, (304, b"")),
        ("GET", {"If-Match": '"other"'}, (412, b"")),
        ("GET", {"Range": "bytes=1-2", "If-Range": tag}, (206, CONTENT[1:3])),
        ("GET", {"Range": "bytes=1-2", "If-Range": f"W/{tag}"}, (200, CONTENT)),
        ("GET", {"Range": "bytes=0-0,5-5"}, (200, CONTENT)),
    ]:
        status, _, content = answer(http, "/video/film.mp4", method, **headers)
        assert (status, content) == expected
    assert http.sock is first_socket


def test_an_empty_film_is_empty(http: HTTPConnection) -> None:
    assert answer(http, "/video/empty.mp4")[::2] == (200, b"")
    assert answer(http, "/video/empty.mp4", Range="bytes=0-")[::2] == (416, b"")
    assert answer(http, "/ping")[0] == 200


def test_a_range_across_4_gibibytes_is_exact(http: HTTPConnection) -> None:
    wanted = f"bytes={2**32 - 6}-{2**32 + 5}"
    status, _, content = answer(http, "/video/huge.mkv", Range=wanted)
    assert (status, content) == (206, b"\x000123456789\x00")


def begin(server: Gunicorn, path: str) -> tuple[socket.socket, BinaryIO, Message]:
    """Ask for a film and read its headers only."""
    connection = server.connect()
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    stream = connection.makefile("rb")
    assert stream.readline().startswith(b"HTTP/1.1 200 ")
    header_lines = b"".join(iter(stream.readline, b"\r\n"))
    return connection, stream, BytesParser().parsebytes(header_lines)


def read_to_the_end(connection: socket.socket, stream: BinaryIO) -> bytes:
    """All that still comes until the server closes the connection."""
    with connection, stream:
        blocks = []
        try:
            while block := stream.read(1 << 20):
                blocks.append(block)
        except ConnectionResetError:
            pass
        return b"".join(blocks)


def test_a_film_that_is_truncated_while_it_is_sent_ends_the_connection_short(
    server: Gunicorn, http: HTTPConnection
) -> None:
    connection, stream, headers = begin(server, "/video/shrinks.mp4")
    os.truncate(server.site.videos / "shrinks.mp4", 1 << 20)
    received = read_to_the_end(connection, stream)
    assert headers["Content-Length"] == str(LARGE)
    assert len(received) < LARGE
    assert answer(http, "/video/film.mp4", Range="bytes=0-9")[2] == CONTENT[:10]


def test_a_film_that_is_replaced_while_it_is_sent_arrives_as_it_was(server: Gunicorn) -> None:
    film = server.site.videos / "replaced.mp4"
    connection, stream, _ = begin(server, "/video/replaced.mp4")
    (film.parent / "new").write_bytes(b"another film")
    (film.parent / "new").replace(film)
    with connection, stream:
        assert stream.read(LARGE) == b"replaced".ljust(16) * (LARGE // 16)


def test_a_film_that_is_written_to_while_it_is_sent_does_not_pass_for_whole(server: Gunicorn) -> None:
    connection, stream, _ = begin(server, "/video/grows.mp4")
    with (server.site.videos / "grows.mp4").open("r+b") as file:
        file.seek(LARGE - 16)
        file.write(b"other bytes here")
    connection.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with connection, stream:
        received = stream.read()
    assert b'"status"' not in received[LARGE:]


def test_visitors_who_hang_up_leave_no_open_file(server: Gunicorn, http: HTTPConnection) -> None:
    answer(http, "/ping")
    before = server.descriptors()
    for _ in range(200):
        connection, stream, _ = begin(server, "/video/abandoned.mp4")
        stream.close()
        connection.close()
    for _ in range(500):
        assert answer(http, "/ping")[0] == 200
        if server.descriptors() <= before:
            break
    assert server.descriptors() <= before
    assert server.open_files() == 0


def test_visitors_who_read_slowly_do_not_keep_others_waiting(server: Gunicorn, http: HTTPConnection) -> None:
    slow = [begin(server, "/video/abandoned.mp4") for _ in range(3)]
    assert server.open_files() == 3
    assert answer(http, "/video/film.mp4")[2] == CONTENT
    for connection, stream, _ in slow:
        stream.close()
        connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "/video/../manage.py",
        "/video/..%2fmanage.py",
        "/video/%2e%2e/manage.py",
        "/video/%2e%2e%2fmanage.py",
        "/video/%252e%252e%252fmanage.py",
        "/video/..\\manage.py",
        "/video/..%5cmanage.py",
        "/video//etc/passwd",
        "/video/%2fetc%2fpasswd",
        "/video/film.mp4%00",
        "/video/film.mp4%00.txt",
        "/video/%c0%ae%c0%ae/manage.py",
        "/video/%ff%fe.mp4",
        "/../../../etc/passwd",
        "/static/../../db.sqlite3",
        "/static/%2e%2e/db.sqlite3",
        "/static/..%2f..%2fdb.sqlite3",
        "/video/" + "x" * 3000,
    ],
    ids=lambda path: path[:40],
)
def test_no_address_reaches_a_file_that_is_no_video(http: HTTPConnection, path: str) -> None:
    status, headers, content = answer(http, path)
    assert (status, headers.get_content_type()) == (404, "text/html")
    for secret in (b"django", b"root:", b"SQLite format"):
        assert secret not in content
