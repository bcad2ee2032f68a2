"""Who is at work: what a change's history entry says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Actor(NamedTuple):
    """A person or a command."""

    name: str
    user_id: int | None = None


NOBODY = Actor("the server")

_current: ContextVar[Callable[[], Actor]] = ContextVar("actor", default=lambda: NOBODY)


def actor() -> Actor:
    """Who acts in this thread just now."""
    return _current.get()()


@contextmanager
def acting(find: Callable[[], Actor]) -> Iterator[None]:
    """Let `find` say who acts, when that is asked for."""
    token = _current.set(find)
    try:
        yield
    finally:
        _current.reset(token)
