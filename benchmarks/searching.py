"""What a search costs in the server, and whether a misspelt one still finds what was meant.

    python -m benchmarks.searching [--videos 100000] [--in DIR]

A library without files (benchmarks/library.py), whose titles are three to six words of 20,000 made-up ones, of which
some are far more frequent than others, in 2,000 folders, with 500 tags of one or two such words. Each of the 600
queries is another one and is asked for as a page, through the WSGI application without a web server, with nothing
cached: parts of titles as they are typed, words, filters alone and together, misspelt words. Then 500 videos are looked
for by three words of their title, one letter of which is wrong, left out, put in, or changed places with the next.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.library import TAGS, child, library_of
from benchmarks.pages import ask

QUERIES, CASES = 600, 500
VOCABULARY, FOLDERS = 20_000, 2_000
BEGINNINGS = ["b", "br", "d", "f", "g", "gl", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v", "w"]
SYLLABLES = [beginning + rest for beginning in BEGINNINGS for rest in ["a", "e", "i", "o", "u", "an", "en", "or"]]
FILTERS = [
    "rating:>=4", "rating:5", "rating:none", "fav", "-fav", "seen", "unseen", "views:>20", "length:>1h", "length:<5m",
    "size:>2GB", "size:<500MB", "resolution:>=1080p", "resolution:4k", "added:<365d", "added:2019", "added:2020-05",
    "tag:none",
]  # fmt: skip


def words_of(dice: random.Random) -> list[str]:
    """The vocabulary, the most frequent first."""
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        found["".join(dice.choices(SYLLABLES, k=dice.choice((2, 2, 3, 3, 4))))] = None
    return list(found)


def name_all(seed: int = 1) -> None:
    """Give the settings' library such titles, paths and tags."""
    from django.db import transaction

    from library import indexing, naming
    from library.models import Tag, Video

    dice = random.Random(seed)
    vocabulary = words_of(dice)
    weights = [1 / (rank + 20) for rank in range(VOCABULARY)]
    folders = [
        f"{dice.choice(vocabulary)}/{dice.choice(vocabulary)} {dice.randint(1990, 2026)}" for _ in range(FOLDERS)
    ]
    with transaction.atomic():
        drawn = dice.sample(vocabulary, 2 * TAGS)
        for number, tag in enumerate(Tag.objects.all()):
            tag.name = f"{drawn[number]} {drawn[TAGS + number]}" if number % 3 == 0 else drawn[number]
            tag.save()
        videos = list(Video.objects.only("pk", "path", "title", "sort_key", "custom_title"))
        for number, video in enumerate(videos):
            title = " ".join(dice.choices(vocabulary, weights, k=dice.randint(3, 6)))
            video.path = f"{dice.choice(folders)}/{title} {number}.mp4"
            video.title = naming.title_from(video.path)
            video.sort_key = naming.sort_key(video.title)
        Video.objects.bulk_update(videos, ["path", "title", "sort_key"], 500)
    indexing.rebuild()


def misspelt(words: list[str], dice: random.Random) -> str:
    """The words with one letter wrong, left out, put in, or in the place of the next; of one with four at least."""
    place = dice.choice([n for n, word in enumerate(words) if len(word) > 3])
    word, at, letter = words[place], dice.randrange(len(words[place]) - 1), dice.choice("abcdefghijklmnopqrstuvwxyz")
    wrong = dice.choice([
        word[:at] + letter + word[at + 1 :], word[:at] + word[at + 1 :], word[:at] + letter + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ])  # fmt: skip
    return " ".join([*words[:place], wrong, *words[place + 1 :]])


def queries(dice: random.Random) -> dict[str, list[str]]:
    """What is asked for, by kind."""
    from library.models import Tag, Video

    titles = list(Video.objects.order_by("?").values_list("title", flat=True)[:2_000])
    tags = [tag.name for tag in Tag.objects.all()]
    taken = iter(titles)
    each = QUERIES // 6
    some = lambda: next(taken).split()[:-1]  # noqa: E731
    kinds: dict[str, list[str]] = {
        "being typed": [(title := " ".join(some()))[: dice.randint(1, len(title))] for _ in range(each)],
        "one word": [dice.choice(some()) for _ in range(each)],
        "two or three words": [" ".join(dice.sample(some(), dice.choice((2, 3)))) for _ in range(each)],
        "misspelt": [misspelt(some()[:3], dice) for _ in range(each)],
        "filters": [
            " ".join(
                dice.sample(
                    [*FILTERS, f'tag:"{dice.choice(tags)}"', f'-tag:"{dice.choice(tags)}"'], dice.choice((1, 2, 3))
                )
            )
            for _ in range(each)
        ],
        "words and filters": [f"{dice.choice(some())} {dice.choice(FILTERS)}" for _ in range(each // 2)]
        + [f"({dice.choice(some())} or {dice.choice(some())}) -{dice.choice(some())}" for _ in range(each // 2)],
    }
    return kinds


def _timed(application: Any, text: str) -> tuple[float, float]:
    """(milliseconds, milliseconds of a processor) of one search."""
    start = time.thread_time()
    milliseconds, _ = ask(application, "/", urlencode({"q": text}))
    return milliseconds, (time.thread_time() - start) * 1e3


def measure(seed: int = 2) -> dict[str, Any]:
    """{kind: (milliseconds, of a processor) of each}, and the place of each video looked for by misspelt words."""
    from django.core.cache import cache

    from library import searching
    from library.finding.parsing import parsed
    from library.locking import reading_afresh
    from library.models import Video
    from videoserver.wsgi import application

    dice = random.Random(seed)
    ask(application, "/", "q=warm")
    taken = {kind: [_timed(application, text) for text in texts] for kind, texts in queries(dice).items()}
    cache.clear()
    places: list[int] = []
    for pk, title in Video.objects.order_by("?").values_list("pk", "title")[:CASES]:
        words = title.split()[:-1]
        with reading_afresh():
            found = searching.by_rank(parsed(misspelt(dice.sample(words, 3), dice)).query)
        places.append(found.best.index(pk) if pk in found.best[:50] else 50)
    return {"taken": taken, "places": places}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=100_000)
    parser.add_argument("--in", dest="folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="videoserver-searching-"))
    library = folder / "named" / str(options.videos)
    if not library.exists():
        library = library_of(options.videos, folder / "named")
        child(library, "from benchmarks.searching import name_all; name_all()")
    code = "import json; from benchmarks.searching import measure; print(json.dumps(measure()))"
    start = time.perf_counter()
    found = json.loads(child(library, code).splitlines()[-1])
    print(f"{options.videos} videos, {time.perf_counter() - start:.0f} s\n")
    print("| queries | number | p50, ms | p95, ms | longest, ms | p95 of a processor, ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    taken = {**found["taken"], "all": [each for some in found["taken"].values() for each in some]}
    for kind, each in taken.items():
        whole, spent = zip(*each, strict=True)
        p95 = [statistics.quantiles(times, n=20)[18] for times in (whole, spent)]
        middle, most = statistics.median(whole), max(whole)
        print(f"| {kind} | {len(each)} | {middle:.1f} | {p95[0]:.1f} | {most:.1f} | {p95[1]:.1f} |")
    places = found["places"]
    for most in (1, 5, 10):
        print(f"misspelt: in the first {most}: {sum(place < most for place in places)} of {len(places)}")


if __name__ == "__main__":
    main()
