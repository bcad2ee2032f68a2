"""The JSON routes of markers, in the manner of list_api.py."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from library import marking
from library.locking import reading_afresh
from library.models import Marker
from library.querysets import Owner
from library.views.api import Payload, RefusedError, answered, named_video, payload_route
from library.views.list_api import name_in
from library.views.lookup import owner_of


def marker_route(answer: Callable[[Owner, Payload], Payload]) -> Callable[[HttpRequest], JsonResponse]:
    """A POST route about the markers of who asks; errors are `{error}`."""

    @payload_route
    @wraps(answer)
    def route(request: HttpRequest, payload: Payload) -> Payload:
        try:
            return answer(owner_of(request), payload)
        except marking.MarkerError as error:
            raise RefusedError(400, str(error)) from None

    return route


def named_marker(owner: Owner, payload: Payload) -> Marker:
    """The marker that a payload's `id` means. Raises RefusedError."""
    pk = payload.get("id")
    if type(pk) is not int:
        raise RefusedError(400, "id is missing.")
    with reading_afresh():
        found = Marker.objects.of(owner).numbered(pk)
    if found is None:
        raise RefusedError(404, "There is no such marker.")
    return found


@marker_route
def add_marker(owner: Owner, payload: Payload) -> Payload:
    """Mark the moment `seconds` of a video, under a `name` if there is one."""
    video, seconds = named_video(payload), payload.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise RefusedError(400, "seconds is missing.")
    marker = marking.mark(owner, video, seconds, name_in(payload) if "name" in payload else "")
    return {"id": marker.pk, "seconds": marker.seconds, "name": marker.name}


@marker_route
def rename_marker(owner: Owner, payload: Payload) -> Payload:
    """Give a marker another name."""
    return {"name": marking.rename(named_marker(owner, payload), name_in(payload)).name}


@marker_route
def delete_marker(owner: Owner, payload: Payload) -> Payload:
    """Forget a marker."""
    marking.unmark(named_marker(owner, payload))
    return {}


@never_cache
@require_safe
def markers(request: HttpRequest) -> JsonResponse:
    """The markers that who asks has in the video that `filename` names, in the order of the film."""

    def told() -> Payload:
        owner, video = owner_of(request), named_video(request.GET.dict())
        with reading_afresh():
            moments = Marker.objects.of(owner).about(video).moments()
            return {"markers": [{"id": pk, "seconds": seconds, "name": name} for pk, seconds, name in moments]}

    return answered(told)
