"""How much the library holds, in a few numbers: for whoever watches it grow."""

from django.db.models import Sum

from library.models import Favorite, Rating, Tag, Video, ViewCount


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
