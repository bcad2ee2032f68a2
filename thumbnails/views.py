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

from library.locking import reading_afresh
from library.models import Video
from thumbnails import posters, storyboards, subtitles
from thumbnails.hastening import hasten, have_read_again
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


def _subtitles_etag(request: HttpRequest, digest: str) -> str | None:
    """As for posters."""
    return f'"{digest}"' if subtitles.path_of(digest).is_file() else None


@require_safe
@condition(etag_func=_subtitles_etag)
def subtitle_file(request: HttpRequest, digest: str) -> HttpResponseBase:
    """Subtitles as WebVTT."""
    return _for_good(request, subtitles.path_of(digest), CONTENT_TYPES["vtt"])


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
    in neither. The database is asked: the query cache would hardly be asked for the same ids again.
    """
    try:
        video_ids = _asked_for(request)
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)
    with reading_afresh():
        found = posters.for_videos(video_ids)
        pending = [pk for pk in videos_unfinished(video_ids) if pk not in found]
    hasten(pending)
    return JsonResponse(
        {
            "posters": {str(pk): {"small": item.small_url, "large": item.large_url} for pk, item in found.items()},
            "pending": pending,
        }
    )


@require_safe
@never_cache
def storyboards_of(request: HttpRequest) -> JsonResponse:
    """The storyboards of `?video=1&video=2…`: what a page asks when a pointer comes to a card.

    {"storyboards": {"1": {"picture": url, "tiles", "columns", "width", "height"}}}, pixels of a tile; ids without one
    are left out. The database is asked, as for posters.
    """
    try:
        video_ids = _asked_for(request)
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)
    with reading_afresh():
        found = {str(pk): _told(shown) for pk, shown in storyboards.for_videos(video_ids).items()}
    return JsonResponse({"storyboards": found})


@require_safe
@never_cache
def chapters(request: HttpRequest) -> JsonResponse:
    """The chapters of `?video=1`: {"chapters": [[second, name], …]}.

    null for a file that was not read since chapters are kept: it is read as soon as may be.
    """
    try:
        asked = _asked_for(request)
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)
    video = Video.objects.present().among(asked[:1]).first()
    if video and video.chapters is None:
        have_read_again(video.pk)
    return JsonResponse({"chapters": video.chapters if video else []})


def _told(shown: storyboards.Shown) -> dict[str, str | int]:
    layout = shown.layout
    return {
        "picture": shown.picture_url,
        "tiles": layout.tiles,
        "columns": layout.columns,
        "width": layout.tile_width,
        "height": layout.tile_height,
    }


def _asked_for(request: HttpRequest) -> list[int]:
    """The ids in an address. Raises ValueError."""
    asked = request.GET.getlist("video")
    if len(asked) > MAX_VIDEOS:
        raise ValueError(f"Ask for {MAX_VIDEOS} videos at most.")
    if not all(text.isascii() and text.isdigit() and len(text) <= 18 for text in asked):
        raise ValueError("A video's id is a whole number.")
    return [int(text) for text in asked]
