"""Static files: hashed names that browsers keep for ever, compressed once."""

from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites the imports between ES modules too, so that a changed module changes all who use it."""

    support_js_module_import_aggregation = True


def collect_if_changed() -> bool:
    """Collect the static files, unless those of the last time are the same; returns whether it did."""
    stamp = settings.STATIC_ROOT / ".collected"
    sources = _digest_of_sources()
    if stamp.exists() and stamp.read_text() == sources:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(sources)
    return True


def _digest_of_sources() -> str:
    digest = blake2b(digest_size=16)
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
