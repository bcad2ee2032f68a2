"""The PIN that opens the curtain again."""

from django.db import models
from django.db.models.functions import Coalesce

from library.models.lists import OfAnOwner
from library.querysets.curtain import PinQuerySet


class Pin(OfAnOwner):
    """The PIN of an account, or of those who are not signed in, and how often it was missed since it was given."""

    password = models.CharField("PIN", max_length=128, editable=False, help_text="As passwords are kept: hashed.")
    misses = models.PositiveSmallIntegerField(default=0, editable=False)
    missed_at = models.DateTimeField("last missed", null=True, editable=False)

    objects = PinQuerySet.as_manager()

    class Meta:
        verbose_name = "PIN"
        verbose_name_plural = "PINs"
        constraints = (models.UniqueConstraint(Coalesce("owner", 0), name="pin_once"),)

    def __str__(self) -> str:
        return f"of {self.owner.get_username() if self.owner else 'those who are not signed in'}"
