"""The data dir: made by the server, and for its account alone."""

import tempfile
from pathlib import Path

from videoserver.env import BadEnvironmentError

OURS_ALONE = 0o077
"""The umask of all our processes: what they write, no other account reads."""


def prepare(data_dir: Path) -> None:
    """Make it, mode 0700, and try whether it can be written. Raises BadEnvironmentError."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise BadEnvironmentError(f"VIDEOSERVER_DATA_DIR: nothing can be written in {data_dir}: {reason}") from error
