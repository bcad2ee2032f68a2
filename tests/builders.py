"""Named builders: videos as rows, library folders with real files, and what a test compares them with."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection, connections
from django.http import HttpResponseBase

from library import curating, naming, scanning
from library.models import Favorite, Video, ViewCount
from library.scanning import ScanReport

NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)

AWKWARD_NAMES: tuple[bytes, ...] = (
    b"plain.mp4",
    b"caf\xe9 not utf-8.mp4",
    b"line\nbreak.mp4",
    b"tab\tand\x01control.mp4",
    b'it\'s "quoted" & <b>bold<b>.mp4',
    b"100% #1?.mp4",
    b"50%25 off.mp4",
    b"a+b=c;d,e@f$g.mp4",
    b"back\\slash.mp4",
    "right‮to left.mp4".encode(),
    "\N{CLAPPER BOARD} film \N{FAMILY}.mp4".encode(),
    "映画 第１話.mp4".encode(),
    "cafe\N{COMBINING ACUTE ACCENT}.mp4".encode(),
    "caf\N{LATIN SMALL LETTER E WITH ACUTE}.mp4".encode(),
    b"Case.mp4",
    b"case.mp4",
    b"CASE.MP4",
    b"-i.mp4",
    b"%03d.mp4",
    b"concat:a|b.mp4",
    b"file:x.mp4",
    b" leading and trailing .mp4",
    b"a..mp4.mp4",
    b"two.dots..mp4",
    b"<script>alert(1)<script>.mp4",
    b"a" * 251 + b".mp4",
    b"\xff" * 251 + b".mp4",
    "é".encode() * 125 + b"x.mp4",
)
"""File names that have broken someone's server, as bytes on the disk."""


class Folder:
    """A library root on the disk."""

    def __init__(self, path: Path, settings: Any) -> None:
        path.mkdir(parents=True)
        self.path = path
        self._settings = settings

    def put(self, name: str | bytes, content: bytes | None = None, modified: datetime = NEW_YEAR) -> Path:
        """A file in the folder; unless told, its content is its own alone."""
        path = self.path / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"video " + os.fsencode(name) if content is None else content)
        os.utime(path, (modified.timestamp(), modified.timestamp()))
        return path

    def beside(self, name: str) -> Folder:
        """A further root, mounted under its name."""
        other = Folder(self.path.parent / name, self._settings)
        self._settings.VIDEO_ROOTS = [*self._settings.VIDEO_ROOTS, (name, other.path)]
        return other

    def scan(self) -> ScanReport:
        """Scan all roots."""
        return scanning.scan()

    def put_and_scan(self, name: str | bytes, content: bytes | None = None) -> Video:
        """A file, and the video that a scan makes of it."""
        path = self.put(name, content)
        self.scan()
        return Video.objects.get(path=stored(path.relative_to(self.path)))


def stored(path: Path) -> str:
    """A path as the library keeps it."""
    return naming.to_stored(str(path)) or ""


def a_video(
    path: str,
    *,
    title: str = "",
    stars: int | None = None,
    views: int = 0,
    viewed: datetime | None = None,
    tags: Iterable[str] = (),
    favorite: bool = False,
    missing: bool = False,
    added: datetime = NEW_YEAR,
    **fields: Any,
) -> Video:
    """A row as a scan, an import and people would have left it, without a file."""
    video = Video(path=path, custom_title=title, added_at=added, missing_since=added if missing else None, **fields)
    Video.create_whole([video])
    if stars:
        curating.rate(video, stars)
    ViewCount.objects.filter(pk=video.pk).update(count=views, last_viewed_at=viewed)
    for tag in tags:
        curating.add_tag(video, tag)
    if favorite:
        Favorite.objects.create(video=video)
    return Video.objects.get(pk=video.pk)


def videos(count: int, prefix: str = "film", **fields: Any) -> list[Video]:
    """Several like it, `film001.mp4` and so on."""
    return [a_video(f"{prefix}{number:03}.mp4", **fields) for number in range(1, count + 1)]


def an_account(name: str = "curator", *, staff: bool = True) -> Any:
    """Someone who may sign in with the password "secret"."""
    make = get_user_model().objects.create_superuser if staff else get_user_model().objects.create_user
    return make(name, password="secret")


def a_staff_member(name: str, *permissions: str) -> Any:
    """Staff with these permissions, such as `view_video`, and no others."""
    member = get_user_model().objects.create_user(name, password="secret", is_staff=True)
    member.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return member


def tables() -> list[str]:
    """The library's tables."""
    models = apps.get_app_config("library").get_models(include_auto_created=True)
    return sorted(model._meta.db_table for model in models)


def dump() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the library, to be compared with a later dump."""
    with connection.cursor() as cursor:
        return {table: cursor.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables()}


def body(response: HttpResponseBase) -> bytes:
    """All bytes of a response, streamed or not; ends the request."""
    return bytes(response.getvalue()) if response.streaming else response.content  # type: ignore[attr-defined]


def all_at_once(act: Callable[[], None], times: int) -> None:
    """Do it in so many threads, each with a connection of its own, until all are through."""

    def act_and_leave() -> None:
        try:
            act()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act_and_leave) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
