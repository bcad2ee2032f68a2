"""A room in which every video has a poster, as LIBRARY_POSTERS names one."""

from collections.abc import Iterable

from library.cards import Poster

POSTER = Poster("/poster/small.webp", "/poster/large.webp")
COLUMN = "title"


def of(titles: Iterable[str | None]) -> list[Poster | None]:
    return [POSTER for _ in titles]


def for_videos(video_ids: Iterable[int]) -> dict[int, Poster]:
    return dict.fromkeys(video_ids, POSTER)
