"""Views that answer with a video's bytes, or with the way to them."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from library import naming, playlists, streaming
from library.models import Video
from library.roots import FileUnavailableError
from library.views.lookup import redirect_to_new_place, video_or_404


@require_safe
def video(request: HttpRequest, path: str) -> HttpResponseBase:
    """The bytes of a file that the library knows."""
    found = video_or_404(path)
    return redirect_to_new_place(request, found, path, found.file_url) or _bytes(request, found)


@login_not_required
@require_safe
def stream(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The bytes that a signed link stands for; the name is there for the player to show."""
    path = streaming.path_of_link(token) or playlists.path_of_link(token)
    if path is None:
        raise Http404("This link is not valid any more.")
    return _bytes(request, video_or_404(path))


@require_safe
def playlist(request: HttpRequest, path: str) -> HttpResponse:
    """A playlist of one video for a player outside the browser, which has none of the browser's cookies."""
    found = video_or_404(path)
    url = found.file_url
    if settings.ACCESS != "open":
        url = reverse("stream", args=[streaming.sign_link(found.path), naming.base_name(found.path)])
    text = playlists.begin() + playlists.entry(found.title, found.duration, request.build_absolute_uri(url))
    response = HttpResponse(text, content_type="audio/x-mpegurl; charset=utf-8")
    response["Content-Disposition"] = "attachment; filename=watch.m3u8"
    response["Cache-Control"] = "private, no-store"
    return response


def _bytes(request: HttpRequest, found: Video) -> HttpResponseBase:
    try:
        return streaming.respond(request, found)
    except FileUnavailableError as error:
        raise Http404(str(error)) from error
