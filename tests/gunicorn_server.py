"""The site behind a real gunicorn, for tests of what only a real server does."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.environment import HOUSE, Site
from videoserver.management.commands.serve import WEB_WORKER


@dataclass(frozen=True)
class Gunicorn:
    """A running server of a site."""

    site: Site
    process: subprocess.Popen[bytes]
    port: int

    def connect(self) -> socket.socket:
        """A connection whose small receive buffer lets a test be slow."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def workers(self) -> list[int]:
        """The pids of its workers."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def open_files(self) -> int:
        """How many regular files its workers hold open below the library root."""
        links = [link for pid in self.workers() for link in Path(f"/proc/{pid}/fd").iterdir()]
        return sum(_target(link).startswith(str(self.site.videos)) for link in links)

    def descriptors(self) -> int:
        """How many descriptors its workers hold open, of whatever kind."""
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.workers())


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


@contextmanager
def running(
    site: Site,
    *,
    workers: int = 1,
    threads: int = 4,
    application: str = "videoserver.wsgi",
    descriptors: int | None = None,
    errors: IO[bytes] | None = None,
    **environment: str,
) -> Iterator[Gunicorn]:
    """Serve a site on a free port until the end of the block, with a limit of descriptors where one is given.

    `errors` takes what the server writes into its log.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = f"{sys.executable} -m gunicorn {application} --bind fd://{listener.fileno()} --no-control-socket"
        options = f"--worker-class {WEB_WORKER} --workers {workers} --threads {threads}"
        level = "critical" if errors is None else "warning"
        waits = f"--graceful-timeout 3 --keep-alive 15 --log-level {level}"
        process = subprocess.Popen(
            [*command.split(), *options.split(), *waits.split()],
            cwd=HOUSE,
            env=site.env(**environment),
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=descriptors and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))),
        )
        port = listener.getsockname()[1]
    try:  # the listener is the server's alone, so that nobody is let in after its end
        yield Gunicorn(site, process, port)
    finally:
        process.terminate()
        process.wait(timeout=30)
