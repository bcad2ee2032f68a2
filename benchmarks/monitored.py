"""The site's settings, and a query cache that also writes down each look-up: the monitoring's counts are held to it."""

import os
from pathlib import Path
from typing import Any

from monitoring.file_cache import StampedFileCache
from videoserver.settings import *  # noqa: F403
from videoserver.settings import CACHES, DATA_DIR

LOG = Path(DATA_DIR) / "look-ups.log"


class LoggingCache(StampedFileCache):
    """One byte for each look-up that counts: H for a hit, M for a miss."""

    def _count_look_up(self, found: dict[Any, Any], *, complete: bool) -> bool | None:
        hit = super()._count_look_up(found, complete=complete)
        if hit is not None:
            descriptor = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(descriptor, b"H" if hit else b"M")
            os.close(descriptor)
        return hit


CACHES["default"]["BACKEND"] = "benchmarks.monitored.LoggingCache"
