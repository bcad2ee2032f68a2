"""Forgetting videos whose file is gone for long: the only way in which the library loses anything.

What is forgotten is written to the data dir first: the whole library as the old site's four files, and of each
forgotten video all that it had.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from library import exporting, history, naming, positions, roots
from library.locking import exclusive, reading_afresh
from library.models import Entry, Marker, PlaylistItem, Position, Video, Viewing, WatchLater
from library.querysets import MANY_ROWS, batches
from library.scanning import Doubt
from library.wording import counted

RECORD = "forgotten.json"
MAX_DAYS = 36_500


class Lost(NamedTuple):
    """A video that may be forgotten."""

    pk: int
    path: str
    title: str
    stars: int | None
    views: int
    tags: int
    missing_since: datetime


@dataclass
class PruneReport:
    """What would be forgotten, or was."""

    before: datetime
    """Missing since before this moment is missing for too long."""
    lost: list[Lost] = field(default_factory=list)
    spared: list[Lost] = field(default_factory=list)
    """Missing as long, but the scan could not tell: their root is away, their folder can't be read or is left out."""
    export: Path | None = None
    forgotten: int = 0


def find(days: int, doubts: Iterable[Doubt]) -> PruneReport:
    """The videos missing for more than that many days; those that a scan's doubts are about are spared."""
    report = PruneReport(timezone.now() - timedelta(days=days))
    in_doubt = set(doubts)
    with reading_afresh():
        for row in Video.objects.missing_since_before(report.before).lost():
            video = Lost(*row)
            (report.spared if _is_in_doubt(video.path, in_doubt) else report.lost).append(video)
    return report


def find_among(video_ids: Iterable[int]) -> PruneReport:
    """Those of these videos that are missing; spared is what may only be away, as their places tell just now."""
    report = PruneReport(timezone.now())
    places = _Places()
    with reading_afresh():
        for part in batches(video_ids, MANY_ROWS):
            for row in Video.objects.among(part).missing_since_before(report.before).lost():
                video = Lost(*row)
                (report.lost if places.know_nothing_of(video.path) else report.spared).append(video)
    return report


class _Places:
    """The library's folders, as they are now."""

    def __init__(self) -> None:
        self._alive = {root: _holds_anything(root.directory) for root in roots.all_roots()}

    def know_nothing_of(self, path: str) -> bool:
        """Whether a file is gone for sure: its root is there with files in it, and none is at its path."""
        root, relative = roots.root_of(path)
        if not self._alive[root]:
            return False
        if not naming.is_safe_path(relative):
            return True
        try:
            (root.directory / naming.to_fs(relative)).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return True
        except (OSError, ValueError):
            return False
        return False


def _holds_anything(directory: Path) -> bool:
    try:
        return next(directory.iterdir(), None) is not None
    except OSError:
        return False


def forget(report: PruneReport) -> PruneReport:
    """Export, then delete what the report lists, with all that hangs on it, save what came back meanwhile.

    Tags stay. Killed half-way, it has forgotten some; the export holds them all. Raises ExportRefusedError, with
    nothing deleted.
    """
    with exclusive("scan"), reading_afresh():
        positions.carry()
        report.export = _export(report)
        for batch in batches(video.pk for video in report.lost):
            with transaction.atomic():
                going = Video.objects.among(batch).missing_since_before(report.before)
                report.forgotten += going.count()
                going.delete()
        if report.forgotten:
            history.keep(
                Entry.Action.FORGET, f"{counted(report.forgotten, 'video')} forgotten: see {report.export}", {}
            )
    return report


def _is_in_doubt(path: str, doubts: set[Doubt]) -> bool:
    """Whether a doubt is about the path, a folder above it, or its root."""
    mount, parts = roots.root_of(path)[0].mount, path.split("/")
    places = ["", *("/".join(parts[:end]) for end in range(1, len(parts) + 1))]
    return any(Doubt(mount, place) in doubts for place in places)


def _export(report: PruneReport) -> Path:
    directory = settings.DATA_DIR / "exports" / f"{timezone.localtime():%Y-%m-%d_%H%M%S_%f}"
    exporting.export_folder(directory)
    pks = [video.pk for video in report.lost]
    records = []
    for part in batches(pks):
        kept = _kept_by_accounts(part)
        videos = Video.objects.among(part).with_standing().with_tags().order_by("path", "pk")
        records += [_record(video) | {"accounts": kept[video.pk]} for video in videos]
    exporting.write_documents(directory, {RECORD: records})
    return Path(directory)


def _record(video: Video) -> dict[str, object]:
    """All that a video has."""
    return {
        "path": video.path,
        "custom_title": video.custom_title,
        "stars": video.rating.stars,
        "views": video.view_count.count,
        "last_viewed_at": _moment(video.view_count.last_viewed_at),
        "tags": [tag.name for tag in video.tags.all()],
        "is_favorite": video.is_favorite,
        "added_at": _moment(video.added_at),
        "missing_since": _moment(video.missing_since),
        "size": video.size,
        "fingerprint": video.fingerprint,
    }


def _kept_by_accounts(pks: list[int]) -> dict[int, list[dict[str, object]]]:
    """What accounts keep of each of these videos; the account of those who are not signed in is None."""
    kept: dict[int, list[dict[str, object]]] = defaultdict(list)
    for model in (Viewing, Position, WatchLater, PlaylistItem, Marker):
        for pk, account, told in model.objects.told(pks):
            kept[pk].append({"account": account, **told})
    return kept


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
