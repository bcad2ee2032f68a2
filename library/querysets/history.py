"""Queries for what was changed, by whom and when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from library.querysets.bulk import insert_rows
from library.querysets.limits import MANY_ROWS

if TYPE_CHECKING:
    from library.models import Change, Entry


class EntryQuerySet(models.QuerySet["Entry"]):
    """What was done."""

    def latest_first(self) -> EntryQuerySet:
        """The newest first, with who did it, and whether it was undone."""
        return self.select_related("by").prefetch_related("undoings").order_by("-pk")


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

    def subjects(self, kind: str) -> Iterable[int]:
        """Whom they were done to."""
        return self.filter(kind=kind).values_list("subject", flat=True)
