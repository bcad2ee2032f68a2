"""Every query of the library is a named method here; views and services never spell a filter."""

from library.querysets.advice import AcceptanceQuerySet, DismissalQuerySet, RejectionQuerySet
from library.querysets.folders import FolderOf
from library.querysets.former_paths import FormerPathQuerySet
from library.querysets.history import ChangeQuerySet, EntryQuerySet
from library.querysets.likeness import LikenessQuerySet
from library.querysets.limits import (
    ASCENDING_BY_HABIT,
    BATCH,
    BEST_OF_STARS,
    DEEP,
    MANY_RELATED,
    MANY_ROWS,
    RELATED_LIMIT,
    SORTS,
    batches,
)  # fmt: skip
from library.querysets.lists import (
    HistoryPauseQuerySet,
    Ids,
    Owner,
    PlaylistItemQuerySet,
    PlaylistQuerySet,
    PositionQuerySet,
    ViewingQuerySet,
    WatchLaterQuerySet,
)  # fmt: skip
from library.querysets.markers import MarkerQuerySet, Moment
from library.querysets.missing import missing_ids
from library.querysets.own import Own
from library.querysets.smart_lists import SmartListQuerySet
from library.querysets.standing import FavoriteQuerySet, RatingQuerySet, ViewCountQuerySet
from library.querysets.subtitles import SubtitleFilesQuerySet
from library.querysets.tags import TagAliasQuerySet, TagQuerySet
from library.querysets.videos import VideoQuerySet
from library.querysets.withdrawals import WithdrawalQuerySet

__all__ = [
    "ASCENDING_BY_HABIT", "BATCH", "BEST_OF_STARS", "DEEP", "MANY_RELATED", "MANY_ROWS", "RELATED_LIMIT", "SORTS",
    "AcceptanceQuerySet", "ChangeQuerySet", "DismissalQuerySet", "EntryQuerySet", "FavoriteQuerySet", "FolderOf",
    "FormerPathQuerySet", "HistoryPauseQuerySet", "Ids", "LikenessQuerySet", "MarkerQuerySet", "Moment", "Own", "Owner",
    "PlaylistItemQuerySet", "PlaylistQuerySet", "PositionQuerySet", "RatingQuerySet", "RejectionQuerySet",
    "SmartListQuerySet", "SubtitleFilesQuerySet", "TagAliasQuerySet", "TagQuerySet", "VideoQuerySet",
    "ViewCountQuerySet", "ViewingQuerySet", "WatchLaterQuerySet", "WithdrawalQuerySet", "batches", "missing_ids",
]  # fmt: skip
