"""What a search finds, what it offers while one types, and its filters."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from library import cards, remembering, searching
from library.finding.language import Query, written
from library.finding.parsing import parsed
from library.paging import paginate
from library.querysets import VideoQuerySet


class Order(Protocol):
    """A sort, as an address asks for it."""

    def apply(self, videos: VideoQuerySet) -> VideoQuerySet: ...
    def choices(self) -> list[dict[str, Any]]: ...


class SearchOrder:
    """The sorts of a search: the best match first, unless an address asks for another."""

    def __init__(self, order: Order, text: str, *, by_rank: bool, can_rank: bool) -> None:
        self._order, self._text, self._by_rank, self._can_rank = order, text, by_rank, can_rank

    def choices(self) -> list[dict[str, Any]]:
        """The links of the sort menu."""
        query = urlencode({"q": self._text})
        best = {"label": "Best match", "query": f"?{query}", "current": self._by_rank, "ascending": False}
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
    can_rank = bool(searching.sought(query))
    by_rank = can_rank and "sort" not in request.GET
    if by_rank:
        found = searching.by_rank(query)
        total, fetch, exact = found.total, found.rows, found.exact
    else:
        videos = order.apply(searching.matching(query))
        total, fetch = videos.count(), videos.card_rows
        exact = total
    shown = paginate(total, request.GET.get("page", ""), fetch)
    context = {
        "page": shown,
        "cards": cards.cards_for(shown.items, hits=searching.hits(query, shown.items, near=exact < total)),
        "sorting": SearchOrder(order, text, by_rank=by_rank, can_rank=can_rank),
        "section": "search",
        "heading": "Search",
        "version": version if shown.number == 1 else None,
        "text": text,
        "messages": [{"text": message.text, "of": text[message.start : message.stop]} for message in messages],
        "exact": exact,
    }
    if not exact:
        context |= _help(query)
    return render(request, "library/results.html", context)


def _help(query: Query) -> dict[str, Any]:
    """What helps where nothing was found."""
    return {
        "hints": [{"term": hint.term, "query": urlencode({"q": hint.without}), "total": hint.total}
                  for hint in searching.hints(query)],
        "unknown_tags": [
            {"name": name, "near": [{"name": near, "query": _instead(query, name, near)} for near in names]}
            for name, names in searching.unknown_tags(query).items()
        ],
    }  # fmt: skip


def _instead(query: Query, name: str, near: str) -> str:
    return urlencode({"q": written(searching.with_tag(query, name, near))})
