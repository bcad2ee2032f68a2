"""What is no HTTP, and what two servers might read differently: refused by the server itself, which goes on."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator

import pytest

from tests.environment import collected_static_files, make_site
from tests.gunicorn_server import Gunicorn, running

END = b"\r\n\r\n"
HOST = b"\r\nHost: localhost"
PING = b"GET /ping HTTP/1.1" + HOST + END
SMUGGLED = b"GET /get_views HTTP/1.1" + HOST + END
POST = b"POST /rate HTTP/1.1" + HOST + b"\r\nContent-Type: application/json"
CHUNKED = POST + b"\r\nTransfer-Encoding: chunked"

REFUSED: dict[str, bytes] = {
    "two lengths": POST + b"\r\nContent-Length: 0\r\nContent-Length: 50" + END + SMUGGLED,
    "two equal lengths": POST + b"\r\nContent-Length: 2\r\nContent-Length: 2" + END + b"{}",
    "a list of lengths": POST + b"\r\nContent-Length: 0, 50" + END + SMUGGLED,
    "length and chunks": CHUNKED + b"\r\nContent-Length: 4" + END + b"0\r\n\r\n" + SMUGGLED,
    "a length below nought": POST + b"\r\nContent-Length: -1" + END,
    "a length with a sign": POST + b"\r\nContent-Length: +2" + END + b"{}",
    "a length in other digits": POST + "\r\nContent-Length: ٢".encode() + END + b"{}",
    "a length of thousands of digits": POST + b"\r\nContent-Length: " + b"9" * 5000 + END,
    "an unknown encoding": POST + b"\r\nTransfer-Encoding: xchunked" + END + b"0" + END,
    "chunked twice": CHUNKED + b"\r\nTransfer-Encoding: chunked" + END + b"0" + END,
    "chunked and then not": POST + b"\r\nTransfer-Encoding: chunked, identity" + END + b"0" + END,
    "chunked in HTTP/1.0": CHUNKED.replace(b"/1.1", b"/1.0") + END + b"0" + END,
    "a space before the colon": CHUNKED.replace(b"Encoding:", b"Encoding :") + END + b"0" + END,
    "a folded header": b"GET /ping HTTP/1.1" + HOST + b"\r\nA: b\r\n c" + END,
    "NUL in a header": b"GET /ping HTTP/1.1" + HOST + b"\r\nA: b\0c" + END,
    "a bare return in a header": b"GET /ping HTTP/1.1" + HOST + b"\r\nA: b\rc" + END,
    "a header without a name": b"GET /ping HTTP/1.1" + HOST + b"\r\n: b" + END,
    "a header that is far too long": b"GET /ping HTTP/1.1" + HOST + b"\r\nA: " + b"x" * 100_000 + END,
    "far too many headers": b"GET /ping HTTP/1.1" + HOST + b"".join(b"\r\nA%d: b" % n for n in range(200)) + END,
    "an address that is far too long": b"GET /" + b"x" * 100_000 + b" HTTP/1.1" + HOST + END,
    "no version": b"GET /ping" + END,
    "HTTP/0.9": b"GET /ping HTTP/0.9" + END,
    "HTTP/2": b"PRI * HTTP/2.0" + END + b"SM" + END,
    "HTTP/9.9": b"GET /ping HTTP/9.9" + HOST + END,
    "a method that is none": b"GE(T /ping HTTP/1.1" + HOST + END,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100 + END,
    "noise": bytes(range(256)) + END,
    "two hosts": b"GET /get_views HTTP/1.1" + HOST + b"\r\nHost: evil.example" + END,
}
"""Each gets a refusal, and nothing that comes after it on the connection is taken for a request."""

BROKEN_BODIES: dict[str, bytes] = {
    "a chunk's size that is none": CHUNKED + END + b"zz\r\n{}\r\n0" + END,
    "a chunk's size below nought": CHUNKED + END + b"-1\r\n{}\r\n0" + END,
    "a chunk's size of thousands of digits": CHUNKED + END + b"f" * 5000 + b"\r\n{}\r\n0" + END,
    "a chunk that does not end": CHUNKED + END + b"2\r\n{}xx0" + END,
    "a chunk of line feeds": CHUNKED + END + b"2\n{}\n0\n\n",
    "chunks that stop": CHUNKED + END + b"5\r\n{",
    "a body that stops": POST + b"\r\nContent-Length: 500" + END + b"{}",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    site = make_site(tmp_path_factory.mktemp("malformed"))
    shutil.copytree(collected_static_files(), site.data / "static")
    with running(site) as gunicorn:
        yield gunicorn


def said(server: Gunicorn, sent: bytes) -> bytes:
    """All that comes back to who sends that, and then no more."""
    with server.connect() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while block := _received(connection):
            received += block
        return received


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)]


def works(server: Gunicorn) -> bool:
    return statuses(said(server, PING)) == [200]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_or_might_be_two_is_refused_and_ends_the_connection(server: Gunicorn, name: str) -> None:
    received = said(server, REFUSED[name] + PING)
    assert [status // 100 for status in statuses(received)] in ([], [4], [5])
    assert statuses(received) != [500]
    assert b"Traceback" not in received
    assert works(server)


@pytest.mark.parametrize("name", BROKEN_BODIES)
def test_a_body_that_is_broken_changes_nothing_and_begins_no_other_request(server: Gunicorn, name: str) -> None:
    found = statuses(said(server, BROKEN_BODIES[name]))
    assert found[:1] in ([], [400], [403])
    assert found[1:] in ([], [400])  # what follows the answer is no request
    assert works(server)


def test_bodies_that_nobody_reads_are_not_taken_for_requests(server: Gunicorn) -> None:
    hidden = b"GET /get_views HTTP/1.1" + HOST + END
    for sent in (
        b"GET /ping HTTP/1.1" + HOST + b"\r\nContent-Length: %d" % len(hidden) + END + hidden + PING,
        POST + b"\r\nContent-Length: %d" % len(hidden) + END + hidden + PING,
        CHUNKED + END + b"%x\r\n%b\r\n0\r\n\r\n" % (len(hidden), hidden) + PING,
    ):
        received = said(server, sent)
        assert statuses(received)[1:] in ([], [200])
        assert b"{}" not in received


def test_a_whole_address_is_for_the_host_that_it_names(server: Gunicorn) -> None:
    other = b"GET http://evil.example/get_views HTTP/1.1\r\nHost: evil.example" + END
    assert statuses(said(server, other + PING)) == [400, 200]


def test_requests_sent_at_once_are_answered_one_by_one_in_order(server: Gunicorn) -> None:
    wanted = [b"/ping", b"/nowhere", b"/get_views", b"/ping"]
    sent = b"".join(b"GET " + address + b" HTTP/1.1" + HOST + END for address in wanted)
    assert statuses(said(server, sent)) == [200, 404, 200, 200]
