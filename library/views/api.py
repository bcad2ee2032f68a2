"""The JSON routes of the old site: same payloads, same answers."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from library import curating, remembering
from library.locking import reading_afresh
from library.models import Favorite, Tag, Video
from library.views.lookup import video_or_404

Payload = dict[str, Any]


class RefusedError(Exception):
    """The request can't be taken; `status` is the answer's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def json_route(answer: Callable[[Video, Payload], Payload]) -> Callable[[HttpRequest], JsonResponse]:
    """A POST route whose JSON object names a `filename`; errors are `{error}`."""

    @payload_route
    @wraps(answer)
    def route(request: HttpRequest, payload: Payload) -> Payload:
        return answer(named_video(payload), payload)

    return route


def payload_route(answer: Callable[[HttpRequest, Payload], Payload]) -> Callable[[HttpRequest], JsonResponse]:
    """A POST route that takes a JSON object; errors are `{error}`."""

    @require_POST
    @wraps(answer)
    def route(request: HttpRequest) -> JsonResponse:
        return answered(lambda: answer(request, read_payload(request)))

    return route


def answered(answer: Callable[[], Payload]) -> JsonResponse:
    """A success, or the refusal that was raised."""
    try:
        return JsonResponse({"success": True, **answer()})
    except RefusedError as error:
        return JsonResponse({"error": str(error)}, status=error.status)


def read_payload(request: HttpRequest) -> Payload:
    """The JSON object of a request's body. Raises RefusedError."""
    if request.content_type != "application/json":
        raise RefusedError(415, "Send application/json.")
    try:
        payload = json.loads(request.body)
    except RequestDataTooBig:
        raise RefusedError(413, "The body is too large.") from None
    except (ValueError, RecursionError):
        raise RefusedError(400, "The body is not JSON.") from None
    if not isinstance(payload, dict):
        raise RefusedError(400, "The body is not a JSON object.")
    return payload


def named_video(payload: Payload) -> Video:
    """The video that a payload's `filename` means. Raises RefusedError."""
    filename = payload.get("filename")
    if not isinstance(filename, str):
        raise RefusedError(400, "filename is missing.")
    try:
        return video_or_404(filename)
    except Http404 as error:
        raise RefusedError(404, str(error)) from None


def hashed(tags: list[str]) -> list[str]:
    """Tags as the old site wrote them."""
    return [f"#{tag}" for tag in tags]


@json_route
def rate(video: Video, payload: Payload) -> Payload:
    """1 to 5 stars."""
    rating = payload.get("rating")
    if isinstance(rating, str) and rating in ("1", "2", "3", "4", "5"):
        rating = int(rating)
    if type(rating) is not int or not 1 <= rating <= 5:
        raise RefusedError(400, "The rating is 1 to 5.")
    return {"rating": curating.rate(video, rating)}


@json_route
def view(video: Video, payload: Payload) -> Payload:
    """One more view."""
    return {"views": curating.count_view(video)}


@json_route
def add_tag(video: Video, payload: Payload) -> Payload:
    """Hang a tag on a video."""
    return {"tags": hashed(_with_tag(curating.add_tag, video, payload))}


@json_route
def delete_tag(video: Video, payload: Payload) -> Payload:
    """Take a tag off a video."""
    return {"tags": hashed(_with_tag(curating.remove_tag, video, payload))}


def _with_tag(change: Callable[[Video, str], list[str]], video: Video, payload: Payload) -> list[str]:
    tag = payload.get("tag")
    if not isinstance(tag, str):
        raise RefusedError(400, "tag is missing.")
    try:
        return change(video, tag)
    except curating.EmptyTagError as error:
        raise RefusedError(400, str(error)) from None


@json_route
def title(video: Video, payload: Payload) -> Payload:
    """Give a video a title; with an empty one its file's name speaks again."""
    wanted = payload.get("title")
    if not isinstance(wanted, str):
        raise RefusedError(400, "title is missing.")
    try:
        return {"title": curating.retitle(video, wanted)}
    except curating.TitleError as error:
        raise RefusedError(400, str(error)) from None


@json_route
def favorite(video: Video, payload: Payload) -> Payload:
    """Mark a video, or take the mark off."""
    is_favorite = curating.toggle_favorite(video)
    with reading_afresh():
        return {"is_favorite": is_favorite, "favorites": Favorite.objects.paths()}


@require_safe
def get_views(request: HttpRequest) -> JsonResponse:
    """How often each video was watched."""
    with reading_afresh():
        response = JsonResponse(dict(Video.objects.view_counts()))
    response.page_cache = True  # type: ignore[attr-defined]
    return response


@never_cache
@require_safe
def version(request: HttpRequest) -> JsonResponse:
    """What changes with the library's files: an open page asks every few seconds whether it is still true."""
    response = JsonResponse({"version": remembering.version()})
    response.page_cache = True  # type: ignore[attr-defined]
    return response


@require_safe
def tag_names(request: HttpRequest) -> JsonResponse:
    """All tags in alphabetical order: what a form that takes one offers."""
    response = JsonResponse({"tags": Tag.objects.all_names()}, headers={"Cache-Control": "private, no-cache"})
    response.page_cache = True  # type: ignore[attr-defined]
    return response


@login_not_required
@require_safe
def ping(request: HttpRequest) -> JsonResponse:
    """Whether the server answers."""
    return JsonResponse({"status": "ok", "message": "Videoserver is running."})
