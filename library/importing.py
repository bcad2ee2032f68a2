"""Bringing the old site's files in: read all, then write all in one transaction.

What an import may change: stars that nobody gave here by hand, view counts that were lower, tags and favourites that
were not there yet. Repeated, it changes nothing.
"""

from collections.abc import Sized
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from library import legacy, naming, scanning
from library.locking import writing
from library.matching import Matcher
from library.models import Favorite, Rating, Tag, Video, ViewCount
from library.progress import Track, silent
from library.querysets import BATCH
from library.walking import list_roots


class ImportRefusedError(Exception):
    """Nothing was written; the message says why, a line for each reason."""


@dataclass
class Tally:
    """One document's share of an import."""

    entries: int = 0
    """Entries that the document holds and that were taken."""
    written: int = 0
    """Values that changed something."""
    unchanged: int = 0


@dataclass
class ImportReport:
    """What an import did, or with a dry run would have done."""

    documents: dict[str, Tally] = field(default_factory=dict)
    matched: int = 0
    """Keys whose file the library has."""
    waiting: list[str] = field(default_factory=list)
    """Keys that fit no file: kept as videos whose file is missing."""
    problems: list[legacy.Problem] = field(default_factory=list)
    dry_run: bool = False


def import_folder(
    directory: Path, *, dry_run: bool = False, strict: bool = False, track: Track = silent
) -> ImportReport:
    """Import the legacy files of a folder, after a scan, so that every file is known that a key may mean.

    Raises ImportRefusedError, with nothing written, when a document can't be read, when there is none, or with
    `strict` when an entry is bad.
    """
    collection = read_folder(directory)
    if strict and collection.problems:
        raise ImportRefusedError("\n".join(str(problem) for problem in collection.problems))
    if not dry_run:
        scanning.scan(track=track)
    with writing():
        if dry_run:
            _pretend_scan()
        report = _Import(collection, track).run()
        report.dry_run = dry_run
        transaction.set_rollback(dry_run)
    return report


def read_folder(directory: Path) -> legacy.Collection:
    """Parse the documents that the folder has. Raises ImportRefusedError."""
    documents = {}
    try:
        for name in legacy.DOCUMENTS:
            path = directory / name
            if path.exists():
                documents[name] = path.read_bytes()
        if not documents:
            raise ImportRefusedError(f"{directory}: none of {', '.join(legacy.DOCUMENTS)} is there")
        return legacy.parse(documents)
    except (OSError, legacy.UnreadableDocumentError) as error:
        raise ImportRefusedError(str(error)) from error


def _pretend_scan() -> None:
    """Add the files that a scan would add, in a transaction that will be rolled back."""
    known = set(Video.objects.values_list("path", flat=True))
    found = (file.path for listing in list_roots() for file in listing.files)
    Video.create_whole([Video(path=path) for path in found if path not in known])


class _Import:
    """One import under way, within its transaction."""

    def __init__(self, collection: legacy.Collection, track: Track) -> None:
        self.collection = collection
        self.track = track
        self.now = timezone.now()
        self.report = ImportReport(problems=list(collection.problems))
        self.path_of: dict[str, str] = {}

    def run(self) -> ImportReport:
        self._match()
        self.ids = dict(Video.objects.values_list("path", "pk"))
        documents = self.report.documents
        documents["ratings.json"] = self._write_ratings(self._by_video("ratings.json", self.collection.ratings))
        documents["views.json"] = self._write_views(self._by_video("views.json", self.collection.views))
        documents["tags.json"] = self._write_tags(self.collection.tags)
        documents["favorites.json"] = self._write_favorites(self.collection.favorites)
        return self.report

    def _match(self) -> None:
        """Find each key's video, and make one that waits for its file where there is none."""
        matcher = Matcher(Video.objects.values_list("path", flat=True))
        missing = set(Video.objects.missing().values_list("path", flat=True))
        new = []
        for key in self.track(self.collection.keys(), "Matching names", None):
            match = matcher.find(key)
            self.path_of[key] = match.path if match else key
            if match and match.rivals:
                reason = f"{match.rivals + 1} files bear this name; taken: {match.path}"
                self.report.problems.append(legacy.Problem("names", key, reason))
            if match and match.path not in missing:
                self.report.matched += 1
            else:
                self.report.waiting.append(key)
            if not match:
                new.append(Video(path=key, missing_since=self.now, added_at=self.now))
        Video.create_whole(new)

    def _video_of(self, key: str) -> int:
        return self.ids[self.path_of[key]]

    def _by_video(self, document: str, values: dict[str, int]) -> dict[int, int]:
        """Values by video. Of two keys that mean one file, the one that is spelt like the file counts."""
        chosen: dict[int, str] = {}
        for key in sorted(values, key=lambda key: key != self.path_of[key]):
            counts = chosen.setdefault(self._video_of(key), key)
            if counts != key:
                reason = f"means the same file as {legacy.printable(counts)}, which counts"
                self.report.problems.append(legacy.Problem(document, key, reason))
        return {video: values[key] for video, key in chosen.items()}

    def _write_ratings(self, stars: dict[int, int]) -> Tally:
        rows = Rating.objects.filter(rated_at=None).in_bulk()
        changed = [rows[pk] for pk, value in stars.items() if pk in rows and rows[pk].stars != value]
        for rating in changed:
            rating.stars = stars[rating.pk]
        Rating.objects.bulk_update(changed, ["stars"], batch_size=BATCH)
        return _tally(stars, changed)

    def _write_views(self, counts: dict[int, int]) -> Tally:
        rows = ViewCount.objects.in_bulk()
        changed = [rows[pk] for pk, value in counts.items() if rows[pk].count < value]
        for views in changed:
            views.count = counts[views.pk]
        ViewCount.objects.bulk_update(changed, ["count"], batch_size=BATCH)
        return _tally(counts, changed)

    def _write_tags(self, names: dict[str, list[str]]) -> Tally:
        tags = Tag.objects.ensure(name for listed in names.values() for name in listed)
        tagging = Video.tags.through
        existing = set(tagging.objects.values_list("video_id", "tag_id"))
        wanted = dict.fromkeys(
            (self._video_of(key), tags[naming.tag_key(name)].pk) for key, listed in names.items() for name in listed
        )
        new = [tagging(video_id=video, tag_id=tag) for video, tag in wanted if (video, tag) not in existing]
        tagging.objects.bulk_create(new, batch_size=BATCH)
        return _tally(wanted, new)

    def _write_favorites(self, keys: list[str]) -> Tally:
        wanted = dict.fromkeys(self._video_of(key) for key in keys)
        existing = set(Favorite.objects.values_list("video_id", flat=True))
        new = [Favorite(video_id=pk, added_at=self.now) for pk in wanted if pk not in existing]
        Favorite.objects.bulk_create(new, batch_size=BATCH)
        return _tally(wanted, new)


def _tally(entries: Sized, written: Sized) -> Tally:
    return Tally(entries=len(entries), written=len(written), unchanged=len(entries) - len(written))
