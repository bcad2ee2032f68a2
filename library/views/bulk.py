"""Many videos changed at once from a grid, and the way back."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core import signing
from django.http import HttpRequest

from library import curating, history, naming
from library.facts import VIDEO
from library.locking import reading_afresh
from library.models import Entry, Video
from library.views.api import Payload, RefusedError, payload_route

MOST = 1_000
"""Files that are changed at once."""

UNDO_SECONDS = 3_600
SALT = "library.undo"


@payload_route
def bulk(request: HttpRequest, payload: Payload) -> Payload:
    """`{filenames, action, …}` → `{entry, changed, summary, standing}`.

    The actions: `tag` and `untag` with a `tag`, `rate` with a `rating` of 1 to 5, or 0 for no stars, and `favorite`
    with a `favorite` of true or false. All of it is one entry of the history, which `entry` lets this visitor take
    back; it is null, and `changed` 0, where all was so already. `standing` tells `{filename: [stars, favourite]}`.
    """
    videos = named_videos(payload)
    action = payload.get("action")
    if not isinstance(action, str) or action not in _ACTIONS:
        raise RefusedError(400, f"The action is one of {', '.join(_ACTIONS)}.")
    try:
        return _told(request, _ACTIONS[action](videos, payload), videos)
    except curating.EmptyTagError as error:
        raise RefusedError(400, str(error)) from None


@payload_route
def undo(request: HttpRequest, payload: Payload) -> Payload:
    """`{entry}` as `bulk` gave it → the same answer, of the undoing. What was changed again since is `kept`."""
    entry = _entry_of(request, payload.get("entry"))
    undone = history.undo(entry)
    videos = list(Video.objects.among(entry.changes.all().subjects(VIDEO)))
    return {**_told(request, undone.entry, videos), "kept": sorted({kept.because for kept in undone.kept})}


def named_videos(payload: Payload) -> list[Video]:
    """The videos that a payload's `filenames` mean, each once, in their order. Raises RefusedError."""
    names = payload.get("filenames")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise RefusedError(400, "filenames is missing.")
    if len(names) > MOST:
        raise RefusedError(400, f"Name {MOST} files at most.")
    found = Video.objects.at_each(names) if all(map(naming.is_safe_path, names)) else [None]
    there = [video for video in found if video is not None]
    if len(there) < len(found):
        raise RefusedError(404, "There is no such video.")
    return list(dict.fromkeys(there))


def _tag(videos: Sequence[Video], payload: Payload) -> Entry | None:
    return curating.tag_all(videos, [_tag_of(payload)])


def _untag(videos: Sequence[Video], payload: Payload) -> Entry | None:
    return curating.untag_all(videos, [_tag_of(payload)])


def _tag_of(payload: Payload) -> str:
    tag = payload.get("tag")
    if not isinstance(tag, str):
        raise RefusedError(400, "tag is missing.")
    return tag


def _rate(videos: Sequence[Video], payload: Payload) -> Entry | None:
    rating = payload.get("rating")
    if type(rating) is not int or not 0 <= rating <= 5:
        raise RefusedError(400, "The rating is 1 to 5, or 0 for none.")
    return curating.rate_all(videos, rating or None)


def _favorite(videos: Sequence[Video], payload: Payload) -> Entry | None:
    marked = payload.get("favorite")
    if not isinstance(marked, bool):
        raise RefusedError(400, "favorite is true or false.")
    return curating.favor_all(videos, marked)


_ACTIONS: dict[str, Callable[[Sequence[Video], Payload], Entry | None]] = {
    "tag": _tag, "untag": _untag, "rate": _rate, "favorite": _favorite,
}  # fmt: skip


def _told(request: HttpRequest, entry: Entry | None, videos: Sequence[Video]) -> Payload:
    with reading_afresh():
        return {
            "entry": signing.dumps([entry.pk, request.user.pk], salt=SALT) if entry else None,
            "changed": len(entry.changes.all().subjects(VIDEO)) if entry else 0,
            "summary": entry.summary if entry else "",
            "standing": Video.objects.among(video.pk for video in videos).standing(),
        }


def _entry_of(request: HttpRequest, signed: Any) -> Entry:
    """The entry that was given to this visitor, an hour ago at most. Raises RefusedError."""
    try:
        pk, user = signing.loads(signed if isinstance(signed, str) else "", salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        raise RefusedError(404, "This can't be undone here any more. The history in the admin still can.") from None
    entry = Entry.objects.in_bulk([pk]).get(pk) if user == request.user.pk else None
    if entry is None:
        raise RefusedError(404, "This can't be undone here any more. The history in the admin still can.")
    return entry
