"""A disk that is full: a small one is mounted, which only root may do. Elsewhere its tests are skipped, loudly."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of that size in a new folder, gone at the end."""
    folder.mkdir(parents=True)
    options = f"size={megabytes}m,mode=700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("*** NOT TESTED: a full disk, for there is no program to mount one ***")
    if mounted.returncode:
        pytest.skip(f"*** NOT TESTED: a full disk, for we may not mount one: {mounted.stderr.strip()} ***")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill_up(folder: Path) -> Path:
    """Take all the room that is left, to the last byte; returns the file that holds it."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC
    return filler
