"""Whatever curators do and take back, in any order, ends as a plain model of it says.

The model is in curation_model.py.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library import curating, history, merging
from library.models import Entry, Favorite, Rating, Tag, TagAlias, Video, Withdrawal
from tests.builders import a_video
from tests.library.curation_model import VIDEOS, Fact, Model

SEQUENCES = int(os.environ.get("SEQUENCES", "100"))
"""SEQUENCES=1000 for more of them."""
NAMES = ("sea", "sun", "boat", "Sea side")

videos = st.integers(0, VIDEOS - 1)
several = st.lists(videos, min_size=1, max_size=VIDEOS, unique=True)
names = st.sampled_from(NAMES)
steps = st.one_of(
    st.tuples(st.just("rate"), several, st.sampled_from([None, 1, 5])),
    st.tuples(st.just("favor"), several, st.booleans()),
    st.tuples(st.just("title"), videos, st.sampled_from(["", "one", "two"])),
    st.tuples(st.just("tag"), several, names),
    st.tuples(st.just("tag"), several, names),
    st.tuples(st.just("untag"), several, names),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("merge"), names, st.lists(names, min_size=1, max_size=2, unique=True)),
    st.tuples(st.just("delete"), names),
    st.tuples(st.just("parents"), names, st.lists(names, max_size=2, unique=True)),
    st.tuples(st.just("undo"), st.integers(0, 9)),
    st.tuples(st.just("undo"), st.integers(0, 9)),
)


class Library:
    """What is so: the same steps, by the services."""

    def __init__(self) -> None:
        clear()
        self.videos = [a_video(f"{number}.mp4") for number in range(VIDEOS)]
        self.entries: list[Entry] = []

    def do(self, step: tuple[Any, ...]) -> None:
        newest = Entry.objects.first()
        try:
            getattr(self, step[0])(*step[1:])
        except merging.TagRefusedError:
            assert Entry.objects.first() == newest
        self.entries = list(Entry.objects.order_by("pk"))

    def of(self, numbers: list[int]) -> list[Video]:
        return [Video.objects.get(pk=self.videos[number].pk) for number in numbers]

    def there(self, names: list[str]) -> list[Tag]:
        return [tag for name in names for tag in Tag.objects.with_keys([name.casefold()])]

    def rate(self, on: list[int], stars: int | None) -> None:
        curating.rate_all(self.of(on), stars)

    def favor(self, on: list[int], marked: bool) -> None:
        curating.favor_all(self.of(on), marked)

    def title(self, video: int, title: str) -> None:
        curating.title_all({self.of([video])[0]: title})

    def tag(self, on: list[int], name: str) -> None:
        curating.tag_all(self.of(on), [name])

    def untag(self, on: list[int], name: str) -> None:
        curating.untag_all(self.of(on), [name])

    def rename(self, old: str, new: str) -> None:
        for tag in self.there([old]):
            merging.rename(tag, new)

    def merge(self, into: str, others: list[str]) -> None:
        for tag in self.there([into]):
            merging.merge(tag, self.there(others))

    def delete(self, name: str) -> None:
        if found := self.there([name]):
            merging.delete(found)

    def parents(self, name: str, parents: list[str]) -> None:
        for tag in self.there([name]):
            merging.set_parents(tag, self.there(parents))

    def undo(self, number: int) -> None:
        if self.entries:
            history.undo(self.entries[number % len(self.entries)])

    def facts(self) -> Counter[tuple[Any, ...]]:
        """As `shown` tells those of the model."""
        number = {video.pk: at for at, video in enumerate(self.videos)}
        name = dict(Tag.objects.values_list("pk", "name"))
        found: list[tuple[Any, ...]] = [("name", spelt) for spelt in name.values()]
        found += [
            ("stars", number[pk], stars) for pk, stars in Rating.objects.exclude(stars=None).values_list("pk", "stars")
        ]
        found += [("favorite", number[pk]) for pk in Favorite.objects.values_list("video_id", flat=True)]
        found += [
            ("title", number[pk], title)
            for pk, title in Video.objects.exclude(custom_title="").values_list("pk", "custom_title")
        ]
        found += [
            ("tag", number[pk], name[tag]) for pk, tag in Video.tags.through.objects.values_list("video_id", "tag_id")
        ]
        found += [
            ("withdrawn", number[pk], name.get(tag)) for pk, tag in Withdrawal.objects.values_list("video_id", "tag_id")
        ]
        found += [("alias", name.get(tag), key) for tag, key in TagAlias.objects.values_list("tag_id", "key")]
        found += [("parent", name[tag], name[parent]) for tag, parent in Tag.objects.links()]
        return Counter(found)


def shown(model: Model) -> Counter[tuple[Any, ...]]:
    """The model's facts by the tags' names, for its ids are its own."""
    name = {fact[1]: value for fact, value in model.facts.items() if fact[0] == "name"}
    tell: dict[str, Callable[[Fact, Any], tuple[Any, ...] | None]] = {
        "name": lambda fact, value: ("name", value),
        "stars": lambda fact, value: ("stars", fact[1], value[0]) if value[0] else None,
        "favorite": lambda fact, value: ("favorite", fact[1]),
        "title": lambda fact, value: ("title", fact[1], value),
        "tag": lambda fact, value: ("tag", fact[1], name[fact[2]]),
        "withdrawn": lambda fact, value: ("withdrawn", fact[1], name.get(fact[2])),
        "alias": lambda fact, value: ("alias", name.get(fact[1]), fact[2]),
        "parent": lambda fact, value: ("parent", name[fact[1]], name[fact[2]]),
    }
    told = (tell[fact[0]](fact, value) for fact, value in model.facts.items())
    return Counter(one for one in told if one)


def clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON") if connection.vendor == "sqlite" else None
        for model in reversed(list(apps.get_app_config("library").get_models(include_auto_created=True))):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the library, but for the history's own."""
    tables = apps.get_app_config("library").get_models(include_auto_created=True)
    return {
        model._meta.db_table: sorted(model._default_manager.values_list(), key=repr)
        for model in tables
        if model._meta.model_name not in ("entry", "change")
    }


@pytest.mark.lengthy
@pytest.mark.django_db
@settings(
    max_examples=SEQUENCES, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(sequence=st.lists(steps, min_size=1, max_size=9))
def test_curation_and_undoing_in_any_order_end_as_the_model_says(sequence: list[tuple[Any, ...]]) -> None:
    model, library = Model(), Library()
    untouched = rows()
    for step in sequence:
        model.do(step)
        library.do(step)
        assert library.facts() == shown(model), step
        assert len(library.entries) == len(model.entries), step
        assert not {tag.key for tag in Tag.objects.all()} & TagAlias.objects.all_keys(), step
    for entry in reversed(library.entries):
        assert history.undo(entry).kept == []
    assert rows() == untouched
