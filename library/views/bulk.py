"""Many videos changed at once from a grid, and the way back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.core import signing
from django.http import HttpRequest

from library import curating, history, lists, naming
from library.facts import VIDEO
from library.locking import reading_afresh
from library.models import Entry, Video, WatchLater
from library.views.api import Payload, RefusedError, payload_route
from library.views.lookup import owner_of

MOST = 1_000
"""Files that are changed at once."""

UNDO_SECONDS = 3_600
SALT = "library.undo"
ENTRY, LATER = "entry", "later"
CLOSED = "This can't be undone here any more. The history in the admin still can."


@payload_route
def bulk(request: HttpRequest, payload: Payload) -> Payload:
    """`{filenames, action, …}` → `{entry, changed, summary, standing}`.

    The actions: `tag` and `untag` with a `tag`, `rate` with a `rating` of 1 to 5, or 0 for no stars, `favorite` with a
    `favorite` of true or false, and `later` with a `later` of true or false. All of it is one change, an entry of the
    household's history or one of who asks, which `entry` lets this visitor take back; it is null, and `changed` 0,
    where all was so already. `standing` tells `{filename: [stars, favourite]}`, and of what is to be watched later
    `queued` tells `{filename: whether}`.
    """
    videos = named_videos(payload)
    action = payload.get("action")
    if action == LATER:
        return _keep_for_later(request, videos, payload)
    if not isinstance(action, str) or action not in _ACTIONS:
        raise RefusedError(400, f"The action is one of {', '.join([*_ACTIONS, LATER])}.")
    try:
        return _told(request, _ACTIONS[action](videos, payload), videos)
    except curating.EmptyTagError as error:
        raise RefusedError(400, str(error)) from None


@payload_route
def undo(request: HttpRequest, payload: Payload) -> Payload:
    """`{entry}` as `bulk` gave it → the same answer, of the undoing. What was changed again since is `kept`."""
    kind, what = _opened(request, payload.get("entry"))
    if kind == LATER:
        return {**_keep_as_before(request, *what), "kept": []}
    entry = _entry_of(what)
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
            "entry": _signed(request, ENTRY, entry.pk) if entry else None,
            "changed": len(entry.changes.all().subjects(VIDEO)) if entry else 0,
            "summary": entry.summary if entry else "",
            "standing": Video.objects.among(video.pk for video in videos).standing(),
        }


def _keep_for_later(request: HttpRequest, videos: Sequence[Video], payload: Payload) -> Payload:
    later = payload.get("later")
    if not isinstance(later, bool):
        raise RefusedError(400, "later is true or false.")
    changed = lists.keep_all_for_later(owner_of(request), videos, later)
    return _told_of_later(request, videos, changed, later)


def _keep_as_before(request: HttpRequest, later: bool, rows: Sequence[tuple[int | None, int, str]]) -> Payload:
    """Take back that videos were put among those to watch later, or were taken off."""
    owner, before = owner_of(request), [(pk, video, datetime.fromisoformat(at)) for pk, video, at in rows]
    videos = list(Video.objects.among(video for _, video, _ in before))
    if later:
        changed = lists.keep_all_for_later(owner, videos, False)
    else:
        changed = lists.put_back(
            [WatchLater(pk=pk, owner_id=owner, video_id=video, added_at=at) for pk, video, at in before]
        )
    return _told_of_later(request, videos, changed, not later)


def _told_of_later(
    request: HttpRequest, videos: Sequence[Video], changed: Sequence[WatchLater], later: bool
) -> Payload:
    rows = [(row.pk, row.video_id, row.added_at.isoformat()) for row in changed]
    summary = f"{'Watch later' if later else 'Taken off Watch later'}: {curating.told(videos)}" if rows else ""
    return {
        "entry": _signed(request, LATER, [later, rows]) if rows else None,
        "changed": len(rows),
        "summary": summary,
        "standing": {},
        "queued": {video.path: later for video in videos},
    }


def _signed(request: HttpRequest, kind: str, what: Any) -> str:
    """A change, as this visitor alone can name it."""
    return signing.dumps([kind, what, request.user.pk], salt=SALT, compress=True)


def _opened(request: HttpRequest, signed: Any) -> tuple[str, Any]:
    """(kind, what) of a change that was given to this visitor, an hour ago at most. Raises RefusedError."""
    try:
        kind, what, user = signing.loads(signed if isinstance(signed, str) else "", salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        raise RefusedError(404, CLOSED) from None
    if user != request.user.pk:
        raise RefusedError(404, CLOSED)
    return kind, what


def _entry_of(pk: int) -> Entry:
    """An entry of the history. Raises RefusedError."""
    entry = Entry.objects.in_bulk([pk]).get(pk)
    if entry is None:
        raise RefusedError(404, CLOSED)
    return entry
