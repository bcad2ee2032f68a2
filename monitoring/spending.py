"""What the present request of each thread spent its time on."""

import threading
from collections.abc import Callable
from time import monotonic_ns
from typing import Any

USED, STATEMENTS, SQL_NS, CACHE_NS, RENDER_NS = range(5)
"""Places in `spent.numbers`; the first is not 0 once any other is not."""


class _Spent(threading.local):
    def __init__(self) -> None:
        self.numbers = [0, 0, 0, 0, 0]


spent = _Spent()


def count_statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Django's hook around each SQL statement."""
    began = monotonic_ns()
    try:
        return execute(sql, params, many, context)
    finally:
        numbers = spent.numbers
        numbers[USED] = 1
        numbers[STATEMENTS] += 1
        numbers[SQL_NS] += monotonic_ns() - began


def watch_statements(*, connection: Any, **_kwargs: Any) -> None:
    """Receive `connection_created`: count what that connection is asked."""
    if count_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(count_statement)
