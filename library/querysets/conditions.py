"""What may be asked of a video, each as a condition that an index answers, or one look at a neighbouring row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.apps import apps
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual

from library.finding import folding
from library.querysets import texts

_COMPARED = {"<": LessThan, "<=": LessThanOrEqual, "=": Exact, ">=": GreaterThanOrEqual, ">": GreaterThan}
MEASURES = {"rating": "rating__stars", "views": "view_count__count", "length": "duration", "size": "size"}
"""The columns. In those of the video itself 0 stands for what is not known yet."""
ABOUT = {"length", "size"}
"""What is seldom equal: a tenth more or less is."""

NOTHING = Q(pk__in=[])


def measured(what: str, comparison: str, value: int, *, often: bool = False) -> Q:
    """How a measure compares with a value; what has none is left out.

    A neighbouring table is looked into for each video, not walked by its index: that is many times as fast where much
    is found, and no slower where little is (20 ms at 100,000 videos). So is the video itself for what is true `often`.
    """
    column = MEASURES[what]
    found = F(column) + 0 if "__" in column or often else F(column)  # a sum has no index
    known = Q(IsNull(found, False)) if "__" in column else Q(GreaterThan(found, 0))  # or the opposite would hold too
    if comparison == "=" and what in ABOUT:
        near = GreaterThanOrEqual(found, value - value // 10), LessThanOrEqual(found, value + value // 10)
        return known & Q(near[0]) & Q(near[1])
    return known & Q(_COMPARED[comparison](found, value))


def sided(least: int | None, below: int | None) -> Q:
    """The picture's longer side in pixels; what is not known is left out."""
    condition = Q(width__isnull=False, height__isnull=False)
    if least is not None:
        condition &= Q(width__gte=least) | Q(height__gte=least)
    if below is not None:
        condition &= Q(width__lt=below, height__lt=below)
    return condition


def added(since: datetime | None, before: datetime | None) -> Q:
    """When it came: from one moment on, and before another."""
    bounds = {"added_at__gte": since, "added_at__lt": before}
    return Q(**{bound: moment for bound, moment in bounds.items() if moment is not None})


def favorite() -> Q:
    """Whether the household marked it."""
    return Q(pk__in=apps.get_model("library", "Favorite").objects.order_by().values("video_id"))


def played() -> Q:
    """Whether anybody of the household began it."""
    return measured("views", ">", 0)


def watched(owner: int | None) -> Q:
    """Whether an account, or who is not signed in, watched it to its end, or said so."""
    positions = apps.get_model("library", "Position").objects.of(owner).watched()
    return Q(pk__in=positions.values("video_id"))


def unrated() -> Q:
    """Whether it has no stars."""
    return Q(rating__isnull=False) & Q(IsNull(F("rating__stars") + 0, True))


def tagged(tag_ids: Collection[int]) -> Q:
    """Whether it bears any of the tags."""
    taggings = apps.get_model("library", "Video").tags.through.objects
    return Q(pk__in=taggings.filter(tag_id__in=list(tag_ids)).values("video_id")) if tag_ids else NOTHING


def untagged() -> Q:
    """Whether it bears none."""
    taggings = apps.get_model("library", "Video").tags.through.objects
    return ~Q(Exists(taggings.filter(video_id=OuterRef("pk"))))


def inside(folder: str) -> Q:
    """Whether its file is below a folder; the case of plain letters doesn't matter."""
    below = Q(path__istartswith=f"{folder}/")
    row = folding.needle(folder, exact=True)
    return texts.holding([[row]]) & below if row else below


def saying(groups: Sequence[Sequence[str]], tag_ids: Collection[int] = ()) -> Q:
    """Whether its title or path holds any needle of each group (finding/folding.py), or it bears one of the tags."""
    return texts.holding(groups, tag_ids)
