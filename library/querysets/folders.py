"""Queries for the folders that paths lead through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import connections, models
from django.db.models import CharField, Func, Value
from django.db.models.functions import Concat
from django.db.models.lookups import Exact

if TYPE_CHECKING:
    from library.models import Video  # noqa: F401 - named in strings


class FolderOf(Func):
    """A path without its last part: `a/b/` of `a/b/c.mp4`, and "" of `c.mp4`.

    What a path ends with that is no slash is taken off. Written without parameters, so that the index of this
    expression is found; SQLite and PostgreSQL read it alike.
    """

    template = "RTRIM(%(expressions)s, REPLACE(%(expressions)s, '/', ''))"
    arity = 1

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        super().__init__(*expressions, **{"output_field": CharField(), **extra})


class FolderQuerySet(models.QuerySet["Video"]):
    """Videos by the folders that they lie in."""

    def in_folder(self, folder: str, *, often: bool = False) -> Self:
        """Those right in a folder, which is "" or ends with a slash.

        Of one that holds many the first in any order are found by walking over that order, else by sorting all.
        """
        place: Func = FolderOf("path")
        if often:
            place = Concat(place, Value(""))  # which no index holds
        return self.filter(Exact(place, Value(folder)))

    def folders(self) -> dict[str, tuple[int, int]]:
        """{folder: (how many present videos are right in it, id of the newest)}.

        From one folder's place in the index to the next one's: of 100,000 videos in 40 folders this takes 6 ms, where
        grouping all of them takes 146.
        """
        connection = connections[self.db]
        table, path = map(connection.ops.quote_name, (self.model._meta.db_table, "path"))
        folder = FolderOf.template % {"expressions": path}
        present = f"FROM {table} WHERE missing_since IS NULL"
        statement = f"""
            WITH RECURSIVE found (folder) AS (
                SELECT * FROM (SELECT {folder} {present} ORDER BY {folder} LIMIT 1) AS the_first
                UNION ALL SELECT (
                    SELECT {folder} {present} AND {folder} > found.folder ORDER BY {folder} LIMIT 1
                ) FROM found WHERE found.folder IS NOT NULL
            ) SELECT folder, (SELECT COUNT(*) {present} AND {folder} = found.folder),
            (SELECT MAX(id) {present} AND {folder} = found.folder) FROM found WHERE folder IS NOT NULL
        """  # noqa: S608 - names of ours
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return {name: (number, newest) for name, number, newest in cursor.fetchall()}
