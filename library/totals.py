"""How much the library holds, in a few numbers, and what of it was damaged: for whoever watches it grow."""

from django.db.models import Sum

from library import bookmarks, roots
from library.models import Favorite, Rating, Tag, Video, ViewCount


def set_aside() -> list[str]:
    """The names of files in the data dir that were damaged, and replaced by new ones."""
    return bookmarks.damaged()


def empty_folders() -> list[str]:
    """The library folders that hold nothing although videos are known there: drives that are not mounted, it seems."""
    mounts = [root.mount for root in roots.all_roots()]
    return [
        str(root.directory)
        for root in roots.all_roots()
        if roots.is_empty(root) and Video.objects.under_mount(root.mount, mounts).present().exists()
    ]


def totals() -> dict[str, float]:
    """{what: how many}."""
    present, known = Video.objects.total_present(), Video.objects.count()
    return {
        "videos": present,
        "missing": known - present,
        "tags": Tag.objects.count(),
        "rated": Rating.objects.exclude(stars=None).count(),
        "favorites": Favorite.objects.count(),
        "views": ViewCount.objects.aggregate(views=Sum("count"))["views"] or 0,
    }
