"""Finding out what lies below the library roots, and telling the database.

Reads the folders, writes only the database. What is missing is marked and keeps all that people gave it; a root that
is not there, or holds no video, changes nothing, for it may be a drive that is not plugged in.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeVar

from django.db import transaction
from django.utils import timezone

from library import legacy, roots
from library.companions import Companion, signature
from library.identity import Homeless, LostAndFound
from library.locking import exclusive, reading_afresh
from library.models import FormerPath, SubtitleFiles, Video
from library.pairing import pair_up
from library.progress import Track, silent
from library.querysets import BATCH, batches
from library.roots import Root
from library.rows import KnownFile
from library.settling import still_growing
from library.signals import files_changed
from library.walking import FoundFile, RootListing, list_roots

SAMPLE_BYTES = 65_536
MANY = 10
"""Fewer losses than this are nothing unusual."""

T = TypeVar("T")


class Doubt(NamedTuple):
    """Something of a root that may be there although the scan didn't find it."""

    mount: str
    place: str
    """The stored path of a folder or file; "" is the whole root."""


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
    growing: list[str] = field(default_factory=list)
    """Paths of what was being written meanwhile: left as it was known, or not known, until it has come to rest."""
    problems: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def news(self) -> int:
        """How many videos are not as they were."""
        return self.added + self.changed + self.moved + self.missing + self.returned


def ignore_listing(listing: RootListing) -> None:
    """The witness of those who don't want to see."""


def scan(
    *, force: bool = False, track: Track = silent, witness: Callable[[RootListing], None] = ignore_listing
) -> ScanReport:
    """Bring the database in line with the folders. A second scan at the same time waits for the first.

    Where most of a root's videos are gone at once, none is marked missing, unless by `force`. The witness is shown each
    root's listing before its files are read, and may keep them.
    """
    with exclusive("scan"), reading_afresh():
        scan_run = _Scan(track, force)
        for listing in list_roots(track):
            witness(listing)
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


@dataclass
class _Losses:
    """What one root had and no longer has."""

    root: Root
    had: int
    gone: list[int]
    left_out: list[int]
    """Whose file may be there, and is left out on purpose."""

    def suspicious(self, lost: int) -> bool:
        """Whether so much is gone at once that the drive is more likely to be at fault than its owner."""
        return lost >= MANY and lost * 2 > self.had


class _Scan:
    """One scan under way: compares root by root, then decides what moved, came, changed and went."""

    def __init__(self, track: Track, force: bool) -> None:
        self.track = track
        self.force = force
        self.now = timezone.now()
        self.report = ScanReport()
        self.touched: list[int] = []
        self.new: list[FoundFile] = []
        self.changed: list[tuple[int, FoundFile]] = []
        """Each with the key of the video that is known at that path, there or missing."""
        self.losses: list[_Losses] = []
        self.listings: list[RootListing] = []
        """Of the roots that are there."""

    def compare(self, listing: RootListing) -> None:
        """Sort the files of a root into unchanged, new, and different at a known path; and note what is gone."""
        mounts = [root.mount for root in roots.all_roots()]
        present = Video.objects.under_mount(listing.root.mount, mounts).present()
        had = 0
        lost: list[KnownFile] = []
        for file, known in pair_up(listing.files, present.files_in_order()):
            had += known is not None
            if file is None:
                lost += [known] if known else []
            elif known is None:
                self.new.append(file)
            elif known.size != file.size or known.modified_ns != file.modified_ns:
                self.changed.append((known.pk, file))
            else:
                self.report.unchanged += 1
        self.report.problems += listing.problems
        self._doubt(listing.root, [*listing.unreadable, *listing.left_out] if listing.is_there else [""])
        if listing.is_there:
            self.listings.append(listing)
            gone: list[int] = []
            left_out: list[int] = []
            for known in lost:
                if not listing.hides(known.path):
                    (left_out if listing.leaves_out(known.path) else gone).append(known.pk)
            self.losses.append(_Losses(listing.root, had, gone, left_out))

    def _doubt(self, root: Root, places: Iterable[str]) -> None:
        self.report.doubts += [Doubt(root.mount, place) for place in places]

    def settle(self) -> None:
        """Decide what each file is that is new or different, and mark what is gone."""
        self._leave_growing()
        self._know_again()
        replaced = list(self._refresh())
        gone = [pk for losses in self.losses for pk in (*losses.gone, *losses.left_out)]
        self.lost_and_found = LostAndFound(
            self._homeless([*gone, *(pk for pk, _ in replaced)]),
            new_paths=(file.path for file in self.new),
            settled_paths=Video.objects.present().values_list("path", flat=True),
        )
        undecided = list(self._rehouse(replaced))
        files = sorted(self.new, key=lambda file: file.modified_ns)
        for batch in batches(self.track(files, "Reading new files", len(files))):
            self._place([(video, None) for file in batch if self._take(video := Video(), file)])
        for part in batches(undecided):
            outlived = self._outlived(part)
            self._place(
                [(video, pk if pk not in outlived and self.lost_and_found.keep(pk) else None) for pk, video in part]
            )
        for losses in self.losses:
            self._mark_missing(losses)
        self._note_subtitles()

    def _leave_growing(self) -> None:
        growing = still_growing([*self.new, *(file for _, file in self.changed)])
        self.report.growing = sorted(growing)
        for path in growing:
            self._doubt(roots.root_of(path)[0], [path])
        self.new = [file for file in self.new if file.path not in growing]
        self.changed = [(pk, file) for pk, file in self.changed if file.path not in growing]

    def _know_again(self) -> None:
        """Take new files at whose path a video is missing for that one, come back or changed."""
        if not Video.objects.missing().exists():
            return
        new: list[FoundFile] = []
        for batch in batches(self.new):
            missing = Video.objects.missing().at_any(file.path for file in batch).present_last()
            pks = dict(missing.values_list("path", "pk"))
            self.changed += [(pks[file.path], file) for file in batch if file.path in pks]
            new += [file for file in batch if file.path not in pks]
        self.new = new

    def _refresh(self) -> Iterator[tuple[int, Video]]:
        """Write what has the same content at its path, touched or back; give what has another, with its file."""
        for batch in batches(self.track(self.changed, "Reading changed files", len(self.changed))):
            found = {pk: video for pk, file in batch if self._take(video := Video(), file)}
            with transaction.atomic():
                same = []
                for pk, video in Video.objects.in_bulk(found).items():
                    if video.fingerprint and video.fingerprint != found[pk].fingerprint:
                        yield pk, found[pk]
                        continue
                    self.report.returned += video.is_missing
                    self.report.unchanged += not video.is_missing
                    same.append(video.take_file_of(found[pk]))
                FormerPath.objects.at_any(video.path for video in same).delete()
                self._save(same)

    def _homeless(self, pks: list[int]) -> Iterator[Homeless]:
        columns = ("pk", "path", "fingerprint", "size")
        for row in Video.objects.missing().values_list(*columns).iterator():
            yield Homeless(*row)
        for batch in batches(pks):
            for row in Video.objects.present().among(batch).values_list(*columns):
                yield Homeless(*row)

    def _rehouse(self, replaced: list[tuple[int, Video]]) -> Iterator[tuple[int, Video]]:
        """Let known videos move to where others were; give the files that have new content."""
        for batch in batches(replaced):
            movers: list[tuple[Video, int | None]] = []
            for pk, video in batch:
                mover = self.lost_and_found.claim(video.path, video.fingerprint, video.size)
                if mover is None:
                    yield pk, video
                else:
                    movers.append((video, mover))
            self._place(movers)

    def _outlived(self, undecided: list[tuple[int, Video]]) -> set[int]:
        """The missing ones at whose path another video was since: what comes there now is not theirs."""
        since = set(FormerPath.objects.at_any(video.path for _, video in undecided).values_list("path", flat=True))
        pks = [pk for pk, video in undecided if video.path in since]
        return set(Video.objects.missing().among(pks).values_list("pk", flat=True))

    def _take(self, video: Video, file: FoundFile) -> bool:
        """Let a new video stand for a file; False, with the reason noted, when the file can't be read."""
        try:
            video.fingerprint = fingerprint(roots.locate(file.path), file.size)
        except OSError as error:
            self.report.problems.append(f"{legacy.printable(file.path)}: {error.strerror or error}")
            self._doubt(roots.root_of(file.path)[0], [file.path])
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

    def _place(self, finds: list[tuple[Video, int | None]]) -> None:
        """Write files that were found: each as the video that it is, where that is decided, or may be claimed."""
        decided = [
            (video, pk or self.lost_and_found.claim(video.path, video.fingerprint, video.size)) for video, pk in finds
        ]
        with transaction.atomic():
            known = Video.objects.in_bulk([pk for _, pk in decided if pk])
            taken = {video.path for video, _ in decided}
            movers = [(known[pk], video) for video, pk in decided if pk]
            former = list(
                {
                    video.path: FormerPath(path=video.path, video=video)
                    for video, found in sorted(movers, key=lambda mover: not mover[0].is_missing)
                    if video.path != found.path and video.path not in taken
                }.values()
            )
            self._count(movers)
            Video.objects.present().at_any(taken).update(missing_since=self.now)
            FormerPath.objects.at_any([*taken, *(row.path for row in former)]).delete()
            self._save([video.take_file_of(found) for video, found in movers])
            FormerPath.objects.bulk_create(former, batch_size=BATCH)
            created = Video.create_whole([video for video, pk in decided if not pk])
        self.report.added += len(created)
        self.touched += [video.pk for video in created]

    def _count(self, movers: list[tuple[Video, Video]]) -> None:
        for video, found in movers:
            if not video.size or (video.is_missing and video.path == found.path):
                self.report.returned += 1
            elif video.path == found.path:
                self.report.changed += 1
            else:
                self.report.moved += 1

    def _save(self, videos: list[Video]) -> None:
        """Write known videos by inserting over them: for bulk_update Django takes ten times as long."""
        fields = [
            *("path", "title", "sort_key", "words", "added_at", "missing_since", "size", "modified_ns", "fingerprint")
        ]
        Video.objects.bulk_create(
            videos, update_conflicts=True, unique_fields=["id"], update_fields=fields, batch_size=BATCH
        )
        self.touched += [video.pk for video in videos]

    def _mark_missing(self, losses: _Losses) -> None:
        lost = [pk for pk in losses.gone if pk not in self.lost_and_found.claimed]
        if losses.suspicious(len(lost)) and not self.force:
            self.report.problems.append(
                f"{losses.root.directory}: {len(lost)} of {losses.had} videos are gone at once. Nothing was marked "
                "missing; if that is right, scan with --force"
            )
            self._doubt(losses.root, [""])
            lost = []
        left_out = [pk for pk in losses.left_out if pk not in self.lost_and_found.claimed]
        for pks in batches([*lost, *left_out]):
            with transaction.atomic():
                self.report.missing += Video.objects.present().among(pks).update(missing_since=self.now)

    def _note_subtitles(self) -> None:
        """Keep which subtitle files lie beside each video that is there, now that each is where it is."""
        known = SubtitleFiles.objects.signatures()
        found: dict[str, list[Companion]] = {}
        for listing in self.listings:
            found |= listing.companions
        news = [path for path, files in found.items() if known.get(path, (0, ""))[1] != signature(files)]
        for batch in batches(news):
            pks = Video.objects.present().at_any(batch).values_list("path", "pk")
            rows = [SubtitleFiles.of(pk, found[path]) for path, pk in pks]
            with transaction.atomic():
                SubtitleFiles.objects.bulk_create(
                    rows, update_conflicts=True, unique_fields=["video"], update_fields=["files", "signature"]
                )
            self.touched += [row.video_id for row in rows]
        gone = [pk for path, (pk, _) in known.items() if path not in found and self._was_read(path)]
        for part in batches(gone):
            with transaction.atomic():
                SubtitleFiles.objects.among(part).delete()
        self.touched += gone

    def _was_read(self, path: str) -> bool:
        """Whether this scan would have found what lies beside a file."""
        root, _ = roots.root_of(path)
        return any(listing.root == root and not listing.hides(path) for listing in self.listings)
