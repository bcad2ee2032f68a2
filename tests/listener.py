"""A port of this machine that nobody should come to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Listener:
    """It counts who came."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server
        self.port: int = server.getsockname()[1]

    @property
    def visits(self) -> int:
        """How many came since it was asked last."""
        found = 0
        with suppress(BlockingIOError):
            while True:
                self._server.accept()[0].close()
                found += 1
        return found


@contextmanager
def listening() -> Iterator[Listener]:
    """It listens on the loopback address for the block."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield Listener(server)
