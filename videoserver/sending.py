"""Sends what a socket doesn't take at once: a few threads for hundreds of readers, however slow they are."""

import os
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

TURN_BYTES = 1 << 20
"""What one reader gets before it is another's turn."""
WHEN_WRITABLE = select.EPOLLOUT | select.EPOLLONESHOT


class Delivery:
    """Bytes, and then perhaps a slice of a file, on their way into a non-blocking socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.failed = False
        self.moved_at = time.monotonic()
        self.file_sent = 0
        """Bytes of the file that the socket took."""
        self._bytes = bytearray()
        self._file = -1
        self._offset = 0
        self._left = 0

    def add(self, content: bytes) -> None:
        """Bytes to send, before any file."""
        self._bytes += content

    def add_file(self, file: int, offset: int, length: int) -> None:
        """A slice of an open file to send at the end. Its descriptor stays the caller's, who closes it afterwards."""
        self._file, self._offset, self._left = file, offset, length

    @property
    def bytes_in_memory(self) -> int:
        """How many bytes wait that are no file's."""
        return len(self._bytes)

    def advance(self) -> bool:
        """Send what the socket takes without waiting, one turn at most; whether that was the last of it.

        Raises OSError when the reader is gone or the file ends before the slice does.
        """
        with suppress(BlockingIOError):
            if self._bytes:
                sent = self.sock.send(self._bytes, socket.MSG_MORE if self._left else 0)
                del self._bytes[:sent]
                self.moved_at = time.monotonic()
            if self._left and not self._bytes:
                sent = os.sendfile(self.sock.fileno(), self._file, self._offset, min(self._left, TURN_BYTES))
                if sent == 0:
                    raise ConnectionResetError("the file ended before its time")
                self._offset += sent
                self.file_sent += sent
                self._left -= sent
                self.moved_at = time.monotonic()
        return not (self._bytes or self._left)


class Senders:
    """Threads that share one epoll. Any of them takes the reader that is ready next, for one turn.

    So a fast reader starves nobody, and a slow disk holds up one thread and not the readers of the others.
    `ended` is called, in a sender's thread, with each delivery that was taken, once: all sent, or `failed`.
    """

    def __init__(self, threads: int, ended: Callable[[Delivery], None]) -> None:
        self._ended = ended
        self._epoll = select.epoll()
        self._deliveries: dict[int, Delivery] = {}
        for number in range(threads):
            threading.Thread(target=self._run, name=f"sender {number}", daemon=True).start()

    def take(self, delivery: Delivery) -> None:
        """Send the rest of it. Until it ended its socket is not the caller's to read, write or close."""
        descriptor = delivery.sock.fileno()
        self._deliveries[descriptor] = delivery
        self._epoll.register(descriptor, WHEN_WRITABLE)

    def hang_up(self, stalled_for: float = 0.0) -> None:
        """Fail the deliveries of which nothing was taken for so many seconds."""
        since = time.monotonic() - stalled_for
        for delivery in list(self._deliveries.values()):
            if delivery.moved_at <= since:
                with suppress(OSError):
                    delivery.sock.shutdown(socket.SHUT_RDWR)  # which wakes the one who sends

    def _run(self) -> None:
        while True:
            for descriptor, _ in self._epoll.poll(maxevents=1):
                self._take_turn(descriptor)

    def _take_turn(self, descriptor: int) -> None:
        delivery = self._deliveries[descriptor]
        try:
            done = delivery.advance()
        except OSError:
            done = delivery.failed = True
        if not done:
            self._epoll.modify(descriptor, WHEN_WRITABLE)
            return
        self._epoll.unregister(descriptor)
        del self._deliveries[descriptor]
        self._ended(delivery)
