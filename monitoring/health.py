"""Whether the site can do its work, and if not, why."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection

from monitoring import ledger, sources, wording
from monitoring.models import Baseline

LEAST_FREE_BYTES = 500 * 2**20
LONGEST_WAIT_SECONDS = 1800.0
"""Of a task, while nothing else is worked on."""
LONGEST_TASK_SECONDS = 4 * 3600.0
LONGEST_SILENCE_SECONDS = 300.0
"""Between two samples of the history."""
TROUBLES = "troubles.json"


@dataclass(frozen=True)
class Check:
    """One thing that must be so."""

    name: str
    reason: str
    """Why it isn't; empty when it is."""
    hinders: bool = True
    """Whether the site can't do its work without; else people are told, and that is all."""

    @property
    def ok(self) -> bool:
        """Whether it is so."""
        return not self.reason


def check_all() -> list[Check]:
    """Everything that must be so for the site to work."""
    checks: dict[str, Callable[[], str]] = {
        "database": _database,
        "cache": _cache,
        "queue": _queue,
        "workers": _workers,
        "disk": _disk,
        "folders": _folders,
        "history": _history,
    }
    return [Check(name, _reason(check)) for name, check in checks.items()] + [
        Check("places", _reason(_places), hinders=False)
    ]


def _reason(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, OSError) as error:
        return f"{type(error).__name__}: {error}"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _cache() -> str:
    key, value = "monitoring.health", secrets.token_hex(4)
    cache.set(key, value, 60)
    return "" if cache.get(key) == value else "the query cache does not keep what it is given"


def _queue() -> str:
    gauges = sources.queue_gauges()
    if gauges["ran_seconds"] > LONGEST_TASK_SECONDS:
        return f"a task has been running for {wording.ago(gauges['ran_seconds'])}"
    if gauges["waited_seconds"] > LONGEST_WAIT_SECONDS and not gauges["running"]:
        return f"a task has been waiting for {wording.ago(gauges['waited_seconds'])} and none is running"
    return ""


def _workers() -> str:
    return "" if sources.living_workers() else "no task worker is running"


def _disk() -> str:
    for place in (settings.DATA_DIR, Path(connection.settings_dict["NAME"])):
        if place.exists() and not os.access(place, os.W_OK):
            return f"{place} can't be written"
    free = shutil.disk_usage(settings.DATA_DIR).free
    return "" if free >= LEAST_FREE_BYTES else f"only {wording.size(free)} are left in {settings.DATA_DIR}"


def _folders() -> str:
    away = [str(folder) for _, folder in settings.VIDEO_ROOTS if not os.access(folder, os.R_OK | os.X_OK)]
    if away:
        return f"can't be read: {', '.join(away)}"
    empty = sources.empty_folders()
    return f"empty, as of a drive that is not mounted: {', '.join(empty)}" if empty else ""


def _history() -> str:
    """Only where `serve` runs: others may serve the site without it."""
    if not any(member.role == "serve" for member in ledger.members(settings.METRICS_DIR)):
        return ""
    latest = Baseline.objects.values_list("at", flat=True).first()
    silent = (datetime.now(UTC) - latest).total_seconds() if latest else 0.0
    return f"no sample for {wording.ago(silent)}" if silent > LONGEST_SILENCE_SECONDS else ""


def _places() -> str:
    """Those in videos, which are noted beside the database."""
    names = sources.set_aside()
    return f"a damaged file was set aside, delete it when you have seen this: {', '.join(names)}" if names else ""


def tell() -> None:
    """Check all, and let the pages of the admin know what is wrong."""
    troubles = [(check.name, check.reason) for check in check_all() if not check.ok]
    folder: Path = settings.METRICS_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / "troubles.part"
    fresh.write_text(json.dumps(troubles))
    fresh.replace(folder / TROUBLES)


def told() -> list[Check]:
    """What was wrong at the latest look, if that was not long ago: costs a page next to nothing.

    Of the disk, on which that may have found no room, what is wrong now.
    """
    disk = Check("disk", _reason(_disk))
    return [check for check in _kept() if check.name != disk.name] + ([] if disk.ok else [disk])


def _kept() -> list[Check]:
    file: Path = settings.METRICS_DIR / TROUBLES
    try:
        if time.time() - file.stat().st_mtime > LONGEST_SILENCE_SECONDS:
            return []
        return [Check(name, reason) for name, reason in json.loads(file.read_text())]
    except (OSError, ValueError):
        return []
