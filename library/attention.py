"""What in the library waits for a curator, counted."""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from library import proposing
from library.models import Rating, Video
from library.remembering import remembered, total_present


class Matter(NamedTuple):
    """Something that waits."""

    number: int
    what: str
    """In words, after the number."""
    url: str
    """Where it is listed."""


class _Kind(NamedTuple):
    permission: str
    one: str
    many: str
    find: Callable[[], int]
    url: Callable[[], str]


def matters(may: Callable[[str], bool]) -> list[Matter]:
    """What there is of each kind that someone may see, as `may` says of a permission. Counts are remembered."""
    found = ((kind.find(), kind) for kind in _KINDS if may(kind.permission))
    return [Matter(number, kind.one if number == 1 else kind.many, kind.url()) for number, kind in found if number]


def _videos(**filters: str) -> Callable[[], str]:
    return lambda: f"{reverse('admin:library_video_changelist')}?{urlencode(filters)}"


def _untagged() -> int:
    return remembered("untagged", (Video, Video.tags.through), Video.objects.count_untagged)


def _unrated() -> int:
    return remembered("unrated", (Video, Rating), Rating.objects.count_unrated)


def _missing() -> int:
    return remembered("missing", (Video,), lambda: Video.objects.missing().count())


def _failed() -> int:
    count: int = import_module(settings.LIBRARY_MEDIA).count_failed()
    return count


def _late() -> int:
    count: int = import_module(settings.LIBRARY_MEDIA).count_starting_late()
    return count


def _alike() -> int:
    return remembered("alike", (Video,), lambda: Video.objects.alike().count())


def _look_alikes() -> int:
    """Counted where that is quickly done: the coach takes its time in a large library."""
    return len(proposing.look_alikes()) if total_present() <= proposing.MANY_VIDEOS else 0


_KINDS = (
    _Kind("library.view_video", "video without a tag", "videos without a tag", _untagged,
          _videos(tagged="no", file="there")),
    _Kind("library.view_video", "video without stars", "videos without stars", _unrated,
          _videos(stars="none", file="there")),
    _Kind("library.view_video", "video whose file is missing", "videos whose files are missing", _missing,
          _videos(file="missing")),
    _Kind("library.view_video", "video whose poster or storyboard failed",
          "videos whose posters or storyboards failed", _failed, _videos(media="failed", file="there")),
    _Kind("library.view_video", "video that starts late: its index is at the file's end",
          "videos that start late: their index is at the file's end", _late, _videos(start="late", file="there")),
    _Kind("library.view_video", "video that is there twice", "videos that are there more than once", _alike,
          _videos(file="twice")),
    _Kind("library.view_tag", "tag that looks like another", "tags that look like others", _look_alikes,
          lambda: f"{reverse('admin:library_tag_changelist')}?alike=yes"),
)  # fmt: skip
