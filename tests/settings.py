"""The site's own settings, with everything that it writes in a folder that goes away."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="videoserver-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
for name in ("VIDEOSERVER_DEBUG", "VIDEOSERVER_HOSTS", "REDIS_URL"):
    os.environ.pop(name, None)
os.environ["VIDEOSERVER_ACCESS"] = "open"
os.environ["VIDEOSERVER_DATA_DIR"] = str(_folder / "var")
os.environ["VIDEOSERVER_VIDEO_DIRS"] = str(_folder / "videos")

from videoserver.settings import *  # noqa: E402, F403

DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}  # noqa: F405
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
