"""Giving the old site's four files back: what was imported or given since, in the same shapes; beside them the markers
and titles.

Byte-stable: the same library gives the same bytes, and so does a library that was filled from them.
"""

import json
import os
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from library import naming, roots
from library.matching import Matcher
from library.models import Favorite, Marker, Video


class ExportRefusedError(Exception):
    """Nothing was written; the message says why."""


@dataclass
class ExportReport:
    """What an export wrote."""

    directory: Path
    entries: dict[str, int] = field(default_factory=dict)
    """Entries by document."""


def export_folder(directory: Path) -> ExportReport:
    """Write the files, each whole or not at all, from one moment of the library.

    Raises ExportRefusedError for a folder in a library root (its files are never written), or one that can't be
    written to.
    """
    target = directory.resolve()
    for root in roots.all_roots():
        if target.is_relative_to(root.directory.resolve()):
            raise ExportRefusedError(f"{target} lies in the library folder {root.directory}, which is never written to")
    documents, counts = collect()
    write_documents(target, documents)
    return ExportReport(target, counts)


def write_documents(target: Path, documents: Mapping[str, object]) -> None:
    """Write JSON documents by name into a folder, all or none. Raises ExportRefusedError."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        _write_all({target / name: _text(document) for name, document in documents.items()})
    except OSError as error:
        raise ExportRefusedError(f"{error.filename or target}: {error.strerror}") from error


def collect() -> tuple[dict[str, object], dict[str, int]]:
    """The documents, and the number of their entries, by name."""
    with transaction.atomic():
        names = _Names()
        tags: dict[str, list[str]] = {}
        for path, tag in Video.objects.taggings():
            tags.setdefault(names.of(path), []).append(f"#{tag}")
        ratings = {names.of(path): stars for path, stars in Video.objects.ratings()}
        views = {names.of(path): count for path, count in Video.objects.view_counts()}
        favorites = [names.of(path) for path in Favorite.objects.paths()]
        markers: dict[str, list[dict[str, object]]] = {}
        for path, told in Marker.objects.everybodys():
            markers.setdefault(names.of(path), []).append(told)
        titles = {names.of(path): title for _, title, path in Video.likeness.names() if title}
    entries: dict[str, Sized] = {
        "tags.json": tags,
        "ratings.json": ratings,
        "views.json": views,
        "favorites.json": favorites,
        "markers.json": markers,
        "titles.json": titles,
    }
    documents: dict[str, object] = {**entries, "favorites.json": {"favorites": favorites}}
    return documents, {name: len(listed) for name, listed in entries.items()}


class _Names:
    """The key of each video: its file's base name where that names it alone, else its path."""

    def __init__(self) -> None:
        self._matcher = Matcher(Video.objects.values_list("path", flat=True))

    def of(self, path: str) -> str:
        name = naming.base_name(path)
        match = self._matcher.find(name)
        return name if match and match.path == path and not match.rivals else path


def _text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _write_all(files: dict[Path, str]) -> None:
    """Write all beside their places and then put all in place. Raises OSError, with nothing left behind."""
    partial = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in files}
    try:
        for path, text in files.items():
            with partial[path].open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        for path in files:
            partial[path].replace(path)
    finally:
        for path in partial.values():
            path.unlink(missing_ok=True)
