"""One at a time, across processes."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Hold the lock of that name in the data dir; wait for whoever holds it. A killed holder lets it go."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / f"{name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
