"""Bringing the old site's files in: read all, then write all in one transaction.

What an import may change: stars that nobody gave here by hand, view counts that were lower, tags and favourites that
were not there yet, unless someone took them off here, titles of videos that have none, and markers. Repeated, it
changes nothing. Markers are each account's own: their accounts are made where they are not there, without a password.
"""

from collections import Counter
from collections.abc import Sized
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from library import facts, history, legacy, legacy_folder, naming, scanning
from library.facts import dated
from library.locking import exclusive, writing
from library.marking import MOST_MARKERS
from library.matching import Match, Matcher
from library.models import (
    Change,
    Entry,
    Favorite,
    FormerPath,
    Marker,
    Rating,
    Tag,
    TagAlias,
    Video,
    ViewCount,
    Withdrawal,
)
from library.progress import Track, silent
from library.querysets import BATCH, batches
from library.walking import list_roots

NEVER = datetime.min.replace(tzinfo=UTC)

Kind = Change.Kind
V = TypeVar("V")


class ImportRefusedError(Exception):
    """Nothing was written; the message says why, a line for each reason."""


@dataclass
class Tally:
    """One kind's share of an import."""

    entries: int = 0
    """Values that the files hold and that were taken."""
    written: int = 0
    """Values that changed something."""
    unchanged: int = 0


@dataclass
class ImportReport:
    """What an import did, or with a dry run would have done."""

    kinds: dict[str, Tally] = field(default_factory=dict)
    """By what was imported: stars, views, tags …"""
    matched: int = 0
    """Keys whose file the library has."""
    waiting: list[str] = field(default_factory=list)
    """Keys that fit no file: kept as videos whose file is missing."""
    problems: list[legacy.Problem] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    """Accounts that were made, since markers are theirs; nobody can sign in to them until they get a password."""
    dry_run: bool = False


def import_folder(
    directory: Path, *, dry_run: bool = False, strict: bool = False, track: Track = silent
) -> ImportReport:
    """Import the legacy files of a folder, after a scan, so that every file is known that a key may mean.

    Raises ImportRefusedError, with nothing written, when a document can't be read, when there is none, or with
    `strict` when an entry is bad.
    """
    try:
        collection = legacy_folder.read(directory)
    except legacy_folder.NothingToReadError as error:
        raise ImportRefusedError(str(error)) from error
    if strict and collection.problems:
        raise ImportRefusedError("\n".join(str(problem) for problem in collection.problems))
    with exclusive("scan"):
        if dry_run:
            found = [file.path for listing in list_roots(track) for file in listing.files]
            return _apply(collection, directory, track, rehearsal=found)
        scanning.scan(track=track)
        return _apply(collection, directory, track)


def _apply(
    collection: legacy.Collection, directory: Path, track: Track, rehearsal: list[str] | None = None
) -> ImportReport:
    """Write it all, or with the paths of a `rehearsal`'s files as if these were known, and then nothing."""
    with writing():
        if rehearsal is not None:
            known = set(Video.objects.values_list("path", flat=True))
            Video.create_whole([Video(path=path) for path in rehearsal if path not in known])
        report = _Import(collection, directory, track).run()
        report.dry_run = rehearsal is not None
        transaction.set_rollback(report.dry_run)
    return report


class _Import:
    """One import under way, within its transaction."""

    def __init__(self, collection: legacy.Collection, directory: Path, track: Track) -> None:
        self.collection = collection
        self.name = legacy.printable(directory.name or str(directory))
        self.prefix = legacy_folder.prefix(directory)
        self.track = track
        self.now = timezone.now()
        self.report = ImportReport(problems=list(collection.problems))
        self.path_of: dict[str, str] = {}
        self.changes: dict[int, dict[str, list[Any]]] = {}
        self.new_tags: dict[int, dict[str, list[Any]]] = {}

    def run(self) -> ImportReport:
        self._match()
        self.ids = dict(Video.objects.values_list("path", "pk"))
        says = self.collection
        self.report.kinds = {
            "stars": self._write_ratings(self._by_video(says.ratings)),
            "views": self._write_views(self._by_video(says.views)),
            "last views": self._write_last_views(self._by_video(says.last_viewed)),
            "tags": self._write_tags(says.tags),
            "favourites": self._write_favorites(says.favorites),
            "added dates": self._write_dates(self._by_video(says.added)),
            "markers": self._write_markers(says.markers),
            "titles": self._write_titles(self._by_video(says.titles)),
        }
        if self.changes or self.new_tags:
            history.keep(
                Entry.Action.IMPORT, f"Import of {self.name}", {Kind.TAG: self.new_tags, Kind.VIDEO: self.changes}
            )
        return self.report

    def _note(self, video: int, fact: str, before: Any, after: Any) -> None:
        """Let the history say what became of a fact, which may have changed in this import before."""
        of_video = self.changes.setdefault(video, {})
        of_video[fact] = [of_video[fact][0] if fact in of_video else before, after]

    def _match(self) -> None:
        """Find each key's video, and make one that waits for its file where there is none."""
        matcher = Matcher(Video.objects.values_list("path", flat=True))
        moved = FormerPath.objects.now_at()
        formerly = Matcher(moved)
        missing = set(Video.objects.missing().values_list("path", flat=True))
        new = []
        for key in self.track(self.collection.keys(), "Matching names", None):
            beside = self.prefix + key
            match = matcher.at(beside) or _moved(formerly.at(beside), moved)
            match = match or matcher.find(key) or _moved(formerly.find(key), moved)
            self.path_of[key] = match.path if match else beside
            if match and match.rivals:
                reason = f"{match.rivals + 1} files bear this name; taken: {match.path}"
                self.report.problems.append(legacy.Problem("names", key, reason))
            if match and match.path not in missing:
                self.report.matched += 1
            else:
                self.report.waiting.append(key)
            if not match:
                new.append(Video(path=beside, missing_since=self.now, added_at=self.now))
        Video.create_whole(new)

    def _video_of(self, key: str) -> int:
        return self.ids[self.path_of[key]]

    def _by_video(self, values: dict[str, V]) -> dict[int, V]:
        """Values by video. Of two keys that mean one file, the one that is spelt like the file counts."""
        chosen: dict[int, str] = {}
        for key in sorted(values, key=lambda key: key != self.path_of[key]):
            counts = chosen.setdefault(self._video_of(key), key)
            if counts != key:
                reason = f"means the same file as {legacy.printable(counts)}, which counts"
                self.report.problems.append(legacy.Problem("names", key, reason))
        return {video: values[key] for video, key in chosen.items()}

    def _write_ratings(self, stars: dict[int, int]) -> Tally:
        known = dict(Rating.objects.not_given_here().values_list("pk", "stars"))
        changed = {pk: value for pk, value in stars.items() if pk in known and known[pk] != value}
        for value in sorted(set(changed.values())):
            for pks in batches(pk for pk in changed if changed[pk] == value):
                Rating.objects.give(value, pks)
        for pk, value in changed.items():
            self._note(pk, "stars", dated(known[pk], None), dated(value, None))
        return _tally(stars, changed)

    def _write_views(self, counts: dict[int, int]) -> Tally:
        known = ViewCount.objects.dated() if counts else {}
        changed = {pk: value for pk, value in counts.items() if known[pk][0] < value}
        ViewCount.objects.overwrite([ViewCount(pk=pk, count=value) for pk, value in changed.items()], ["count"])
        for pk, value in changed.items():
            self._note(pk, "views", dated(*known[pk]), dated(value, known[pk][1]))
        return _tally(counts, changed)

    def _write_last_views(self, moments: dict[int, datetime]) -> Tally:
        known = ViewCount.objects.dated() if moments else {}
        changed = {pk: moment for pk, moment in moments.items() if (known[pk][1] or NEVER) < moment}
        rows = [ViewCount(pk=pk, last_viewed_at=moment) for pk, moment in changed.items()]
        ViewCount.objects.overwrite(rows, ["last_viewed_at"])
        for pk, moment in changed.items():
            self._note(pk, "views", dated(*known[pk]), dated(known[pk][0], moment))
        return _tally(moments, changed)

    def _write_dates(self, moments: dict[int, datetime]) -> Tally:
        known = dict(Video.objects.values_list("pk", "added_at")) if moments else {}
        changed = [Video(pk=pk, added_at=moment) for pk, moment in moments.items() if known[pk] != moment]
        Video.objects.bulk_update(changed, ["added_at"], batch_size=BATCH)
        for video in changed:
            self._note(video.pk, "added", facts.moment(known[video.pk]), facts.moment(video.added_at))
        return _tally(moments, changed)

    def _write_tags(self, names: dict[str, list[str]]) -> Tally:
        distinct = dict.fromkeys(name for listed in names.values() for name in listed)
        retired = TagAlias.objects.retired().all_keys()
        known = Tag.objects.known(distinct)
        tags = Tag.objects.ensure(name for name in distinct if naming.tag_key(name) not in retired)
        self.new_tags = {tag.pk: {"name": [None, tag.name]} for key, tag in tags.items() if key not in known}
        ids = {name: tags[key].pk for name in distinct if (key := naming.tag_key(name)) in tags}
        existing, last = Video.objects.taggings_and_last()
        wanted = dict.fromkeys(
            (self._video_of(key), ids[name]) for key, listed in names.items() for name in listed if name in ids
        )
        declined = Withdrawal.objects.taggings()
        new = [pair for pair in wanted if pair not in existing and pair not in declined]
        Tag.objects.hang(new)
        for video, tag, pk in Video.objects.taggings_after(last):
            self._note(video, f"tag:{tag}", None, pk)
        return _tally(wanted, new)

    def _write_favorites(self, keys: list[str]) -> Tally:
        wanted = dict.fromkeys(self._video_of(key) for key in keys)
        known = set(Favorite.objects.values_list("video_id", flat=True)) | Withdrawal.objects.marks()
        new = [Favorite(video_id=pk, added_at=self.now) for pk in wanted if pk not in known]
        for mark in Favorite.objects.bulk_create(new, batch_size=BATCH):
            self._note(mark.video_id, facts.FAVORITE, None, dated(mark.pk, mark.added_at))
        return _tally(wanted, new)

    def _write_markers(self, said: dict[str, list[legacy.Moment]]) -> Tally:
        """Those that are not there yet, each as often as it is said."""
        owners = self._accounts({moment.account for moments in said.values() for moment in moments})
        left = Marker.objects.tallied() if said else Counter()
        number = Counter((video, owner) for video, owner, *_ in left.elements())
        new = []
        for key, moment in ((key, moment) for key, moments in said.items() for moment in moments):
            video, owner = self._video_of(key), owners[moment.account]
            same = video, owner, moment.seconds, moment.name
            if left[same]:
                left[same] -= 1
            elif number[video, owner] < MOST_MARKERS:
                number[video, owner] += 1
                new.append(Marker(video_id=video, owner_id=owner, seconds=moment.seconds, name=moment.name))
            else:
                self.report.problems.append(legacy.Problem("markers.json", key, f"more than {MOST_MARKERS} markers"))
        Marker.objects.bulk_create(new, batch_size=BATCH)
        return _tally([moment for moments in said.values() for moment in moments], new)

    def _write_titles(self, titles: dict[int, str]) -> Tally:
        new = [video for part in batches(titles) for video in Video.objects.among(part) if not video.custom_title]
        for video in new:
            video.custom_title = titles[video.pk]
            self._note(video.pk, "title", None, video.custom_title)
        Video.objects.retitle(new)
        return _tally(titles, new)

    def _accounts(self, names: set[str | None]) -> dict[str | None, int | None]:
        """The ids of accounts by name, of which those that are not there are made."""
        accounts = get_user_model()._default_manager
        ids: dict[str | None, int | None] = {None: None, **dict(accounts.values_list("username", "pk"))}
        for name in sorted(name for name in names if name is not None and name not in ids):
            ids[name] = accounts.create(username=name, password=make_password(None)).pk
            self.report.accounts.append(name)
        return ids


def _moved(match: Match | None, moved: dict[str, str]) -> Match | None:
    """A match among former paths, led to where the file is now."""
    return Match(moved[match.path], match.rivals) if match else None


def _tally(entries: Sized, written: Sized) -> Tally:
    return Tally(entries=len(entries), written=len(written), unchanged=len(entries) - len(written))
