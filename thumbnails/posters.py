"""Posters as pages need them: which video has one, its addresses, its files.

Imported by the web process: nothing here may load an image library or start a program.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from library.cards import Poster
from thumbnails.models import MediaWork

DAY = 86_400
SMALL, LARGE = 320, 640
WIDTHS = (SMALL, LARGE)
"""Pixels: the box, square, that each picture fits in."""


def for_videos(video_ids: Sequence[int]) -> dict[int, Poster]:
    """The posters of those videos that have one, by id; one query."""
    return {pk: poster_of(digest) for pk, digest in MediaWork.objects.digests_of(video_ids).items()}


@lru_cache(maxsize=8192)
def poster_of(digest: str) -> Poster:
    """A poster's addresses. Kept: reversing 96 URLs would cost a page as much as its queries."""
    return Poster(*(reverse("poster", args=[digest, width]) for width in WIDTHS))


def path_of(digest: str, width: int) -> Path:
    """Where a picture lies, sharded by the digest's first two characters."""
    return Path(settings.THUMBNAILS_DIR) / digest[:2] / f"{digest}-{width}.webp"


def store(pictures: Mapping[int, bytes]) -> str:
    """Write one poster's pictures by width; returns its digest. A picture is there whole or not at all.

    Raises OSError, for one when the disk is full.
    """
    digest = blake2b(pictures[LARGE], digest_size=16).hexdigest()
    for width, content in pictures.items():
        path = path_of(digest, width)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    return digest


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place in one step, after its bytes are on the disk."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def forget_lost() -> None:
    """Let every video whose pictures have vanished from the disk wait for new ones."""
    digests = MediaWork.objects.all_digests()  # first: what is drawn meanwhile must not look lost
    there = {path.name for path in _files()}
    lost = [pk for pk, digest in digests.items() if not all(path_of(digest, width).name in there for width in WIDTHS)]
    MediaWork.objects.forget_posters(lost)


def sweep() -> None:
    """Delete the pictures that no video has any more, a day after they were made: a page may still show them."""
    kept = {path_of(digest, width).name for digest in MediaWork.objects.all_digests().values() for width in WIDTHS}
    old = time.time() - DAY
    for path in _files():
        with suppress(FileNotFoundError):
            if path.name not in kept and path.stat().st_mtime < old:
                path.unlink()


def _files() -> Iterator[Path]:
    """Everything that lies among the pictures, half-written files of a crash included."""
    return Path(settings.THUMBNAILS_DIR).glob("[0-9a-f][0-9a-f]/*")
