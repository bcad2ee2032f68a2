"""Media files that many tests need, made once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.media import make_video
from thumbnails import ffmpeg


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole small video."""
    return make_video(tmp_path_factory.mktemp("media") / "sample.mp4", sound=True).read_bytes()


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """One of three seconds, long enough for a storyboard."""
    return make_video(tmp_path_factory.mktemp("media") / "film.mp4", duration=3, rate=5).read_bytes()


@contextmanager
def held_by_another(lock: Callable[[], AbstractContextManager[object]]) -> Iterator[int]:
    """Have a process of its own hold a lock until the end of the block, or until it is killed; its id."""
    ready, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        with lock():
            os.write(tell, b"!")
            signal.pause()
    os.close(tell)
    try:
        os.read(ready, 1)
        yield pid
    finally:
        os.close(ready)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


class Impostor:
    """A script in ffmpeg's place that holds a FIFO open for as long as any process of it lives."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "impostor"
        self.fifo = folder / "alive"
        os.mkfifo(self.fifo)
        self.reader = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)

    def does(self, script: str) -> None:
        """What it does, in shell, after it has reported itself alive."""
        self.path.write_text(f'#!/bin/sh\nexec 9>"{self.fifo}"\necho alive >&9\n{script}\n')
        self.path.chmod(0o755)

    def wait_until_alive(self) -> None:
        """Return once it has begun."""
        os.set_blocking(self.reader, True)
        while not os.read(self.reader, 6):  # nobody has opened the other end yet
            pass

    def wait_until_gone(self) -> None:
        """Return once the last process that it started is gone."""
        os.set_blocking(self.reader, True)
        while os.read(self.reader, 1024):
            pass


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[Impostor]:
    """Not installed yet: `IMAGEIO_FFMPEG_EXE` in an environment of one's choice does that."""
    script = Impostor(tmp_path)
    yield script
    os.close(script.reader)


@pytest.fixture
def instead_of_ffmpeg(impostor: Impostor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Impostor]:
    """The impostor, installed in this process."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(impostor.path))
    ffmpeg.binary.cache_clear()
    yield impostor
    ffmpeg.binary.cache_clear()
