"""What a run of ffmpeg can reach that a file has talked into anything: the test asks for it in the file's stead."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.builders import Folder
from tests.environment import HOUSE
from tests.listener import listening
from tests.media import make_video
from tests.thumbnails.conftest import Impostor
from thumbnails import confinement, ffmpeg, making, sandbox
from thumbnails.ffmpeg import MediaError
from thumbnails.models import MAX_ATTEMPTS, MediaWork

RAW = ("-f", "rawvideo", "-video_size", "4x4", "-pix_fmt", "gray")
OUT = ("-f", "rawvideo", "pipe:1")


@pytest.fixture(params=[sandbox.KERNEL, sandbox.BUBBLEWRAP])
def locked_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each sandbox in turn that shows a run nothing but its files."""
    name = str(request.param)
    if not sandbox.works(name, Path(ffmpeg.binary())):
        pytest.skip(f"{name} does not work here")
    monkeypatch.setattr(sandbox, "kind", lambda program: name)
    return name


def processes_with(word: str, program: str = "") -> list[Path]:
    """Those in whose command line a word stands, and in the name of what they run another."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if word.encode() in (process / "cmdline").read_bytes() and program in (process / "comm").read_text():
                found.append(process)
    return found


def wait_until_gone(word: str) -> None:
    deadline = time.monotonic() + 30
    while processes_with(word):
        assert time.monotonic() < deadline, f"{word} still runs"
        time.sleep(0.02)


def test_this_system_offers_a_sandbox() -> None:
    if sys.platform != "linux":
        pytest.skip("no Linux")
    assert ffmpeg.isolation() != sandbox.NONE


def test_a_run_reads_its_file_whoever_owns_it_and_writes_its_own(locked_in: str, tmp_path: Path) -> None:
    film, copy = make_video(tmp_path / "a film.mp4"), tmp_path / "copy.mp4"
    film.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(film, 65534, 65534)
    streams = ("-c", "copy", "-movflags", "+faststart", "-f", "mp4", "-y", f"file:{copy}")
    ffmpeg.run([*ffmpeg.reading(film), *streams], reads=film, writes=[copy], time_limit=30, may_write=1 << 20)
    assert "Video: h264" in ffmpeg.describe(copy, time_limit=30)


def test_no_other_file_can_be_read(locked_in: str, tmp_path: Path) -> None:
    film, secret = make_video(tmp_path / "a.mp4"), tmp_path / "secret"
    secret.write_bytes(b"the secret bytes")
    arguments = [*RAW, "-i", f"file:{secret}", *OUT]
    assert ffmpeg.run(arguments, reads=secret, time_limit=30) == b"the secret bytes"
    with pytest.raises(MediaError, match="No such file|Permission denied"):
        ffmpeg.run(arguments, reads=film, time_limit=30)


def test_no_other_file_can_be_written_and_the_film_itself_neither(locked_in: str, tmp_path: Path) -> None:
    film, other, mine = make_video(tmp_path / "a.mp4"), tmp_path / "other", tmp_path / "mine"
    other.write_bytes(b"untouched")
    before = film.read_bytes()
    picture = ["-f", "lavfi", "-i", "testsrc=duration=1", "-f", "mpegts", "-y"]
    for target in (film, other, tmp_path / "new"):
        with pytest.raises(MediaError, match=r"No such file|Permission denied|Read-only"):
            ffmpeg.run([*picture, f"file:{target}"], reads=film, writes=[mine], time_limit=30, may_write=1 << 20)
    assert (film.read_bytes(), other.read_bytes(), (tmp_path / "new").exists()) == (before, b"untouched", False)


@pytest.mark.parametrize("name", [sandbox.KERNEL, sandbox.BUBBLEWRAP, sandbox.CALLS_ALONE])
def test_no_connection_is_made(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not sandbox.works(name, Path(ffmpeg.binary())):
        pytest.skip(f"{name} does not work here")
    monkeypatch.setattr(sandbox, "kind", lambda program: name)
    with listening() as server:
        for address in (
            "http://127.0.0.1:{}/a.mp4",
            "tcp://127.0.0.1:{}",
            "rtsp://127.0.0.1:{}/",
            "udp://127.0.0.1:{}",
        ):
            with pytest.raises(MediaError, match="Operation not permitted"):
                ffmpeg.run(["-i", address.format(server.port), *OUT], time_limit=30)
        assert server.visits == 0


def test_a_hanging_run_is_killed_in_its_sandbox(locked_in: str, tmp_path: Path) -> None:
    endless = ["-re", "-f", "lavfi", "-i", f"testsrc,metadata=add:key=a:value={tmp_path.name}", "-f", "null", "-"]
    with pytest.raises(MediaError, match=r"longer than 0\.5 seconds"):
        ffmpeg.run(endless, time_limit=0.5)
    wait_until_gone(tmp_path.name)


def test_a_run_dies_in_its_sandbox_when_its_worker_is_killed(locked_in: str, tmp_path: Path) -> None:
    endless = ["-re", "-f", "lavfi", "-i", f"testsrc,metadata=add:key=a:value={tmp_path.name}", "-f", "null", "-"]
    program = "from thumbnails import ffmpeg, sandbox\n"
    program += f"sandbox.kind = lambda program: {locked_in!r}\nprint(flush=True)\n"
    program += "import sys; ffmpeg.run(sys.argv[1:], time_limit=1000)"
    with subprocess.Popen([sys.executable, "-c", program, *endless], cwd=HOUSE, stdout=subprocess.PIPE) as worker:
        deadline = time.monotonic() + 60
        while not processes_with(tmp_path.name, "ffmpeg"):
            assert worker.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        worker.kill()
    wait_until_gone(tmp_path.name)


def test_a_run_that_uses_more_of_the_processor_than_it_may_is_killed(
    locked_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = ffmpeg._limits(60, 0)
    monkeypatch.setattr(ffmpeg, "_limits", lambda *_: {**usual, resource.RLIMIT_CPU: 1})
    with pytest.raises(MediaError, match="ffmpeg was killed: "):
        ffmpeg.run(["-f", "lavfi", "-i", "testsrc2=size=1920x1080", "-f", "null", "-"], time_limit=60)


CONFINED = """
import os, socket, threading
from thumbnails import confinement
confinement.confine(None, confinement.call_filter())
thread = threading.Thread(target=print, args=("a thread",)); thread.start(); thread.join()
other = os.getppid()
for refused in (os.fork, socket.socket, lambda: os.kill(other, 0), lambda: os.posix_spawn("/bin/true", ["true"], {})):
    try:
        refused()
    except PermissionError:
        print("refused")
"""


def test_a_confined_process_has_threads_but_no_children_no_socket_and_signals_nobody() -> None:
    if sandbox.CALLS_ALONE not in _working():
        pytest.skip("no seccomp")
    done = subprocess.run([sys.executable, "-c", CONFINED], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n") == ["a thread", *4 * ["refused"], ""], done.stderr


def _working() -> list[str]:
    return [name for name in sandbox.KINDS if sandbox.works(name, Path(ffmpeg.binary()))]


def fake_bubblewrap(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is refused its name spaces."""
    program = folder / "bin" / "bwrap"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)


def test_where_name_spaces_are_refused_another_sandbox_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_bubblewrap(tmp_path, monkeypatch)
    assert not sandbox.works(sandbox.BUBBLEWRAP, Path(ffmpeg.binary()))
    if confinement.landlock_version() >= 2:
        monkeypatch.setattr(confinement, "landlock_version", lambda: 2)
        assert sandbox.kind.__wrapped__(Path(ffmpeg.binary())) == sandbox.OLDER_KERNEL
    monkeypatch.setattr(confinement, "landlock_version", lambda: 0)
    assert sandbox.kind.__wrapped__(Path(ffmpeg.binary())) == sandbox.CALLS_ALONE
    monkeypatch.setattr(confinement, "call_filter", lambda: b"")
    assert sandbox.kind.__wrapped__(Path(ffmpeg.binary())) == sandbox.NONE


@pytest.mark.django_db
def test_a_sandbox_that_fails_says_nothing_of_the_file(
    folder: Folder, sample: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = folder.put_and_scan("a.mp4", sample)
    fake_bubblewrap(tmp_path, monkeypatch)
    monkeypatch.setattr(sandbox, "kind", lambda program: sandbox.BUBBLEWRAP)
    for _ in range(MAX_ATTEMPTS + 1):
        outcome = making.attempt(video.pk)
        assert outcome.postponed
        assert "No permissions to create new namespace" in outcome.error
    assert MediaWork.objects.get(pk=video.pk).state == "pending"


def test_a_script_in_ffmpegs_place_gets_none(instead_of_ffmpeg: Impostor) -> None:
    instead_of_ffmpeg.does("exit 0")
    assert ffmpeg.isolation() == sandbox.NONE


def test_a_run_knows_nothing_of_our_environment(instead_of_ffmpeg: Impostor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody:secret@elsewhere/videos")
    monkeypatch.setenv("FFREPORT", "file=report.log")
    instead_of_ffmpeg.does("env")
    told = ffmpeg.run([], time_limit=30)
    assert b"PATH=" in told
    assert b"secret" not in told
    assert b"report.log" not in told


def test_limits_of_the_system_that_are_lower_stay(instead_of_ffmpeg: Impostor, monkeypatch: pytest.MonkeyPatch) -> None:
    instead_of_ffmpeg.does("ulimit -n; ulimit -t; ulimit -v")
    descriptors, seconds, memory = map(int, ffmpeg.run([], time_limit=30).split())
    assert descriptors == ffmpeg.DESCRIPTORS
    assert 30 < seconds <= 30 * (os.cpu_count() or 1) + 1
    of_system = resource.getrlimit

    def lower(kind: int) -> tuple[int, int]:
        return (50, 50) if kind == resource.RLIMIT_NOFILE else of_system(kind)

    monkeypatch.setattr(resource, "getrlimit", lower)
    assert ffmpeg.run([], time_limit=30).split()[0] == b"50"
    assert memory == ffmpeg.MEMORY // 1024
