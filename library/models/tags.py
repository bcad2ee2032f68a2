"""Words that the household hangs on videos."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from library import naming
from library.querysets import (
    TagAliasQuerySet,
    TagQuerySet,
)


class Tag(models.Model):
    """A word that the household hangs on videos; two that differ only in case are one."""

    name = models.CharField(max_length=naming.MAX_TAG_LENGTH)
    key = models.CharField(max_length=3 * naming.MAX_TAG_LENGTH, unique=True, editable=False)

    parents = models.ManyToManyField(
        "self", symmetrical=False, related_name="children", blank=True, help_text="What it implies when people filter."
    )

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ("key",)
        constraints = (models.CheckConstraint(condition=~Q(key=""), name="tag_has_a_name"),)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.name = naming.clean_tag(self.name)
        self.key = naming.tag_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("tag", args=[self.name])


class TagAlias(models.Model):
    """A name that a tag had, or that another tag had before it was merged into this one.

    Where the tag is gone, the name is retired: an import leaves it alone, and a person may use it anew.
    """

    name = models.CharField(max_length=naming.MAX_TAG_LENGTH)
    key = models.CharField(max_length=3 * naming.MAX_TAG_LENGTH, unique=True, editable=False)
    tag = models.ForeignKey(Tag, on_delete=models.DO_NOTHING, db_constraint=False, related_name="aliases")

    objects = TagAliasQuerySet.as_manager()

    class Meta:
        ordering = ("key",)
        verbose_name_plural = "tag aliases"

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.key = naming.tag_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]
