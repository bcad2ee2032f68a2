"""Who changed what, and when: enough to show it, and to take it back."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from library.querysets import ChangeQuerySet, EntryQuerySet


class Entry(models.Model):
    """One thing that a person or a command did, with all that it changed."""

    class Action(models.TextChoices):
        """What was done."""

        RATE = "rate", "stars"
        TAG = "tag", "tag added"
        UNTAG = "untag", "tag removed"
        FAVORITE = "favorite", "favourite"
        TITLE = "title", "title"
        EDIT = "edit", "edited"
        VIEWS = "views", "views set"
        RENAME = "rename", "tag renamed"
        MERGE = "merge", "tags merged"
        PARENTS = "parents", "tag's parents"
        ALIASES = "aliases", "tag's other names"
        NEW_TAG = "new_tag", "tag made"
        DELETE_TAG = "delete_tag", "tag deleted"
        IMPORT = "import", "import"
        FORGET = "forget", "videos forgotten"
        UNDO = "undo", "undone"

    at = models.DateTimeField("when", db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor = models.CharField(
        "who", max_length=150, db_index=True, help_text="The account's name, the command's, or “a visitor”."
    )
    action = models.CharField("what", max_length=12, choices=Action.choices, db_index=True)
    summary = models.CharField(max_length=300)
    undoes = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="undoings")

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = "history entry"
        verbose_name_plural = "history"

    def __str__(self) -> str:
        return self.summary


class Change(models.Model):
    """What one entry did to one video or tag: `{fact: [before, after]}`, see library/facts.py."""

    class Kind(models.TextChoices):
        """Whose facts they are."""

        VIDEO = "video"
        TAG = "tag"

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    subject = models.BigIntegerField(help_text="The video's or the tag's id, which outlives it here.")
    facts = models.JSONField()

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index("kind", "subject", "entry", name="change_by_subject"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}: {', '.join(self.facts)}"
