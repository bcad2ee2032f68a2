"""What the web process must never carry."""

from __future__ import annotations

import subprocess
import sys

from tests.builders import Folder
from tests.environment import HOUSE, Site

PROGRAM = """
import sys
from videoserver.wsgi import application
from django.contrib import admin
from django.urls import get_resolver
get_resolver().reverse_dict
from thumbnails import admin as ours, posters, storyboards, subtitles, tasks, views
assert posters.MediaWork in admin.site._registry
heavy = {"moviepy", "numpy", "imageio_ffmpeg", "PIL", "babel", "charset_normalizer", "thumbnails.ffmpeg"}
print(sorted(heavy & set(sys.modules)))
"""


def test_the_web_process_never_loads_what_opens_media(folder: Folder) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=HOUSE,
        env=Site(folder.path.parent).env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.stdout, finished.returncode) == ("[]\n", 0), finished.stderr
