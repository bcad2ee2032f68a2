"""What a library leaves out: samples, and what its owner names in `.videoignore` files, in gitignore's syntax. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pathspec import GitIgnoreSpec

IGNORE_FILE = ".videoignore"
MAX_BYTES = 65_536
MAX_WILDCARDS = 4
"""Runs of `*` in one pattern. They are matched by backtracking: with five of them, one long file name that was made
for it takes minutes.
"""

_SAMPLE_FILE = re.compile(r"(?:\A|[-.])sample\.")
_SAMPLE_FOLDERS = frozenset({"sample", "samples"})


def is_sample(name: str, *, folder: bool) -> bool:
    """Whether a name is that of the short piece that comes with a film, or of a folder for such pieces."""
    lower = name.lower()
    if folder:
        return lower in _SAMPLE_FOLDERS
    return "sample." in lower and _SAMPLE_FILE.search(lower) is not None


@dataclass(frozen=True)
class Rules:
    """What a `.videoignore` says of all that is below its folder."""

    patterns: GitIgnoreSpec
    folder: str
    """Where it lies, below the root; "" for the root itself."""
    above: Rules | None = None
    """What holds where these say nothing."""

    def leave_out(self, path: str, *, folder: bool) -> bool | None:
        """Whether a path below the root is left out; None where no pattern fits it. The nearest file decides."""
        inner = path[len(self.folder) + 1 :] if self.folder else path
        decided = self.patterns.check_file(f"{inner}/" if folder else inner).include
        if decided is None and self.above:
            return self.above.leave_out(path, folder=folder)
        return decided


def leaves_out(rules: Rules | None, path: str, name: str, *, folder: bool) -> bool:
    """Whether a file or folder is left out. Patterns may bring back what is left out by habit, as `!Samples/` does."""
    decided = rules.leave_out(path, folder=folder) if rules else None
    return is_sample(name, folder=folder) if decided is None else decided


def read_patterns(content: bytes) -> tuple[GitIgnoreSpec, list[str]]:
    """The patterns of a `.videoignore`, and what is wrong with the lines that were passed over. Raises ValueError."""
    if len(content) > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES:,} bytes")
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    good, problems = [], []
    for number, line in enumerate((line.removesuffix("\r") for line in lines), start=1):
        problem = _problem_of(line)
        if problem:
            problems.append(f"line {number} {problem}")
        else:
            good.append(line)
    return GitIgnoreSpec.from_lines(good), problems


def _problem_of(line: str) -> str:
    if len(re.findall(r"\*+", line)) > MAX_WILDCARDS and not line.startswith("#"):
        return f"has more than {MAX_WILDCARDS} wildcards"
    try:
        GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return "is no pattern"
    return ""
