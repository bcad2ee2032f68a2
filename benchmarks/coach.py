"""How well the tag coach finds look-alikes, on generated taggings of which the truth is known.

    python -m benchmarks.coach [--seeds 1 2 3 …] [--videos 400 4000]

A household tags its videos consistently: each video is of one or two topics, and bears some of their tags, and of those
that go with anything (years, people, parts). Of some tags a share of the videos is then given another spelling: in
another case, plural, punctuation, with a slip of the finger, or with a word more. Tags that look alike and mean
different things are there too: short words and long ones that are a letter apart, years, parts, and narrower things
whose names hold the wider. Precision and recall of the merges that the coach proposes, in pairs of tags.
"""

import argparse
import random
from collections.abc import Callable
from typing import NamedTuple

from library.coaching import merges
from library.spelling import spelling
from library.weighing import Snapshot

TOPICS = (
    "beach sea sand swimming sunset waves surfing seagull harbour lighthouse shells pier",
    "mountain hiking summit glacier valley cabin meadow waterfall climbing chalet ridge trail",
    "birthday cake candles presents balloons party guests singing surprise garden confetti toast",
    "christmas tree snow carols cookies lights grandmother church fireplace advent angel stocking",
    "football goal stadium training referee match penalty trophy coach kickoff jersey fans",
    "cat kitten purring basket sleeping whiskers window yarn playing mouse tabby napping",
    "car engine garage race driving highway convertible mechanic wheels petrol dashboard rally",
    "concert guitar drums stage singer encore festival piano violin audience rehearsal orchestra",
    "wedding bride groom dancing bouquet speech rings veil honeymoon champagne chapel dress",
    "kitchen cooking soup bread oven recipe baking dinner breakfast vegetables knife spices",
    "zoo elephant lion monkey giraffe penguin zebra feeding enclosure parrot tiger reptile",
    "city street tram museum skyline market cathedral bridge square tower fountain subway",
    "school homework teacher classroom playground pupils theatre lesson graduation backpack recess exam",
    "farm tractor harvest horse cow barn chicken orchard field sheep milking hay",
    "travel airport luggage hotel flight passport border ferry train sightseeing island desert",
    "workshop drill wood hammer painting repair shelf saw sanding varnish bench toolbox",
    "dog puppy walking leash fetching barking ball park training school kennel agility paw",
    "boat sailing anchor fishing rope captain deck lake regatta rowing storm island",
    "winter skiing sled ice skating snowman frost icicle slope lift mittens avalanche",
    "garden flowers roses tulips greenhouse bees watering compost hedge pond pruning seeds",
    "camping tent campfire river canoe forest stars marshmallow sleeping bag lantern mosquito hammock",
    "baby crawling bottle cradle laughing steps stroller nap teething toys bath lullaby",
    "cycling bicycle helmet pedal race tour hill puncture saddle trail sprint finish",
    "art drawing gallery sculpture pottery brush canvas portrait exhibition sketch museum clay",
)
"""Words that stand beside one another; some of more than one topic, as in life."""

ANYWHERE = (
    "2018", "2019", "2020", "2021", "anna", "hanna", "ben", "paul", "paula", "part 1", "part 2", "part 3", "outdoors",
    "indoors", "slow motion", "time lapse", "family", "friends", "summer 2019", "summer 2020", "old camera", "drone",
)  # fmt: skip

DIFFERENT: tuple[tuple[str, str], ...] = (
    ("cat", "car"), ("boat", "coat"), ("lake", "cake"), ("bath", "path"), ("horse", "house"), ("beach", "bench"),
    ("candles", "candies"), ("singing", "signing"), ("training", "straining"), ("tower", "towel"), ("bride", "bridge"),
    ("snow", "snowboard"), ("ice", "ice cream"), ("garden", "garden party"), ("beach", "beach volleyball"),
    ("dog", "dog show"), ("race", "horse race"), ("new", "news"), ("glass", "glasses"), ("sand", "sandwich"),
    ("winter", "winner"), ("paint", "paintball"), ("football", "footfall"), ("wedding", "weeding"), ("day 1", "day 2"),
    ("season 1", "season 2"), ("stage", "stag"), ("marriage", "carriage"), ("match", "march"), ("tiger", "tigger"),
    ("christmas", "christmas tree"), ("birthday", "birthday cake"), ("horse", "horse riding"), ("city", "city park"),
    ("car", "car park"), ("snow", "snow leopard"), ("sea", "sea lion"), ("guitar", "guitar solo"),
    ("football", "football match"), ("baby", "baby elephant"), ("street", "street food"), ("school", "school play"),
    ("train", "train station"), ("beach", "beach house"), ("garden", "garden gnome"), ("art", "art school"),
    ("wedding", "wedding cake"), ("mountain", "mountain bike"), ("kitchen", "kitchen table"), ("boat", "boat trip"),
)  # fmt: skip
"""Pairs that look alike and mean different things; the second ones are added, in some topic or the first's."""

WORDS_MORE = ("day", "time", "scene", "clip", "video", "stuff")


class Tagging(NamedTuple):
    """A generated tagging, and what of it is one."""

    names: dict[int, str]
    bearers: dict[int, set[int]]
    planted: dict[frozenset[int], str]
    """Pairs that mean the same, by how they differ."""


def generate(seed: int, videos: int) -> Tagging:
    """A consistent tagging of so many videos, with look-alikes planted."""
    dice = random.Random(seed)
    topics = [topic.split() for topic in dice.sample(TOPICS, min(len(TOPICS), 8 + videos // 100))]
    _add_different(dice, topics)
    words = sorted({word for topic in topics for word in topic} | set(ANYWHERE))
    of_word = {word: pk for pk, word in enumerate(words, 1)}
    bearers: dict[int, set[int]] = {pk: set() for pk in of_word.values()}
    for video in range(videos):
        for word in _tags_of_one(dice, topics):
            bearers[of_word[word]].add(video)
    names = {pk: word for word, pk in of_word.items() if bearers[pk]}
    return _plant(dice, names, bearers)


def _add_different(dice: random.Random, topics: list[list[str]]) -> None:
    """Look-alikes that mean something else, a few of them narrower than what they look like."""
    home = {word: topic for topic in topics for word in topic}
    for one, other in DIFFERENT:
        narrower = other.startswith(f"{one} ") and one in home
        topic = home[one] if narrower and dice.random() < 0.5 else dice.choice(topics)
        if other not in home:
            topic.insert(dice.randrange(3, len(topic)), other)
        if one not in home:
            home[one] = dice.choice([topic for topic in topics if other not in topic])
            home[one].insert(dice.randrange(3, len(home[one])), one)


def _tags_of_one(dice: random.Random, topics: list[list[str]]) -> set[str]:
    """Three to eight tags of a topic, the first ones often, now and then some of a second one; and some of anywhere."""
    chosen = [dice.choice(topics)]
    if dice.random() < 0.2:
        chosen.append(dice.choice(topics))
    tags = set()
    for topic in chosen:
        weights = [1 / (rank + 2) for rank in range(len(topic))]
        tags |= set(dice.choices(topic, weights, k=dice.randint(3, 8)))
    return tags | set(dice.sample(ANYWHERE, dice.choice((0, 1, 1, 2))))


def _plant(dice: random.Random, names: dict[int, str], bearers: dict[int, set[int]]) -> Tagging:
    """Give a share of the videos of some tags another spelling."""
    planted: dict[frozenset[int], str] = {}
    originals = [pk for pk, name in names.items() if len(bearers[pk]) >= 4 and not spelling(name).numbers]
    taken = {name.casefold() for name in names.values()}
    kinds = list(VARIANTS)
    for number, pk in enumerate(dice.sample(originals, min(len(originals) // 3, 60))):
        kind = kinds[number % len(kinds)]
        name = VARIANTS[kind](dice, names[pk])
        if not name or (name.casefold() in taken and kind != "case") or name == names[pk]:
            continue
        taken.add(name.casefold())
        share = dice.choice((0.1, 0.2, 0.3))
        moved = {video for video in bearers[pk] if dice.random() < share} or {dice.choice(sorted(bearers[pk]))}
        new = max(bearers) + 1
        names[new], bearers[new] = name, moved
        bearers[pk] -= moved
        planted[frozenset((pk, new))] = kind
    return Tagging(names, bearers, planted)


def _plural(dice: random.Random, name: str) -> str:
    if name.endswith(("s", "ing")):
        return name[:-1] if name.endswith("s") and not name.endswith("ss") else ""
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("ch", "sh", "x", "z")) else f"{name}s"


def _slip(dice: random.Random, name: str) -> str:
    """A letter left out, doubled, changed, or swapped with the next; in words of five letters and more."""
    place = dice.randrange(1, len(name) - 1)
    if len(name) < 5:
        return ""
    before, here, after = name[:place], name[place], name[place + 1 :]
    slips = (before + after, before + here * 2 + after, before + dice.choice("aeinorst") + after,
             before + after[0] + here + after[1:])  # fmt: skip
    return dice.choice(slips)


def _punctuated(dice: random.Random, name: str) -> str:
    return name.replace(" ", dice.choice("-_.")) if " " in name else dice.choice((f"{name}!", f"{name}.", f"-{name}-"))


VARIANTS: dict[str, Callable[[random.Random, str], str]] = {
    "case": lambda dice, name: dice.choice((name.upper(), name.title())),
    "plural": _plural,
    "punctuation": _punctuated,
    "slip": _slip,
    "contained": lambda dice, name: f"{name} {dice.choice(WORDS_MORE)}",
}


class Score(NamedTuple):
    """How right proposals were."""

    proposed: int
    right: int
    planted: int
    missed: dict[str, list[str]]
    wrong: list[str]

    @property
    def precision(self) -> float:
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.planted if self.planted else 1.0


def score(tagging: Tagging) -> Score:
    """What the coach proposes to merge, against what was planted."""
    snapshot = Snapshot(tagging.names, tagging.bearers)
    found = {frozenset((merge.tags[0], other)) for merge in merges(snapshot) for other in merge.tags[1:]}
    missed: dict[str, list[str]] = {kind: [] for kind in VARIANTS}
    for pair in tagging.planted.keys() - found:
        missed[tagging.planted[pair]].append(_told(tagging, pair))
    wrong = [_told(tagging, pair) for pair in found - tagging.planted.keys()]
    return Score(len(found), len(found & tagging.planted.keys()), len(tagging.planted), missed, wrong)


def _told(tagging: Tagging, pair: frozenset[int]) -> str:
    return " ~ ".join(f"{tagging.names[pk]} ({len(tagging.bearers[pk])})" for pk in sorted(pair))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(1, 11)))
    parser.add_argument("--videos", type=int, nargs="+", default=[333, 1_000, 4_000])
    parser.add_argument("--tell", action="store_true", help="name what was missed, and what was wrong")
    arguments = parser.parse_args()
    print(f"{'videos':>7} {'seed':>5} {'tags':>5} {'planted':>8} {'proposed':>9} {'precision':>10} {'recall':>7}")
    for videos in arguments.videos:
        scores = []
        for seed in arguments.seeds:
            tagging = generate(seed, videos)
            scores.append(score(tagging))
            got = scores[-1]
            print(f"{videos:7} {seed:5} {len(tagging.names):5} {got.planted:8} {got.proposed:9} {got.precision:10.3f} "
                  f"{got.recall:7.3f}")  # fmt: skip
            if arguments.tell:
                print("   missed:", {kind: names for kind, names in got.missed.items() if names})
                print("   wrong:", got.wrong)
        right, proposed, planted = (
            sum(getattr(got, name) for got in scores) for name in ("right", "proposed", "planted")
        )
        missed = {kind: sum(len(got.missed[kind]) for got in scores) for kind in VARIANTS}
        print(f"{videos:7} {'all':>5} {'':5} {planted:8} {proposed:9} {right / proposed:10.3f} {right / planted:7.3f}"
              f"   missed: {missed}")  # fmt: skip


if __name__ == "__main__":
    main()
