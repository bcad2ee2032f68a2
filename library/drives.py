"""Which drives tell of changes, and which must be asked: what the system's table of mounts says. Pure."""

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import NamedTuple

SILENT_KINDS = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "virtiofs", "vboxsf", "prl_fs", "fuse", "autofs"),
        *("afs", "ceph", "coda", "lustre", "ocfs2", "gfs2", "orangefs", "beegfs"),
    }
)
"""File systems that others write to without this machine's kernel hearing of it; also each `fuse.…`."""


class Mount(NamedTuple):
    """A line of the table: what kind of file system is to be seen where."""

    place: str
    kind: str

    @property
    def is_silent(self) -> bool:
        """Whether changes by others are not announced."""
        return self.kind in SILENT_KINDS or self.kind.startswith("fuse.")


def read_mounts(table: str) -> list[Mount]:
    """The lines of /proc/self/mounts; its blanks and backslashes are written in octal."""
    fields = (line.split(" ") for line in table.splitlines())
    return [Mount(_unescape(parts[1]), parts[2]) for parts in fields if len(parts) > 2]


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def mounts_of(folder: str, mounts: Iterable[Mount]) -> list[Mount]:
    """The mount on which a folder lies, and those below the folder. Of two at one place the later hides the other."""
    path = PurePath(folder)
    seen = {mount.place: mount for mount in mounts}.values()
    around = [mount for mount in seen if path.is_relative_to(mount.place)]
    below = [mount for mount in seen if PurePath(mount.place).is_relative_to(path) and mount not in around]
    return [*sorted(around, key=lambda mount: len(mount.place))[-1:], *below]
