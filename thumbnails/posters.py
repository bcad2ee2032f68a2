"""Posters as pages need them: which video has one, its addresses, its files.

Imported by the web process: nothing here may load an image library or start a program.
"""

import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
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

_OURS = re.compile(r"[0-9a-f]{32}-(320|640)\.webp|\.[a-z0-9_]{8}\.part")
"""Names of pictures, and those that mkstemp gives to what is being written."""


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
    """Where a picture lies, sharded by the digest's first two characters."""
    return Path(settings.THUMBNAILS_DIR) / digest[:2] / name_of(digest, width)


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
    lost = [pk for pk, digest in digests.items() if not all(name_of(digest, width) in there for width in WIDTHS)]
    MediaWork.objects.forget_posters(lost)


def sweep() -> None:
    """Delete the pictures that no video has any more, a day after they were made: a page may still show them."""
    kept = {name_of(digest, width) for digest in MediaWork.objects.all_digests().values() for width in WIDTHS}
    old = time.time() - DAY
    for path in _files():
        with suppress(OSError):  # gone already, or not ours to delete
            if path.name not in kept and _is_file_before(old, path.lstat()):
                path.unlink()


def _is_file_before(moment: float, status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_mtime < moment


def _files() -> Iterator[Path]:
    """Our pictures on the disk, and the half-written files of a crash; whatever else lies there isn't ours."""
    found = Path(settings.THUMBNAILS_DIR).glob("[0-9a-f][0-9a-f]/*")
    return (path for path in found if _OURS.fullmatch(path.name))
