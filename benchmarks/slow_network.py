"""A network between a browser and a server on one machine, as slow as it is told.

The browser's own emulation leaves out what it fetches before a page is asked for. This delays all bytes alike: whatever
is sent arrives half a round trip later, and all that comes back shares one bandwidth.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BLOCK, UNDER_WAY = 4096, 48
"""Bytes, and how many blocks of a connection are sent and not there yet: what fits into a round trip of 4G."""
Blocks = asyncio.Queue[tuple[float, bytes]]


class Network:
    """A port of this machine that leads to another. Fast until `slow` is set."""

    def __init__(self, leads_to: int, round_trip: float, bytes_per_second: float) -> None:
        self.slow = False
        self.port = 0
        self._leads_to = leads_to
        self._half = round_trip / 2
        self._rate = bytes_per_second
        self._free_at = 0.0
        self._listening = threading.Event()

    async def carry(self) -> None:
        """Let through what comes, until `stop`."""
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._ended.wait()

    def stop(self) -> None:
        """From another thread."""
        self._loop.call_soon_threadsafe(self._ended.set)

    def wait(self) -> None:
        """Until there is a port."""
        self._listening.wait()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._leads_to)
        await asyncio.gather(self._carry(reader, to_server, up=True), self._carry(from_server, writer, up=False))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        """One direction of a connection. What is under way is bounded, as by the windows of TCP."""
        under_way: Blocks = asyncio.Queue(maxsize=UNDER_WAY)
        delivery = asyncio.create_task(_deliver(under_way, writer))
        with suppress(OSError):
            while block := await reader.read(BLOCK):
                await under_way.put((self._arrival(0 if up else len(block)), block))
        await under_way.put((0.0, b""))
        await delivery

    def _arrival(self, size: int) -> float:
        now = asyncio.get_running_loop().time()
        if not self.slow:
            return now
        if not size:
            return now + self._half
        self._free_at = max(self._free_at, now) + size / self._rate
        return self._free_at + self._half


async def _deliver(under_way: Blocks, writer: asyncio.StreamWriter) -> None:
    """Until the empty block; where nobody takes it any more, into nothing."""
    while True:
        arrival, block = await under_way.get()
        if not block:
            break
        await asyncio.sleep(arrival - asyncio.get_running_loop().time())
        if not writer.is_closing():
            with suppress(OSError):
                writer.write(block)
                await writer.drain()
    writer.close()


@contextmanager
def network(leads_to: int, round_trip: float, bytes_per_second: float) -> Iterator[Network]:
    """A network with those seconds and bytes a second, to the server on that port of this machine."""
    between = Network(leads_to, round_trip, bytes_per_second)
    thread = threading.Thread(target=lambda: asyncio.run(between.carry()), daemon=True)
    thread.start()
    between.wait()
    try:
        yield between
    finally:
        between.stop()
        thread.join()
