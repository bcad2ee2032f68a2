"""The suggestion queue: one video after another, with the tags that may fit it, worked through by keys alone."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from library import cards, curating, judging, streaming, suggesting, wording
from library.advising import Adviser
from library.judging import QUEUES, Order
from library.locking import reading_afresh
from library.models import Entry, Tag, Video
from library.suggesting import Suggestion
from library.views.api import Payload, RefusedError, read_payload

LABELS = {"untagged": "Untagged", "few": "Fewer than 3 tags"}
ORDERS = {Order.BEST: "Best evidence first", Order.NEWEST: "Newest first"}
LARGEST_ID = 2**63 - 1

Route = Callable[..., HttpResponse]


def json_route(answer: Callable[..., Payload]) -> Route:
    """A method that answers with JSON to staff who may change videos; errors are `{error}`."""

    @wraps(answer)
    def route(self: "WithSuggestions", request: HttpRequest, **of: int) -> JsonResponse:
        try:
            self.refuse_strangers(request)
            return JsonResponse(answer(self, request, **of))
        except RefusedError as error:
            return JsonResponse({"error": str(error)}, status=error.status)

    return route


class WithSuggestions(admin.ModelAdmin[Any]):
    """Videos with a queue of suggestions. Its page works through small JSON routes beside it."""

    def get_urls(self) -> list[URLPattern]:
        def route(address: str, view: Route, allow: Callable[[Route], Route], name: str) -> URLPattern:
            return path(f"suggestions/{address}", never_cache(allow(view)), name=f"library_video_suggestions{name}")

        return [
            route("", self.admin_site.admin_view(self.suggestions_page), require_safe, ""),
            route("queue/", self.suggestions_queue, require_safe, "_queue"),
            route("<int:pk>/", self.suggestions_of, require_safe, "_of"),
            route("<int:pk>/accept/", self.accept_suggestion, require_POST, "_accept"),
            route("<int:pk>/reject/", self.reject_suggestion, require_POST, "_reject"),
            route("<int:pk>/undo/", self.undo_suggestion, require_POST, "_undo"),
            *super().get_urls(),
        ]

    def refuse_strangers(self, request: HttpRequest) -> None:
        """Raises RefusedError for who may not curate."""
        if not self.admin_site.has_permission(request):
            raise RefusedError(401, "You are not signed in any more. Sign in, and reload this page.")
        if not self.has_change_permission(request):
            raise RefusedError(403, "Your account may not change videos.")

    def suggestions_page(self, request: HttpRequest) -> HttpResponse:
        """The page, which asks for all else by itself."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": "Tag suggestions",
            "opts": self.opts,
            "queues": _choices(LABELS, request.GET.get("queue", "")),
            "orders": _choices(ORDERS, request.GET.get("order", "")),
        }
        return TemplateResponse(request, "admin/library/video/suggestions.html", context)

    @json_route
    def suggestions_queue(self, request: HttpRequest) -> Payload:
        """`{left, ids, after}`: the next batch of a queue."""
        queue, order, after = (request.GET.get(key, "") for key in ("queue", "order", "after"))
        if queue not in QUEUES or order not in ORDERS:
            raise RefusedError(400, "There is no such queue.")
        known = after.isascii() and after.isdigit() and len(after) < 19
        return judging.batch(queue, Order(order), int(after) if known else None)._asdict()

    @json_route
    def suggestions_of(self, request: HttpRequest, pk: int) -> Payload:
        """A video: what plays, what is known of it, its tags, and what is suggested."""
        with reading_afresh():
            return {**_shown(_video(pk)), **_standing(_video(pk))}

    @json_route
    def accept_suggestion(self, request: HttpRequest, pk: int) -> Payload:
        """`{name, evidence}` → `{entry, tags, suggestions}`; evidence is empty for a tag of one's own."""
        video, payload = _video(pk), read_payload(request)
        name = payload.get("name")
        if not isinstance(name, str):
            raise RefusedError(400, "name is missing.")
        try:
            entry = judging.accept(video, name, _evidence(payload))
        except curating.EmptyTagError as error:
            raise RefusedError(400, str(error)) from None
        return {"entry": entry and entry.pk, **_standing(video)}

    @json_route
    def reject_suggestion(self, request: HttpRequest, pk: int) -> Payload:
        """`{tag, evidence}` → `{tags, suggestions}`."""
        video, payload = _video(pk), read_payload(request)
        tag = Tag.objects.among([_id(payload, "tag")]).first()
        if tag is None:
            raise RefusedError(404, "This tag is not there any more.")
        judging.reject(video, tag, _evidence(payload))
        return _standing(video)

    @json_route
    def undo_suggestion(self, request: HttpRequest, pk: int) -> Payload:
        """`{entry}` or `{tag}`, of what was accepted or rejected → `{kept, tags, suggestions}`."""
        video, payload = _video(pk), read_payload(request)
        if "tag" in payload:
            judging.unreject(video, _id(payload, "tag"))
            return {"kept": [], **_standing(video)}
        number = _id(payload, "entry")
        entry = Entry.objects.in_bulk([number]).get(number)
        if entry is None or not judging.is_of(entry, video):
            raise RefusedError(404, "There is no such step.")
        kept = [kept.because for kept in judging.unaccept(video, entry).kept]
        return {"kept": kept, **_standing(video)}


def _choices(labels: dict[Any, str], chosen: str) -> list[tuple[str, str, bool]]:
    """(value, label, whether it is chosen)."""
    return [(value, label, value == chosen) for value, label in labels.items()]


def _video(pk: int) -> Any:
    found = Video.objects.with_poster().with_fast_start().among([pk]).first() if pk <= LARGEST_ID else None
    if found is None:
        raise RefusedError(404, "There is no such video.")
    return found


def _id(payload: Payload, key: str) -> int:
    value = payload.get(key)
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise RefusedError(400, f"{key} is missing.")
    return value


def _evidence(payload: Payload) -> str:
    evidence = payload.get("evidence", "")
    kinds = evidence.split("+") if isinstance(evidence, str) and evidence else []
    if not isinstance(evidence, str) or not all(kind in set(suggesting.Kind) for kind in kinds):
        raise RefusedError(400, "There is no such evidence.")
    return "+".join(dict.fromkeys(kinds))


def _shown(video: Any) -> Payload:
    poster = cards.poster_of(video.poster)
    facts = (
        wording.clock(video.duration),
        wording.resolution(video.width, video.height),
        f"added {wording.age(video.added_at, cards.now())}",
    )
    return {
        "id": video.pk,
        "title": video.title,
        "path": video.path,
        "facts": " · ".join(filter(None, facts)),
        "file": "" if video.is_missing else streaming.address_played(video),
        "poster": poster.large_url if poster else "",
        "codecs": wording.codecs(video.video_codec, video.audio_codec),
        "watch": video.get_absolute_url(),
        "change": reverse("admin:library_video_change", args=[video.pk]),
    }


def _standing(video: Video) -> Payload:
    """Its tags, and what is suggested now."""
    with reading_afresh():
        suggestions = Adviser().suggest(video)
        names = dict(Tag.objects.among(one.tag for one in suggestions).values_list("pk", "name"))
        told = [_told(one, names[one.tag]) for one in suggestions if one.tag in names]
        return {"tags": curating.tag_names(video), "suggestions": told}


def _told(suggestion: Suggestion, name: str) -> Payload:
    return {
        "tag": suggestion.tag,
        "name": name,
        "reasons": suggesting.reasons(suggestion),
        "evidence": suggestion.evidence,
    }
