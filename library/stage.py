"""The stage: a watch page's video itself, rendered once for each content that it has, as cards are."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from library import naming, streaming, wording
from library.cards import Poster
from library.listing import Beside, Place
from library.models import Video
from library.querysets import Moment, Own

SPEEDS = ("0.25", "0.5", "0.75", "1", "1.25", "1.5", "1.75", "2", "2.5", "3")
"""Those that the player offers."""


Plays = tuple[int, datetime, datetime]
"""How often a video was played, when first and when last."""


class Point(NamedTuple):
    """A chapter, or a marker."""

    seconds: float
    name: str
    pk: int = 0
    """Of a marker alone."""

    @property
    def clock(self) -> str:
        """When it comes."""
        return wording.moment(self.seconds)


class SubtitleTrack(NamedTuple):
    """Subtitles that a player can show, at an address that changes with their content."""

    url: str
    language: str
    """BCP 47."""
    label: str


class Subtitles(NamedTuple):
    """What there is of subtitles, to be shown or only told of."""

    tracks: tuple[SubtitleTrack, ...] = ()
    remarks: tuple[str, ...] = ()
    """Sentences."""

    def in_words(self) -> str:
        """What a page tells of them."""
        labels = ", ".join(track.label for track in self.tracks)
        return ". ".join(filter(None, [labels, " ".join(self.remarks)]))


class Stage(NamedTuple):
    """All that is shown of a video on its own page. Two stages that are equal look the same."""

    pk: int
    path: str
    title: str
    missing_since: datetime | None
    was_seen: bool
    has_picture: bool
    duration: float
    """Seconds; 0 while it is not known."""
    frame_rate: float | None
    poster_url: str
    codecs: str
    stars: int
    is_favorite: bool
    views: int
    tags: tuple[str, ...]
    details: tuple[tuple[str, str], ...]
    prefix: str
    """Of the site's addresses."""
    copy: str = ""
    """The name of what is played in its place."""
    subtitles: tuple[SubtitleTrack, ...] = ()
    chapters: tuple[Point, ...] | None = ()
    """None while nobody looked for them in the file."""
    markers: tuple[Point, ...] = ()
    """Those of who asks."""
    is_for_later: bool = False
    """Whether who asks means to watch it later."""
    is_watched: bool = False
    """Whether it counts as watched for who asks."""
    place: Place | None = None
    """Where it stands in the list that is played through."""
    list_query: str = ""
    """What names that list in addresses, with its question mark."""
    doubles: tuple[str, ...] = ()
    """The paths of other files of the same content."""

    @property
    def title_of_file(self) -> str:
        """The one that it has where nobody gave it another."""
        return naming.title_from(self.path)

    @property
    def file_url(self) -> str:
        """Where the bytes are that play."""
        return streaming.address_of(self.path, self.copy)

    @property
    def download_url(self) -> str:
        """Where the file itself is saved from."""
        return f"{streaming.address_of(self.path)}?download"

    @property
    def length(self) -> str:
        """The duration in words."""
        return wording.clock(self.duration)

    @property
    def speeds(self) -> tuple[str, ...]:
        """Those that the player offers."""
        return SPEEDS

    @property
    def previous_url(self) -> str:
        """The way to the one before it in the list."""
        return self._way_to(self.place.previous if self.place else None)

    @property
    def next_url(self) -> str:
        """The way to the one after it in the list."""
        return self._way_to(self.place.next if self.place else None)

    def _way_to(self, beside: Beside | None) -> str:
        return reverse("watch", args=[beside.path]) + self.list_query if beside else ""


def stage_of(
    video: Video,
    tags: tuple[str, ...],
    poster: Poster | None,
    own: Own,
    *,
    markers: Iterable[Moment] = (),
    place: Place | None = None,
    list_query: str = "",
    viewing: Plays | None = None,
    doubles: Iterable[str] = (),
) -> Stage:
    """What the page of a video shows that was fetched `with_standing()`, `with_subtitles()` and `with_fast_start()`."""
    subtitles = subtitles_of(video.held_subtitles)  # type: ignore[attr-defined]
    return Stage(
        pk=video.pk,
        path=video.path,
        title=video.title,
        missing_since=video.missing_since,
        was_seen=bool(video.size or video.modified_ns),
        has_picture=bool(video.width),
        duration=video.duration,
        frame_rate=video.frame_rate,
        poster_url=poster.large_url if poster else "",
        codecs=wording.codecs(video.video_codec, video.audio_codec),
        stars=video.rating.stars or 0,
        is_favorite=video.is_favorite,
        views=video.view_count.count,
        tags=tags,
        details=details_of(video, subtitles.in_words(), viewing),
        prefix=get_script_prefix(),
        copy=video.held_copy or "",  # type: ignore[attr-defined]
        subtitles=subtitles.tracks,
        chapters=None if video.chapters is None else tuple(Point(*chapter) for chapter in video.chapters),
        markers=tuple(Point(marker.seconds, marker.name, marker.pk) for marker in markers),
        is_for_later=own.is_for_later,
        is_watched=own.is_watched,
        place=place,
        list_query=list_query,
        doubles=tuple(doubles),
    )


def subtitles_of(held: dict[str, Any] | None) -> Subtitles:
    """The subtitles of a video that was fetched `with_subtitles()`."""
    return cast("Subtitles", import_module(settings.LIBRARY_SUBTITLES).of(held))


def details_of(video: Video, subtitles: str, viewing: Plays | None) -> tuple[tuple[str, str], ...]:
    """What is known of the file, and when who asks played it, in words; what isn't known is left out."""
    details = (
        ("Length", wording.clock(video.duration)),
        ("Picture", f"{video.width} × {video.height}" if video.width else ""),
        ("Codecs", wording.codecs(video.video_codec, video.audio_codec)),
        ("Frames", f"{video.frame_rate:g} a second" if video.frame_rate else ""),
        ("Bitrate", wording.bitrate(video.bitrate)),
        ("Subtitles", subtitles),
        ("Size", filesizeformat(video.size) if video.size else ""),
        ("Added", _day(video.added_at)),
        ("Played", wording.played(viewing[0], *map(_day, viewing[1:])) if viewing else ""),
        ("File", video.path),
    )
    return tuple((name, value) for name, value in details if value)


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j F Y")


@lru_cache(maxsize=32)
def render_stage(stage: Stage) -> SafeString:
    """The stage's HTML: 15 KB each, and twice that with a sign in its template that Latin-1 doesn't have."""
    return render_to_string("library/stage.html", {"stage": stage})
