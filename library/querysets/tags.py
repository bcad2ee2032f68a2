"""Queries for tags."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Avg, Count, Exists, Max, OuterRef, Q

from library import naming
from library.querysets.bulk import insert_rows
from library.querysets.limits import (
    BATCH,
    MANY_ROWS,
    batches,
)
from library.querysets.missing import missing_ids
from library.rows import Taggings

if TYPE_CHECKING:
    from library.models import Tag, TagAlias  # noqa: F401 - named in strings


class TagQuerySet(models.QuerySet["Tag"]):
    """Tags."""

    def named(self, name: str) -> Tag | None:
        """The tag that has that name or had it, in whatever case, with or without its `#`."""
        if not naming.is_storable(name):
            return None
        key = naming.tag_key(name)
        return self.filter(key=key).first() or self.filter(aliases__key=key).first()

    def among(self, pks: Iterable[int]) -> TagQuerySet:
        """Those with these primary keys."""
        return self.filter(pk__in=list(pks))

    def with_keys(self, keys: Iterable[str]) -> TagQuerySet:
        """Those of these names, as `naming.tag_key` spells them."""
        return self.filter(key__in=list(keys))

    def without_videos(self) -> TagQuerySet:
        """Those that no video bears."""
        return self.filter(~Exists(_taggings().filter(tag_id=OuterRef("pk"))))

    def with_one_video(self) -> TagQuerySet:
        """Those that one video alone bears."""
        counted = _taggings().order_by().values("tag_id").annotate(count=Count("video_id"))
        return self.filter(pk__in=counted.filter(count=1).values("tag_id"))

    def without_parent(self) -> TagQuerySet:
        """Those that imply no other."""
        return self.filter(~Exists(self._upward()))

    def with_parent(self) -> TagQuerySet:
        """Those that imply another."""
        return self.filter(Exists(self._upward()))

    def _upward(self) -> models.QuerySet[Any, Any]:
        links: models.QuerySet[Any, Any] = self.model.parents.through.objects.filter(from_tag_id=OuterRef("pk"))
        return links

    def matching(self, text: str) -> TagQuerySet:
        """Those whose name, or one that they had, holds each of the words, in whatever case."""
        if not naming.is_storable(text):
            return self.none()
        found = self
        for word in text.split():
            key = naming.tag_key(word)
            old = apps.get_model("library", "TagAlias").objects.filter(tag_id=OuterRef("pk"), key__contains=key)
            found = found.filter(Q(key__contains=key) | Exists(old))
        return found

    def usage(self, pks: Iterable[int]) -> dict[int, tuple[int, float | None, datetime]]:
        """{id: (number of videos, their average stars, when the newest was added)} of these, those unused left out."""
        taggings = _taggings().filter(tag_id__in=list(pks)).order_by().values_list("tag_id")
        figures = taggings.annotate(Count("video_id"), Avg("video__rating__stars"), Max("video__added_at"))
        return {tag_id: tuple(rest) for tag_id, *rest in figures}

    def taggings(self) -> dict[int, Taggings]:
        """Of each tag that a video bears, missing ones too, by its id.

        One pass over three tables: joined, they take four times as long at 100,000 videos.
        """
        dates = apps.get_model("library", "Video").objects.order_by("added_at", "pk").values_list("pk", flat=True)
        places = {pk: place for place, pk in enumerate(dates.iterator(BATCH))}
        given = apps.get_model("library", "Rating").objects.values_list("video_id", "stars")
        stars = {pk: stars for pk, stars in given.iterator(BATCH) if stars}
        rows = _taggings().order_by("tag_id", "video_id").values_list("tag_id", "video_id").iterator(BATCH)
        found = {}
        for tag_id, group in groupby(rows, key=itemgetter(0)):
            videos = [video_id for _, video_id in group]
            rated = [stars[pk] for pk in videos if pk in stars]
            newest = max(videos, key=places.__getitem__)
            found[tag_id] = Taggings(len(videos), sum(rated) / len(rated) if rated else None, newest, places[newest])
        return found

    def with_kin(self) -> TagQuerySet:
        """With parents and aliases fetched in two more queries."""
        return self.prefetch_related("parents", "aliases")

    def with_counts(self, families: Mapping[int, Collection[int]]) -> list[tuple[Tag, int]]:
        """The tags in use, in alphabetical order, each with the number of present videos that it leads to.

        `families`: the ids of the tags that have some below them, each with its own and those. The others are counted
        over the taggings alone, less those of the missing, who are few: a fifth of the time.
        """
        counts = _taggings().order_by().values_list("tag_id").annotate(count=Count("video_id"))
        missing = missing_ids()
        away = dict(counts.filter(video_id__in=missing))
        here = {tag_id: count - away.get(tag_id, 0) for tag_id, count in counts}
        videos = apps.get_model("library", "Video").objects
        bearers = videos.bearers_of_each({pk for family in families.values() for pk in family})
        gone = set(missing.values_list("pk", flat=True)) if families else set()
        for tag_id, family in families.items():
            here[tag_id] = len(set().union(*(bearers[pk] for pk in family)) - gone)
        return [(tag, here[tag.pk]) for tag in self.order_by("key") if here.get(tag.pk)]

    def all_names(self) -> list[str]:
        """Each tag's name, in alphabetical order."""
        return list(self.order_by("key").values_list("name", flat=True))

    def bearer_counts(self, pks: Iterable[int]) -> dict[int, int]:
        """How many videos bear each of these tags, missing ones too; those that none bears are left out."""
        taggings = _taggings().filter(tag_id__in=list(pks))
        return dict(taggings.order_by().values_list("tag_id").annotate(count=Count("video_id")))

    def names_by_id(self) -> dict[int, str]:
        """The name of each."""
        return dict(self.order_by().values_list("pk", "name"))

    def count_of(self, tag: Tag, below: Collection[int] = ()) -> int:
        """How many present videos bear a tag, or one of those below it."""
        if below:
            taggings = _taggings().filter(tag_id__in=[tag.pk, *below]).order_by().values("video_id").distinct()
        else:
            taggings = _taggings().filter(tag_id=tag.pk)
        return taggings.count() - taggings.filter(video_id__in=missing_ids()).count()

    def known(self, names: Iterable[str]) -> dict[str, Tag]:
        """The tags that those names mean, by key; a name that a tag had before means that tag."""
        keys = {naming.tag_key(name) for name in names if naming.is_storable(name)}
        found: dict[str, Tag] = {}
        for part in batches(keys, MANY_ROWS):
            aliases = apps.get_model("library", "TagAlias").objects.living().at_any(part)
            found |= {alias.key: alias.tag for alias in aliases}
            found |= {tag.key: tag for tag in self.with_keys(part)}
        return found

    def ensure(self, names: Iterable[str]) -> dict[str, Tag]:
        """The tags of those names by key, made where they are not known; the first spelling of a new one stays."""
        wanted: dict[str, str] = {}
        for name in names:
            wanted.setdefault(naming.tag_key(name), naming.clean_tag(name))
        found = self.known(wanted.values())
        new = [self.model(name=name, key=key) for key, name in wanted.items() if key and key not in found]
        return found | {tag.key: tag for tag in self.bulk_create(new, batch_size=BATCH)}

    def overwrite(self, rows: Iterable[Tag]) -> None:
        """Make tags of these ids and names, or give those that are there their names."""
        self.bulk_create(rows, BATCH, update_conflicts=True, unique_fields=["pk"], update_fields=["name", "key"])

    def links(self) -> list[tuple[int, int]]:
        """(tag id, id of its parent), of all that have one."""
        return list(self.model.parents.through.objects.values_list("from_tag_id", "to_tag_id"))

    def hang(self, taggings: Sequence[tuple[int, int]]) -> None:
        """Insert taggings, (video id, tag id)."""
        insert_rows(self.model.videos.through, ("video_id", "tag_id"), taggings)


def _taggings() -> models.QuerySet[Any, Any]:
    """All taggings: which video bears which tag."""
    taggings: models.QuerySet[Any, Any] = apps.get_model("library", "Video").tags.through.objects.all()
    return taggings


class TagAliasQuerySet(models.QuerySet["TagAlias"]):
    """Names that tags had."""

    def living(self) -> TagAliasQuerySet:
        """Those whose tag is there, with it."""
        return self.filter(_tag_is_there()).select_related("tag")

    def retired(self) -> TagAliasQuerySet:
        """Those of deleted tags."""
        return self.exclude(_tag_is_there())

    def of_tags(self, pks: Iterable[int]) -> TagAliasQuerySet:
        """Those of these tags, deleted ones too."""
        return self.filter(tag_id__in=list(pks))

    def all_keys(self) -> set[str]:
        """As `naming.tag_key` spells them."""
        return set(self.values_list("key", flat=True))

    def names(self) -> list[str]:
        """As they are spelt."""
        return list(self.values_list("name", flat=True))

    def at_any(self, keys: Iterable[str]) -> TagAliasQuerySet:
        """Those of these names, as `naming.tag_key` spells them."""
        return self.filter(key__in=list(keys))


def _tag_is_there() -> Exists:
    return Exists(apps.get_model("library", "Tag").objects.filter(pk=OuterRef("tag_id")))
