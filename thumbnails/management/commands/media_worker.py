"""One of a site's task workers: `serve` starts them, and starts each again when it dies."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands.db_worker import Worker

from thumbnails import ffmpeg
from thumbnails.claiming import is_free, take_place
from thumbnails.tasks import sweep_stale

ID_PREFIX = "serve-"
PAUSE = 0.5
"""Seconds between looks into an empty queue."""

GRACE = 10
"""Seconds that the task at hand has to finish once we are told to stop; else it is swept at the next start. The work on
a film ends at once, and costs it no attempt.
"""

KEEP_DAYS = 7
NICE = 10
"""The least that we yield to the web server; ffmpeg yields more."""

PR_SET_PDEATHSIG = 1


class MediaWorker(Worker):
    """django-tasks-db's worker, which stops within a time of grace and doesn't outlive its parent."""

    def __init__(self, parent: int, place: int, *, grace: int, batch: bool) -> None:
        self.parent, self.grace = parent, grace
        super().__init__(
            queue_names=["*"],
            interval=PAUSE,
            batch=batch,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=f"{ID_PREFIX}{place}@{socket.gethostname()[:40]}-{os.getpid()}",
            excluded_queue_names=[],
        )

    @property
    def running(self) -> bool:
        """Whether to take another task: not after a signal, and not after our parent's end."""
        return self._running and os.getppid() == self.parent

    @running.setter
    def running(self, value: bool) -> None:
        self._running = value

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        """Stop after the task at hand, which ffmpeg doesn't prolong; the alarm's default action ends us if that takes
        too long.
        """
        signal.alarm(self.grace)
        if self.running_task:
            ffmpeg.stop()
            self.running = False
        else:
            sys.exit(0)

    def work(self) -> None:
        """Process tasks until told to stop. A locked database is waited for."""
        while self.running:
            try:
                self.run()
            except OperationalError as error:
                if "locked" not in str(error):
                    raise
                connections.close_all()
                time.sleep(self.interval)
            else:
                return


class Command(BaseCommand):
    help = "Processes the background tasks; `serve` runs this."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, default=os.getppid(), help="Stop when this process ends.")
        parser.add_argument("--grace", type=int, default=GRACE, help="Seconds to finish in when told to stop.")
        parser.add_argument("--batch", action="store_true", help="Stop when the queue is empty.")

    def handle(self, *args: Any, parent: int, grace: int, batch: bool, **options: Any) -> None:
        os.nice(max(NICE - os.nice(0), 0))
        place, kept_open = take_place()
        with kept_open:
            worker = MediaWorker(parent, place, grace=grace, batch=batch)
            worker.configure_signals()
            stop_with_parent()
            if place == 0:
                self.stdout.write(f"The sandbox in which films are opened: {ffmpeg.isolation()}.")
                self.stdout.flush()
            try:
                sweep_stale(lambda worker_id: is_dead(worker_id, place))
                call_command("prune_db_task_results", queue_name="*", min_age_days=KEEP_DAYS, verbosity=0)
                worker.work()
            except OperationalError as error:  # a full disk: the next worker takes up what was begun
                raise CommandError(f"The database can't be written: {error}") from error


def is_dead(worker_id: str, our_place: int) -> bool:
    """Whether it is the id of a media worker that no longer lives; whoever had our place doesn't."""
    if not worker_id.startswith(ID_PREFIX):
        return False
    place = re.match(rf"{ID_PREFIX}(\d+)@", worker_id)
    return place is None or int(place[1]) == our_place or is_free(int(place[1]))


def stop_with_parent() -> None:
    """Have the kernel send SIGTERM when the parent ends, where it can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
