"""The data dir: for the server's account alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import HOUSE, Site


@pytest.fixture
def careless() -> Iterator[None]:
    """An account whose new files anyone may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def readable_by_others(folder: Path) -> list[str]:
    """All that is there and not closed to other accounts."""
    return [str(path) for path in (folder, *folder.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077]


@pytest.mark.usefixtures("careless")
def test_what_a_command_writes_is_for_its_account_alone(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.run("migrate", "--verbosity", "0")
    assert {"db.sqlite3", "secret_key"} <= {path.name for path in site.data.iterdir()}
    assert readable_by_others(site.data) == []


@pytest.mark.usefixtures("careless")
def test_so_is_what_a_web_process_writes(tmp_path: Path) -> None:
    site = Site(tmp_path)
    script = "import videoserver.wsgi; from django.db import connection; connection.ensure_connection()"
    subprocess.run([sys.executable, "-c", script], cwd=HOUSE, env=site.env(), check=True, capture_output=True)
    assert (site.data / "db.sqlite3").exists()
    assert readable_by_others(site.data) == []
