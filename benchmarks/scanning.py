"""Scans of a great library against `find`, in one run.

    python -m benchmarks.scanning [--files 100000] [--folders 2000]

Makes the files (tiny, each of its own content) in a temporary folder, then measures: the first scan, a rescan of
nothing new, a rescan after 1,000 moves, and before each `find ROOT -printf '%s %T@ %p\\n'` on the same files. Each scan
is the one that `scan_videos` does, in a process of its own whose start is not counted; its peak of memory is.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
SCAN = """
import json, resource, time
import django
django.setup()
from library import scanning
start = time.perf_counter()
report = scanning.scan()
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak": peak, "report": vars(report)}))
"""


def make(root: Path, files: int, folders: int) -> None:
    """The library: files spread over the folders, two levels deep."""
    for number in range(files):
        folder = root / f"shelf {number % folders % 40}" / f"box {number % folders}"
        if number < folders:
            folder.mkdir(parents=True, exist_ok=True)
        (folder / f"film {number:06}.mp4").write_bytes(b"film %d" % number)


def find(root: Path) -> float:
    """Seconds that find takes."""
    start = time.perf_counter()
    subprocess.run(["find", root, "-printf", r"%s %T@ %p\n"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def scan(environment: dict[str, str]) -> dict[str, object]:
    """What a scan reported, its seconds and its peak of memory in MB."""
    ended = subprocess.run([sys.executable, "-c", SCAN], cwd=HOUSE, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(ended.stdout.splitlines()[-1])


def move(root: Path, count: int) -> None:
    """Put some files into a new folder."""
    target = root / "moved"
    target.mkdir()
    for path in sorted(root.rglob("*.mp4"))[:count]:
        path.rename(target / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--folders", type=int, default=2_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "videos")
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "videoserver.settings",
            "VIDEOSERVER_VIDEO_DIRS": str(root),
            "VIDEOSERVER_DATA_DIR": str(Path(folder, "var")),
        }
        make(root, arguments.files, arguments.folders)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=HOUSE, env=environment, check=True)
        print(f"{'scan':24} {'seconds':>8} {'files/s':>9} {'find':>6} {'ratio':>6} {'peak MB':>8}  report")
        for name in ("first", "nothing new", "nothing new, again", "after 1,000 moves"):
            if name.startswith("after"):
                move(root, 1_000)
            found = min(find(root) for _ in range(3))
            result = scan(environment)
            counts = {key: value for key, value in result["report"].items() if value}
            seconds = float(result["seconds"])
            print(
                f"{name:24} {seconds:8.2f} {arguments.files / seconds:9.0f} {found:6.2f} {seconds / found:6.1f} "
                f"{result['peak']:8.0f}  {counts}"
            )


if __name__ == "__main__":
    main()
