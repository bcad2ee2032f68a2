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
    for heard in _listening:
        heard.append(event)


@contextmanager
def just_before(event: str, matches: Callable[[tuple[Any, ...]], bool], act: Callable[[], None]) -> Iterator[None]:
    """Act once, right before the interpreter does what the audit event announces (PEP 578)."""
    _install()
    _waiting[event] = matches, act
    try:
        yield
        assert event not in _waiting, f"{event} never came"
    finally:
        _waiting.pop(event, None)


@contextmanager
def events() -> Iterator[list[str]]:
    """The names of the audit events that come, as they come."""
    _install()
    heard: list[str] = []
    _listening.append(heard)
    try:
        yield heard
    finally:
        _listening.remove(heard)


def _install() -> None:
    if _hear not in _installed:
        sys.addaudithook(_hear)
        _installed.append(_hear)


_listening: list[list[str]] = []
_installed: list[Callable[..., None]] = []
"""An audit hook stays for the life of the process."""
