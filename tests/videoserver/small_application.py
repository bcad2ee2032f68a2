"""A WSGI application for tests of the worker: a film, a page, and bodies of other kinds. It notes each end."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = b"a page"
LARGE = b"0123456789abcdef" * (1 << 20)
FOLDER = Path(os.environ.get("SMALL_APPLICATION_FOLDER", "."))


class Film:
    """A file that is sent from an offset, and notes when it is closed."""

    def __init__(self, offset: int) -> None:
        self._file = (FOLDER / "film").open("rb", buffering=0)
        self._file.seek(offset)
        self.fileno, self.read = self._file.fileno, self._file.read

    def close(self) -> None:
        self._file.close()
        with (FOLDER / "closed").open("a") as notes:
            notes.write("closed\n")
        if (FOLDER / "close fails").exists():
            raise RuntimeError("as asked")


def pieces() -> Iterator[bytes]:
    for start in range(0, len(LARGE), 1 << 17):
        yield LARGE[start : start + (1 << 17)]


def broken_pieces() -> Iterator[bytes]:
    yield PAGE
    raise RuntimeError("as asked")


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """/film/OFFSET/LENGTH, /page, /large, /pieces, /broken, /echo, /slow."""
    kind, *numbers = environ["PATH_INFO"].strip("/").split("/")
    if kind == "film":
        offset, length = map(int, numbers)
        start_response("206 Partial Content", [("Content-Length", str(length))])
        return environ["wsgi.file_wrapper"](Film(offset))
    if kind in ("pieces", "broken"):
        start_response("200 OK", [])
        return pieces() if kind == "pieces" else broken_pieces()
    if kind == "slow":
        while not (FOLDER / "go on").exists():
            time.sleep(0.01)
    body = {"large": LARGE, "echo": environ["wsgi.input"].read()}.get(kind, PAGE)
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
