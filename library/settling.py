"""Whether a file that was written a moment ago is whole: it is taken when it has come to rest."""

import fcntl
import os
import signal
import time
from collections.abc import Iterable
from typing import NamedTuple

from library import roots
from library.roots import FileUnavailableError
from library.walking import FoundFile, clamped_time

REST_SECONDS = 1.0
"""A file that was not written for this long is at rest. Copying programs write many times a second."""

STALL_SECONDS = 20
"""So long after the last write a program that has the file open for writing may be thought to go on."""

F_SETSIG = 10  # of Linux, not in Python's fcntl


class Look(NamedTuple):
    """What shows whether a file was written since."""

    size: int
    modified_ns: int


def still_growing(files: Iterable[FoundFile]) -> set[str]:
    """The stored paths of those files that are being written.

    Files last written a while ago cost nothing here. For the others it waits, once for all and `REST_SECONDS` at most,
    and looks again. A time of modification that lies in the future says nothing, and counts as now.
    """
    now = time.time_ns()
    recent = [file for file in files if file.modified_ns > now - _ns(STALL_SECONDS)]
    writing = {file.path for file in recent if _is_open_for_writing(file.path)}
    fresh = [file for file in recent if file.path not in writing and file.modified_ns > now - _ns(REST_SECONDS)]
    if fresh:
        last_written = max(min(file.modified_ns, now) for file in fresh)
        time.sleep(max(0, min(last_written - time.time_ns(), 0) + _ns(REST_SECONDS)) / 1e9)
    return writing | {file.path for file in fresh if look(file.path) not in (None, (file.size, file.modified_ns))}


def is_written(path: str, last: Look) -> bool:
    """Whether a program has the file open that wrote it not long ago."""
    return last.modified_ns > time.time_ns() - _ns(STALL_SECONDS) and _is_open_for_writing(path)


def look(path: str) -> Look | None:
    """A stored path's file as it is now; None where there is none."""
    try:
        status = roots.locate(path).stat()
    except OSError:
        return None
    return Look(status.st_size, clamped_time(status.st_mtime_ns))


def _is_open_for_writing(path: str) -> bool:
    """Whether the kernel knows of a writer: it then refuses a lease (fcntl(2)). Without such knowledge False."""
    try:
        descriptor = roots.open_file(path)
    except FileUnavailableError:
        return False
    try:
        fcntl.fcntl(descriptor, F_SETSIG, signal.SIGURG)  # a writer who comes now sends it; SIGIO would end us
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except (OSError, AttributeError):  # another's file, a network drive, another system
        return False
    finally:
        os.close(descriptor)
    return False


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
