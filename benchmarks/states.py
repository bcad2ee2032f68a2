"""What a data dir's database holds, told so that two can be compared: for the benchmarks and tests of crashes."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

DATABASE = "db.sqlite3"
COMPANIONS = ("", "-wal", "-journal")

FILMS = """
SELECT video.id, path, fingerprint, video.size, missing_since IS NOT NULL AS missing,
    stars, rated_at, count, last_viewed_at, place,
    CASE WHEN added_at = missing_since THEN 'now' ELSE added_at END,
    (SELECT group_concat(name, '#') FROM (SELECT name FROM library_video_tags JOIN library_tag tag ON tag.id = tag_id
        WHERE video_id = video.id ORDER BY tag.key)),
    (SELECT group_concat(path, '//') FROM (SELECT path FROM library_formerpath
        WHERE video_id = video.id ORDER BY path)),
    missing_since IS NULL AND (
        state = 'pending' OR work.size IS NOT video.size OR work.modified_ns IS NOT video.modified_ns)
FROM library_video video
LEFT JOIN library_rating rating ON rating.video_id = video.id
LEFT JOIN library_viewcount views ON views.video_id = video.id
LEFT JOIN (SELECT video_id, row_number() OVER (ORDER BY id) AS place FROM library_favorite) favorite
    ON favorite.video_id = video.id
LEFT JOIN thumbnails_mediawork work ON work.video_id = video.id
"""
QUEUED = """
SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status = 'READY' AND task_path LIKE '%.render_media'
"""


class Gifts(NamedTuple):
    """What people gave a video."""

    stars: int | None
    rated_at: str | None
    views: int
    last_viewed_at: str | None
    favorite: int | None
    """Its place among the favourites."""
    added_at: str
    """"now" for one whose file never was there."""
    tags: str | None


class Film(NamedTuple):
    """A video, told without keys of rows and without the time of the run."""

    path: str
    fingerprint: str
    size: int
    missing: bool
    gifts: Gifts
    former_paths: frozenset[str]
    waits_for_poster: bool

    @property
    def bare(self) -> bool:
        """Whether nobody gave it anything."""
        return self.gifts._replace(added_at="") == Gifts(None, None, 0, None, None, "", None)


@dataclass(frozen=True)
class Look:
    """What a data dir's database holds at one moment."""

    films: dict[int, Film]
    queued: int
    """Posters that a worker is asked for; it asks for more itself when these are drawn."""
    faults: list[str]

    @property
    def state(self) -> Counter[Film]:
        """The films, whatever the keys of their rows."""
        return Counter(self.films.values())


def look(data: Path) -> Look:
    """Read a copy, so that the next run finds what the kill has left."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in COMPANIONS:
            if (data / f"{DATABASE}{suffix}").exists():
                shutil.copyfile(data / f"{DATABASE}{suffix}", f"{folder}/{DATABASE}{suffix}")
        with closing(sqlite3.connect(f"{folder}/{DATABASE}")) as database:
            verdict = [row[0] for row in database.execute("PRAGMA integrity_check")]
            orphans = [str(row) for row in database.execute("PRAGMA foreign_key_check")]
            films = {row[0]: _film(row[1:]) for row in database.execute(FILMS)}
            (queued,) = database.execute(QUEUED).fetchone()
    return Look(films, queued, [fault for fault in verdict if fault != "ok"] + orphans)


def _film(row: tuple[Any, ...]) -> Film:
    path, fingerprint, size, missing, *given, former, waits = row
    former_paths = frozenset(former.split("//") if former else ())
    return Film(path, fingerprint, size, bool(missing), Gifts(*given), former_paths, bool(waits))


def files_of(data: Path) -> set[str]:
    """The files of a data dir, save the query cache and what SQLite keeps beside its database."""
    names = {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()}
    return {name for name in names if not name.startswith(("cache/", f"{DATABASE}-"))}


def losses(before: Look, after: Look) -> Iterator[str]:
    """What a video no longer has. A former path may lead to another that was there since."""
    led = {film.path for film in after.films.values()}.union(*(film.former_paths for film in after.films.values()))
    for pk, film in before.films.items():
        now = after.films.get(pk)
        if now is None:
            yield f"gone: {film}"
        elif not _keeps(film.gifts, now.gifts) or film.former_paths - led:
            yield f"lost: {film} is now {now}"


def _keeps(given: Gifts, now: Gifts) -> bool:
    """Whether nothing is gone; an import may add."""
    return (
        (given.stars is None or (given.stars, given.rated_at) == (now.stars, now.rated_at))
        and given.views <= now.views
        and (given.last_viewed_at or "") <= (now.last_viewed_at or "")
        and (given.favorite is None or given.favorite == now.favorite)
        and set((given.tags or "#").split("#")) <= {"", *(now.tags or "").split("#")}
    )


def differences(wanted: Look, found: Look) -> Iterator[str]:
    """What is not as an undisturbed run leaves it."""
    for film in wanted.state - found.state:
        yield f"not reached: {film}"
    for film in found.state - wanted.state:
        yield f"reached instead: {film}"
    if wanted.queued and not found.queued:
        yield "nobody is asked for posters"
