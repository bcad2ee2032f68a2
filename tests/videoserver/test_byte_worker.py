"""The worker whose pages wait for nobody's network, as gunicorn runs it."""

from __future__ import annotations

import os
import random
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest

from tests.environment import Site
from tests.gunicorn_server import Gunicorn, running
from tests.serving import until
from tests.videoserver.small_application import LARGE, PAGE
from videoserver.sending import Delivery, Senders

THREADS = 2
CROWD = 8 * THREADS
FILM = random.Random(2).randbytes(1 << 20) * 32
"""More than all buffers between server and client hold."""
WHOLE = f"/film/0/{len(FILM)}"


def serve(folder: Path, stack: ExitStack, **options: int) -> Gunicorn:
    site = Site(folder)
    site.videos.mkdir(exist_ok=True)
    (folder / "film").write_bytes(FILM)
    application = "tests.videoserver.small_application"
    server = running(
        site, threads=THREADS, application=application, SMALL_APPLICATION_FOLDER=str(folder), **options  # type: ignore[arg-type]
    )  # fmt: skip
    return stack.enter_context(server)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """A server for all who leave it as it was."""
    with ExitStack() as stack:
        yield serve(tmp_path_factory.mktemp("shared"), stack)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What is closed when the test ends: servers after their visitors."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def http(shared: Gunicorn) -> Iterator[HTTPConnection]:
    """One kept connection."""
    with closing(HTTPConnection("127.0.0.1", shared.port, timeout=30)) as connection:
        yield connection


@pytest.fixture
def own(tmp_path: Path, stack: ExitStack) -> Gunicorn:
    """A server of one's own."""
    return serve(tmp_path, stack)


def page(server: Gunicorn) -> bytes:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=8)) as http:
        http.request("GET", "/page")
        return http.getresponse().read()


def ask(server: Gunicorn, stack: ExitStack, path: str, more: str = "", version: str = "1.1") -> socket.socket:
    """A visitor who asks and has read nothing yet."""
    connection = stack.enter_context(server.connect())
    connection.sendall(f"GET {path} HTTP/{version}\r\nHost: localhost\r\n{more}\r\n".encode())
    return connection


def pause(server: Gunicorn, stack: ExitStack, path: str = WHOLE) -> socket.socket:
    """A player that has got the beginning and reads no further."""
    connection = ask(server, stack, path)
    assert connection.recv(12) in (b"HTTP/1.1 206", b"HTTP/1.1 200")
    return connection


def read_to_the_end(connection: socket.socket) -> bytes:
    """All that still comes until the server closes the connection."""
    blocks = []
    while block := connection.recv(1 << 20):
        blocks.append(block)
    return b"".join(blocks)


def the_body(connection: socket.socket, length: int) -> bytes:
    """The body of an answer of which some of the head was read, with the connection left open."""
    with connection.makefile("rb") as stream:
        while stream.readline() != b"\r\n":
            pass
        return stream.read(length)


def body(received: bytes) -> bytes:
    return received.partition(b"\r\n\r\n")[2]


def times_closed(server: Gunicorn) -> int:
    notes = server.site.folder / "closed"
    return len(notes.read_text().splitlines()) if notes.exists() else 0


def test_more_paused_players_than_threads_leave_pages_as_they_are(shared: Gunicorn, stack: ExitStack) -> None:
    players = [pause(shared, stack) for _ in range(CROWD)]
    assert page(shared) == PAGE
    assert the_body(players[-1], len(FILM)) == FILM


@pytest.mark.parametrize(
    "beginning",
    [b"", b"GET /pa", b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhal"],
    ids=["nothing", "half a head", "half a body"],
)
def test_visitors_who_do_not_finish_their_requests_keep_no_thread(
    shared: Gunicorn, stack: ExitStack, beginning: bytes
) -> None:
    for _ in range(CROWD):
        stack.enter_context(shared.connect()).sendall(beginning)
    assert page(shared) == PAGE


def test_visitors_who_do_not_read_a_page_keep_no_thread_and_may_read_it_later(
    shared: Gunicorn, stack: ExitStack
) -> None:
    slow = [pause(shared, stack, "/large") for _ in range(CROWD)]
    assert page(shared) == PAGE
    assert the_body(slow[0], len(LARGE)) == LARGE


def test_a_request_that_comes_byte_by_byte_is_answered(shared: Gunicorn) -> None:
    with shared.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"POST /echo HTTP/1.1\r\nConnection: close\r\ncontent-LENGTH:5\r\n\r\n12345":
            connection.sendall(bytes([byte]))
        assert body(read_to_the_end(connection)) == b"12345"


def test_a_body_larger_than_what_is_collected_arrives(http: HTTPConnection) -> None:
    for headers in ({}, {"Expect": "100-continue"}):
        http.request("POST", "/echo", body=FILM[:3_000_000], headers=headers)
        with http.getresponse() as response:
            assert response.read() == FILM[:3_000_000]


def test_a_connection_is_kept_after_each_kind_of_answer(http: HTTPConnection) -> None:
    sockets = set()
    for path, expected in [
        ("/film/7/9", FILM[7:16]),
        (WHOLE, FILM),
        ("/film/3/0", b""),
        ("/large", LARGE),
        ("/pieces", LARGE),
        (f"/film/1000000/{1 << 24}", FILM[1_000_000 : 1_000_000 + (1 << 24)]),
        ("/page", PAGE),
    ]:
        http.request("GET", path)
        with http.getresponse() as response:
            assert response.read() == expected
        sockets.add(http.sock)
    assert len(sockets) == 1


def test_requests_that_were_sent_at_once_are_answered_in_their_order(shared: Gunicorn) -> None:
    with shared.connect() as connection:
        requests = [f"GET /film/{n}/{n << 16} HTTP/1.1\r\n\r\n" for n in range(1, 6)]
        connection.sendall("".join(requests).encode() + b"GET /page HTTP/1.1\r\nConnection: close\r\n\r\n")
        received = read_to_the_end(connection)
    for n in range(1, 6):
        head, _, received = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 206 ")
        assert received[: n << 16] == FILM[n : n + (n << 16)]
        received = received[n << 16 :]
    assert body(received) == PAGE


@pytest.mark.parametrize(("version", "more"), [("1.0", ""), ("1.1", "Connection: close\r\n")])
def test_a_visitor_who_wants_one_answer_gets_it_whole_and_then_the_end(
    shared: Gunicorn, stack: ExitStack, version: str, more: str
) -> None:
    assert body(read_to_the_end(ask(shared, stack, WHOLE, more, version))) == FILM


def test_visitors_who_read_and_never_hang_up_keep_nobody_waiting(shared: Gunicorn, stack: ExitStack) -> None:
    for _ in range(CROWD):
        connection = ask(shared, stack, "/page", "Connection: close\r\n")
        read_to_the_end(connection)
    assert page(shared) == PAGE


def test_head_gets_the_length_and_no_film(http: HTTPConnection) -> None:
    for _ in range(2):
        http.request("HEAD", WHOLE)
        with http.getresponse() as response:
            assert (response.headers["Content-Length"], response.read()) == (str(len(FILM)), b"")


def test_an_answer_that_fails_in_its_middle_is_cut_off(shared: Gunicorn, http: HTTPConnection) -> None:
    http.request("GET", "/broken")
    with http.getresponse() as response, pytest.raises(IncompleteRead):
        response.read()
    assert page(shared) == PAGE


def test_nonsense_is_refused_and_an_error_of_ours_is_a_500(shared: Gunicorn, stack: ExitStack) -> None:
    assert read_to_the_end(ask(shared, stack, "/page", "no header\r\n")).startswith(b"HTTP/1.1 400 ")
    assert read_to_the_end(ask(shared, stack, "/film/x/y")).startswith(b"HTTP/1.1 500 ")
    assert read_to_the_end(ask(shared, stack, "/" + "x" * 70_000)).startswith(b"HTTP/1.1 414 ")


def test_every_stream_is_closed_when_it_ends_however_it_ends(own: Gunicorn, stack: ExitStack) -> None:
    read_to_the_end(ask(own, stack, "/film/0/10", "Connection: close\r\n"))
    until(lambda: times_closed(own) == 1, what="the end of a short one")
    read_to_the_end(ask(own, stack, WHOLE, "Connection: close\r\n"))
    until(lambda: times_closed(own) == 2, what="the end of a long one")
    before = own.descriptors()
    for player in [pause(own, stack) for _ in range(CROWD)]:
        player.close()
    until(lambda: times_closed(own) == 2 + CROWD, what="the ends of those who left")
    until(lambda: own.descriptors() <= before, what="their descriptors")


def test_a_film_that_ends_before_its_time_ends_the_connection(own: Gunicorn, stack: ExitStack) -> None:
    player = pause(own, stack)
    os.truncate(own.site.folder / "film", 1 << 20)
    assert len(read_to_the_end(player)) < len(FILM)
    assert len(body(read_to_the_end(ask(own, stack, "/film/0/2000000")))) == 1 << 20
    until(lambda: times_closed(own) == 2, what="both ends")


def test_a_close_that_fails_ends_the_connection(own: Gunicorn, stack: ExitStack) -> None:
    (own.site.folder / "close fails").touch()
    assert body(read_to_the_end(ask(own, stack, WHOLE))) == FILM
    assert page(own) == PAGE


def test_a_stop_lets_streams_go_on_for_a_while_and_then_closes_them(own: Gunicorn, stack: ExitStack) -> None:
    reading, paused = pause(own, stack), pause(own, stack)
    own.process.send_signal(signal.SIGTERM)
    assert body(read_to_the_end(reading)) == FILM
    assert own.process.wait(timeout=30) == 0
    assert times_closed(own) == 2
    assert len(read_to_the_end(paused)) < len(FILM)


def test_a_stop_answers_what_was_asked(own: Gunicorn, stack: ExitStack) -> None:
    waiting = ask(own, stack, "/slow", "Connection: close\r\n")
    assert page(own) == PAGE
    own.process.send_signal(signal.SIGTERM)
    (own.site.folder / "go on").touch()
    assert body(read_to_the_end(waiting)) == PAGE
    waiting.close()
    assert own.process.wait(timeout=30) == 0


def test_when_descriptors_are_few_visitors_wait_for_one_another(tmp_path: Path, stack: ExitStack) -> None:
    server = serve(tmp_path, stack, descriptors=272)
    for player in [ask(server, stack, WHOLE) for _ in range(132)]:
        assert player.recv(12) == b"HTTP/1.1 206"
        player.close()
    assert page(server) == PAGE


def test_only_a_stalled_delivery_is_hung_up() -> None:
    ended: list[Delivery] = []
    senders = Senders(2, ended.append)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        delivery = Delivery(ours)
        delivery.add(FILM)
        senders.take(delivery)
        senders.hang_up(stalled_for=3600)
        assert len(theirs.recv(1 << 20, socket.MSG_WAITALL)) == 1 << 20
        assert not ended
        senders.hang_up()
        read_to_the_end(theirs)
        until(lambda: ended == [delivery], what="its end")
        assert delivery.failed
