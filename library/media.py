"""What probing a media file finds out. Pure."""

from typing import NamedTuple

LONGEST_FILM = 10 * 86_400
"""Seconds; of a video whose length is not known."""


class MediaFacts(NamedTuple):
    """None where the file doesn't say."""

    duration: float | None = None
    """Seconds."""
    width: int | None = None
    """Pixels as shown: after rotation and pixel aspect."""
    height: int | None = None
    video_codec: str = ""
    audio_codec: str = ""
    container: str = ""
    frame_rate: float | None = None
    bitrate: int | None = None
    """Bits per second."""
    chapters: tuple[tuple[float, str], ...] = ()
    """(second of its start, name) of each, in the order of the film."""
