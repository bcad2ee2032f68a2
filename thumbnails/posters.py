"""Posters as pages need them: which video has one, its addresses, its files.

Imported by the web process: nothing here may load an image library or start a program.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from django.urls import reverse

from library.cards import Poster
from thumbnails import shelf
from thumbnails.models import MediaWork

SMALL, LARGE = 320, 640
WIDTHS = (SMALL, LARGE)
"""Pixels: the box, square, that each picture fits in."""


COLUMN = "media_work__poster_digest"
"""From a video to the digest of its poster."""


def of(digests: Iterable[str | None]) -> list[Poster | None]:
    """The poster of each digest; None where there is none. No query."""
    folder = _address()
    return [_poster_in(folder, digest) if digest else None for digest in digests]


def for_videos(video_ids: Sequence[int]) -> dict[int, Poster]:
    """The posters of those videos that have one, by id; one query."""
    folder = _address()
    return {pk: _poster_in(folder, digest) for pk, digest in MediaWork.objects.digests_of(video_ids).items()}


def poster_of(digest: str) -> Poster:
    """A poster's addresses."""
    return _poster_in(_address(), digest)


def _address() -> str:
    """Where the site's posters are, for this request: it may have come by a prefix of its own.

    A page asks once: reversing 96 URLs would cost it as much as its queries.
    """
    any_digest = "0" * 32
    return reverse("poster", args=[any_digest, SMALL]).removesuffix(name_of(any_digest, SMALL))


def _poster_in(address: str, digest: str) -> Poster:
    return Poster(*(address + name_of(digest, width) for width in WIDTHS))


def name_of(digest: str, width: int) -> str:
    """A picture's name, on the disk and at the end of its address."""
    return f"{digest}-{width}.webp"


def path_of(digest: str, width: int) -> Path:
    """Where a picture lies."""
    return shelf.path_of(name_of(digest, width))


def store(pictures: Mapping[int, bytes]) -> str:
    """Write one poster's pictures by width; returns its digest. Raises OSError."""
    digest = blake2b(pictures[LARGE], digest_size=16).hexdigest()
    for width, content in pictures.items():
        shelf.put(name_of(digest, width), content)
    return digest


def forget_lost() -> None:
    """Let every video whose pictures have vanished from the disk wait for new ones."""
    digests = MediaWork.objects.all_digests()  # first: what is drawn meanwhile must not look lost
    there = shelf.names()
    MediaWork.objects.forget_lost([pk for pk, digest in digests.items() if not files_of([digest]) <= there])


def all_files() -> set[str]:
    """The names of the files of all posters."""
    return files_of(MediaWork.objects.all_digests().values())


def files_of(digests: Iterable[str]) -> set[str]:
    """The names of the files of some."""
    return {name_of(digest, width) for digest in digests for width in WIDTHS}
