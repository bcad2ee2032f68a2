"""Whether suggestions find tags that were taken away from a library whose truth is known, and how long they take.

    python -m benchmarks.suggestions [--seeds 1 2 3 4 5] [--videos 333 3000] [--timed 100000] [--in DIR]

A library is made up: its names say some tags, plural, joined and with accents at times; folders and series share
tags, tags bring others along, and some taggings and words of names mean nothing. Of each tagging its cause is noted.
Then three videos in ten lose all of their tags, and of the others each tag goes with a chance of a quarter.

The evidence of a lost tag is left if, by its cause,

- the name: the name says the tag, as the generator wrote it there, whatever else says it;
- the folder, or the series: at least 3 (2) other videos of it have tags, and at least half of them this one;
- company: the video still bears the tag that brought it along, as do at least 5 others, half of which have both.

A tag that chance had hung there has none. A case is a video with a lost tag whose evidence is left; it is a hit if the
top three suggestions hold a lost tag whose evidence is left. Beside it: how many of those lost tags are among the top
nine, also by cause, and how many of the top three suggestions are lost tags; for comparison, hits of the three
commonest tags.

Times are of one suggesting after another, in milliseconds: the first of a process, then the middle and the 95th
of a hundred warm ones, each after a tag was hung on some video, and the processor's time for the middle one; and that
of putting a batch of 200 videos of the queue in order.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.pages import child
from tests.environment import make_site

SYLLABLES = [f"{first}{second}" for first in "bdfghklmnprstvwz" for second in "aeio"]
FILLERS = "the a our with and in at before after more one last first new old big little again".split()  # noqa: SIM905
ACCENTS = str.maketrans("aeo", "áéö")
LOST_WHOLLY, LOST = 0.3, 0.25
CASES = 400
CAUSES = ("name", "series", "folder", "company")
SHARES = {
    "hits": "hits", "guessed": "hits of the commonest", "precision": "of three: right", "recall": "of nine: found",
    **{cause: f"by {cause}" for cause in CAUSES},
}  # fmt: skip


@dataclass(eq=False)
class Made:
    """A video as it was made up."""

    path: str
    folder: int
    series: int
    causes: dict[int, tuple[str, int]] = field(default_factory=dict)
    """What brought each tag: (name, folder, series, company or chance; the tag that brought it along, or 0)."""
    lost: set[int] = field(default_factory=set)

    @property
    def left(self) -> set[int]:
        """The tags that it still bears."""
        return self.causes.keys() - self.lost


def words(count: int, dice: random.Random) -> list[str]:
    """Words that nobody uses, each another, none the beginning or the plural of another."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(dice.choices(SYLLABLES, k=dice.choice((2, 3, 3, 4)))) + dice.choice("lnrtk")] = None
    return list(found)


class Library:
    """A made-up library. Tags are numbers from 1; names of tags are one word or two."""

    def __init__(self, videos: int, tags: int, seed: int) -> None:
        self.dice = dice = random.Random(f"{videos} {tags} {seed}")
        vocabulary = words(2 * tags + max(200, videos // 8), dice)
        self.tags = [self._tag_name(vocabulary) for _ in range(tags)]
        self.other_words = vocabulary
        self.companions = {
            tag: [(other, dice.uniform(0.5, 0.95)) for other in dice.sample(range(1, tags + 1), 2) if other != tag]
            for tag in dice.sample(range(1, tags + 1), tags // 2)
        }
        self.folder_tags: list[list[int]] = []
        self.series_tags: list[list[int]] = []
        self.videos: list[Made] = []
        while len(self.videos) < videos:
            self._fill_folder(min(dice.choice((4, 8, 15, 30)), videos - len(self.videos)))
        self._lose()

    def _tag_name(self, vocabulary: list[str]) -> str:
        name = " ".join(vocabulary.pop() for _ in range(1 if self.dice.random() < 0.7 else 2))
        return name.translate(ACCENTS) if self.dice.random() < 0.1 else name

    def _some_tags(self, most: int) -> list[int]:
        """Often the same few: the chance of a tag goes with the inverse of its number."""
        count = self.dice.randint(1, most)
        return [min(len(self.tags), int(len(self.tags) ** self.dice.random())) for _ in range(count)]

    def _fill_folder(self, count: int) -> None:
        dice = self.dice
        name = f"{dice.choice(self.other_words).title()} {dice.randint(2003, 2024)}"
        self.folder_tags.append(self._some_tags(2) if dice.random() < 0.6 else [])
        while count > 0:
            length = min(count, dice.choice((1, 1, 1, 2, 5, 8)))
            self.series_tags.append(self._some_tags(3) if length > 1 else [])
            base = " ".join((*dice.sample(FILLERS, dice.randint(0, 2)), *dice.sample(self.other_words, 2)))
            for part in range(1, length + 1):
                self._add(name, f"{base} part {part}" if length > 1 else base)
            count -= length

    def _add(self, folder: str, base: str) -> None:
        dice = self.dice
        said = self._some_tags(2) if dice.random() < 0.5 else []
        video = Made("", len(self.folder_tags) - 1, len(self.series_tags) - 1)
        for tag in said:
            video.causes[tag] = ("name", 0)
        for cause, tags, chance in (
            ("series", self.series_tags[-1], 0.95), ("folder", self.folder_tags[-1], 0.9),
        ):  # fmt: skip
            for tag in tags:
                if dice.random() < chance:
                    video.causes.setdefault(tag, (cause, 0))
        for tag in list(video.causes):
            for other, chance in self.companions.get(tag, ()):
                if dice.random() < chance:
                    video.causes.setdefault(other, ("company", tag))
        if dice.random() < 0.2:
            video.causes.setdefault(dice.randint(1, len(self.tags)), ("chance", 0))
        also = [dice.randint(1, len(self.tags))] if dice.random() < 0.05 else []
        front = [self._written(tag) for tag in (*said, *also)]
        unique = f"{len(self.videos):06}"
        video.path = f"{folder}/{' '.join((*front, base))}{dice.choice((' ', '_', ' - '))}[{unique}].mp4"
        self.videos.append(video)

    def _written(self, tag: int) -> str:
        """A tag as a name says it: as it is, without accents, in capitals, plural, joined or with dashes."""
        name = self.tags[tag - 1]
        plain = name.translate(str.maketrans("áéö", "aeo"))
        ways = (name, name, plain, plain.title(), f"{plain}s", plain.replace(" ", ""), plain.replace(" ", "-"))
        return self.dice.choice(ways)

    def _lose(self) -> None:
        for video in self.videos:
            wholly = self.dice.random() < LOST_WHOLLY
            video.lost = {tag for tag in video.causes if wholly or self.dice.random() < LOST}

    def with_evidence(self) -> Iterator[tuple[Made, set[int]]]:
        """Each case: a video, and its lost tags whose evidence is left."""
        groups: dict[tuple[str, int], list[Made]] = defaultdict(list)
        bearers: dict[int, list[Made]] = defaultdict(list)
        for video in self.videos:
            groups["folder", video.folder].append(video)
            groups["series", video.series].append(video)
            for tag in video.left:
                bearers[tag].append(video)
        for video in self.videos:
            found = {tag for tag in video.lost if self._is_left(video, tag, groups, bearers)}
            if found:
                yield video, found

    @staticmethod
    def _is_left(video: Made, tag: int, groups: Any, bearers: Any) -> bool:
        cause, along = video.causes[tag]
        if cause == "name":
            return True
        if cause == "company":
            others = [other for other in bearers[along] if other is not video]
            return along in video.left and len(others) >= 5 and _half(others, tag)
        if cause == "chance":
            return False
        others = [other for other in groups[cause, getattr(video, cause)] if other is not video and other.left]
        return len(others) >= (3 if cause == "folder" else 2) and _half(others, tag)

    def store(self) -> dict[str, int]:
        """Put it into the empty database of the settings; returns the ids of the videos by path."""
        from benchmarks.library import FIRST_DAY
        from library.models import Tag, Video

        Tag.objects.bulk_create([Tag(pk=pk, name=name, key=name) for pk, name in enumerate(self.tags, 1)])
        made = [Video(path=video.path, added_at=FIRST_DAY, modified_ns=n) for n, video in enumerate(self.videos)]
        ids = {video.path: video.pk for video in Video.create_whole(made)}
        through = Video.tags.through
        rows = [through(video_id=ids[video.path], tag_id=tag) for video in self.videos for tag in sorted(video.left)]
        through.objects.bulk_create(rows, batch_size=5_000)
        return ids


def _half(others: list[Made], tag: int) -> bool:
    return 2 * sum(tag in other.left for other in others) >= len(others)


def truth(videos: int, tags: int, seed: int) -> dict[str, float]:
    """The measures of one library."""
    from library.advising import Adviser
    from library.models import Video

    library = Library(videos, tags, seed)
    ids = library.store()
    cases = list(library.with_evidence())
    chosen = library.dice.sample(cases, min(CASES, len(cases)))
    common = [tag for tag, _ in Counter(tag for video in library.videos for tag in video.left).most_common(20)]
    adviser = Adviser()
    hits = guessed = right = shown = 0
    wanted: Counter[str] = Counter()
    recalled: Counter[str] = Counter()
    for video, evident in chosen:
        found = [suggestion.tag for suggestion in adviser.suggest(Video.objects.get(pk=ids[video.path]))]
        hits += bool(evident & set(found[:3]))
        guessed += bool(evident & set([tag for tag in common if tag not in video.left][:3]))
        wanted.update(video.causes[tag][0] for tag in evident)
        recalled.update(video.causes[tag][0] for tag in evident & set(found))
        right, shown = right + len(video.lost & set(found[:3])), shown + len(found[:3])
    return {
        "cases": len(chosen), "hits": hits / len(chosen), "guessed": guessed / len(chosen), "precision": right / shown,
        "recall": recalled.total() / wanted.total(), **{cause: recalled[cause] / wanted[cause] for cause in CAUSES},
    }  # fmt: skip


def times(videos: int) -> dict[str, float]:
    """The times of one large library, which is made where there is none."""
    from library import curating, judging
    from library.advising import Adviser
    from library.models import Tag, Video

    if not Video.objects.exists():
        Library(videos, 5_000, 1).store()
    dice = random.Random(1)
    some = dice.sample(list(Video.objects.values_list("pk", flat=True)), 201)
    taken, worked = [], []
    for pk in some[:101]:
        video = Video.objects.get(pk=pk)
        start, began = time.perf_counter(), time.process_time()
        Adviser().suggest(video)
        worked.append((time.process_time() - began) * 1e3)
        taken.append((time.perf_counter() - start) * 1e3)
        curating.tag_all([Video.objects.get(pk=some[len(taken) + 99])], [Tag.objects.all()[dice.randint(0, 400)].name])
    start = time.perf_counter()
    judging.batch("untagged", judging.Order.BEST)
    batch = (time.perf_counter() - start) * 1e3
    warm = sorted(taken[1:])
    return {
        "first": taken[0], "middle": statistics.median(warm), "95th": warm[94], "worked": statistics.median(worked[1:]),
        "batch": batch,
    }  # fmt: skip


def in_a_site(folder: Path, call: str) -> dict[str, float]:
    """What a function of this module gives in a process with an empty library of its own, or the one that is there."""
    if not folder.exists():
        make_site(folder)
    code = f"import json; from benchmarks.suggestions import times, truth; print(json.dumps({call}))"
    result: dict[str, float] = json.loads(child(folder, code).splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3, 4, 5])
    parser.add_argument("--videos", type=int, nargs="*", default=[333, 3_000])
    parser.add_argument("--timed", type=int, nargs="*", default=[333, 100_000])
    parser.add_argument("--in", type=Path, dest="folder", help="keep the timed libraries here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(f"| videos | tags | seed | cases | {' | '.join(SHARES.values())} |")
        print("| --- " * (4 + len(SHARES)) + "|")
        for videos in arguments.videos:
            tags = 150 if videos < 1_000 else videos // 5
            for seed in arguments.seeds:
                found = in_a_site(Path(temporary) / f"{videos}-{seed}", f"truth({videos}, {tags}, {seed})")
                shares = " | ".join(f"{100 * found[key]:.0f} %" for key in SHARES)
                print(f"| {videos:,} | {tags} | {seed} | {found['cases']} | {shares} |", flush=True)
        print("\n| videos | first, ms | middle | 95th | processor, middle | a batch |")
        print("| --- " * 6 + "|")
        for videos in arguments.timed:
            found = in_a_site((arguments.folder or Path(temporary)) / f"timed-{videos}", f"times({videos})")
            print(f"| {videos:,} | {' | '.join(f'{found[key]:.0f}' for key in found)} |", flush=True)


if __name__ == "__main__":
    main()
