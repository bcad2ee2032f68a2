"""Static files: hashed names that browsers keep for ever, compressed once."""

import shutil
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites the imports between ES modules too, so that a changed module changes all who use it."""

    support_js_module_import_aggregation = True

    def create_compressor(self, **options: Any) -> Compressor:
        """The same with test requirements, which bring Brotli along, as without them."""
        return Compressor(use_brotli=False, **options)


STAMP = ".collected"
"""What marks a folder as ours to clear; it holds the digest of the sources, or nothing while they are collected."""


def collect_if_changed() -> bool:
    """Collect the static files, unless those of the last time are the same; returns whether it did.

    Raises CommandError for a folder that holds files and not our mark: it is somebody else's.
    """
    stamp = settings.STATIC_ROOT / STAMP
    sources = _digest_of_sources()
    if stamp.exists() and stamp.read_text() == sources:
        return False
    _clear(settings.STATIC_ROOT, stamp)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(sources)
    return True


def _clear(folder: Path, stamp: Path) -> None:
    """Make it, or empty it. The mark is there before the first file comes and until the last has gone."""
    folder.mkdir(parents=True, exist_ok=True)
    if not stamp.exists() and any(folder.iterdir()):
        raise CommandError(f"{folder} is for the site's own static files, and holds others: move them away.")
    stamp.write_text("")
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != stamp:
            path.unlink()


def _digest_of_sources() -> str:
    digest = blake2b(digest_size=16)
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
