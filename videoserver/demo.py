"""What a newcomer sees: a collection that the server makes itself, in a data dir of its own."""

import os
import sys
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils.module_loading import import_string

MARK = "VIDEOSERVER_DEMO"


def switch_if_nothing_to_show(stdout: Any) -> None:
    """Start again with the demo collection when no library folder is configured and the usual one holds no video.

    The demo has its own database beside its videos, so that nothing of it is left in the real one. Does not return
    when it switches.
    """
    if os.environ.get(MARK):
        _import_legacy_files()
        return
    if (
        settings.ENVIRONMENT.video_dirs_configured
        or _library_was_used()
        or import_string("library.walking.any_video")()
    ):
        return
    home = settings.DATA_DIR / "demo"
    stdout.write(f"No videos in {settings.VIDEO_ROOTS[0][1]}: showing a small demo collection.")
    stdout.write("Put your videos there, or name their folders in VIDEOSERVER_VIDEO_DIRS.")
    call_command("make_demo", str(home / "videos"))
    stdout.flush()
    environment = {
        **os.environ,
        MARK: "1",
        "VIDEOSERVER_VIDEO_DIRS": str(home / "videos"),
        "VIDEOSERVER_DATA_DIR": str(home / "data"),
    }
    environment.pop("DATABASE_URL", None)
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)  # noqa: S606 - ourselves


def _library_was_used() -> bool:
    """Whether the real database knows videos: then their drive is away, and a demo would only frighten."""
    call_command("migrate", interactive=False, verbosity=0)
    return bool(import_string("library.models.Video").objects.exists())


def _import_legacy_files() -> None:
    """Fill the demo's empty database as the owner of the old site would."""
    call_command("migrate", interactive=False, verbosity=0)
    if not import_string("library.models.Video").objects.exists():
        call_command("import_json", stdout=StringIO())
