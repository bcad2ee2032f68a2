"""The JSON routes about where somebody is in videos, in the manner of api.py. Each is about who asks alone."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from library import positions
from library.querysets import Owner
from library.views.api import Payload, RefusedError, answered, named_video
from library.views.list_api import list_route
from library.views.lookup import owner_of

MAX_VIDEOS = 200
LONGEST = 10**6
"""Seconds: no video is longer."""


@never_cache
@require_safe
def positions_of(request: HttpRequest) -> JsonResponse:
    """Where somebody is in `?video=1&video=2…`: what a page asks for its cards, and the player for its video.

    {"positions": {"1": {"seconds", "part", "watched"}}}, the part from 0 to 1; what was not begun is left out.
    """

    def told() -> Payload:
        found = positions.of(owner_of(request), _asked_for(request))
        return {"positions": {str(pk): progress._asdict() for pk, progress in found.items()}}

    return answered(told)


def _asked_for(request: HttpRequest) -> list[int]:
    """The ids in an address. Raises RefusedError."""
    asked = request.GET.getlist("video")
    if len(asked) > MAX_VIDEOS:
        raise RefusedError(400, f"Ask for {MAX_VIDEOS} videos at most.")
    if not all(text.isascii() and text.isdigit() and len(text) <= 18 for text in asked):
        raise RefusedError(400, "A video's id is a whole number.")
    return [int(text) for text in asked]


@list_route
def save_position(owner: Owner, payload: Payload) -> Payload:
    """Keep where somebody is in a video, in `seconds`; the player may say its `duration`.

    {"seconds": where it will go on, "finished"}.
    """
    video = named_video(payload)
    seconds = _seconds(payload.get("seconds"), "seconds")
    duration = None if payload.get("duration") is None else _seconds(payload["duration"], "duration")
    return positions.save(owner, video, seconds, duration)._asdict()


@list_route
def leave_position(owner: Owner, payload: Payload) -> Payload:
    """Give up going on with a video; answers the `seconds` and the moment `at` with which it can be put back."""
    place = positions.leave(owner, named_video(payload))
    return {"seconds": place.seconds, "at": place.at.isoformat()}


@list_route
def put_back_position(owner: Owner, payload: Payload) -> Payload:
    """Let a video that was given up go on at `seconds`, where somebody was `at` a moment."""
    video = named_video(payload)
    positions.put_back(owner, video, _seconds(payload.get("seconds"), "seconds"), _moment(payload.get("at")))
    return {}


@list_route
def mark_watched(owner: Owner, payload: Payload) -> Payload:
    """Let a video count as watched or not, as `watched` says."""
    video, watched = named_video(payload), _flag(payload, "watched")
    positions.mark(owner, video, watched)
    return {"watched": watched}


@list_route
def pause_history(owner: Owner, payload: Payload) -> Payload:
    """Keep nothing new of what somebody watches, or go on with it, as `paused` says."""
    paused = _flag(payload, "paused")
    positions.pause(owner, paused)
    return {"paused": paused}


@list_route
def clear_history(owner: Owner, payload: Payload) -> Payload:
    """Forget what somebody watched, when and how far."""
    positions.clear(owner)
    return {}


def _flag(payload: Payload, name: str) -> bool:
    value = payload.get(name)
    if not isinstance(value, bool):
        raise RefusedError(400, f"{name} is true or false.")
    return value


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise RefusedError(400, "at is a moment with its time zone.")
    return moment


def _seconds(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST:
        raise RefusedError(400, f"{name} is a number of seconds.")
    return float(value)
