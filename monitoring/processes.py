"""What the system tells of the site's processes: Linux alone does, elsewhere there are none."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """What a process needs."""

    pid: int
    name: str
    """As `web 1` or `media_worker 2`."""
    memory: int
    """Resident bytes."""
    cpu_seconds: float
    """Since its start."""


class _Status(NamedTuple):
    pid: int
    parent: int
    kind: str
    memory: int
    cpu_seconds: float


def family(ancestor: int) -> list[Usage]:
    """A process and all that come from it, in the order of their names."""
    statuses = {status.pid: status for status in map(_status, _pids()) if status}
    found = sorted(
        (status for status in statuses.values() if _comes_from(status.pid, ancestor, statuses)),
        key=lambda status: (status.kind, status.pid),
    )
    masters = {status.parent for status in found if status.kind == "web"}
    kinds = ["web master" if status.kind == "web" and status.pid in masters else status.kind for status in found]
    many, numbers = Counter(kinds), Counter[str]()
    usages = []
    for status, kind in zip(found, kinds, strict=True):
        numbers[kind] += 1
        name = f"{kind} {numbers[kind]}" if many[kind] > 1 or kind == "web" else kind
        usages.append(Usage(status.pid, name, status.memory, status.cpu_seconds))
    return usages


def _pids() -> list[int]:
    return [int(folder.name) for folder in PROC.glob("[0-9]*")] if PROC.is_dir() else []


def _comes_from(pid: int, ancestor: int, statuses: dict[int, _Status]) -> bool:
    while pid in statuses:
        if pid == ancestor:
            return True
        pid = statuses[pid].parent
    return False


def _status(pid: int) -> _Status | None:
    """None where it just ended."""
    try:
        folder = PROC / str(pid)
        fields = folder.joinpath("stat").read_bytes().rpartition(b")")[2].split()
        arguments = folder.joinpath("cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    if fields[0] in (b"Z", b"X"):
        return None
    ticks = int(fields[11]) + int(fields[12])
    return _Status(pid, int(fields[1]), _kind(arguments), int(fields[21]) * PAGE, ticks / TICKS)


def _kind(arguments: list[str]) -> str:
    """A command of manage.py by its name, gunicorn as the web, anything else as its program."""
    for argument, following in zip(arguments, arguments[1:], strict=False):
        if argument.endswith("manage.py"):
            return following
        if "gunicorn" in argument:
            return "web"
    return Path(arguments[0]).name or "?"
