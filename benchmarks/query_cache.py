"""What the query cache is worth: questions answered by the database, from files, and by Redis.

    python -m benchmarks.query_cache [--videos 333 100000] [--in DIR]

For each size a library without files (benchmarks/library.py), kept in DIR for the next time where one is given. Each
question is asked over and over while nothing is written: of the database alone, and of the query cache that has its
answer, in files and in a Redis of its own on the same machine. Medians in milliseconds, and their ratios to the
database's.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.library import child, library_of
from tests.redis_server import redis_server

TIMES = 60


def questions() -> dict[str, Callable[[], object]]:
    """What pages ask."""
    from library.models import Tag, Video

    often = Tag.objects.get(name="tag 003")
    watched = Video.objects.filter(tags__isnull=False).order_by("pk").first()
    assert watched
    tags = tuple(watched.tags.values_list("pk", flat=True))
    return {
        "60 cards": lambda: Video.objects.present().in_order("date", descending=True).card_rows(0, 60),
        "how many videos": Video.objects.total_present,
        "how many with a tag": lambda: Tag.objects.count_of(often),
        "all tags, counted": Tag.objects.with_counts,
        "who shares tags": lambda: Video.objects.shared_counts(watched, tags),
    }


def measure() -> dict[str, list[float]]:
    """{question: [of the database, of the query cache], milliseconds} for the settings' library and cache."""
    from django.core.cache import cache

    from library.locking import reading_afresh, reading_kept

    cache.clear()
    results = {}
    for what, ask in questions().items():
        with reading_afresh():
            database = _median(ask)
        with reading_kept():
            results[what] = [database, _median(ask)]
    counted = cache.counts()  # type: ignore[attr-defined]
    assert counted.hits > counted.misses, counted
    return results


def _median(ask: Callable[[], object]) -> float:
    for _ in range(3):
        ask()
    took = []
    for _ in range(TIMES):
        start = time.perf_counter()
        ask()
        took.append((time.perf_counter() - start) * 1e3)
    return statistics.median(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, nargs="+", default=[333, 100_000])
    parser.add_argument("--in", type=Path, dest="folder", help="keep the libraries here")
    arguments = parser.parse_args()
    code = "import json; from benchmarks.query_cache import measure; print(json.dumps(measure()))"
    with tempfile.TemporaryDirectory() as temporary, redis_server(Path(temporary) / "redis") as redis:
        print(
            f"{'videos':>7} {'question':20} {'database':>9} {'files':>7} {'Redis':>7} {'files/db':>9} {'Redis/db':>9}"
        )
        for videos in arguments.videos:
            there = library_of(videos, arguments.folder or Path(temporary))
            by_files = json.loads(child(there, code).splitlines()[-1])
            by_redis = json.loads(child(there, code, REDIS_URL=redis.url).splitlines()[-1])
            for what, (database, files) in by_files.items():
                beside, answered = by_redis[what]
                print(
                    f"{videos:7} {what:20} {database:9.2f} {files:7.2f} {answered:7.2f} "
                    f"{files / database:9.2f} {answered / beside:9.2f}"
                )


if __name__ == "__main__":
    main()
