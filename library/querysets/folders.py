"""The folder that a path leads through, in the database itself."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Func


class FolderOf(Func):
    """A path without its last part: `a/b/` of `a/b/c.mp4`, and "" of `c.mp4`.

    What a path ends with that is no slash is taken off. Written without parameters, so that the index of this
    expression is found; SQLite and PostgreSQL read it alike.
    """

    template = "RTRIM(%(expressions)s, REPLACE(%(expressions)s, '/', ''))"
    arity = 1

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        super().__init__(*expressions, **{"output_field": CharField(), **extra})
