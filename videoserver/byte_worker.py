"""gunicorn's threads for thinking, ours for sending: a worker whose pages don't wait for anybody's network.

gunicorn's `gthread` keeps a thread from the first byte of a request to the last of its answer: a paused player
holds one for ever, and so does who sends a request byte by byte. Here the main thread collects the request, a thread
of the pool computes the answer and gives the socket what it takes at once, and the senders send what is left.
"""

import errno
import gc
import os
import re
import resource
import select
import selectors
import socket
import stat
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, MutableMapping
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

from gunicorn.http import Request, wsgi
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import TConn, ThreadWorker

from videoserver.sending import Delivery, Senders

YOUNG = (100, 5, 5)
"""The collector's thresholds: what a page leaves behind is taken up soon. Python's own cost a process 1 MB."""
SENDERS = 4
"""Threads for each worker; more than its cores, as a disk may keep one waiting."""
REQUEST_BYTES = 65_536
"""What the main thread collects of a request; what is longer, a thread reads."""
REQUEST_SECONDS = 10.0
"""How long that may take from the first byte."""
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
WAIT_SECONDS = 20.0
"""How long a thread waits for its visitor in all, for a request's body or while `KEPT_BYTES` are not taken."""
KEPT_BYTES = 262_144
"""How far a computed answer may be ahead of its reader."""
LINGER_SECONDS = 2.0
STALL_SECONDS = 6 * 3600.0
"""How long a player may be paused."""
SCARCE_STALL_SECONDS = 60.0
"""The same, while connections are nearly used up."""
DELIVERY = "videoserver.delivery"
"""Where the application finds the `Answer` in a request's environment: when it came, and what was sent of its file."""
SO_TIMESTAMPNS = 35 if sys.platform == "linux" else None
"""Linux's option for when the kernel got what is received; `socket` has no name for it."""
STAMP = struct.Struct("@qq")
"""Seconds and nanoseconds since 1970."""
LONGEST_WAIT_NS = 60 * 10**9
"""What waited longer between kernel and us was stamped by a clock that has been set since."""
OTHER_DESCRIPTORS = 256
"""What a worker needs beside those of its connections."""


class Connection(TConn):
    """A visitor's connection. Its socket never blocks; who must wait for it waits for `WAIT_SECONDS` in all."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.data_ready = True  # or gunicorn would let a thread wait for the first byte
        self.collected = bytearray()
        self.answer: Answer | None = None
        self.arrived_ns = 0
        """When the kernel had all of the latest request, on the monotonic clock."""
        self._patience = 0.0

    @property
    def has_request(self) -> bool:
        """Whether a thread can go to work: the request is there, or more than we collect of one."""
        end = self.collected.find(b"\r\n\r\n") + 4
        if end < 4:
            return len(self.collected) >= REQUEST_BYTES
        length = CONTENT_LENGTH.search(self.collected, 0, end)
        if length is None or b"100-continue" in self.collected[:end].lower():
            return True
        return len(self.collected) >= min(end + int(length[1]), REQUEST_BYTES)

    def init(self) -> None:
        """Called by the thread that takes up a request."""
        self.sock.setblocking(False)
        self._patience = WAIT_SECONDS
        if self.parser is None:
            self.parser = RequestParser(self.cfg, self, self.client)  # type: ignore[arg-type] # of a socket it needs recv
        self.initialized = True
        self.parser.unreader.unread(bytes(self.collected))  # type: ignore[union-attr]
        self.collected.clear()

    def recv(self, size: int) -> bytes:
        """What came of the request, for its parser."""
        while True:
            try:
                return self.sock.recv(size)
            except BlockingIOError:
                self.wait(select.POLLIN)

    def wait(self, event: int) -> None:
        """Until the socket is ready. Raises ConnectionResetError when patience ends."""
        began = time.monotonic()
        ready = select.poll()
        ready.register(self.sock, event)
        if not ready.poll(max(0.0, self._patience) * 1000):
            raise ConnectionResetError(errno.ECONNRESET, "the visitor is too slow")
        self._patience -= time.monotonic() - began


class Answer(Delivery):
    """A response on its way, and all that its end needs. To gunicorn's Response it is the socket."""

    response: wsgi.Response
    environ: MutableMapping[str, Any]
    body: Iterable[bytes]

    def __init__(self, connection: Connection, request: Request) -> None:
        super().__init__(connection.sock)
        self.connection = connection
        self.request = request
        self.arrived_ns = connection.arrived_ns

    def sendall(self, content: bytes) -> None:
        """Keep what is to be sent; waits while the reader is far behind."""
        while self.bytes_in_memory > KEPT_BYTES and not self.advance():
            self.connection.wait(select.POLLOUT)
        self.add(content)

    def write(self) -> None:
        """Write headers and body, of which a real file is sent from where it lies."""
        file = self._file_of_body()
        if file is not None:
            self.response.send_headers()
            if self.request.method != "HEAD":
                self.add_file(*file)
            return
        for block in self.body:
            self.response.write(block)
            self.advance()
        self.response.close()

    def _file_of_body(self) -> tuple[int, int, int] | None:
        """Descriptor, offset and length, where the body is a file and its length was told."""
        length = self.response.response_length
        if length is None or not isinstance(self.body, wsgi.FileWrapper):
            return None
        try:
            descriptor = self.body.filelike.fileno()
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            return descriptor, os.lseek(descriptor, 0, os.SEEK_CUR), length
        except (AttributeError, OSError):
            return None

    def close(self) -> None:
        """Run what waits for the end of the response. Raises whatever that raises."""
        close = getattr(self.body, "close", None)
        if close is not None:
            close()


class ByteWorker(ThreadWorker):
    """The worker class, for `gunicorn --worker-class`. HTTP/1 without TLS: a proxy in front speaks the others."""

    senders: Senders

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """In gunicorn's own process, before the fork: what is loaded there stays shared while nothing touches it.

        The collector passes over it from now on; each look took it 30 ms, and wrote to every object.
        """
        gc.collect()
        gc.freeze()
        gc.set_threshold(*YOUNG)
        super().__init__(*args, **kwargs)
        self.lingering_conns: deque[Connection] = deque()
        self._accept_after = 0.0
        self._tend_after = 0.0
        self._hang_up_at = float("inf")

    def init_process(self) -> None:
        self.worker_connections = connections_within_limit(self.worker_connections)
        self.senders = Senders(SENDERS, self._sent)
        if SO_TIMESTAMPNS is not None:
            for listener in self.sockets:
                listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)  # the connections inherit it
        super().init_process()

    # --- In the main thread: connections that wait for their visitor -------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:  # out of descriptors or memory: others give theirs back
            self.log.warning("Can't accept a connection: %s", error)
            self._accept_after = time.monotonic() + 1
            self.set_accept_enabled(False)
            return
        self.nr_conns += 1
        self._await_request(Connection(self.cfg, sock, client, listener.getsockname()))

    def set_accept_enabled(self, enabled: bool | None) -> None:
        super().set_accept_enabled(bool(enabled) and time.monotonic() >= self._accept_after)

    def _await_request(self, conn: Connection) -> None:
        buffered = conn.parser.unreader.take_buffered() if conn.parser is not None else b""  # type: ignore[union-attr]
        if buffered:  # the next request came with the last one
            conn.collected += buffered
            conn.arrived_ns = time.monotonic_ns()
        if conn.has_request:
            self.enqueue_req(conn)
        elif conn.collected:
            self._park(conn, self.pending_conns, REQUEST_SECONDS, self._collect)
        else:
            idle = self.cfg.keepalive if self.alive else min(self.cfg.keepalive, LINGER_SECONDS)
            self._park(conn, self.keepalived_conns, idle, self._collect)

    def _collect(self, conn: Connection, parked: deque[Any]) -> None:
        content, arrived_ns = received(conn.sock)
        if content is None:
            return
        if not content:
            self._unpark(conn, parked)
            self._close(conn)
            return
        first = not conn.collected
        conn.collected += content
        conn.arrived_ns = arrived_ns
        if first or conn.has_request:
            self._unpark(conn, parked)
            self._await_request(conn)

    def finish_request(self, conn: Connection, fs: "Future[bool]") -> None:  # type: ignore[override]
        if conn.answer is not None:
            self.senders.take(conn.answer)
        elif fs.exception() is None and fs.result():
            self._await_request(conn)
        else:
            self._linger(conn)

    def _linger(self, conn: Connection) -> None:
        """Close our side, and for a moment read on: a reset would take from the visitor what he has not read."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
        else:
            self._park(conn, self.lingering_conns, LINGER_SECONDS, self._drain)

    def _drain(self, conn: Connection, parked: deque[Any]) -> None:
        if received(conn.sock)[0] == b"":
            self._unpark(conn, parked)
            self._close(conn)

    def _park(
        self,
        conn: Connection,
        parked: deque[Any],
        seconds: float,
        readable: Callable[[Connection, deque[Any]], None],
    ) -> None:
        """Wait in the poller. All in one deque wait equally long, so that the first is due first."""
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + seconds
        parked.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, lambda _: readable(conn, parked))

    def _unpark(self, conn: Connection, parked: deque[Any]) -> None:
        self.poller.unregister(conn.sock)
        parked.remove(conn)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """gunicorn calls this between events, a second apart at most."""
        super().murder_pending()
        now = time.monotonic()
        while self.lingering_conns and (self.lingering_conns[0].timeout or 0.0) <= now:
            conn = self.lingering_conns[0]
            self._unpark(conn, self.lingering_conns)
            self._close(conn)
        if now >= self._hang_up_at:
            self._hang_up_at = float("inf")
            self.senders.hang_up()
        if now >= self._tend_after:
            self._tend_after = now + 1
            scarce = self.nr_conns > 0.9 * self.worker_connections
            self.senders.hang_up(SCARCE_STALL_SECONDS if scarce else STALL_SECONDS)

    def _cap_keepalive(self, deadline: float) -> None:
        """gunicorn calls this as a stop begins: streams go on for the time of grace, less what their end takes."""
        super()._cap_keepalive(deadline)  # type: ignore[misc]
        self._hang_up_at = time.monotonic() + max(self.cfg.graceful_timeout - 1, self.cfg.graceful_timeout / 2)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        left = max(0.0, self._hang_up_at - time.monotonic())
        super().wait_for_and_dispatch_events(left if timeout is None else min(timeout, left))

    # --- In threads of the pool: requests and ends of responses ------------------------------------------------

    def handle_request(self, req: Request, conn: Connection) -> bool:  # type: ignore[override]
        """Whether the connection can be kept; or, with `conn.answer` set, there is more to send."""
        answer = Answer(conn, req)
        answer.response, answer.environ = wsgi.create(req, conn.sock, conn.client, conn.server, self.cfg)
        answer.response.sock = answer  # type: ignore[assignment]
        answer.environ["wsgi.multithread"] = True
        answer.environ[DELIVERY] = answer
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
            answer.response.force_close()
        answer.body = self.wsgi(answer.environ, answer.response.start_response)  # type: ignore[arg-type]
        try:
            answer.write()
            if not answer.advance():
                conn.answer = answer
                return False
        except (ConnectionError, TimeoutError):  # the visitor's end, or the film's
            answer.failed = True
        except Exception:
            self.log.exception("Error handling request %s", req.uri)
            answer.failed = True
        return self._conclude(answer)

    def _sent(self, delivery: Delivery) -> None:
        """Called by a sender. The end may take long, and reach the database: it is a matter for the pool."""
        assert isinstance(delivery, Answer)  # noqa: S101 - for the type checker: finish_request gave it
        conn = delivery.connection
        self.tpool.submit(self._conclude_sent, conn).add_done_callback(
            lambda future: self.method_queue.defer(self.finish_request, conn, future)
        )

    def _conclude_sent(self, conn: Connection) -> bool:
        answer, conn.answer = conn.answer, None
        assert answer  # noqa: S101 - it was just sent
        return bool(self._keepalive_after(conn, self._conclude(answer)))  # type: ignore[attr-defined]

    def _conclude(self, answer: Answer) -> bool:
        """Close the response; whether the connection can be kept."""
        seconds = timedelta(microseconds=(time.monotonic_ns() - answer.arrived_ns) // 1000)
        self.log.access(answer.response, answer.request, answer.environ, seconds)
        try:
            answer.close()
        except ConnectionError as error:
            self.log.info("%s: %s", answer.request.uri, error)
            return False
        except Exception:
            self.log.exception("Error closing the response to %s", answer.request.uri)
            return False
        return not (answer.failed or answer.response.should_close())


def received(sock: socket.socket) -> tuple[bytes | None, int]:
    """What has come on a non-blocking socket, None if nothing, empty if it ended; and when, on the monotonic clock.

    It is the kernel's time where that tells it: a request waits for a busy process, and its visitor with it.
    """
    try:
        content, stamps, _, _ = sock.recvmsg(REQUEST_BYTES, socket.CMSG_SPACE(STAMP.size))
    except BlockingIOError:
        return None, 0
    except OSError:
        return b"", 0
    now = time.monotonic_ns()
    for _, kind, stamp in stamps:
        if kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = STAMP.unpack(stamp)
            waited = time.time_ns() - seconds * 10**9 - nanoseconds
            if 0 <= waited < LONGEST_WAIT_NS:
                return content, now - waited
    return content, now


def connections_within_limit(wanted: int) -> int:
    """How many connections of two descriptors each, a socket and a file, the process can hold: `wanted` at most.

    Raises the limit of descriptors as far as it may.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * wanted + OTHER_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, (soft - OTHER_DESCRIPTORS) // 2))
