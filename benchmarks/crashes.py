"""Kills scans and imports with -9 at random moments, and looks whether anything was lost.

    python -m benchmarks.crashes [--kills 200] [--seed 1]

Half of the kills hit `scan_videos`, half `import_json`. Before each, a copy of the data dir shows what an undisturbed
run makes of it and how long that takes, from the opening of the database to the end; the kill comes at a moment of that
length, all equally likely. Promised is, after each kill:

- the database is sound, and no row refers to another that is not there;
- each video that was there is there, with its stars, views, tags, favourite, added date and former paths;
- an import has changed all or nothing;
- the same command, run again, ends as the undisturbed run did, posters to be drawn and files in the data dir included.

Leftovers in the query cache count for nothing. "In a transaction" are those kills at whose moment the process held the
database's write lock.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from benchmarks import collection
from benchmarks.states import DATABASE, Look, differences, files_of, look, losses
from tests.environment import make_site

MOMENTS = ("before the first write", "in the middle", "after the last write", "after the end")
SHAPES = 10
"""Forms that the old site's files are given in turn."""

GIVE = """
UPDATE library_rating SET stars = 1 + video_id % 5, rated_at = '2024-05-01 12:00:00'
    WHERE stars IS NULL AND video_id % 3 = 0;
UPDATE library_viewcount SET count = video_id, last_viewed_at = '2024-05-02 12:00:00' WHERE count = 0;
INSERT OR IGNORE INTO library_tag (name, key) SELECT 'Tag ' || (id % 40), 'tag ' || (id % 40) FROM library_video;
INSERT INTO library_video_tags (video_id, tag_id)
    SELECT video.id, tag.id FROM library_video video JOIN library_tag tag ON tag.key = 'tag ' || (video.id % 40)
    WHERE NOT EXISTS (SELECT 1 FROM library_video_tags WHERE video_id = video.id);
INSERT OR IGNORE INTO library_favorite (video_id, added_at)
    SELECT id, '2024-05-03 12:00:00' FROM library_video WHERE id % 11 = 0;
UPDATE thumbnails_mediawork SET state = 'ready';
DELETE FROM django_tasks_database_dbtaskresult;
"""
"""What a household does between two scans: each video gets something, and the posters are drawn."""


class Reference(NamedTuple):
    """How a run ends that nobody kills."""

    seconds: float
    look: Look
    files: set[str]


class Blow(NamedTuple):
    """One kill and what came of it."""

    when: str
    in_transaction: bool
    faults: list[str]


class Ordeal(ABC):
    """One command on one site, killed again and again."""

    command: tuple[str, ...]

    def __init__(self, folder: Path, seed: int) -> None:
        self.site = make_site(folder)
        self.choice = random.Random(seed)
        self.latest = 1_500_000_000
        self.seconds = 0.0

    def strike(self, share: float) -> Blow:
        """Kill one run after that share of an undisturbed run's length, look, and run it again to its end."""
        self.arrange()
        before = look(self.site.data)
        reference = self.undisturbed()
        ended, in_transaction = self._kill_after(share * reference.seconds)
        killed = look(self.site.data)
        faults = [*killed.faults, *losses(before, killed), *self.breaches(before, killed, reference.look)]
        self.seconds, errors = self._run(self.site.data)
        again = look(self.site.data)
        faults += [*errors, *again.faults, *losses(before, again), *differences(reference.look, again)]
        faults += [f"left in the data dir: {name}" for name in files_of(self.site.data) ^ reference.files]
        return Blow(_when(ended, before, killed, reference.look), in_transaction, faults)

    @abstractmethod
    def arrange(self) -> None:
        """Bring the site into the state that the next run begins with."""

    def breaches(self, before: Look, killed: Look, complete: Look) -> Iterator[str]:
        """What this command promises besides."""
        return iter(())

    def undisturbed(self) -> Reference:
        """Run it to its end on a copy of the data dir."""
        copy = self.site.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.site.data, copy)
        seconds, errors = self._run(copy)
        assert not errors, errors
        return Reference(seconds, look(copy), files_of(copy))

    def give(self) -> None:
        """What people and posters do between two runs; nothing stays in the query cache, which was not told."""
        with closing(sqlite3.connect(self.site.data / DATABASE)) as database:
            database.executescript(GIVE)
        shutil.rmtree(self.site.data / "cache")

    def write(self, path: Path, content: bytes) -> None:
        """A file of a time of its own, long ago."""
        self.latest += 1
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (self.latest, self.latest))

    def _run(self, data: Path) -> tuple[float, list[str]]:
        """The length of a run to the end, and what it says if it fails."""
        with self.site.start(*self.command, VIDEOSERVER_DATA_DIR=str(data)) as process:
            began = wait_for_database(process, data)
            _, errors = process.communicate(timeout=120)
        return time.monotonic() - began, [errors] if process.returncode else []

    def _kill_after(self, seconds: float) -> tuple[bool, bool]:
        """Whether the run had ended by itself, and whether it was within a transaction that writes."""
        with self.site.start(*self.command) as process:
            began = wait_for_database(process, self.site.data)
            try:
                process.communicate(timeout=max(0.0, began + seconds - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGSTOP)
                in_transaction = holds_write_lock(process.pid)
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
                return False, in_transaction
        return True, False


def _when(ended: bool, before: Look, killed: Look, complete: Look) -> str:
    if ended:
        return "after the end"
    if killed.films == before.films:
        return "before the first write"
    return "after the last write" if killed.state == complete.state else "in the middle"


def wait_for_database(process: subprocess.Popen[str], data: Path) -> float:
    """The moment at which a process opens the database: Python and Django have started."""
    place = str((data / DATABASE).resolve())
    while process.poll() is None:
        for link in Path(f"/proc/{process.pid}/fd").glob("*"):
            try:
                if str(link.readlink()) == place:
                    return time.monotonic()
            except OSError:
                continue
        time.sleep(0.002)
    raise AssertionError(f"ended without a database: {process.communicate()}")


def holds_write_lock(pid: int) -> bool:
    """Whether a process holds an exclusive POSIX lock, as SQLite does within a transaction that writes."""
    locks = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return any(lock[1:5] == ["POSIX", "ADVISORY", "WRITE", str(pid)] for lock in locks)


class ScanOrdeal(Ordeal):
    """Scans of a library in which files come, go, move, swap names and change from round to round."""

    command = ("scan_videos",)

    def __init__(self, folder: Path, seed: int, files: int = 2_000) -> None:
        super().__init__(folder, seed)
        self.away = folder / "away"
        self.away.mkdir()
        self.size = files
        self._add(files)
        self.site.run(*self.command)

    def arrange(self) -> None:
        files = sorted(self.site.videos.rglob("*.mp4"))
        self.choice.shuffle(files)
        share = self.size // 100
        moved, swapped, changed, copied, removed = (
            [files.pop() for _ in range(percent * share)] for percent in (20, 10, 8, 2, 8)
        )
        away = sorted(self.away.iterdir())
        for path in self.choice.sample(away, len(away) // 3):
            path.rename(self._free_place())
        for path in removed:
            path.rename(self.away / path.name)
        for path in moved:
            path.rename(removed.pop() if removed and self.choice.random() < 0.2 else self._free_place())
        for one, two, three in zip(*[iter(swapped)] * 3, strict=False):
            self._rotate([one, two, three][: self.choice.choice((2, 3))])
        for path in changed:
            self.write(path, b"changed %d" % self.latest)
        for path in copied:
            self.write(self._free_place(), path.read_bytes())
        self._add(self.size - len(list(self.site.videos.rglob("*.mp4"))) + share)
        self.give()

    def breaches(self, before: Look, killed: Look, complete: Look) -> Iterator[str]:
        for pk, film in before.films.items():
            if pk in killed.films and film.gifts != killed.films[pk].gifts:
                yield f"other gifts: {film} is now {killed.films[pk]}"

    def _add(self, count: int) -> None:
        for _ in range(count):
            self.write(self._free_place(), b"film %d" % self.latest)

    def _free_place(self) -> Path:
        self.latest += 1
        return self.site.videos / f"shelf {self.choice.randrange(20)}" / f"film {self.latest}.mp4"

    def _rotate(self, paths: list[Path]) -> None:
        """Each takes the name of the next, the last that of the first."""
        aside = self.away / "aside"
        paths[-1].rename(aside)
        for path, following in zip(paths[-2::-1], paths[:0:-1], strict=True):
            path.rename(following)
        aside.rename(paths[0])


class ImportOrdeal(Ordeal):
    """Imports into a fresh copy of one library, of which a tenth was not scanned yet."""

    def __init__(self, folder: Path, seed: int, files: int = 2_000) -> None:
        super().__init__(folder, seed)
        self.names = collection.names(files)
        late = len(self.names) // 10
        for name in self.names[late:]:
            self.write(self.site.videos / name, name.encode())
        self.site.run("scan_videos")
        self.give()
        for name in self.names[:late]:
            self.write(self.site.videos / name, name.encode())
        self.site.data.rename(folder / "scanned")
        self.references: dict[Path, Reference] = {}

    def arrange(self) -> None:
        shutil.rmtree(self.site.data, ignore_errors=True)
        shutil.copytree(self.site.folder / "scanned", self.site.data)
        number = self.choice.randrange(SHAPES)
        self.shape = self.site.folder / f"legacy {number}"
        if not self.shape.exists():
            write_legacy(self.shape, self.names, number)
        self.command = ("import_json", str(self.shape))

    def undisturbed(self) -> Reference:
        """The same for the same files; as long as the latest run to the end."""
        if self.shape not in self.references:
            self.references[self.shape] = super().undisturbed()
            self.seconds = self.references[self.shape].seconds
        return self.references[self.shape]._replace(seconds=self.seconds)

    def breaches(self, before: Look, killed: Look, complete: Look) -> Iterator[str]:
        if killed.state == complete.state:
            return
        for pk, film in killed.films.items():
            known = before.films.get(pk)
            if (known and known.gifts != film.gifts) or not (known or (film.bare and not film.missing)):
                yield f"half an import: {film}, before: {known}"


def write_legacy(folder: Path, files: list[str], number: int) -> None:
    """The old site's files in one of their shapes: what is there, how it is spelt, how it is written."""
    folder.mkdir()
    choice = random.Random(number)
    gone = [f"gone {n}.mp4" for n in range(len(files) // 20)]
    spelt = choice.choice((str, str.upper, lambda name: re.sub(r"[^A-Za-z0-9_.-]", "_", name)))
    documents = dict(collection.legacy([*(spelt(name) for name in files), *gone], choice))
    if choice.random() < 0.5:
        documents["favorites.json"] = documents["favorites.json"]["favorites"]
    if choice.random() < 0.5:
        write_store(folder / "video_metadata.db", choice.sample(files, len(files) // 2), choice)
        del documents[choice.choice(("ratings.json", "views.json"))]
    for name, document in documents.items():
        text = json.dumps(document, ensure_ascii=False, indent=choice.choice((None, 2)))
        (folder / name).write_text(text, encoding=choice.choice(("utf-8", "utf-8-sig")))


def write_store(path: Path, files: list[str], choice: random.Random) -> None:
    """The old site's later database."""
    with closing(sqlite3.connect(path)) as store:
        store.execute("CREATE TABLE videos (filename, added_date)")
        store.execute("CREATE TABLE views (filename, view_count, last_viewed)")
        store.execute("CREATE TABLE video_tags (filename, tag)")
        for name in files:
            moment = choice.randrange(1_600_000_000, 1_700_000_000)
            store.execute("INSERT INTO videos VALUES (?, ?)", (name, moment + 0.5))
            store.execute("INSERT INTO views VALUES (?, ?, ?)", (name, choice.randrange(5_000), moment + 9))
            store.execute("INSERT INTO video_tags VALUES (?, ?)", (name, f"stored {choice.randrange(50)}"))
        store.commit()


def main() -> int:
    """Both commands at the same time, each on a core; returns how many kills broke a promise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    ordeals = ((ScanOrdeal, (arguments.kills + 1) // 2), (ImportOrdeal, arguments.kills // 2))
    print("| " + " | ".join(("command", "kills", *MOMENTS, "in a transaction", "failures")) + " |", flush=True)
    with ThreadPoolExecutor(len(ordeals)) as pool:
        return sum(pool.map(lambda ordeal: endure(*ordeal, arguments.seed), ordeals))


def endure(ordeal_class: type[ScanOrdeal | ImportOrdeal], kills: int, seed: int) -> int:
    """Print a row for one command; returns how many kills broke a promise."""
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        ordeal = ordeal_class(Path(folder, "site"), seed)
        blows = [_told(ordeal.strike(moments.random())) for _ in range(kills)]
    when = Counter(blow.when for blow in blows)
    within = sum(blow.in_transaction for blow in blows)
    failed = sum(bool(blow.faults) for blow in blows)
    row = (ordeal.command[0], kills, *(when[moment] for moment in MOMENTS), within, failed)
    print("| " + " | ".join(map(str, row)) + " |", flush=True)
    return failed


def _told(blow: Blow) -> Blow:
    for fault in blow.faults[:5]:
        print(f"{blow.when}, {len(blow.faults)} faults, such as {fault}", file=sys.stderr)
    return blow


if __name__ == "__main__":
    sys.exit(bool(main()))
