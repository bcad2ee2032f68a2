"""Something that happens between two steps of the code under test, as another process would do it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_waiting: dict[str, tuple[Callable[[tuple[Any, ...]], bool], Callable[[], None]]] = {}


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _waiting and _waiting[event][0](arguments):
        _waiting.pop(event)[1]()


@contextmanager
def just_before(event: str, matches: Callable[[tuple[Any, ...]], bool], act: Callable[[], None]) -> Iterator[None]:
    """Act once, right before the interpreter does what the audit event announces (PEP 578)."""
    if _hear not in _installed:
        sys.addaudithook(_hear)
        _installed.append(_hear)
    _waiting[event] = matches, act
    try:
        yield
        assert event not in _waiting, f"{event} never came"
    finally:
        _waiting.pop(event, None)


_installed: list[Callable[..., None]] = []
"""An audit hook stays for the life of the process."""
