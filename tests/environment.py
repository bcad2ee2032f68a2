"""A site of its own in a folder of its own, for tests that run `manage.py` as people do."""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parent.parent
OURS = ("VIDEOSERVER_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
PASSING = (
    "library_entry", "library_change", "sqlite_", "django_session", "django_admin_log", "django_tasks", "auth_user",
    "thumbnails_mediawork", "thumbnails_subtitles", "monitoring_",
    "library_video_text", "library_word",
)  # fmt: skip
"""Tables that grow by what is done, by who comes, or by the server's own work, and the search's index."""


@dataclass(frozen=True)
class Site:
    """Library root, data dir and the processes that work on them."""

    folder: Path
    house: Path = HOUSE
    """Where the code lies."""
    python: Path = Path(sys.executable)
    cwd: Path = HOUSE
    """Where `manage.py` is called from."""

    @property
    def videos(self) -> Path:
        """The only library root."""
        return self.folder / "videos"

    @property
    def data(self) -> Path:
        """The data dir."""
        return self.folder / "var"

    def env(self, **more: str) -> dict[str, str]:
        """The environment for its processes: nothing of ours leaks in from outside."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
        return clean | {
            "VIDEOSERVER_VIDEO_DIRS": str(self.videos),
            "VIDEOSERVER_DATA_DIR": str(self.data),
            "VIDEOSERVER_ACCESS": "open",
            "PYTHONUNBUFFERED": "1",
            **more,
        }

    def library_files(self) -> dict[str, tuple[str, int]]:
        """SHA-256 and modification time, in nanoseconds, of each file of the library."""
        files = [path for path in self.videos.rglob("*") if path.is_file()]
        return {str(path): (sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table but the passing ones, in the order of the first column."""
        with closing(sqlite3.connect(self.data / "db.sqlite3")) as database:
            names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {
                name: database.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall()
                for name in sorted(names)
                if not name.startswith(PASSING)
            }

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Start `manage.py` with those arguments; the caller ends it."""
        return subprocess.Popen(
            [self.python, self.house / "manage.py", *arguments],
            cwd=self.cwd,
            env=self.env(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` to its end. With `check`, a failure fails the test, showing what it printed."""
        with self.start(*arguments, **more) as process:
            try:
                output, errors = process.communicate(timeout=120)
            finally:
                process.kill()
        assert not check or process.returncode == 0, f"manage.py {' '.join(arguments)}:\n{output}{errors}"
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


shared: Path | None = None
"""Where the processes of a test run keep what one of them makes for all. Without it each has a folder of its own."""


def collected_static_files() -> Path:
    """The static files as `serve` collects them, which takes it seconds: made once, to be copied."""
    collect = "from videoserver.staticfiles import collect_if_changed; collect_if_changed()"
    return _made_once("static", lambda site: site.run("shell", "-v0", "-c", collect)).data / "static"


def migrated_database() -> Path:
    """An empty library's database, which takes seconds to make: made once, to be copied."""
    return _made_once("database", lambda site: site.run("migrate", "--verbosity", "0")).data / "db.sqlite3"


def _made_once(name: str, make: Callable[[Site], object]) -> Site:
    """A site of which the first process that needs it makes something, while the others wait. Nobody may change it."""
    home = shared or _own_folder()
    with (home / f"{name}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not (home / name).exists():
            part = home / f"{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            make(Site(part))
            part.rename(home / name)
    return Site(home / name)


@cache
def _own_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="videoserver-made-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def make_site(folder: Path) -> Site:
    """A migrated site with an empty library."""
    site = Site(folder)
    site.videos.mkdir(parents=True)
    site.data.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(migrated_database(), site.data / "db.sqlite3")
    return site
