"""Damages media files by a seed, thousands of them, and has all work done on each: what a worker must live through.

    python -m benchmarks.fuzz_media [--files 5000] [--seed 1] [--jobs 2] [--only N]

Sixteen clips of a second, one of each container and codec, with subtitles, chapters and a cover: bits flipped, ends cut
off, two files spliced, lengths of boxes replaced by 0, 1, vast and negative ones, boxes repeated and nested 3,000 deep,
runs of zeros, and texts planted in them that name other files and a server of this machine. Each file goes through the
worker's own functions: probing, poster, chapters, storyboard, subtitles, the copy with the index in front. Promised is,
for each file:

- whatever is wrong with it is told as its error; nothing else is raised, and nothing is blamed on the disk;
- the work ends, far within its time limits;
- no process is left over, no connection is made, no file is written but pictures, texts and copies;
- the file itself stays as it is, to the byte and to the nanosecond.

And for all of them together: descriptors and memory of a worker stay where they were. `--only N` shows one file again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests import damage
from tests.environment import HOUSE, make_site
from tests.listener import listening

WARM_UP = 100
"""Files after which a worker has loaded all that it needs."""

MOST_GROWTH = 8 << 20
"""Bytes of resident memory."""


OWN = ("thumbnails", "faststart", "db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm", "secret_key", "cache", "metrics")
"""What lies in a data dir, beside locks."""


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def strangers(data_dir: Path) -> list[Path]:
    """What lies in a data dir and is not ours."""
    return [path for path in data_dir.iterdir() if path.name not in OWN and path.suffix != ".lock"]


def job(number: int, options: argparse.Namespace) -> dict[str, Any]:
    """Every so manieth file; what became of them."""
    import django

    django.setup()
    from django.conf import settings

    from library.models import Video
    from tests import hostile_media
    from thumbnails import ffmpeg

    folder = settings.VIDEO_ROOTS[0][1]
    clips = {path.name: path.read_bytes() for path in sorted((options.folder / "clips").glob("*.*"))}
    clips = {name: content for name, content in clips.items() if name in damage.KINDS}
    damages = [*damage.DAMAGES, damage.planting(damage.naming_others(options.port, options.folder / "secret"))]
    made, faults, slowest, tried = Counter[str](), [], (0.0, ""), 0
    then = (hostile_media.descriptors(), resident())
    with hostile_media.short_limits() as longest:
        for file in [options.only] if options.only is not None else range(number, options.files, options.jobs):
            name, content = damage.damaged(random.Random(f"{options.seed}-{file}"), clips, damages)
            path = folder / f"{file} {name}"
            path.write_bytes(content)
            seen = hostile_media.work_on(path, path.name)
            faults += [f"{path.name}: {fault}" for fault in seen.faults]
            if seen.seconds > longest:
                faults.append(f"{path.name}: took {seen.seconds:.0f} s")
            slowest = max(slowest, (seen.seconds, path.name))
            made.update(seen.made or ["nothing"])
            Video.objects.all().delete()
            path.unlink()
            tried += 1
            if tried == WARM_UP:
                then = (hostile_media.descriptors(), resident())
    now = (hostile_media.descriptors(), resident())
    if tried > WARM_UP and now[0] > then[0]:
        faults.append(f"{now[0] - then[0]} descriptors more")
    if tried > WARM_UP and now[1] > then[1] + MOST_GROWTH:
        faults.append(f"{(now[1] - then[1]) >> 20} MiB of memory more")
    faults += [f"left: {what}" for what in hostile_media.remains(settings.DATA_DIR)]
    faults += [f"written: {path}" for path in [*strangers(settings.DATA_DIR), *folder.iterdir()]]
    growth = (now[1] - then[1]) / 2**20
    return {
        "isolation": ffmpeg.isolation(), "tried": tried, "made": made, "faults": faults, "slowest": slowest,
        "growth": growth,
    }  # fmt: skip


def start(number: int, options: argparse.Namespace, port: int) -> subprocess.Popen[str]:
    """A job in a process of its own, with a site of its own."""
    site = make_site(options.folder / f"site {number}")
    command = [sys.executable, "-m", "benchmarks.fuzz_media", "--job", str(number), "--port", str(port)]
    for name in ("files", "seed", "jobs", "only", "folder"):
        if getattr(options, name) is not None:
            command += [f"--{name}", str(getattr(options, name))]
    environment = site.env(DJANGO_SETTINGS_MODULE="videoserver.settings")
    return subprocess.Popen(command, cwd=HOUSE, env=environment, stdout=subprocess.PIPE, text=True)


def attack(options: argparse.Namespace) -> list[str]:
    """All jobs at once; prints what became of the files, and returns the promises that were broken."""
    clips = options.folder / "clips"
    clips.mkdir(parents=True)
    damage.corpus(clips)
    secret = options.folder / "secret"
    secret.write_bytes((clips / "film.ts").read_bytes())
    os.utime(secret, (0, secret.stat().st_mtime))
    began = time.monotonic()
    with listening() as server:
        jobs = [start(number, options, server.port) for number in range(options.jobs)]
        told = [job.communicate()[0] for job in jobs]
        faults = [f"job {n} ended with {job.returncode}" for n, job in enumerate(jobs) if job.returncode]
        if server.visits:
            faults.append("a connection was made")
    if secret.stat().st_atime:
        faults.append("the file beside was read")
    results = [json.loads(text.splitlines()[-1]) for text in told if text]
    faults += [fault for result in results for fault in result["faults"]]
    made = sum((Counter(result["made"]) for result in results), Counter[str]())
    tried = sum(result["tried"] for result in results)
    seconds, name = max(tuple(result["slowest"]) for result in results)
    print(f"{tried} files in {time.monotonic() - began:.0f} s, {results[0]['isolation']}")
    print("done: " + ", ".join(f"{count} {kind}" for kind, count in made.most_common()))
    print(f"the slowest: {seconds:.1f} s, {name}")
    print("growth: " + ", ".join(f"{result['growth']:.1f} MiB" for result in results))
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", type=int, help="the number of one file")
    for name, kind in (("job", int), ("port", int), ("folder", Path)):
        parser.add_argument(f"--{name}", type=kind, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job is not None:
        print(json.dumps(job(options.job, options)))
        return
    if options.only is not None:
        options.jobs = 1
    with tempfile.TemporaryDirectory() as folder:
        options.folder = Path(folder)
        faults = attack(options)
    print("\n".join([f"{len(faults)} promises broken", *faults]))
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
