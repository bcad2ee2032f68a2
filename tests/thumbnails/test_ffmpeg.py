"""The rules under which ffmpeg runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import HOUSE
from tests.media import make_video
from tests.thumbnails.conftest import Impostor
from thumbnails import ffmpeg
from thumbnails.ffmpeg import MediaError

FIRST_FRAME = ("-map", "0:v:0", "-frames:v", "1", "-f", "image2pipe", "-c:v", "ppm", "pipe:1")


def read(path: Path) -> bytes:
    return ffmpeg.run([*ffmpeg.reading(path), *FIRST_FRAME], reads=path, time_limit=30)


def test_a_run_returns_what_ffmpeg_puts_out(tmp_path: Path) -> None:
    assert read(make_video(tmp_path / "a.mp4")).startswith(b"P6\n320 180\n")


@pytest.mark.parametrize(
    "name", ["-i.mp4", "%03d.mp4", "concat:a|b.mp4", "new\nline.mp4", "file:x.mp4", "caf\udce9.mp4"]
)
def test_a_name_is_never_an_option_a_pattern_or_a_protocol(tmp_path: Path, sample: bytes, name: str) -> None:
    (tmp_path / "a").write_bytes(b"not this")
    path = tmp_path / name
    path.write_bytes(sample)
    assert read(path).startswith(b"P6\n320 180\n")
    assert "Input #0" in ffmpeg.describe(path, time_limit=30)


@pytest.mark.parametrize(
    "script",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{other}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{other}'\n",
        "[playlist]\nFile1={other}\nNumberOfEntries=1\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation id="1">'
        "<BaseURL>{other}</BaseURL></Representation></AdaptationSet></Period></MPD>",
        "v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "1\n00:00:00,000 --> 00:00:01,000\nonly a subtitle\n",
    ],
    ids=["hls", "ffconcat", "pls", "dash", "sdp", "subtitles"],
)
def test_a_file_that_names_others_opens_none_of_them(tmp_path: Path, script: str) -> None:
    other = tmp_path / "other.mp4"
    os.mkfifo(other)  # who opens it, hangs
    path = tmp_path / "innocent.mp4"
    path.write_text(script.format(other=other))
    with pytest.raises(MediaError, match="Invalid"):
        read(path)
    with pytest.raises(MediaError, match="Invalid"):
        ffmpeg.describe(path, time_limit=30)


def test_another_protocol_than_file_is_refused(tmp_path: Path, sample: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(sample)
    with pytest.raises(MediaError, match="whitelist"):
        ffmpeg.run(["-protocol_whitelist", "file", "-i", f"crypto:{path}", *FIRST_FRAME], reads=path, time_limit=30)


def test_a_hanging_run_is_killed_with_all_that_it_started(instead_of_ffmpeg: Impostor) -> None:
    instead_of_ffmpeg.does("sleep 1000 & wait")
    with pytest.raises(MediaError, match=r"longer than 0\.5 seconds"):
        ffmpeg.run([], time_limit=0.5)
    instead_of_ffmpeg.wait_until_gone()


def test_an_endless_stream_of_messages_fills_no_memory_and_ends_at_the_time_limit(instead_of_ffmpeg: Impostor) -> None:
    instead_of_ffmpeg.does("exec yes trouble >&2")
    with pytest.raises(MediaError, match="longer than"):
        ffmpeg.run([], time_limit=0.5)
    instead_of_ffmpeg.wait_until_gone()


def test_of_many_messages_the_last_lines_are_kept(instead_of_ffmpeg: Impostor) -> None:
    instead_of_ffmpeg.does("yes trouble | head -c 5000000 >&2; echo '[in#0 @ 0x12ab] the reason\x1b[0m' >&2; exit 3")
    with pytest.raises(MediaError) as caught:
        ffmpeg.run([], time_limit=30)
    assert str(caught.value) == "trouble\ntrouble\nthe reason\N{REPLACEMENT CHARACTER}[0m"


def test_a_failure_without_a_message_says_how_it_ended(instead_of_ffmpeg: Impostor) -> None:
    instead_of_ffmpeg.does("exit 3")
    with pytest.raises(MediaError, match="exit code 3"):
        ffmpeg.run([], time_limit=30)
    instead_of_ffmpeg.does("kill -SEGV $$")
    with pytest.raises(MediaError, match="Segmentation fault"):
        ffmpeg.run([], time_limit=30)


def test_a_run_that_puts_out_too_much_is_killed(instead_of_ffmpeg: Impostor) -> None:
    instead_of_ffmpeg.does("exec cat /dev/zero")
    with pytest.raises(MediaError, match="more than 64 MiB"):
        ffmpeg.run([], time_limit=60)
    instead_of_ffmpeg.wait_until_gone()


def test_a_run_has_the_lowest_priority_bounded_memory_no_input_and_writes_no_file(
    instead_of_ffmpeg: Impostor, tmp_path: Path
) -> None:
    target = tmp_path / "written"
    instead_of_ffmpeg.does(f'cat; nice; ulimit -v; ulimit -c; (echo x >"{target}") 2>/dev/null; exit 0')
    niceness, memory, core = ffmpeg.run([], time_limit=30).split()[:3]
    assert (int(niceness), int(memory), int(core)) == (19, ffmpeg.MEMORY // 1024, 0)
    assert target.stat().st_size == 0


def test_ffmpeg_dies_with_a_parent_that_is_killed(impostor: Impostor) -> None:
    impostor.does("exec sleep 1000")
    program = "from thumbnails import ffmpeg; ffmpeg.run([], time_limit=1000)"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=HOUSE,
        env=os.environ | {"IMAGEIO_FFMPEG_EXE": str(impostor.path)},
    ) as parent:
        impostor.wait_until_alive()
        parent.kill()
    impostor.wait_until_gone()


def test_a_run_that_says_goodbye_and_stays_is_killed(instead_of_ffmpeg: Impostor) -> None:
    instead_of_ffmpeg.does("exec 1>&- 2>&-; exec sleep 1000")
    with pytest.raises(MediaError, match=r"longer than 0\.5 seconds"):
        ffmpeg.run([], time_limit=0.5)
    instead_of_ffmpeg.wait_until_gone()


STOPPED_BY_A_SIGNAL = """
import os, signal
from thumbnails import ffmpeg
signal.signal(signal.SIGTERM, lambda number, frame: ffmpeg.stop())
for _run in range(2):
    try:
        ffmpeg.run([], time_limit=1000)
    except ffmpeg.Stopped:
        print("stopped", flush=True)
"""


@pytest.mark.parametrize(
    "script",
    [
        "kill -TERM $PPID; exec sleep 1000",
        "exec 1>&- 2>&-; kill -TERM $PPID; exec sleep 1000",
        "trap '' TERM; kill -TERM $PPID; exec sleep 1000",
        "kill -TERM $PPID; exit 255",
    ],
    ids=["at work", "silent", "deaf", "stopped too"],
)
def test_a_process_told_to_stop_ends_its_run_and_begins_no_other(impostor: Impostor, script: str) -> None:
    impostor.does(script)
    environment = os.environ | {"IMAGEIO_FFMPEG_EXE": str(impostor.path)}
    program = [sys.executable, "-c", STOPPED_BY_A_SIGNAL]
    finished = subprocess.run(program, cwd=HOUSE, env=environment, capture_output=True, timeout=60, check=False)
    assert (finished.stdout, finished.returncode) == (b"stopped\nstopped\n", 0), finished.stderr
    impostor.wait_until_gone()
