"""Imports of great documents into a library that knows the videos already.

    python -m benchmarks.importing [--videos 100000]

Makes a tenth of the videos and then all (tiny files, 50 a folder), writes their rows as a scan would have, and imports
tags.json (3 tags each of 500), ratings.json and views.json with an entry for each, and favorites.json with a twentieth.
The import scans the folders first; that part is timed from its first sign of progress to its last signal, and counted
apart. Statements are those that SQLite itself reports. Each import runs in a process of its own, whose start is not
counted; its peak of memory is.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
SCANNED = """
import django
django.setup()
from datetime import UTC, datetime
from library import scanning
from library.models import Video
from library.roots import all_roots
from library.walking import list_root
from thumbnails.models import MediaWork
listing = list_root(all_roots()[0])
now = datetime.now(UTC)
videos = Video.create_whole([
    Video(
        path=file.path, size=file.size, modified_ns=file.modified_ns, added_at=now,
        fingerprint=scanning.fingerprint(listing.root.directory / file.path, file.size),
    )
    for file in listing.files
])
MediaWork.objects.bulk_create([
    MediaWork(video=video, state="ready", size=video.size, modified_ns=video.modified_ns) for video in videos
])
"""
IMPORT = """
import json, resource, sys, time
from collections import Counter
from pathlib import Path
import django
django.setup()
from django.db import connection
from library import importing
from library.progress import silent
from library.signals import files_changed
statements = Counter()
scan = {}
def track(items, description, total=None):
    scan.setdefault("began", time.perf_counter())
    return items
def scanned(**_):
    scan["ended"] = time.perf_counter()
    statements.clear()
files_changed.connect(scanned)
connection.ensure_connection()
connection.connection.set_trace_callback(lambda sql: statements.update([sql.split(None, 1)[0].upper()]))
start = time.perf_counter()
report = importing.import_folder(Path(sys.argv[1]), track=track)
total = time.perf_counter() - start
scan_seconds = scan["ended"] - scan["began"]
print(json.dumps({
    "scan": scan_seconds, "import": total - scan_seconds, "statements": statements,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "written": {kind: tally.written for kind, tally in report.kinds.items() if tally.written},
}))
"""


def make(root: Path, videos: int) -> list[str]:
    """The library's files; returns their names."""
    names = [f"film {number:06}.mp4" for number in range(videos)]
    for number, name in enumerate(names):
        folder = root / f"box {number // 50}"
        if number % 50 == 0:
            folder.mkdir(parents=True)
        (folder / name).write_bytes(b"film %d" % number)
        os.utime(folder / name, (1_600_000_000 + number,) * 2)
    return names


def write_legacy(folder: Path, names: list[str]) -> None:
    """The old site's four documents."""
    folder.mkdir()
    choice = random.Random(1)
    documents = {
        "tags": {name: [f"#tag {number}" for number in choice.sample(range(500), 3)] for name in names},
        "ratings": {name: choice.randint(1, 5) for name in names},
        "views": {name: choice.randint(1, 500) for name in names},
        "favorites": {"favorites": choice.sample(names, len(names) // 20)},
    }
    for kind, document in documents.items():
        (folder / f"{kind}.json").write_text(json.dumps(document))


def run(script: str, environment: dict[str, str], *arguments: str) -> str:
    """What a script with Django prints."""
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, cwd=HOUSE, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def measure(videos: int) -> None:
    """Print a row for each of two imports: one that writes all, and the same again."""
    with tempfile.TemporaryDirectory() as folder:
        root, legacy = Path(folder, "videos"), Path(folder, "legacy")
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "videoserver.settings",
            "VIDEOSERVER_VIDEO_DIRS": str(root),
            "VIDEOSERVER_DATA_DIR": str(Path(folder, "var")),
        }
        write_legacy(legacy, make(root, videos))
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=HOUSE, env=environment, check=True)
        run(SCANNED, environment)
        for name in ("first", "again"):
            result = json.loads(run(IMPORT, environment, str(legacy)).splitlines()[-1])
            counts = result["statements"]
            print(
                f"| {videos:,}, {name} | {result['import']:.1f} | {result['scan']:.1f} | {result['peak']:.0f} "
                f"| {counts.get('BEGIN', 0)} / {counts.get('COMMIT', 0)} | {sum(counts.values())} |",
                result["written"],
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=100_000)
    arguments = parser.parse_args()
    print("| entries in each document | import, seconds | scan before it | peak MB | BEGIN / COMMIT | statements |")
    print("| --- | --- | --- | --- | --- | --- |")
    for videos in (arguments.videos // 10, arguments.videos):
        measure(videos)


if __name__ == "__main__":
    main()
