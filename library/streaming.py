"""Bytes of a video over HTTP (RFC 9110): conditions, ranges, and a file that changes while it plays.

An address gives the bytes of one file for good: the plain one those of the file in the library, one that names a copy
(`?copy=…`) those of that copy. So no player that asks for range after range takes two files for one.
"""

import os
import re
import time
from importlib import import_module
from io import FileIO
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

from library import naming, ranges, roots
from library.models import Video

CONTENT_TYPES = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "webm": "video/webm",
    "ogg": "video/ogg",
    "ogv": "video/ogg",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "wmv": "video/x-ms-wmv",
    "flv": "video/x-flv",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "ts": "video/mp2t",
    "m2ts": "video/mp2t",
    "3gp": "video/3gpp",
}
BLOCK_BYTES = 262_144
COPY = "copy"
LINK_SALT = "library.streaming.link"
LINK_SECONDS = 24 * 3600


class FileSlice:
    """Some bytes of an open file, as a server's `wsgi.file_wrapper` takes them: gunicorn sends them by sendfile."""

    def __init__(self, file: FileIO, start: int, length: int) -> None:
        self._file = file
        self._left = length
        self._opened_as = self._identity()
        file.seek(start)

    def _identity(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns

    def fileno(self) -> int:
        """The descriptor, positioned at the first byte to send."""
        return self._file.fileno()

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, never one past the slice."""
        block = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(block)
        return block

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Needed by `socket.sendfile`."""
        return self._file.seek(offset, whence)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def changed(self) -> bool:
        """Whether the file was written to since it was opened."""
        return not self._file.closed and self._identity() != self._opened_as


class SliceResponse(FileResponse):
    """A response of a FileSlice.

    Where the file changed while it was sent, closing raises ConnectionResetError: the server then closes the
    connection, and the client doesn't take a short or mixed body for a whole one.
    """

    def __init__(self, source: FileSlice, **kwargs: Any) -> None:
        self.source = source
        self.block_size = BLOCK_BYTES
        super().__init__(source, **kwargs)

    def set_headers(self, filelike: Any) -> None:
        """The headers are the caller's: FileResponse would guess them from the file's name."""

    def close(self) -> None:
        changed = self.source.changed
        super().close()
        if changed:
            raise ConnectionResetError("the file changed while it was sent")


def address_of(path: str, copy: str = "") -> str:
    """Where the bytes of a video's file are, or those of its copy of that name."""
    url = reverse("video", args=[path])
    return f"{url}?{COPY}={copy}" if copy else url


def address_played(video: Video) -> str:
    """Where the bytes are that play of a video fetched `with_fast_start()`: those of its copy, if there is one."""
    return address_of(video.path, video.held_copy or "")  # type: ignore[attr-defined]


def respond(request: HttpRequest, video: Video) -> HttpResponseBase:
    """Answer a GET or HEAD for a video's bytes. Raises roots.FileUnavailableError.

    A copy that is no more gives way to the file itself, but for players that have begun with the copy.
    """
    named = "" if "download" in request.GET else request.GET.get(COPY, "")
    copy = import_module(settings.LIBRARY_FAST_STARTS).open_copy(video, named) if named else None
    if named and copy is None:
        if re.fullmatch(r"(bytes=0-.*)?", request.headers.get("range", "")):
            return HttpResponseRedirect(address_of(video.path), headers={"Cache-Control": "no-store"})
        raise roots.FileUnavailableError(f"no such copy of {video.path}")
    return _send(request, video, copy or FileIO(roots.open_file(video.path), "rb"))


def _send(request: HttpRequest, video: Video, file: FileIO) -> HttpResponseBase:
    """Answer with the bytes of an open file."""
    try:
        status = os.fstat(file.fileno())
        headers = _headers(video, status, download="download" in request.GET)
        refusal = get_conditional_response(
            request,
            etag=headers["ETag"],
            last_modified=_last_modified(status),
            response=None,
        )
        if refusal is not None or request.method == "HEAD":
            file.close()
            response = refusal or HttpResponse(headers={**headers, "Content-Length": str(status.st_size)})
            if response.status_code == 304:
                for name in ("Cache-Control", "ETag", "Last-Modified"):
                    response.headers[name] = headers[name]
            return response
        return _slice(request, file, status.st_size, headers)
    except BaseException:
        file.close()
        raise


def _slice(request: HttpRequest, file: FileIO, size: int, headers: dict[str, str]) -> HttpResponseBase:
    wanted = ranges.parse_range(_applicable_range(request, headers), size)
    if isinstance(wanted, ranges.Unsatisfiable):
        file.close()
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    if wanted is None:
        return SliceResponse(FileSlice(file, 0, size), headers={**headers, "Content-Length": str(size)})
    headers |= {"Content-Length": str(wanted.length), "Content-Range": wanted.content_range(size)}
    return SliceResponse(FileSlice(file, wanted.start, wanted.length), status=206, headers=headers)


def _applicable_range(request: HttpRequest, headers: dict[str, str]) -> str:
    """The Range header, unless If-Range names another version of the file (RFC 9110, section 13.1.5)."""
    condition = request.headers.get("if-range")
    if condition is not None and condition != headers["ETag"]:
        date = parse_http_date_safe(condition)  # of three forms, which a recipient must know (section 5.6.7)
        if date is None or date != parse_http_date_safe(headers["Last-Modified"]):
            return ""
    return request.headers.get("range", "")


def _last_modified(status: os.stat_result) -> int:
    """Seconds since 1970; never in the future (RFC 9110, section 8.8.2.1), where a date may have no name."""
    return int(max(0, min(status.st_mtime, time.time())))


def _headers(video: Video, status: os.stat_result, download: bool) -> dict[str, str]:
    """The headers that the 200, the 206 and the HEAD of one file share."""
    name = naming.base_name(video.path)
    extension = name.rpartition(".")[2].lower()
    shown_name = "".join(c if c.isprintable() else "_" for c in name)
    return {
        "Content-Type": CONTENT_TYPES.get(extension, "application/octet-stream"),
        "Content-Disposition": content_disposition_header(download, shown_name) or "inline",
        "Accept-Ranges": "bytes",
        "ETag": f'"{status.st_mtime_ns:x}-{status.st_size:x}"',
        "Last-Modified": http_date(_last_modified(status)),
        "Cache-Control": "private, no-cache",
    }


def sign_link(path: str) -> str:
    """A token with which a player that has no cookies may fetch one video for a day."""
    return signing.dumps(path, salt=LINK_SALT)


def path_of_link(token: str) -> str | None:
    """The path that a token stands for; None for a false or an old one."""
    try:
        path = signing.loads(token, salt=LINK_SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        return None
    return str(path)
