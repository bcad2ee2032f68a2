"""Hearing of changes below folders, from the system."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Event

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from library import naming
from library.ignoring import IGNORE_FILE

QUIET_SECONDS = 0.3
"""A burst has ended when nothing more came for this long."""

LONGEST_BURST_SECONDS = 1.5

KINDS: list[type[FileSystemEvent]] = [
    *(FileCreatedEvent, FileDeletedEvent, FileMovedEvent, FileClosedEvent),
    *(DirCreatedEvent, DirDeletedEvent, DirMovedEvent),
]
"""What can change the library. Not each write: of a copy's thousands none says more than the end of it."""
if sys.platform != "linux":
    KINDS.append(FileModifiedEvent)  # other systems don't tell when a file is closed


class DeafError(Exception):
    """The system refuses to tell of changes."""


class Ear:
    """Listens to some folders and all below them, save what links lead to. Raises DeafError."""

    def __init__(self, places: Iterable[str]) -> None:
        self._something = Event()
        try:
            self._observer = Observer()
            self._observer.start()
        except (OSError, RuntimeError) as error:
            raise DeafError(str(error)) from error
        try:
            for place in places:
                handler = _Handler(place, self._something)
                self._observer.schedule(handler, place, recursive=True, event_filter=KINDS)
        except OSError as error:
            self.close()
            raise DeafError(error.strerror or str(error)) from error

    def hear(self, seconds: float) -> bool:
        """Whether anything changed. Waits so long for a first change, and then until a burst has ended."""
        if not self._something.wait(seconds):
            return False
        deadline = time.monotonic() + LONGEST_BURST_SECONDS
        self._something.clear()
        while time.monotonic() < deadline and self._something.wait(QUIET_SECONDS):
            self._something.clear()
        return True

    def misses(self, folders: Iterable[tuple[str, int]]) -> bool:
        """Whether it doesn't listen to any of these folders, given with their inodes: the system sets limits.

        The kernel itself is asked what it watches (proc_pid_fdinfo(5)); where it doesn't say, none is missed.
        """
        watched = _watched_inodes()
        return watched is not None and any(inode not in watched and Path(place).is_dir() for place, inode in folders)

    def close(self) -> None:
        """Stop listening."""
        self._observer.stop()
        self._observer.join()


class _Handler(FileSystemEventHandler):
    """Notes in the observer's thread that something changed which can change the library."""

    def __init__(self, root: str, something: Event) -> None:
        self._root = root
        self._something = something

    def on_any_event(self, event: FileSystemEvent) -> None:
        places = [os.fsdecode(place) for place in (event.src_path, event.dest_path) if place]
        if any(self._matters(place, event.is_directory) for place in places):
            self._something.set()

    def _matters(self, place: str, is_folder: bool) -> bool:
        folder, _, name = place.removeprefix(self._root).rpartition("/")
        if "/." in folder or (name.startswith(".") and name != IGNORE_FILE):
            return False
        is_ours = name == IGNORE_FILE or naming.is_video(name) or naming.is_subtitle(name)
        return is_folder or is_ours or Path(place).is_symlink()


def _watched_inodes() -> set[int] | None:
    """The inodes of all that this process watches; None where the system doesn't tell."""
    inodes: set[int] = set()
    told = False
    for place in Path("/proc/self/fdinfo").glob("*"):
        try:
            found = re.findall(r"^inotify wd:\w+ ino:(\w+)", place.read_text(), re.MULTILINE)
        except OSError:
            continue
        told = True
        inodes.update(int(inode, 16) for inode in found)
    return inodes if told else None
