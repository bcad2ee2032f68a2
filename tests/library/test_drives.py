"""Which drives must be asked for changes, because nobody tells of them."""

from __future__ import annotations

import pytest

from library.drives import Mount, mounts_of, read_mounts

TABLE = r"""/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
nas:/films /srv/films nfs4 rw,addr=10.0.0.2 0 0
//nas/my\040videos /srv/my\040videos cifs rw 0 0
/dev/sdb1 /srv/films/local ext4 rw 0 0
/dev/sdc1 /media/usb fuseblk rw 0 0
me@host:/ /home/me/far fuse.sshfs rw 0 0
odd
/dev/sda2 /srv/twice ext4 rw 0 0
nas:/twice /srv/twice nfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kinds"),
    [
        ("/home/me", ["ext4", "fuse.sshfs"]),
        ("/srv/films", ["nfs4", "ext4"]),
        ("/srv/films/a/b", ["nfs4"]),
        ("/srv/films/local/x", ["ext4"]),
        ("/srv/filmsandmore", ["ext4"]),
        ("/srv/my videos", ["cifs"]),
        ("/media/usb/videos", ["fuseblk"]),
        ("/srv/twice/x", ["nfs"]),
    ],
)
def test_a_folder_lies_on_the_nearest_mount_above_and_on_those_below(folder: str, kinds: list[str]) -> None:
    assert [mount.kind for mount in mounts_of(folder, read_mounts(TABLE))] == kinds


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone", "virtiofs"])
def test_drives_that_others_write_to_are_silent(kind: str) -> None:
    assert Mount("/x", kind).is_silent


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs", "vfat", "exfat", "fuseblk"])
def test_drives_of_this_machine_are_not(kind: str) -> None:
    assert not Mount("/x", kind).is_silent


def test_without_a_table_nothing_is_known() -> None:
    assert mounts_of("/srv", read_mounts("")) == []
