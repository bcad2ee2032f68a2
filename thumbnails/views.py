"""Posters and storyboards over HTTP."""

from pathlib import Path

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

from thumbnails import posters, storyboards
from thumbnails.hastening import hasten
from thumbnails.querysets import videos_unfinished

MAX_VIDEOS = 200
YEAR = 31_536_000
CONTENT_TYPES = {"webp": "image/webp", "vtt": "text/vtt; charset=utf-8"}


def _poster_etag(request: HttpRequest, digest: str, width: str) -> str | None:
    """The address names the content, so it is the entity tag too; None for what isn't there."""
    return f'"{digest}-{width}"' if posters.path_of(digest, int(width)).is_file() else None


@require_safe
@condition(etag_func=_poster_etag)
def poster(request: HttpRequest, digest: str, width: str) -> HttpResponseBase:
    """One picture."""
    return _for_good(request, posters.path_of(digest, int(width)), "image/webp")


def _storyboard_etag(request: HttpRequest, digest: str, ending: str) -> str | None:
    """As for posters."""
    return f'"{digest}-{ending}"' if storyboards.path_of(digest, ending).is_file() else None


@require_safe
@condition(etag_func=_storyboard_etag)
def storyboard(request: HttpRequest, digest: str, ending: str) -> HttpResponseBase:
    """A picture full of tiles, or the index of them."""
    return _for_good(request, storyboards.path_of(digest, ending), CONTENT_TYPES[ending])


def _for_good(request: HttpRequest, path: Path, content_type: str) -> HttpResponseBase:
    """A file that never changes: caches may keep it for good (RFC 8246)."""
    try:
        file = path.open("rb")
    except OSError:
        return HttpResponseNotFound("There is no such file.", content_type="text/plain")
    response: HttpResponseBase = FileResponse(file, content_type=content_type)
    if request.method == "HEAD":
        length = response.headers["Content-Length"]
        response.close()
        response = HttpResponse(content_type=content_type, headers={"Content-Length": length})
    response.headers["Cache-Control"] = f"{_audience()}, max-age={YEAR}, immutable"
    return response


def _audience() -> str:
    """Who may keep a copy: shared caches only where everyone may look."""
    return "public" if settings.ACCESS == "open" else "private"


@require_safe
@never_cache
def poster_states(request: HttpRequest) -> JsonResponse:
    """Which of `?video=1&video=2…` have a poster, and which still wait: what a page with placeholders asks. Those that
    wait come next: someone looks at them.

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
    pending = [pk for pk in videos_unfinished(video_ids) if pk not in found]
    hasten(pending)
    return JsonResponse(
        {
            "posters": {str(pk): {"small": item.small_url, "large": item.large_url} for pk, item in found.items()},
            "pending": pending,
        }
    )
