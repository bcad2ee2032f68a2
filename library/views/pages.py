"""The pages. They read without script; the small modules beside them write through the JSON routes."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from math import log
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from library import cards, naming, remembering
from library.locking import reading_afresh
from library.models import Favorite, Rating, Tag, Video
from library.paging import PAGE_SIZE, paginate
from library.querysets import ASCENDING_BY_HABIT, SORTS, VideoQuerySet
from library.relating import kinship, related
from library.stage import render_stage, stage_of
from library.views import finding
from library.views.lookup import redirect_to_new_place, redirect_with_query, video_or_404

RELATED_A_PAGE = 12
LED_TO = "random"
"""The cookie that keeps where `/random` led a visitor; sent to that address alone."""

MAX_LED_TO = 100
DAY = 86_400

SORT_LABELS = {
    "date": "Newest",
    "rating": "Rating",
    "title": "Title",
    "views": "Views",
    "viewed": "Last viewed",
    "duration": "Length",
    "size": "File size",
}
"""The sorts that are offered, in this order."""

PageView = Callable[..., HttpResponse]


def page(view: PageView) -> PageView:
    """A page that is read by GET, and carries the cookie that writing needs.

    It is the same for all who send the same cookies, until something is written: `page_cache` tells who keeps pages.
    What is made anew after each write asks the database; only what is dear to find and seldom changes is read kept.
    """

    @require_safe
    @ensure_csrf_cookie
    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with reading_afresh():
            response = view(request, *args, **kwargs)
        response.page_cache = True  # type: ignore[attr-defined]
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return kept


@dataclass(frozen=True)
class Sorting:
    """A sort and its direction, as an address asks for them."""

    sort: str
    order: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Sorting":
        """An unknown sort is by date; without an order each sort has its habit."""
        sort = request.GET.get("sort", "")
        sort = sort if sort in SORTS else "date"
        order = request.GET.get("order", "")
        habit = "asc" if sort in ASCENDING_BY_HABIT else "desc"
        return cls(sort, order if order in ("asc", "desc") else habit)

    def apply(self, videos: VideoQuerySet) -> VideoQuerySet:
        """The videos in this order."""
        return videos.in_order(self.sort, descending=self.order == "desc")

    def choices(self) -> list[dict[str, Any]]:
        """The links of the sort menu: choosing the sort that is on turns it round."""
        return [
            {
                "label": label,
                "query": f"?sort={sort}&order={self._next_order(sort)}",
                "current": sort == self.sort,
                "ascending": self.order == "asc",
            }
            for sort, label in SORT_LABELS.items()
        ]

    def _next_order(self, sort: str) -> str:
        if sort == self.sort:
            return "asc" if self.order == "desc" else "desc"
        return "asc" if sort in ASCENDING_BY_HABIT else "desc"


@page
def home(request: HttpRequest) -> HttpResponse:
    """All that is there, or what a search finds."""
    sorting = Sorting.of(request)
    if request.GET.get("q", "").strip():
        return finding.results(request, sorting)
    total = remembering.total_present()
    videos = sorting.apply(Video.objects.present())
    return _grid(request, videos, total, section="home", heading="All videos", sorting=sorting)


@page
def favorites(request: HttpRequest) -> HttpResponse:
    """What the household marked, the latest mark first."""
    videos, total = Video.objects.present().favorites(), Favorite.objects.count_present()
    return _grid(request, videos, total, section="favorites", heading="Favourites")


@page
def best_of(request: HttpRequest) -> HttpResponse:
    """Four stars and up."""
    videos, total = Video.objects.present().best(), Rating.objects.count_best()
    return _grid(request, videos, total, section="best_of", heading="Best of")


@page
def tag(request: HttpRequest, name: str) -> HttpResponse:
    """What bears one tag, or one that implies it, named in any case, with or without its `#`.

    A name that it had leads to its present one.
    """
    found = Tag.objects.named(name)
    if found is None:
        raise Http404("There is no such tag.")
    if found.key != naming.tag_key(name):
        return redirect_with_query(request, found.get_absolute_url(), permanent=True)
    sorting = Sorting.of(request)
    below = remembering.tags_below(found)
    total = remembering.total_below(found) if below else Tag.objects.count_of(found)
    of = remembering.total_present()
    often = total * total > PAGE_SIZE * of  # then fewer rows are passed on the way to a page than bear the tag
    videos = sorting.apply(Video.objects.present().tagged(found, below, often=often))
    return _grid(request, videos, total, section="tags", heading=f"#{found.name}", sorting=sorting)


def _grid(request: HttpRequest, videos: VideoQuerySet, total: int, **context: Any) -> HttpResponse:
    version = remembering.version()  # before the rows, so that no page takes an old state for a new one
    shown = paginate(total, request.GET.get("page", ""), videos.card_rows)
    context["version"] = version if shown.number == 1 else None
    return render(request, "library/grid.html", {"page": shown, "cards": cards.cards_for(shown.items), **context})


@page
def tags(request: HttpRequest) -> HttpResponse:
    """All tags in use, each as large as it is frequent."""
    counted = sorted(remembering.tag_counts(), key=lambda pair: naming.sort_key(pair[0].name))
    weighed = [(tag, count, weight) for (tag, count), weight in zip(counted, _weights(counted), strict=True)]
    return render(request, "library/tags.html", {"section": "tags", "tags": weighed})


def _weights(counted: list[tuple[Tag, int]]) -> list[int]:
    """Sizes from 1 to 5 between the rarest and the most frequent, by logarithm; 2 where all are equal."""
    logarithms = [log(count) for _, count in counted]
    least, most = min(logarithms, default=0), max(logarithms, default=0)
    return [1 + round(4 * (value - least) / (most - least)) if most > least else 2 for value in logarithms]


@never_cache
@require_safe
def random(request: HttpRequest) -> HttpResponse:
    """On to any video, but to none of those to which this led a visitor before: half of the library, 100 at most."""
    total = remembering.total_present()
    before = [int(pk) for pk in re.findall(r"(?<!\d)\d{1,18}(?!\d)", request.COOKIES.get(LED_TO, ""), re.ASCII)]
    avoiding = before[-min(MAX_LED_TO, total // 2) :] if total > 1 else []
    video = Video.objects.pick_at_random(avoiding)
    if video is None:
        return redirect("home")
    response = redirect(video)
    response.set_cookie(
        LED_TO, ".".join(map(str, [*avoiding, video.pk])), path=request.path, max_age=DAY, httponly=True, samesite="Lax"
    )
    return response


@page
def watch(request: HttpRequest, path: str) -> HttpResponse:
    """One video: to play, to rate, to tag, and what is like it."""
    video = video_or_404(path, Video.objects.with_standing().with_poster())
    moved = redirect_to_new_place(request, video, path, video.get_absolute_url())
    if moved:
        return moved
    kin = kinship(video)
    shared = related(video, kin)
    beside = shared or Video.objects.newest(beside=video)
    shown = paginate(
        len(beside),
        request.GET.get("related", ""),
        lambda start, stop: Video.objects.card_rows_of(beside[start:stop]),
        size=RELATED_A_PAGE,
    )
    poster = cards.poster_of(video.poster)  # type: ignore[attr-defined]
    return render(
        request,
        "library/watch.html",
        {
            "section": "watch",
            "video": video,
            "stage": render_stage(stage_of(video, kin.tags, poster)),
            "related": shared,
            "page": shown,
            "cards": cards.cards_for(shown.items, eager=0),
        },
    )
