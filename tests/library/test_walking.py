"""What a walk through the folders finds, and in what order."""

from __future__ import annotations

import pytest

from library import querysets, scanning
from library.walking import list_roots
from tests.builders import Folder

pytestmark = pytest.mark.django_db

AWKWARD = [
    "a.mp4",
    "a/b.mp4",
    "a/b/c.mp4",
    "a!.mp4",
    "a!/b.mp4",
    "a0/b.mp4",
    "A.mp4",
    "é.mp4",
    "é/ü.mp4",
    "e\u0301.mp4",
    "\uffee.mp4",
    "\U0001f600.mp4",
    b"\xff\xfe.mp4",
    b"\xff/a.mp4",
    "zz/sample/left out.mp4",
]


def test_files_come_in_the_order_of_their_paths_whatever_their_names(folder: Folder) -> None:
    for name in AWKWARD:
        folder.put(name)
    (listing,) = list_roots()
    paths = [file.path for file in listing.files]
    assert paths == sorted(paths)
    assert len(paths) == listing.count == len(AWKWARD) - 1


def test_what_was_found_once_is_found_unchanged_whatever_its_name(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets.videos, "MANY_ROWS", 2)
    other = folder.beside("a0")
    for name in AWKWARD:
        folder.put(name)
        other.put(name)
    found = scanning.scan().added
    assert found == 2 * (len(AWKWARD) - 1) - 1, "a0/b.mp4 is hidden by the root of that name"
    again = scanning.scan()
    assert (again.unchanged, again.news) == (found, 0)


def test_a_root_s_files_are_read_while_they_are_asked_for(folder: Folder) -> None:
    folder.put("a/1.mp4")
    folder.put("b/2.mp4")
    (listing,) = list_roots()
    files = iter(listing.files)
    next(files)
    folder.put("b/3.mp4")
    assert [file.path for file in files] == ["b/2.mp4", "b/3.mp4"]
