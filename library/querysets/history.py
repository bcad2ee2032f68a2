"""Queries for what was changed, by whom and when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connections, models
from django.db.models import Count

from library.querysets.bulk import insert_rows
from library.querysets.limits import MANY_ROWS

if TYPE_CHECKING:
    from library.models import Change, Entry


class EntryQuerySet(models.QuerySet["Entry"]):
    """What was done."""

    def latest_first(self) -> EntryQuerySet:
        """The newest first, with who did it, and whether it was undone."""
        return self.select_related("by").prefetch_related("undoings").order_by("-pk")

    def undone_by(self, pks: Iterable[int]) -> dict[int, int]:
        """{id: id of its undoing} of those that are undone: by the latest undoing that was not undone itself.

        One query, however often they were undone and done again.
        """
        asked = list(pks)
        if not asked:
            return {}
        connection = connections[self.db]
        table = connection.ops.quote_name(self.model._meta.db_table)
        statement = f"""
            WITH RECURSIVE undoing (id, undoes_id) AS (
                SELECT id, undoes_id FROM {table} WHERE undoes_id IN ({", ".join(["%s"] * len(asked))})
                UNION SELECT entry.id, entry.undoes_id FROM {table} entry
                JOIN undoing ON entry.undoes_id = undoing.id
            ) SELECT id, undoes_id FROM undoing ORDER BY id DESC
        """  # noqa: S608 - a name of ours
        undone: dict[int, int] = {}
        with connection.cursor() as cursor:
            cursor.execute(statement, asked)
            for undoing, target in cursor.fetchall():
                if undoing not in undone:
                    undone.setdefault(target, undoing)
        return undone


class ChangeQuerySet(models.QuerySet["Change"]):
    """What each entry did to a video or a tag."""

    def keep(self, entry: Entry, changed: Iterable[tuple[str, int, dict[str, list[Any]]]]) -> None:
        """Write what an entry did: (kind, id, {fact: [before, after]})."""
        rows = ((entry.pk, kind, subject, json.dumps(facts)) for kind, subject, facts in changed)
        insert_rows(self.model, ("entry_id", "kind", "subject", "facts"), rows)

    def of(self, kind: str, subject: int) -> ChangeQuerySet:
        """All that was done to one, the latest first."""
        return self.filter(kind=kind, subject=subject).select_related("entry__by").order_by("-entry_id")

    def since(self, moment: datetime) -> ChangeQuerySet:
        """What was done after a moment."""
        return self.filter(entry__at__gt=moment)

    def after(self, entry: Entry) -> ChangeQuerySet:
        """What was done after an entry."""
        return self.filter(entry_id__gt=entry.pk)

    def in_parts(self) -> Iterator[list[Change]]:
        """All, some thousand at a time, so that no statement is open meanwhile."""
        part = list(self.order_by("pk")[:MANY_ROWS])
        while part:
            yield part
            part = list(self.filter(pk__gt=part[-1].pk).order_by("pk")[:MANY_ROWS])

    def counts(self, entry_ids: Iterable[int]) -> dict[int, int]:
        """{entry id: how many videos and tags it changed}."""
        counted = self.filter(entry_id__in=list(entry_ids)).order_by().values_list("entry_id")
        return dict(counted.annotate(number=Count("pk")))

    def former_names(self, tag_ids: Iterable[int]) -> dict[int, str]:
        """What tags were called last that are no more, by id."""
        asked = list(tag_ids)
        names: dict[int, str] = {}
        if asked:
            rows = self.filter(kind="tag", subject__in=asked).order_by("pk").values_list("subject", "facts")
            for pk, changed in rows:
                before, after = changed.get("name", (None, None))
                names[pk] = after or before or names.get(pk, f"tag {pk}")
        return names

    def subjects(self, kind: str) -> list[int]:
        """Whom they were done to."""
        return list(self.filter(kind=kind).values_list("subject", flat=True))
