"""The pages of lists that people keep for themselves, and what is done with a list as a whole: played, or saved."""

from collections.abc import Callable, Iterable, Mapping
from random import randrange
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from library import cards, listing, positions, rediscovering, wording
from library import playlists as files
from library.locking import reading_afresh
from library.models import Playlist, PlaylistItem, Video, Viewing, WatchLater
from library.paging import PAGE_SIZE, paginate
from library.querysets import Ids
from library.rows import CardRow
from library.views.lookup import owner_of
from library.views.pages import list_query, named_list, named_query, page


@page
def watch_later(request: HttpRequest) -> HttpResponse:
    """What somebody means to watch, the last added first."""
    rows = WatchLater.objects.of(owner_of(request))
    return _own_grid(
        request, rows.latest_ids(), rows.count_present(), "watch-later", section="watch_later", heading="Watch later"
    )


@page
def continue_watching(request: HttpRequest) -> HttpResponse:
    """What somebody has begun, what was left last first. Players change it all the time, so that nobody keeps it."""
    owner = owner_of(request)
    ids = positions.unfinished(owner)

    def left(shown: list[CardRow]) -> dict[int, str]:
        places = positions.of(owner, [row.pk for row in shown])
        return {
            row.pk: wording.left(row.duration - places[row.pk].seconds)
            for row in shown
            if row.duration and row.pk in places
        }

    response = _own_grid(request, ids, len(ids), "", left, section="continue", heading="Continue watching")
    response.page_cache = False  # type: ignore[attr-defined]
    return response


@page
def recent(request: HttpRequest) -> HttpResponse:
    """What somebody began to watch, the last first."""
    owner = owner_of(request)
    rows = Viewing.objects.of(owner)

    def when(shown: list[CardRow]) -> dict[int, str]:
        now = timezone.now()
        return {pk: f"Played {wording.age(at, now)}" for pk, at in rows.last_of([row.pk for row in shown]).items()}

    context = {
        "section": "recent",
        "heading": "History",
        "is_paused": positions.is_paused(owner),
        "is_shared": owner is None,
    }
    return _own_grid(
        request, rows.latest_ids(), rows.count_present(), "recent", when, template="library/recent.html", **context
    )


@require_safe
def added(request: HttpRequest) -> HttpResponse:
    """What is new is what the home page begins with."""
    return redirect(f"{reverse('home')}?sort=date&order=desc")


def rediscover(request: HttpRequest) -> HttpResponse:
    """What somebody has not seen for long, the well rated first. The address keeps the dealing that it shows."""
    seed = listing.seed_in(request.GET.get("seed", ""))
    return _new_dealing(request) if seed is None else _rediscover(request, seed)


@never_cache
@require_safe
def _new_dealing(request: HttpRequest) -> HttpResponse:
    return redirect(f"{reverse('rediscover')}?seed={randrange(listing.MOST_SEED)}")  # noqa: S311 - no secret


@page
def _rediscover(request: HttpRequest, seed: int) -> HttpResponse:
    owner = owner_of(request)
    ids = rediscovering.dealt(owner, seed)

    def why(shown: list[CardRow]) -> dict[int, str]:
        return rediscovering.reasons(owner, shown)

    return _own_grid(request, ids, len(ids), f"rediscover:{seed}", why, section="rediscover", heading="Rediscover")


def _own_grid(
    request: HttpRequest,
    ids: Ids | list[int],
    total: int,
    name: str,
    notes: Callable[[list[CardRow]], Mapping[int, str]] | None = None,
    template: str = "library/grid.html",
    **context: Any,
) -> HttpResponse:
    """A grid of those videos, whose cards lead into the list of that name, if it has one."""
    shown = paginate(
        total, request.GET.get("page", ""), lambda start, stop: Video.objects.card_rows_of(list(ids[start:stop]))
    )
    query = named_query(name) if name else ""
    found = cards.cards_for(shown.items, query=query, notes=notes(shown.items) if notes else None)
    return render(request, template, {"page": shown, "cards": found, "list_query": query, **context})


@page
def playlists(request: HttpRequest) -> HttpResponse:
    """Somebody's playlists, the last changed first."""
    found = Playlist.objects.of(owner_of(request))
    shown = paginate(found.count(), request.GET.get("page", ""), found.page)
    posters = cards.posters_for([one.first_video for one in shown.items if one.first_video])  # type: ignore[attr-defined]
    lists = [(one, posters.get(one.first_video), wording.clock(one.seconds)) for one in shown.items]  # type: ignore[attr-defined]
    return render(request, "library/playlists.html", {"section": "playlists", "page": shown, "playlists": lists})


@page
def playlist(request: HttpRequest, pk: int) -> HttpResponse:
    """One playlist, in its order; videos whose file is away keep their places."""
    found = Playlist.objects.of(owner_of(request)).with_contents().numbered(pk)
    if found is None:
        raise Http404("There is no such playlist.")
    items = PlaylistItem.objects.in_list(found)
    shown = paginate(found.number, request.GET.get("page", ""), items.rows)  # type: ignore[attr-defined]
    rows = Video.objects.card_rows_of([video for video, _ in shown.items])
    query = named_query(str(found.pk))
    notes = {video: "The file is not there" for video, away in shown.items if away}
    rendered = cards.cards_for(rows, query=query, notes=notes)
    by_video = {row.pk: (row, card) for row, card in zip(rows, rendered, strict=True)}
    return render(
        request,
        "library/playlist.html",
        {
            "section": "playlists",
            "playlist": found,
            "length": wording.clock(found.seconds),  # type: ignore[attr-defined]
            "page": shown,
            "first": (shown.number - 1) * PAGE_SIZE,
            "page_size": PAGE_SIZE,
            "items": [(*by_video[video], away) for video, away in shown.items if video in by_video],
            "list_query": query,
        },
    )


@never_cache
@require_safe
def play(request: HttpRequest) -> HttpResponse:
    """The way to the first video of a list, from which the others follow."""
    with reading_afresh():
        listed = named_list(request)
        first = Video.objects.to_play(list(listed.ids[:1])) if listed else []
    if not first:
        raise Http404("There is nothing to play.")
    return redirect(reverse("watch", args=[first[0].path]) + list_query(request))


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """A list for VLC and Kodi. Where an account is needed, whoever has the file may watch what is in it for a while."""
    with reading_afresh():
        listed = named_list(request)
    if listed is None:
        raise Http404("There is no such list.")
    root = request.build_absolute_uri("/")[:-1]
    if settings.ACCESS == "open" or not request.user.is_authenticated:
        address = files.plain_addresses(root)
    else:
        address = files.signed_addresses(root, request.user)
    lines: Iterable[str] = files.export(listed.ids, address)
    response = StreamingHttpResponse(lines, content_type="audio/x-mpegurl; charset=utf-8")
    name = "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in listed.title)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.m3u8") or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
