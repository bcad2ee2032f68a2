"""The JSON routes of lists that people keep for themselves, in the manner of api.py.

Each reads and changes the lists of who asks, and no others: another's playlist is as unknown as none.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from library import lists
from library.locking import reading_afresh, writing
from library.models import Playlist
from library.querysets import Owner
from library.views.api import Payload, RefusedError, answered, named_video, payload_route
from library.views.lookup import owner_of

FURTHEST = 10**9
"""A place beyond any list's end means the end."""


def list_route(answer: Callable[[Owner, Payload], Payload]) -> Callable[[HttpRequest], JsonResponse]:
    """A POST route about the lists of who asks; errors are `{error}`."""

    @payload_route
    @wraps(answer)
    def route(request: HttpRequest, payload: Payload) -> Payload:
        try:
            return answer(owner_of(request), payload)
        except lists.ListError as error:
            raise RefusedError(400, str(error)) from None

    return route


def named_playlist(owner: Owner, payload: Payload) -> Playlist:
    """The playlist that a payload's `id` means. Raises RefusedError."""
    pk = payload.get("id")
    if type(pk) is not int:
        raise RefusedError(400, "id is missing.")
    with reading_afresh():
        found = Playlist.objects.of(owner).numbered(pk)
    if found is None:
        raise RefusedError(404, "There is no such playlist.")
    return found


def place_in(payload: Payload) -> int | None:
    """The place, counted from 0, that a payload names; None where it names none. Raises RefusedError."""
    place = payload.get("place")
    if place is not None and (type(place) is not int or place < 0):
        raise RefusedError(400, "The place is counted from 0.")
    return None if place is None else min(place, FURTHEST)


def name_in(payload: Payload) -> str:
    """The name that a payload gives. Raises RefusedError."""
    name = payload.get("name")
    if not isinstance(name, str):
        raise RefusedError(400, "name is missing.")
    return name


@list_route
def watch_later(owner: Owner, payload: Payload) -> Payload:
    """Put a video among those to watch later, or take it off, as `later` says."""
    video, later = named_video(payload), payload.get("later")
    if not isinstance(later, bool):
        raise RefusedError(400, "later is true or false.")
    return {"later": lists.keep_for_later(owner, video, later)}


@list_route
def new_playlist(owner: Owner, payload: Payload) -> Payload:
    """Make a playlist; with a `filename`, of that video."""
    name = name_in(payload)
    video = named_video(payload) if "filename" in payload else None
    with writing():  # no list without its video
        playlist = lists.new_playlist(owner, name)
        number = lists.add(playlist, video) if video else 0
    return {"id": playlist.pk, "name": playlist.name, "number": number, "url": playlist.get_absolute_url()}


@list_route
def add_to_playlist(owner: Owner, payload: Payload) -> Payload:
    """Put a video into a playlist, at a `place` or at the end."""
    playlist, video = named_playlist(owner, payload), named_video(payload)
    return {"number": lists.add(playlist, video, place_in(payload))}


@list_route
def remove_from_playlist(owner: Owner, payload: Payload) -> Payload:
    """Take a video off a playlist; answers the place that it had, with which it can be put back."""
    playlist, video = named_playlist(owner, payload), named_video(payload)
    return {"place": lists.remove(playlist, video)}


@list_route
def move_in_playlist(owner: Owner, payload: Payload) -> Payload:
    """Bring a video of a playlist to a `place`; without one to the end."""
    playlist, video = named_playlist(owner, payload), named_video(payload)
    place = place_in(payload)
    return {"place": lists.move(playlist, video, FURTHEST if place is None else place)}


@list_route
def rename_playlist(owner: Owner, payload: Payload) -> Payload:
    """Give a playlist another name."""
    playlist = named_playlist(owner, payload)
    return {"name": lists.rename(playlist, name_in(payload)).name}


@list_route
def delete_playlist(owner: Owner, payload: Payload) -> Payload:
    """Forget a playlist."""
    lists.delete(named_playlist(owner, payload))
    return {}


@never_cache
@require_safe
def playlists_for(request: HttpRequest) -> JsonResponse:
    """The playlists of who asks, the last changed first, and whether each holds the video that `filename` names."""

    def told() -> Payload:
        owner, video = owner_of(request), named_video(request.GET.dict())
        with reading_afresh():
            holding = Playlist.objects.of(owner).holding(video)
            rows = Playlist.objects.of(owner).values_list("pk", "name")
            return {"playlists": [{"id": pk, "name": name, "holds": pk in holding} for pk, name in rows]}

    return answered(told)
