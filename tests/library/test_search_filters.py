"""Each filter, alone, in pairs and in any tree, finds what a plain filter over the same rows finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any as Anything
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from library import curating, merging, positions, searching
from library.finding import folding
from library.finding.language import All, Any, Not, Query, written
from library.finding.parsing import parsed
from library.models import Position, Tag, Video
from tests.builders import a_video, an_account

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)

TERMS = [
    "lake", "at", "a", '"at dawn"', "dawn", "été", "ete", "road-trip", "2", "10", "映画", "画", "ß", "mp4", "zzz",
    "tag:travel", "tag:trip", 'tag:"two words"', "tag:none", "tag:nosuch", "tag:animal", "two", "dog", "voyage",
    "rating:4", "rating:>=4", "rating:<3", "rating:>5", "rating:none", "fav", "played", "unplayed", "watched",
    "unwatched", "views:3", "views:>3",
    "views:<=1", "length:10m", "length:>10m", "length:<=10m", "length:<30s", "size:>2GB", "size:2GB", "size:<1MB",
    "resolution:720p", "resolution:>=1080p", "resolution:>1080p", "resolution:<720p", "resolution:sd",
    "resolution:>8k", "resolution:<=4k",
    "added:<30d", "added:>30d", "added:2024", "added:2024-02", "added:2024-02-29", "added:>2024-02-29",
    "added:<=2024", "added:<2024-03", "added:>=2026-06-15",
    "folder:holidays", "folder:Holidays/2019", "folder:holi", 'folder:"50%_off"', "folder:!!",
]  # fmt: skip
"""All kinds of terms, and the ends of their ranges."""


@pytest.fixture(autouse=True)
def berlin(settings: Anything) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    timezone.activate(ZoneInfo("Europe/Berlin"))


@pytest.fixture
def rows() -> list[dict[str, Anything]]:
    """Videos that differ in all that can be asked, as plain rows."""
    animal, dog = (Tag.objects.create(name=name) for name in ("animal", "dog"))
    dog.parents.add(animal)
    day = datetime(2024, 2, 29, 12, tzinfo=UTC)
    a_video("holidays/2019/lake at dawn.mp4", stars=5, views=3, tags=["travel", "dog"], favorite=True, duration=600,
            size=2 * 10**9, width=1920, height=1080, added=NOW - DAY)  # fmt: skip
    a_video("HOLIDAYS/lake house 2.mkv", stars=4, tags=["two words"], duration=659, size=2_200_000_000, width=3840,
            height=2160, added=NOW - 30 * DAY - timedelta(seconds=1))  # fmt: skip
    a_video("holidays.mp4", title="Été à la plage", stars=2, views=1, tags=["animal"], duration=12, size=999_999,
            width=640, height=360, added=datetime(2024, 2, 28, 23, tzinfo=UTC))  # fmt: skip
    a_video("50%_off/road trip part10.mp4", views=4, tags=["travel"], duration=5_400, width=1280, height=720, added=day)
    a_video("50xyoff/roadtrip.mp4", stars=1, favorite=True, duration=29.5, size=10**12, width=7680, height=4320,
            added=datetime(2024, 12, 31, 23, tzinfo=UTC))  # fmt: skip
    a_video("!!/映画 第１話.mp4", stars=3, views=9, tags=["voyage"], width=720, height=1280, added=day + 3 * DAY)
    a_video("!!/Straße after dawn.avi", views=1, size=10**6, width=1200, height=600, added=NOW - 30 * DAY)
    a_video("gone at dawn.mp4", stars=5, tags=["travel"], favorite=True, missing=True)
    merging.merge(Tag.objects.get(key="travel"), [Tag.objects.get(key="voyage")])
    owners = (None, an_account().pk)
    for number, video in enumerate(Video.objects.all()):
        positions.mark(owners[number % 2], video, watched=number % 3 != 0)
    return [_plain(video) for video in Video.objects.present().with_standing().prefetch_related("tags__aliases")]


def _plain(video: Video) -> dict[str, Anything]:
    own = Position.objects.get(video=video)
    names = [[tag.name, *(alias.name for alias in tag.aliases.all())] for tag in video.tags.all()]
    parents = {"dog": ["animal"]}
    return {
        "pk": video.pk, "texts": [video.title, video.path, *(name for tag in names for name in tag)],
        "tags": {name for tag in names for name in [*tag, *parents.get(tag[0], [])]} | {f"{len(names)} tags"},
        "stars": video.rating.stars, "views": video.view_count.count, "fav": video.is_favorite, "path": video.path,
        "watched": own.owner is None and own.watched_at is not None,
        "length": video.duration, "size": video.size, "sides": (video.width, video.height), "added": video.added_at,
    }  # fmt: skip


COMPARE = {
    "<": lambda one, other: one < other, "<=": lambda one, other: one <= other, "=": lambda one, other: one == other,
    ">=": lambda one, other: one >= other, ">": lambda one, other: one > other,
}  # fmt: skip
CLASSES = [(7_000, 4), (3_400, 3), (1_900, 2), (1_200, 1), (0, 0)]
CLASS_OF = {"sd": 0, "720p": 1, "1080p": 2, "4k": 3, "8k": 4}


def plainly(term: str, row: dict[str, Anything]) -> bool:
    """Whether a row is what a term asks for, told in another way than by conditions of a database."""
    name, colon, value = term.partition(":")
    if not colon:
        return _flag_or_text(term, row)
    sign = next((sign for sign in ("<=", ">=", "<", ">") if value.startswith(sign)), "=")
    value = value.removeprefix(sign).strip('"')
    if name == "tag":
        return value in row["tags"]
    if name == "folder":
        return bool(row["path"].lower().startswith(f"{value.lower()}/"))
    if name == "rating":
        return bool(row["stars"] and COMPARE[sign](row["stars"], int(value)))
    if name == "views":
        return bool(COMPARE[sign](row["views"], int(value)))
    if name == "resolution":
        longer = max(side or 0 for side in row["sides"])
        of = next(number for least, number in CLASSES if longer >= least)
        return bool(longer and COMPARE[sign](of, CLASS_OF[value]))
    if name == "added":
        return _added(sign, value, row["added"])
    wanted = {"10m": 600, "30s": 30, "2GB": 2 * 10**9, "1MB": 10**6}[value]
    has = row[name]
    about = sign == "=" and abs(has - wanted) <= wanted / 10
    return bool(has > 0 and (about if sign == "=" else COMPARE[sign](has, wanted)))


def _flag_or_text(term: str, row: dict[str, Anything]) -> bool:
    flags = {"fav": row["fav"], "played": row["views"] > 0, "unplayed": row["views"] == 0,
             "watched": row["watched"], "unwatched": not row["watched"],
             "untagged": "0 tags" in row["tags"], "unrated": row["stars"] is None}  # fmt: skip
    if term in flags:
        return bool(flags[term])
    needle = folding.needle(term.strip('"'), exact=term.startswith('"'))
    texts = row["texts"][:2] if len(needle.strip()) == 1 else row["texts"]  # no single letters of tags
    return any(needle in folding.row_of(text) for text in texts)


def _added(sign: str, value: str, added: datetime) -> bool:
    if value.endswith("d"):
        age = NOW - added
        return age > int(value[:-1]) * DAY if sign == ">" else age <= int(value[:-1]) * DAY
    return bool(COMPARE[sign](added.astimezone(ZoneInfo("Europe/Berlin")).isoformat()[: len(value)], value))


def holds(query: Query, row: dict[str, Anything]) -> bool:
    match query:
        case All(parts):
            return all(holds(part, row) for part in parts)
        case Any(parts):
            return any(holds(part, row) for part in parts)
        case Not(inner):
            return not holds(inner, row)
        case _:
            return plainly(written(query), row)


def found(query: Query) -> set[int]:
    videos = Video.objects.present().asked_for(searching.condition(query, None, NOW))
    pks = list(videos.values_list("pk", flat=True))
    assert len(pks) == len(set(pks)) == videos.count()
    return set(pks)


def same(text: str, rows: list[dict[str, Anything]]) -> None:
    query, messages = parsed(text)
    assert messages == ()
    expected = {row["pk"] for row in rows if holds(query, row)}
    assert found(query) == expected, text
    assert "added" in text or searching.count(query) == len(expected), text


def test_each_alone_and_turned_round(rows: list[dict[str, Anything]]) -> None:
    for term in TERMS:
        same(term, rows)
        same(f"-{term}", rows)
    every = [{row["pk"] for row in rows if holds(parsed(term).query, row)} for term in TERMS]
    assert sum(0 < len(some) < len(rows) for some in every) > 45  # the rows tell the terms apart


@pytest.mark.lengthy
def test_in_pairs(rows: list[dict[str, Anything]]) -> None:
    for number, (one, other) in enumerate(combinations(TERMS, 2)):
        same((f"{one} {other}", f"{one} or {other}", f"-{one} {other}", f"-({one} or {other})")[number % 4], rows)


TREES = st.recursive(
    st.sampled_from(TERMS),
    lambda inner: st.one_of(
        inner.map(lambda text: f"-({text})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda texts: f"({' '.join(texts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda texts: f"({' or '.join(texts)})"),
    ),
    max_leaves=6,
)


@pytest.mark.lengthy
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(TREES, min_size=10, max_size=10))
def test_in_any_tree(rows: list[dict[str, Anything]], texts: list[str]) -> None:
    for text in texts:
        same(text, rows)


def test_a_renamed_tag_is_found_by_both_of_its_names() -> None:
    video = a_video("one.mp4", tags=["seaside"])
    merging.rename(Tag.objects.get(key="seaside"), "shore")
    for text in ("tag:seaside", "tag:shore", "seas", "shor"):
        assert found(parsed(text).query) == {video.pk}
    curating.remove_tag(video, "shore")
    assert found(parsed("shor").query) == set()
