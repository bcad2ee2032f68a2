"""Posters over HTTP."""

from django.conf import settings
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotFound,
    JsonResponse,
)
from django.views.decorators.cache import never_cache
from django.views.decorators.http import condition, require_safe

from thumbnails import posters
from thumbnails.querysets import videos_unfinished

MAX_VIDEOS = 200
YEAR = 31_536_000


def _etag(request: HttpRequest, digest: str, width: str) -> str | None:
    """The address names the content, so it is the entity tag too; None for what isn't there."""
    return f'"{digest}-{width}"' if posters.path_of(digest, int(width)).is_file() else None


@require_safe
@condition(etag_func=_etag)
def poster(request: HttpRequest, digest: str, width: str) -> HttpResponseBase:
    """One picture, which never changes: caches may keep it for good (RFC 8246)."""
    try:
        file = posters.path_of(digest, int(width)).open("rb")
    except OSError:
        return HttpResponseNotFound("There is no such poster.", content_type="text/plain")
    response: HttpResponseBase = FileResponse(file, content_type="image/webp")
    if request.method == "HEAD":
        length = response.headers["Content-Length"]
        response.close()
        response = HttpResponse(content_type="image/webp", headers={"Content-Length": length})
    response.headers["Cache-Control"] = f"{_audience()}, max-age={YEAR}, immutable"
    return response


def _audience() -> str:
    """Who may keep a copy: shared caches only where everyone may look."""
    return "public" if settings.ACCESS == "open" else "private"


@require_safe
@never_cache
def poster_states(request: HttpRequest) -> JsonResponse:
    """Which of `?video=1&video=2…` have a poster, and which still wait: what a page with placeholders asks.

    {"posters": {"1": {"small": url, "large": url}}, "pending": [2]}; ids that failed, or that nobody knows, are
    in neither.
    """
    asked = request.GET.getlist("video")
    if len(asked) > MAX_VIDEOS:
        return JsonResponse({"error": f"Ask for {MAX_VIDEOS} videos at most."}, status=400)
    if not all(text.isascii() and text.isdigit() and len(text) <= 18 for text in asked):
        return JsonResponse({"error": "A video's id is a whole number."}, status=400)
    video_ids = [int(text) for text in asked]
    found = posters.for_videos(video_ids)
    return JsonResponse(
        {
            "posters": {str(pk): {"small": item.small_url, "large": item.large_url} for pk, item in found.items()},
            "pending": [pk for pk in videos_unfinished(video_ids) if pk not in found],
        }
    )
