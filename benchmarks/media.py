"""Posters and storyboards against the bare ffmpeg commands that do the same, in one run.

    python -m benchmarks.media [--repeat 9] [--folder DIR]
    python -m benchmarks.media --sandboxes [--repeat 9]

Draws a film of 3 minutes, 1080p with a keyframe each 5 seconds, and makes one of two hours from it, as MP4 and as
Matroska: 11 GB in a temporary folder, or in DIR, where they are kept. Then it measures, turn by turn, for the machine
may be busy with other things: probing a film and drawing its poster into both pictures on the disk, by our functions
and by two commands; its storyboard, by our functions and by one command that reads the film from end to end. Prints
medians in milliseconds and the ratio of ours to the bare ones. All runs of ffmpeg have the lowest priority.

With `--sandboxes` it measures what each sandbox costs a probe and a poster, of a film of half a minute.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import django

MINUTES_3 = 180
LOOPS = 40


def make(folder: Path, binary: str) -> dict[str, Path]:
    """The films by what they are, made unless they are there."""
    short = folder / "three minutes.mp4"
    long = [folder / "two hours.mp4", folder / "two hours.mkv"]
    if not short.exists():
        scene = f"testsrc2=size=1920x1080:rate=25:duration={MINUTES_3},noise=alls=8:allf=t"
        coding = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "125", "-b:v", "4M"]
        tone = ["-f", "lavfi", "-i", f"sine=frequency=330:duration={MINUTES_3}"]
        run([binary, "-y", "-f", "lavfi", "-i", scene, *tone, *coding, "-c:a", "aac", str(short)])
    for path in long:
        if not path.exists():
            run([binary, "-y", "-stream_loop", str(LOOPS - 1), "-i", str(short), "-c", "copy", str(path)])
    return {"3 min, MP4, 92 MB": short, "2 h, MP4, 3.7 GB": long[0], "2 h, MKV, 3.7 GB": long[1]}


def run(command: list[str], may_fail: bool = False) -> None:
    """Run a program to its end, at the lowest priority."""
    subprocess.run(
        command, check=not may_fail, capture_output=True, stdin=subprocess.DEVNULL, preexec_fn=lambda: os.nice(19)
    )


def milliseconds(one: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    one()
    return (time.perf_counter() - start) * 1000


def compare(name: str, ours: Callable[[], object], bare: Callable[[], object], repeat: int) -> None:
    """Print a row of the table."""
    ours(), bare()
    pairs = [(milliseconds(ours), milliseconds(bare)) for _ in range(repeat)]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"| {name} | {mine:.0f} | {theirs:.0f} | {mine / theirs:.2f} |", flush=True)


def measure(folder: Path, repeat: int) -> None:
    from thumbnails import ffmpeg, posters, probing, rendering, storyboards, tiling

    binary = ffmpeg.binary()
    print(f"| what | ours, ms | bare, ms | ratio |\n{'| --- ' * 4}|")
    for name, path in make(folder, binary).items():
        facts = probing.probe(path)
        layout = tiling.plan(facts)
        assert layout and facts.duration
        keyframes = ["-threads", "1", "-skip_frame", "nokey"]
        at = ["-noaccurate_seek", "-ss", f"{facts.duration * rendering.POSITIONS[0]:.3f}"]
        poster = [binary, "-v", "error", "-y", *keyframes, *at, "-i", str(path)]
        for width in posters.WIDTHS:
            poster += ["-map", "0:V:0", "-frames:v", "1", "-vf", f"scale={width}:-2", str(folder / f"{width}.webp")]
        tiles = f"fps=1/{layout.interval:.3f}:start_time={-layout.interval / 2:.4f}:round=down:eof_action=pass"
        tiles += f",scale={layout.tile_width}:{layout.tile_height},tile={layout.columns}x{layout.rows}"
        board = [binary, "-v", "error", "-y", *keyframes, "-discard", "nokey", "-i", str(path), "-map", "0:V:0"]
        board += ["-vf", tiles, "-frames:v", "1", "-quality", "70", str(folder / "board.webp")]

        def make_poster(path: Path = path) -> None:
            posters.store(rendering.draw(path, probing.probe(path)))

        def bare_poster(path: Path = path, poster: list[str] = poster) -> None:
            run([binary, "-hide_banner", "-i", str(path)], may_fail=True)
            run(poster)

        def make_storyboard(path: Path = path, facts: object = facts) -> None:
            sheet = tiling.draw(path, facts)
            assert sheet
            storyboards.store(sheet)

        def bare_storyboard(board: list[str] = board) -> None:
            run(board)

        compare(f"probe and poster, {name}", make_poster, bare_poster, repeat)
        some = repeat if facts.duration < 600 else max(repeat // 3, 1)
        compare(f"storyboard of {layout.tiles} tiles, {name}", make_storyboard, bare_storyboard, some)


def compare_sandboxes(folder: Path, repeat: int) -> None:
    """Print what a probe and a poster take in each sandbox, turn by turn; the best of each is what it costs alone."""
    from thumbnails import ffmpeg, probing, rendering, sandbox

    film, kind = folder / "half a minute.mp4", sandbox.kind
    scene = "testsrc2=size=1920x1080:rate=25:duration=30"
    run([ffmpeg.binary(), "-y", "-f", "lavfi", "-i", scene, "-preset", "ultrafast", "-g", "125", str(film)])
    working = [name for name in sandbox.KINDS if sandbox.works(name, Path(ffmpeg.binary()))]
    found: dict[str, list[float]] = {name: [] for name in working}
    for _ in range(repeat):
        for name in working:
            sandbox.kind = partial(_named, name)  # type: ignore[assignment]
            found[name].append(milliseconds(lambda: rendering.draw(film, probing.probe(film))))
    sandbox.kind = kind
    print("| sandbox | median, ms | best, ms |\n| --- | --- | --- |")
    for name, times in found.items():
        print(f"| {name} | {statistics.median(times):.0f} | {min(times):.0f} |")


def _named(name: str, _program: Path) -> str:
    return name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--folder", type=Path, help="where the films are kept")
    parser.add_argument("--sandboxes", action="store_true", help="compare these")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["DJANGO_SETTINGS_MODULE"] = "videoserver.settings"
        os.environ["VIDEOSERVER_DATA_DIR"] = str(Path(temporary, "var"))
        django.setup()
        (compare_sandboxes if arguments.sandboxes else measure)(arguments.folder or Path(temporary), arguments.repeat)


if __name__ == "__main__":
    main()
