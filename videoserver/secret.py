"""The secret key: made once, kept in the data dir, readable by the server's user alone."""

import fcntl
import os
import secrets
from pathlib import Path


def secret_key(data_dir: Path) -> str:
    """Read the key, or make it. Of two processes that start at once, both get the same key."""
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = data_dir / f"secret_key.{os.getpid()}"
        try:
            _write(fresh, secrets.token_urlsafe(50))
            _place(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    return path.read_text()


def _write(path: Path, text: str) -> None:
    """On the disk, not on its way there: a power cut must not leave a name without its content."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _place(fresh: Path, path: Path) -> None:
    """Give it its name, unless another process was faster."""
    try:
        os.link(fresh, path)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links, such as exFAT
        _rename_first(fresh, path)


def _rename_first(fresh: Path, path: Path) -> None:
    """A rename replaces what is there, so that it needs a lock: the folder itself."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not path.exists():
            fresh.rename(path)
    finally:
        os.close(folder)
