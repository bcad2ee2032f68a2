"""From an address to a video."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from library import naming
from library.models import Video
from library.querysets import Owner, VideoQuerySet


def video_or_404(path: str, videos: VideoQuerySet | None = None) -> Video:
    """The video at a path, now or formerly. Raises Http404."""
    found = (videos if videos is not None else Video.objects.all()).at_path(path) if naming.is_safe_path(path) else None
    if found is None:
        raise Http404("There is no such video.")
    return found


def owner_of(request: HttpRequest) -> Owner:
    """Whose lists a request is about: an account's id, or None for who is not signed in."""
    return request.user.pk if request.user.is_authenticated else None


def redirect_to_new_place(request: HttpRequest, video: Video, path: str, url: str) -> HttpResponse | None:
    """Where a video moved since an address was noted, the way to its new one, the query string kept."""
    return None if video.path == path else redirect_with_query(request, url)


def redirect_with_query(request: HttpRequest, url: str, *, permanent: bool = False) -> HttpResponse:
    """The way to another address, the query string kept."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{url}?{query}" if query else url, permanent=permanent)
