"""What the household owns, what it thinks of it, and who changed that when."""

from library.models.advice import Acceptance, Dismissal, Rejection
from library.models.curtain import Pin
from library.models.history import Change, Entry
from library.models.lists import HistoryPause, Playlist, PlaylistItem, Position, Viewing, WatchLater
from library.models.markers import Marker
from library.models.smart_lists import SmartList
from library.models.standing import Favorite, Rating, ViewCount
from library.models.subtitles import SubtitleFiles
from library.models.tags import Tag, TagAlias
from library.models.videos import FormerPath, Video, Withdrawal, within_the_calendar

__all__ = [
    "Acceptance", "Change", "Dismissal", "Entry", "Favorite", "FormerPath", "HistoryPause", "Marker", "Pin", "Playlist",
    "PlaylistItem", "Position", "Rating", "Rejection", "SmartList", "SubtitleFiles", "Tag", "TagAlias", "Video",
    "ViewCount", "Viewing", "WatchLater", "Withdrawal", "within_the_calendar",
]  # fmt: skip
