"""Finding out what lies below the library roots, and telling the database.

Reads the folders, writes only the database. What is missing is marked and keeps all that people gave it; a root that
is not there, or holds no video, changes nothing, for it may be a drive that is not plugged in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from django.db import transaction
from django.utils import timezone

from library import legacy, roots
from library.locking import exclusive, reading_afresh
from library.matching import Matcher
from library.models import FormerPath, Video
from library.progress import Track, silent
from library.querysets import BATCH
from library.signals import files_changed
from library.walking import FoundFile, RootListing, list_roots

SAMPLE_BYTES = 65_536

T = TypeVar("T")


@dataclass
class ScanReport:
    """What a scan found, in videos."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    missing: int = 0
    """Newly missing."""
    returned: int = 0
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)


def scan(*, track: Track = silent) -> ScanReport:
    """Bring the database in line with the folders. A second scan at the same time waits for the first."""
    with exclusive("scan"), reading_afresh():
        scan_run = _Scan(track)
        for listing in list_roots(track):
            scan_run.compare(listing)
        scan_run.settle()
    files_changed.send(sender=None, video_ids=scan_run.touched)
    return scan_run.report


def fingerprint(path: Path, size: int) -> str:
    """A hash of the file's size, head, middle and tail: cheap, and as good as unique. Raises OSError."""
    digest = blake2b(str(size).encode(), digest_size=16)
    with path.open("rb") as file:
        for offset in sorted({0, max(0, size // 2), max(0, size - SAMPLE_BYTES)}):
            file.seek(offset)
            digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()


class _Known(NamedTuple):
    pk: int
    size: int
    modified_ns: int
    missing: bool


class _Scan:
    """One scan under way: compares root by root, then settles what moved, came and went."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.now = timezone.now()
        self.report = ScanReport()
        self.touched: list[int] = []
        self.new: list[FoundFile] = []
        self.gone: list[int] = []

    def compare(self, listing: RootListing) -> None:
        """Sort the files of a root into unchanged, changed, back, new and gone."""
        self.report.problems += listing.problems
        if not listing.files:
            return
        mount, mounts = listing.root.mount, [root.mount for root in roots.all_roots()]
        rows = Video.objects.under_mount(mount, mounts).values_list(
            "path", "pk", "size", "modified_ns", "missing_since"
        )
        known = {path: _Known(pk, size, ns, since is not None) for path, pk, size, ns, since in rows.iterator()}
        changed = []
        for file in listing.files:
            before = known.pop(file.path, None)
            if before is None:
                self.new.append(file)
            elif before.missing or (before.size, before.modified_ns) != (file.size, file.modified_ns):
                changed.append((before, file))
            else:
                self.report.unchanged += 1
        self._update(changed)
        hidden = tuple(f"{folder}/" if folder else "" for folder in listing.unreadable)
        self.gone += [
            row.pk for path, row in known.items() if not row.missing and not (hidden and path.startswith(hidden))
        ]

    def _update(self, changed: list[tuple[_Known, FoundFile]]) -> None:
        """Write what is different at a path that is known: the file itself, or that it is back."""
        for batch in batches(self.track(changed, "Reading changed files", len(changed))):
            fresh = {before.pk: video for before, file in batch if self._take(video := Video(), file)}
            returned = sum(before.missing for before, _ in batch if before.pk in fresh)
            self.report.returned += returned
            self.report.changed += len(fresh) - returned
            with transaction.atomic():
                known = Video.objects.in_bulk(fresh)
                self._save([video.take_file_of(fresh[pk]) for pk, video in known.items()])

    def _take(self, video: Video, file: FoundFile) -> bool:
        """Let a new video stand for a file; False, with the reason noted, when the file can't be read."""
        try:
            video.fingerprint = fingerprint(roots.locate(file.path), file.size)
        except OSError as error:
            self.report.problems.append(f"{legacy.printable(file.path)}: {error.strerror or error}")
            return False
        video.path, video.size, video.modified_ns = file.path, file.size, file.modified_ns
        video.added_at = self._seen_first(file)
        return True

    def _seen_first(self, file: FoundFile) -> datetime:
        """The file's time of modification; now, where that lies in the future or beyond the calendar."""
        try:
            return min(datetime.fromtimestamp(file.modified_ns / 1e9, UTC), self.now)
        except (ValueError, OverflowError, OSError):
            return self.now

    def _save(self, videos: list[Video]) -> None:
        fields = [
            "path",
            "title",
            "sort_key",
            "added_at",
            "missing_since",
            "size",
            "modified_ns",
            "fingerprint",
        ]
        Video.objects.bulk_update(videos, fields, batch_size=BATCH)
        self.touched += [video.pk for video in videos]

    def settle(self) -> None:
        """Decide for each new file whether it is a known video at a new place, and mark what is gone."""
        homeless = _Homeless(self.gone)
        files = sorted(self.new, key=lambda file: file.modified_ns)
        for batch in batches(self.track(files, "Reading new files", len(files))):
            fresh = [video for file in batch if self._take(video := Video(), file)]
            with transaction.atomic():
                self._settle([(video, homeless.claim(video)) for video in fresh])
        gone = [pk for pk in self.gone if pk not in homeless.claimed]
        self.report.missing = len(gone)
        for pks in batches(gone):
            with transaction.atomic():
                Video.objects.filter(pk__in=pks).update(missing_since=self.now)

    def _settle(self, finds: list[tuple[Video, int | None]]) -> None:
        """Write new files, and the moves of videos that were claimed for them."""
        known = Video.objects.in_bulk([pk for _, pk in finds if pk])
        moved, former = [], []
        for fresh, pk in finds:
            if pk is None:
                continue
            video = known[pk]
            if video.path != fresh.path:
                former.append(FormerPath(path=video.path, video=video))
            self.report.moved += bool(video.size)
            self.report.returned += not video.size
            moved.append(video.take_file_of(fresh))
        FormerPath.objects.filter(path__in=[fresh.path for fresh, _ in finds]).delete()
        self._save(moved)
        FormerPath.objects.bulk_create(former, ignore_conflicts=True, batch_size=BATCH)
        created = Video.create_whole([fresh for fresh, pk in finds if pk is None])
        self.report.added += len(created)
        self.touched += [video.pk for video in created]


class _Homeless:
    """Videos without a file, waiting to be found at another place."""

    def __init__(self, gone: list[int]) -> None:
        self.claimed: set[int] = set()
        self._by_content: dict[tuple[str, int], list[int]] = defaultdict(list)
        self._awaited: dict[str, int] = {}
        for pk, path, print_, size in self._rows(gone):
            if print_:
                self._by_content[print_, size].append(pk)
            elif not size:
                self._awaited[path] = pk
        self._matcher = Matcher(self._awaited)

    def _rows(self, gone: list[int]) -> Iterator[tuple[int, str, str, int]]:
        columns = ("pk", "path", "fingerprint", "size")
        yield from Video.objects.missing().values_list(*columns).iterator()
        for batch in batches(gone):
            yield from Video.objects.filter(pk__in=batch).values_list(*columns)

    def claim(self, found: Video) -> int | None:
        """The key of the video whose content a found file has, or whose legacy name it bears; each only once."""
        candidates = self._by_content.get((found.fingerprint, found.size), [])
        pk = candidates.pop() if candidates else self._claim_by_name(found.path)
        if pk is not None:
            self.claimed.add(pk)
        return pk

    def _claim_by_name(self, path: str) -> int | None:
        match = self._matcher.find(path) if self._awaited else None
        return self._awaited.pop(match.path, None) if match else None


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists of a size that one statement takes."""
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
