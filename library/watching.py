"""Keeps the library in line with its folders while the server runs: hears of changes, and scans.

The kernel tells of changes on drives of this machine. Others, and those that it refuses to watch, are read again and
again. A full rescan now and then finds what both missed.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from threading import Event

from django.db import OperationalError, close_old_connections

from library import drives, roots, scanning, settling
from library.drives import Mount
from library.hearing import DeafError, Ear
from library.roots import Root
from library.scanning import ScanReport
from library.settling import Look
from library.walking import RootListing, list_root

TICK_SECONDS = 1.0
"""How often to look whether a root came or went, and whether a growing file has come to rest."""

POLL_SECONDS = 2.0
POLL_SHARE = 10
"""Reading a silent drive may take one part in so many of the time."""

SCAN_SHARE = 4
LONGEST_PAUSE_SECONDS = 10.0
"""After a scan, so many times the processor time that it took are a pause, of this length at most: a stream of changes
is not a stream of scans.
"""

RETRY_SECONDS = 5.0
MOUNT_TABLE = Path("/proc/self/mounts")
logger = logging.getLogger(__name__)


class Watcher:
    """Watches all roots, and scans them. `tell` is given the report of each scan."""

    def __init__(self, tell: Callable[[ScanReport], None], rescan_seconds: float) -> None:
        self.tell = tell
        self.rescan_seconds = rescan_seconds
        self.ear: Ear | None = None
        self.deaf = False
        """Whether the system does not tell us, as it turned out: then every root is read again and again."""
        self.silent: set[Root] = set()
        """The roots that are read again and again."""
        self.glimpses: dict[Root, bytes] = {}
        self.growing: dict[str, tuple[Look | None, float]] = {}
        """What is being written: as it was at the last look, and since when it is so."""
        self.state: list[object] = []
        self.due = self.routine = False
        self.scan_at = self.poll_at = self.rescan_at = 0.0

    def run(self, stop: Event) -> None:
        """Scan, and watch until told to stop."""
        self.state = self._state_of_roots()
        self.due = self._listen()
        try:
            while not stop.is_set():
                if self.due and time.monotonic() >= self.scan_at:
                    self._scan()
                self._notice(stop)
        finally:
            self._stop_listening()

    def _notice(self, stop: Event) -> None:
        """Wait a moment for changes; whatever changed makes a scan due."""
        self.due |= self._hear(stop)
        self.due |= self._came_to_rest()
        state = self._state_of_roots()
        if state != self.state:
            self.state = state
            self.due = self._listen()
        if not self.due and self.silent and time.monotonic() >= self.poll_at:
            self.due = self._poll()
        if not self.due and time.monotonic() >= self.rescan_at:
            self.routine = self.due = True

    def _hear(self, stop: Event) -> bool:
        seconds = TICK_SECONDS
        if self.due:
            seconds = min(seconds, max(0.0, self.scan_at - time.monotonic()))
        if self.ear:
            return self.ear.hear(seconds)
        stop.wait(seconds)
        return False

    def _came_to_rest(self) -> bool:
        """Whether any growing file was not written for long enough."""
        now = time.monotonic()
        rests = False
        for path, (before, since) in self.growing.items():
            look = settling.look(path)
            if look != before:
                self.growing[path] = look, now
            elif now - since >= settling.REST_SECONDS and not (look and settling.is_written(path, look)):
                rests = True
        return rests

    def _state_of_roots(self) -> list[object]:
        """What changes when a drive comes or goes."""
        table = _mount_table()
        state: list[object] = []
        for root in roots.all_roots():
            with suppress(OSError):
                status = root.directory.stat()
                state += [root, status.st_dev, status.st_ino]
            state.append(_mounts_of(root, table))
        return state

    def _poll(self) -> bool:
        started = time.monotonic()
        changed = any(self._glimpse(list_root(root)) != self.glimpses.get(root) for root in self.silent)
        self._pause_polling(started)
        return changed

    def _pause_polling(self, started: float) -> None:
        now = time.monotonic()
        self.poll_at = now + max(POLL_SECONDS, POLL_SHARE * (now - started))

    def _glimpse(self, listing: RootListing) -> bytes:
        """A hash of all that a scan would see, save what is being written."""
        digest = blake2b(digest_size=16)
        for file in listing.files:
            if file.path not in self.growing:
                digest.update(repr(file).encode())
        digest.update(repr(listing.companions).encode())
        return digest.digest()

    def _scan(self) -> None:
        """Scan. What turns out to be unwatched is watched from now on, and scanned again."""
        started, used = time.monotonic(), time.process_time()
        listings: list[RootListing] = []

        def witness(listing: RootListing) -> None:
            listings.append(listing)
            if listing.root in self.silent:
                listing.files = list(listing.files)

        close_old_connections()
        try:
            report = scanning.scan(witness=witness)
        except OperationalError as error:
            logger.warning("The scan failed, and is tried again: %s", error)
            self.scan_at = time.monotonic() + RETRY_SECONDS
            return
        now = time.monotonic()
        self.growing = {path: (settling.look(path), now) for path in report.growing}
        self.rescan_at = now + self.rescan_seconds
        self.scan_at = now + min(SCAN_SHARE * (time.process_time() - used), LONGEST_PAUSE_SECONDS)
        self.due = self._check_hearing(report, listings)
        self.glimpses = {listing.root: self._glimpse(listing) for listing in listings if listing.root in self.silent}
        self._pause_polling(started)
        self.tell(report)

    def _check_hearing(self, report: ScanReport, listings: list[RootListing]) -> bool:
        """Whether another scan is due, because we have not heard all that this one found."""
        routine, self.routine = self.routine, False
        if self.ear is None or self.deaf:
            return False
        if routine and report.news:
            if self.ear.hear(TICK_SECONDS):
                return True
            self._go_deaf("Changes were found that the system had not announced")
            return False
        folders = [(place, inode) for listing in listings for place, (_, inode) in listing.folders.items()]
        if not self.ear.misses(folders):
            return False
        self._listen()
        if self.ear and self.ear.misses(folders):
            self._go_deaf("The system doesn't let us watch all folders; its limit is fs.inotify.max_user_watches")
        return True

    def _listen(self) -> bool:
        """Listen to the roots anew, and settle which of them are silent. True: what was missed is to be looked for."""
        self._stop_listening()
        table = _mount_table()
        self.silent = {root for root in roots.all_roots() if self.deaf or _is_silent(root, table)}
        places = (os.path.realpath(root.directory) for root in roots.all_roots())
        try:
            self.ear = Ear(place for place in places if Path(place).is_dir())
        except DeafError as error:
            self._go_deaf(f"The system doesn't tell of changes ({error})")
        return True

    def _stop_listening(self) -> None:
        if self.ear:
            self.ear.close()
            self.ear = None

    def _go_deaf(self, reason: str) -> None:
        if not self.deaf:
            logger.warning("%s: from now on the folders are read every few seconds instead.", reason)
        self.deaf = True
        self.silent = set(roots.all_roots())


def _is_silent(root: Root, table: str) -> bool:
    return any(mount.is_silent for mount in _mounts_of(root, table))


def _mount_table() -> str:
    try:
        return os.fsdecode(MOUNT_TABLE.read_bytes())
    except OSError:
        return ""


@lru_cache(maxsize=64)
def _mounts_of(root: Root, table: str) -> list[Mount]:
    return drives.mounts_of(os.path.realpath(root.directory), drives.read_mounts(table))
