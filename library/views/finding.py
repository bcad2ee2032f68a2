"""What a search finds, what it offers while one types, and its filters."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from library import cards, filtering, pointing, remembering, searching, smart_lists
from library.finding.language import Query, written
from library.finding.parsing import parsed
from library.locking import reading_afresh
from library.models import Video
from library.paging import paginate
from library.querysets import Owner, VideoQuerySet
from library.rows import CardRow
from library.smart_lists import ListRefusedError, NoSuchListError
from library.views.api import Payload, RefusedError, read_payload
from library.views.lookup import owner_of


class Order(Protocol):
    """A sort, as an address asks for it."""

    def apply(self, videos: VideoQuerySet) -> VideoQuerySet: ...
    def fetch(self, videos: VideoQuerySet) -> Callable[[int, int], list[CardRow]]: ...
    def named(self) -> dict[str, str]: ...
    def choices(self) -> list[dict[str, Any]]: ...


class SearchOrder:
    """The sorts of a search: the best match first, unless an address asks for another."""

    def __init__(self, order: Order, text: str, *, by_rank: bool, can_rank: bool) -> None:
        self._order, self._text, self._by_rank, self._can_rank = order, text, by_rank, can_rank

    def choices(self) -> list[dict[str, Any]]:
        """The links of the sort menu."""
        query = urlencode({"q": self._text})
        best = {"label": "Best match", "query": f"?{query}", "current": self._by_rank, "unordered": True}
        others = [
            {**choice, "query": f"{choice['query']}&{query}", "current": choice["current"] and not self._by_rank}
            for choice in self._order.choices()
        ]
        return [best, *others] if self._can_rank else others


def results(request: HttpRequest, order: Order) -> HttpResponse:
    """What a search finds: by rank where words are looked for and no other sort is asked for."""
    version = remembering.version()  # before the rows, as in every grid
    text = request.GET["q"].strip()
    query, messages = parsed(text)
    owner = owner_of(request)
    can_rank = bool(searching.sought(query))
    by_rank = can_rank and "sort" not in request.GET
    meant: list[dict[str, float]] = []
    fetch: Callable[[int, int], list[CardRow]]
    if by_rank:
        found = searching.by_rank(query, owner)
        total, fetch, meant = found.total, found.rows, found.meant
    else:
        total = searching.count(query, owner)
        many = searching.are_many(total)
        videos = searching.matching(query, owner, often=many) if total else Video.objects.none()
        fetch = order.fetch(order.apply(videos))
    shown = paginate(total, request.GET.get("page", ""), fetch)
    context = {
        "page": shown,
        "cards": cards.cards_for(shown.items, hits=pointing.hits(query, shown.items, meant)),
        "sorting": SearchOrder(order, text, by_rank=by_rank, can_rank=can_rank),
        "list_query": "?" + urlencode({"list": f"search:{text}", **({} if by_rank else order.named())}),
        "section": "search",
        "heading": "Search",
        "version": version if shown.number == 1 else None,
        "text": text,
        "messages": [{"text": message.text, "of": text[message.start : message.stop]} for message in messages],
        "near": bool(meant),
    }
    if not total:
        context |= _help(query, owner)
    return render(request, "library/results.html", context)


def _help(query: Query, owner: Owner) -> dict[str, Any]:
    """What helps where nothing was found."""
    return {
        "hints": [{"term": hint.term, "query": urlencode({"q": hint.without}), "total": hint.total}
                  for hint in pointing.hints(query, owner)],
        "unknown_tags": [
            {"name": name, "near": [{"name": near, "query": _instead(query, name, near)} for near in names]}
            for name, names in pointing.unknown_tags(query).items()
        ],
    }  # fmt: skip


def _instead(query: Query, name: str, near: str) -> str:
    return urlencode({"q": written(pointing.with_tag(query, name, near))})


# --- Filters ---------------------------------------------------------------------------------------------------


@require_safe
@ensure_csrf_cookie
def filters(request: HttpRequest) -> HttpResponse:
    """All choices beside a search. A tag that somebody typed is added first."""
    text, mode = request.GET.get("q", "").strip(), request.GET.get("mode", "")
    name = request.GET.get("tag", "").strip()
    with reading_afresh():
        if name:
            query = urlencode({"q": filtering.tagged_too(text, name, mode), "mode": mode})
            return redirect(f"{reverse('filters')}?{query}")
        query_, _ = parsed(text)
        owner = owner_of(request)
        context = {
            "panel": filtering.panel(text, mode, owner),
            "text": text,
            "total": searching.count(query_, owner),
            "section": "search",
        }
        response = render(request, "library/filters.html", context)
    response.page_cache = True  # type: ignore[attr-defined]
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@require_safe
def complete(request: HttpRequest) -> JsonResponse:
    """Ways to go on typing a search from a place in it."""
    text = request.GET.get("q", "")
    place = request.GET.get("at", "")
    cursor = int(place) if re.fullmatch("[0-9]{1,5}", place, re.ASCII) else len(text)
    response = JsonResponse({"offers": [offer._asdict() for offer in filtering.offers(text, cursor)]})
    response.headers["Cache-Control"] = "private, no-cache"
    response.page_cache = True  # type: ignore[attr-defined]
    return response


# --- Smart lists -----------------------------------------------------------------------------------------------

ListChange = Callable[[int | None, Payload], None]


def list_route(change: ListChange) -> Callable[[HttpRequest], JsonResponse]:
    """A POST route that changes the lists of whoever asks, and answers with all of them; errors are `{error}`."""

    @require_POST
    @wraps(change)
    def route(request: HttpRequest) -> JsonResponse:
        owner = owner_of(request)
        try:
            change(owner, read_payload(request))
        except RefusedError as error:
            return JsonResponse({"error": str(error)}, status=error.status)
        except ListRefusedError as error:
            return JsonResponse({"error": str(error)}, status=400)
        except NoSuchListError as error:
            return JsonResponse({"error": str(error)}, status=404)
        return JsonResponse({"success": True, "lists": _lists(owner)})

    return route


@require_safe
def lists(request: HttpRequest) -> JsonResponse:
    """The searches that whoever asks has kept. They are put into pages by script: pages are the same for all."""
    with reading_afresh():
        response = JsonResponse({"lists": _lists(owner_of(request))}, headers={"Cache-Control": "private, no-cache"})
    response.page_cache = True  # type: ignore[attr-defined]
    return response


@list_route
def keep_list(owner: int | None, payload: Payload) -> None:
    """Keep a search under a name."""
    smart_lists.keep(owner, _text(payload, "name"), _text(payload, "query"))


@list_route
def rename_list(owner: int | None, payload: Payload) -> None:
    """Give a kept search another name."""
    smart_lists.rename(owner, _number(payload), _text(payload, "name"))


@list_route
def delete_list(owner: int | None, payload: Payload) -> None:
    """Forget a kept search."""
    smart_lists.delete(owner, _number(payload))


def _lists(owner: int | None) -> list[dict[str, Any]]:
    return [
        {"id": kept.pk, "name": kept.name, "query": kept.query,
         "url": f"{reverse('home')}?{urlencode({'q': kept.query})}"}
        for kept in smart_lists.all_of(owner)
    ]  # fmt: skip


def _text(payload: Payload, name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str):
        raise RefusedError(400, f"{name} is missing.")
    return value


def _number(payload: Payload) -> int:
    value = payload.get("id")
    if type(value) is not int or not 0 < value < 2**63:
        raise RefusedError(400, "id is missing.")
    return value
