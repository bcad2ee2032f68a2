"""The pages. They read without script; the small modules beside them write through the JSON routes."""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from math import log
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from library import cards, folders, listing, naming, remembering
from library.locking import reading_afresh
from library.models import Favorite, Marker, Rating, Tag, Video, Viewing
from library.paging import PAGE_SIZE, nearest_page, paginate
from library.querysets import ASCENDING_BY_HABIT, SORTS, Ids, VideoQuerySet
from library.relating import kinship, reasons, related
from library.rows import CardRow
from library.shuffling import Seed, new_seed, places, seed_from
from library.stage import render_stage, stage_of
from library.views import finding
from library.views.lookup import owner_of, redirect_to_new_place, redirect_with_query, video_or_404

RELATED_A_PAGE = 12
MOST_DOUBLES = 20
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
    "resolution": "Resolution",
    "random": "Random",
}
"""The sorts that are offered, in this order."""

RANDOM = "random"
"""The sort whose order its seed makes."""

NAMES_A_LIST = ("list", "sort", "order", "seed")
"""What of an address's query says which list is played through, or saved."""

PageView = Callable[..., HttpResponse]


def page(view: PageView) -> PageView:
    """A page that is read by GET, and carries the cookie that writing needs.

    It is the same for all who send the same cookies, until something is written: `page_cache` tells who keeps pages,
    unless the view has said that nobody may.
    What is made anew after each write asks the database; only what is dear to find and seldom changes is read kept.
    """

    @require_safe
    @ensure_csrf_cookie
    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with reading_afresh():
            response = view(request, *args, **kwargs)
        response.page_cache = getattr(response, "page_cache", True)  # type: ignore[attr-defined]
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return kept


@dataclass(frozen=True)
class Sorting:
    """A sort and its direction, as an address asks for them."""

    sort: str
    order: str
    seed: Seed | None = None
    """Of the random order alone."""

    @classmethod
    def of(cls, request: HttpRequest) -> "Sorting":
        """An unknown sort is by date, and a random one without a seed; without an order each sort has its habit."""
        sort = request.GET.get("sort", "")
        seed = seed_from(request.GET.get("seed", ""))
        if sort == RANDOM and seed:
            return cls(sort, "", seed)
        sort = sort if sort in SORTS else "date"
        order = request.GET.get("order", "")
        habit = "asc" if sort in ASCENDING_BY_HABIT else "desc"
        return cls(sort, order if order in ("asc", "desc") else habit)

    def apply(self, videos: VideoQuerySet) -> VideoQuerySet:
        """The videos in this order; a random one is made where the rows are fetched."""
        return videos if self.seed else videos.in_order(self.sort, descending=self.order == "desc")

    def ids(self, videos: VideoQuerySet) -> Ids | list[int]:
        """The ids of the videos in this order."""
        if not self.seed:
            return self.apply(videos).values_list("pk", flat=True)
        pks = videos.ids_in_order()
        shuffled = bisect_right(pks, self.seed.newest)
        return [*(pks[place] for place in places(self.seed.number, shuffled, 0, shuffled)), *pks[shuffled:]]

    def fetch(self, videos: VideoQuerySet, *, all_present: bool = False) -> Callable[[int, int], list[CardRow]]:
        """What gives the rows of the videos, which are in this order, from one place to another."""
        if not self.seed:
            return videos.card_rows
        seed = self.seed
        pks = remembering.present_ids() if all_present else videos.ids_in_order()
        shuffled = bisect_right(pks, seed.newest)

        def rows(start: int, stop: int) -> list[CardRow]:
            known = [pks[place] for place in places(seed.number, shuffled, start, stop)]
            return Video.objects.card_rows_of([*known, *pks[max(start, shuffled) : stop]])

        return rows

    def named(self) -> dict[str, str]:
        """As an address asks for it."""
        asked = {"sort": self.sort, "order": self.order, "seed": str(self.seed or "")}
        return {key: value for key, value in asked.items() if value}

    def choices(self) -> list[dict[str, Any]]:
        """The links of the sort menu: choosing the sort that is on turns it round."""
        return [
            {
                "label": label,
                "query": f"?sort={sort}" if sort == RANDOM else f"?sort={sort}&order={self._next_order(sort)}",
                "current": sort == self.sort,
                "unordered": sort == RANDOM,
                "ascending": self.order == "asc",
            }
            for sort, label in SORT_LABELS.items()
        ]

    def _next_order(self, sort: str) -> str:
        if sort == self.sort:
            return "asc" if self.order == "desc" else "desc"
        return "asc" if sort in ASCENDING_BY_HABIT else "desc"


def sortable(view: PageView) -> PageView:
    """A page with sorts: who asks for a random order without a seed is led to one, which paging keeps."""

    @wraps(view)
    def sorted_page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("sort") == RANDOM and not seed_from(request.GET.get("seed", "")):
            query = request.GET.copy()
            query["seed"] = str(new_seed(max(remembering.present_ids(), default=0)))
            return redirect(f"{request.path}?{query.urlencode()}")
        return view(request, *args, **kwargs)

    return sorted_page


@page
@sortable
def home(request: HttpRequest) -> HttpResponse:
    """All that is there, or what a search finds."""
    sorting = Sorting.of(request)
    if request.GET.get("q", "").strip():
        return finding.results(request, sorting)
    total = remembering.total_present()
    videos = sorting.apply(Video.objects.present())
    context: dict[str, Any] = {"section": "home", "heading": "All videos", "list_name": "all"}
    return _grid(request, videos, total, sorting, all_present=True, **context)


@page
def favorites(request: HttpRequest) -> HttpResponse:
    """What the household marked, the latest mark first."""
    videos, total = Video.objects.present().favorites(), Favorite.objects.count_present()
    return _grid(request, videos, total, section="favorites", heading="Favourites", list_name="favorites")


@page
def best_of(request: HttpRequest) -> HttpResponse:
    """Four stars and up."""
    videos, total = Video.objects.present().best(), Rating.objects.count_best()
    return _grid(request, videos, total, section="best_of", heading="Best of", list_name="best-of")


@page
@sortable
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
    context: dict[str, Any] = {"section": "tags", "heading": f"#{found.name}", "list_name": f"tag:{found.name}"}
    return _grid(request, videos, total, sorting, **context)


def named_list(request: HttpRequest) -> listing.Listed | None:
    """The list that an address names, as who asks sees it."""
    name = request.GET.get("list", "")
    if not name or not naming.is_storable(name):
        return None
    return listing.find(name, owner_of(request), Sorting.of(request).ids, chosen="sort" in request.GET)


def named_query(name: str, sorting: Sorting | None = None) -> str:
    """What names a list in an address, with its question mark."""
    return "?" + urlencode({"list": name, **(sorting.named() if sorting else {})})


def list_query(request: HttpRequest) -> str:
    """What names that list in another address, with its question mark."""
    return "?" + urlencode({key: request.GET[key] for key in NAMES_A_LIST if key in request.GET})


@page
@sortable
def folder(request: HttpRequest, path: str = "") -> HttpResponse:
    """What lies right in a folder of the library, after the folders that it has."""
    place = f"{path}/" if path else ""
    if path and not naming.is_safe_path(path):
        raise Http404("There is no such folder.")
    total, below = folders.inside(place)
    if path and not total and not below:
        raise Http404("There is no such folder.")
    sorting = Sorting.of(request)
    videos, of = Video.objects.present(), remembering.total_present()
    if total < of:
        videos = videos.in_folder(place, often=total * total > PAGE_SIZE * of)
    context = {
        "section": "folders",
        "heading": naming.base_name(path).replace("_", " ") or "Folders",
        "folders": folders.cards_for(below) if nearest_page(request.GET.get("page", ""), 2) == 1 else [],
        "trail": folders.trail(path),
        "list_name": f"folder:{path}",
    }
    return _grid(request, sorting.apply(videos), total, sorting, all_present=total == of, **context)


def _grid(
    request: HttpRequest,
    videos: VideoQuerySet,
    total: int,
    sorting: Sorting | None = None,
    *,
    all_present: bool = False,
    **context: Any,
) -> HttpResponse:
    version = remembering.version()  # before the rows, so that no page takes an old state for a new one
    fetch = sorting.fetch(videos, all_present=all_present) if sorting else videos.card_rows
    shown = paginate(total, request.GET.get("page", ""), fetch)
    context |= {"version": version if shown.number == 1 else None, "sorting": sorting}
    context["list_query"] = named_query(context["list_name"], sorting)
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


@lru_cache(maxsize=1)
def _to_be_watched(*rooms: str) -> VideoQuerySet:
    """The videos with what their pages show that those rooms of the settings know. Put together once."""
    return Video.objects.with_standing().with_poster().with_subtitles().with_fast_start()


@page
def watch(request: HttpRequest, path: str) -> HttpResponse:
    """One video: to play, to rate, to tag, and what is like it."""
    rooms = settings.LIBRARY_POSTERS, settings.LIBRARY_SUBTITLES, settings.LIBRARY_FAST_STARTS
    video = video_or_404(path, _to_be_watched(*rooms))
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
    listed = named_list(request)
    place = listing.place_of(video, listed) if listed else None
    owner = owner_of(request)
    own = Video.objects.own(video, owner)
    stage = stage_of(
        video,
        kin.tags,
        poster,
        own,
        markers=Marker.objects.of(owner).about(video).moments() if own.has_markers else (),
        place=place,
        list_query=list_query(request) if place else "",
        viewing=Viewing.objects.of(owner).about(video).span() if own.was_played else None,
        doubles=Video.objects.doubles_of(video, MOST_DOUBLES) if own.has_doubles else (),
    )
    why = reasons(kin, [row.pk for row in shown.items]) if shared else {}
    return render(
        request,
        "library/watch.html",
        {
            "section": "watch",
            "video": video,
            "stage": render_stage(stage),
            "related": shared,
            "page": shown,
            "cards": cards.cards_for(shown.items, eager=0, notes=why),
        },
    )
