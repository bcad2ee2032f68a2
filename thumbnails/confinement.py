"""What a process may give up for good, by the kernel's own means: Landlock, seccomp, capabilities. Needs no root.

Kernel documentation: userspace-api/landlock, userspace-api/seccomp_filter. Where the system is no Linux, or an older
one, it offers less.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 22, 24, 38
SECCOMP_MODE_FILTER = 2
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
CREATE_RULESET_VERSION, RULE_PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14
READ = READ_FILE
RUN = READ_FILE | EXECUTE
RUN_BELOW = RUN | READ_DIR
WRITE = READ_FILE | WRITE_FILE | TRUNCATE
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights about files each version of Landlock knows; later ones no more."""
WITH_TRUNCATION = 3
"""The first version that keeps a process from emptying files."""

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAPABILITIES = 1, 2, 64
KEPT_CAPABILITIES = (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)
"""Root may read a library that others own. What it may open is another's business."""

CLONE_THREAD = 0x10000
X32 = 0x40000000
"""Calls of x86-64's other ABI begin here."""
KILL_PROCESS, ALLOW, REFUSE, UNKNOWN = 0x80000000, 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS


class Calls(NamedTuple):
    """The numbers of system calls."""

    architecture: int
    """AUDIT_ARCH_…"""
    clone: int
    clone3: int
    refused: tuple[int, ...]
    """To open sockets, start processes, signal, trace or read others, mount, enter name spaces, load modules or
    filters, use keys, io_uring, userfaultfd, perf events, or file handles.
    """


# socket, kill, (fork, vfork,) ptrace, process_vm_readv, process_vm_writev, mount, umount2, pivot_root, unshare, setns,
# bpf, perf_event_open, userfaultfd, io_uring_setup, pidfd_send_signal, add_key, request_key, keyctl, open_by_handle_at,
# init_module, finit_module, kexec_load
_X86_64 = (
    *(41, 62, 57, 58, 101, 310, 311, 165, 166, 155, 272, 308),
    *(321, 298, 323, 425, 424, 248, 249, 250, 304, 175, 313, 246),
)
_AARCH64 = (
    *(198, 129, 117, 270, 271, 40, 39, 41, 97, 268),
    *(280, 241, 282, 425, 424, 217, 218, 219, 265, 105, 273, 104),
)
CALLS = {
    "x86_64": Calls(0xC000003E, 56, 435, _X86_64),
    "aarch64": Calls(0xC00000B7, 220, 435, _AARCH64),
}


def landlock_version() -> int:
    """Which the kernel offers; 0 for none."""
    if _libc is None:
        return 0
    version = _libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(CREATE_RULESET_VERSION))
    return max(int(version), 0)


def only_files(allowed: Iterable[tuple[Path, int]]) -> int:
    """A Landlock ruleset by which a process may use those files alone, each with its rights; where the kernel knows it,
    no TCP port, and signal none but itself. Returns its descriptor, for the caller to close. Raises OSError.
    """
    version = landlock_version()
    rights = (1 << FILE_RIGHTS[min(version, 5)]) - 1
    attributes = struct.pack("=QQQ", rights, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    assert _libc is not None  # noqa: S101 - else there is no version
    ruleset = _checked(_libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0)))
    try:
        for path, right in allowed:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                rule = struct.pack("=Qi", right & rights, place)
                _checked(_libc.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, rule, ctypes.c_uint32(0)))
            finally:
                os.close(place)
    except BaseException:
        os.close(ruleset)
        raise
    return ruleset


@lru_cache
def call_filter() -> bytes:
    """A seccomp program that lets a process have threads but no children, no socket, and nothing of what is refused;
    b"" for a machine whose calls aren't known.
    """
    calls = CALLS.get(platform.machine()) if sys.platform == "linux" else None
    if calls is None:
        return b""
    ends = [(number, "refuse") for number in calls.refused] + [(calls.clone3, "unknown"), (calls.clone, "clone")]
    after = 5 + len(ends)
    places = {"clone": after + 1, "refuse": after + 4, "unknown": after + 5}
    load, jump_equal, jump_above, jump_set, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    program = [
        (load, 0, 0, 4),  # the architecture
        (jump_equal, 1, 0, calls.architecture),
        (answer, 0, 0, KILL_PROCESS),
        (load, 0, 0, 0),  # the call's number
        (jump_above, places["refuse"] - 5, 0, X32),
        *((jump_equal, places[end] - place - 1, 0, number) for place, (number, end) in enumerate(ends, start=5)),
        (answer, 0, 0, ALLOW),
        (load, 0, 0, 16),  # its first argument
        (jump_set, 0, 1, CLONE_THREAD),
        (answer, 0, 0, ALLOW),
        (answer, 0, 0, REFUSE),
        (answer, 0, 0, UNKNOWN),  # so that the C library asks for a thread by clone
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def die_with(parent: int, signal: int) -> None:  # pragma: no cover - in the child nothing counts lines
    """Have the kernel send that signal when the parent ends; at once if it has."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal)
        if os.getppid() != parent:
            os._exit(1)


def confine(ruleset: int | None, program: bytes) -> None:  # pragma: no cover - as above
    """Give up, for this process and all that it starts: privileges, files outside the ruleset, and calls. Raises
    OSError.
    """
    if _libc is None:
        return
    for capability in set(range(CAPABILITIES)) - set(KEPT_CAPABILITIES):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # refused to all but root, who alone has any
    _checked(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if ruleset is not None:
        _checked(_libc.syscall(RESTRICT_SELF, ruleset, ctypes.c_uint32(0)))
    if program:
        code = ctypes.create_string_buffer(program, len(program))
        packed = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
        _checked(_libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, packed, 0, 0))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
