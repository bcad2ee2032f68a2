"""Whatever an owner does to files between two scans, nothing that people gave a video is lost or given to another.

The oracle below says which video each file is, as an owner would, knowing the contents; it shares no code with the
scanner, which has to find out.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.models import Video, ViewCount
from library.scanning import scan

SEQUENCES = int(os.environ.get("SEQUENCES", "100"))
"""SEQUENCES=1000 for more of them."""
NAMES = ("a.mp4", "A.mp4", "b.mp4", "sub/a.mp4", "second/a.mp4", "second/sub/c.mp4")
"""Stored paths: the second root is mounted under its name."""

names = st.sampled_from(NAMES)
steps = st.one_of(
    st.tuples(st.sampled_from(["add", "edit", "delete", "touch"]), names),
    st.tuples(st.sampled_from(["rename", "copy", "swap"]), names, names),
    st.tuples(st.sampled_from(["unmount", "remount"]), st.sampled_from(["", "second"])),
    st.just(("rescan",)),
)


@dataclass
class Known:
    """A video as its owner thinks of it."""

    views: int
    """Its mark: no other video has as many."""
    content: bytes
    path: str
    missing: int = 0
    """0 while it is there; else the later, the greater."""


@dataclass
class Owner:
    """The disks, and what the owner expects of the library."""

    folder: Path
    known: list[Known] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.numbers = count(1)
        self.away: set[str] = set()
        shutil.rmtree(self.folder, ignore_errors=True)
        for root in ("first", "second"):
            (self.folder / root).mkdir(parents=True)

    def place(self, path: str) -> Path:
        return self.folder / path if path.startswith("second/") else self.folder / "first" / path

    def root(self, path: str) -> str:
        return "second" if path.startswith("second/") else ""

    def mounted(self, *paths: str) -> bool:
        return all(self.root(path) not in self.away for path in paths)

    def write(self, path: str, content: bytes) -> None:
        place = self.place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        os.utime(place, (1_600_000_000 + next(self.numbers),) * 2)

    def do(self, step: tuple[str, ...]) -> None:
        """One thing that owners do; nothing where there is nothing to do it to."""
        name, *paths = step
        if name in ("unmount", "remount"):
            self.mount(paths[0], name == "remount")
        elif name == "rescan":
            self.rescan()
        elif self.mounted(*paths) and (name == "add" or self.place(paths[0]).exists()):
            getattr(self, name)(*paths)

    def mount(self, root: str, there: bool) -> None:
        place = self.folder / (root or "first")
        if there == (root in self.away):
            away = place.with_suffix(".away")
            (away if there else place).rename(place if there else away)
            self.away ^= {root}

    def add(self, path: str) -> None:
        self.write(path, b"content %d" % next(self.numbers))

    edit = add

    def delete(self, path: str) -> None:
        self.place(path).unlink()

    def touch(self, path: str) -> None:
        self.write(path, self.place(path).read_bytes())

    def rename(self, path: str, target: str) -> None:
        self.place(target).parent.mkdir(parents=True, exist_ok=True)
        self.place(path).replace(self.place(target))

    def copy(self, path: str, target: str) -> None:
        if path != target:
            self.write(target, self.place(path).read_bytes())

    def swap(self, path: str, other: str) -> None:
        if path != other and self.place(other).exists():
            aside = self.folder / "aside"
            self.place(path).replace(aside)
            self.place(other).replace(self.place(path))
            aside.replace(self.place(other))

    def disk(self) -> dict[str, bytes]:
        """What lies in the roots that are there."""
        return {path: self.place(path).read_bytes() for path in NAMES if self.place(path).is_file()}

    def rescan(self) -> None:
        """Scan, hold the library against what is expected, and mark what is new."""
        disk = self.disk()
        scan()
        self.check(disk, {v.path: v.view_count.count for v in Video.objects.present().with_standing()})
        assert Counter(ViewCount.objects.values_list("count", flat=True)) == Counter(
            video.views for video in self.known
        )

    def check(self, disk: dict[str, bytes], marks: dict[str, int]) -> None:
        """`marks` has the views of the video that the library has at each path; 0 for a new one."""
        readable = {self.root(path) for path in disk}
        untouched = {v.path for v in self.known if not v.missing and self.root(v.path) not in readable}
        assert set(marks) == set(disk) | untouched
        by_mark = {video.views: video for video in self.known}
        standing = {path: self.at(path) for path in disk}
        homeless = [v for v in self.known if v.missing or (v.path in disk or self.root(v.path) in readable)]
        homeless = [v for v in homeless if not (standing.get(v.path) is v and disk[v.path] == v.content)]
        unexplained = [p for p in disk if not ((v := standing[p]) and v.content == disk[p])]
        for path in disk.keys() - set(unexplained):
            assert marks[path] == standing[path].views, f"{path} did not change"  # type: ignore[union-attr]
        decided = self.check_moves(disk, marks, unexplained, homeless)
        for path in set(unexplained) - decided:
            before = standing[path]
            kept = before is not None and before in homeless and before.views not in {marks[p] for p in decided}
            assert marks[path] == (before.views if kept and before else 0), f"{path} was edited, or is new"
        self.follow(disk, marks, by_mark, untouched)

    def check_moves(
        self, disk: dict[str, bytes], marks: dict[str, int], unexplained: list[str], homeless: list[Known]
    ) -> set[str]:
        """As many files of each content as there were videos of it must be those videos; returns these files."""
        decided: set[str] = set()
        for content in {disk[path] for path in unexplained}:
            owners = {video.views for video in homeless if video.content == content}
            files = [path for path in unexplained if disk[path] == content]
            theirs = [path for path in files if marks[path] in owners]
            assert len(theirs) == min(len(owners), len(files)), f"{files} moved"
            decided |= set(theirs)
        return decided

    def at(self, path: str) -> Known | None:
        """The video that the owner means by a path: the present one, else the one that was there last."""
        candidates = [video for video in self.known if video.path == path]
        return min(candidates, key=lambda video: (video.missing > 0, -video.missing), default=None)

    def follow(
        self, disk: dict[str, bytes], marks: dict[str, int], by_mark: dict[int, Known], untouched: set[str]
    ) -> None:
        """Take the library's answers, which were right, as what is known from now on; watch what is new."""
        moment = next(self.numbers)
        for video in self.known:
            if not video.missing and video.path not in untouched:
                video.missing = moment
        for path, content in disk.items():
            views = marks[path]
            if not views:
                views = next(self.numbers)
                ViewCount.objects.filter(video__path=path, video__missing_since=None).update(count=views)
                by_mark[views] = Known(views, content, path)
                self.known.append(by_mark[views])
            by_mark[views].content, by_mark[views].path, by_mark[views].missing = content, path, 0


@pytest.mark.lengthy
@pytest.mark.django_db
def test_no_sequence_of_what_owners_do_loses_or_swaps_what_people_gave(tmp_path: Path, settings: Any) -> None:
    settings.VIDEO_ROOTS = [("", tmp_path / "disks" / "first"), ("second", tmp_path / "disks" / "second")]
    settings.DATA_DIR = tmp_path / "var"
    run_sequences(tmp_path / "disks")


def run_sequences(folder: Path) -> None:
    @settings(max_examples=SEQUENCES, suppress_health_check=list(HealthCheck))
    @given(st.lists(steps, min_size=4, max_size=24))
    def sequence(done: list[tuple[str, ...]]) -> None:
        Video.objects.all().delete()
        owner = Owner(folder)
        for step in [*done, ("remount", ""), ("remount", "second"), ("rescan",)]:
            owner.do(step)

    sequence()
