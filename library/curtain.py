"""The PIN that opens the curtain, which hides all pages of a browser: set, changed and given.

An owner is an account's id; None is who is not signed in. Guessing is slow: after a few misses each further attempt has
to wait, for a time that doubles.
"""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from library.locking import reading_afresh, writing
from library.models import Pin
from library.querysets import Owner

FREE_MISSES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
LEAST_DIGITS, MOST_DIGITS = 4, 12


class PinError(ValueError):
    """It is not the PIN, or can't be one; the message says why."""


class TooManyAttemptsError(PinError):
    """The next attempt has to wait."""


def has_pin(owner: Owner) -> bool:
    """Whether the curtain opens to a PIN alone."""
    with reading_afresh():
        return Pin.objects.of(owner).exists()


def give(owner: Owner, pin: str) -> None:
    """Open the curtain: right where there is no PIN, or this is it. Raises PinError.

    A miss is counted before the PIN is looked at, so that attempts made at once count as well.
    """
    hashed = _count_an_attempt(owner, pin, timezone.now())
    if hashed is None:
        return
    if not check_password(pin, hashed):
        raise PinError("That is not the PIN.")
    with writing():
        Pin.objects.of(owner).update(misses=0, missed_at=None)


def change(owner: Owner, pin: str, new: str) -> None:
    """Have another PIN instead of the present one, or none where the new one is empty. Raises PinError."""
    if new and not (new.isascii() and new.isdigit() and LEAST_DIGITS <= len(new) <= MOST_DIGITS):
        raise PinError(f"A PIN has {LEAST_DIGITS} to {MOST_DIGITS} digits.")
    give(owner, pin)
    with writing():
        Pin.objects.of(owner).delete()
        if new:
            Pin.objects.create(owner_id=owner, password=make_password(new))


def _count_an_attempt(owner: Owner, pin: str, now: datetime) -> str | None:
    """The hash of the PIN that there is; None where there is none. Raises PinError."""
    with writing():
        row = Pin.objects.of(owner).select_for_update().first()
        if row is None:
            return None
        if not pin:
            raise PinError("Give the PIN.")
        left = _waits(row.misses) - (now - row.missed_at) if row.missed_at else timedelta()
        if left > LONGEST_WAIT:  # the clock was set back since
            left = timedelta()
        if left > timedelta():
            raise TooManyAttemptsError(f"Too many attempts. Wait {int(left.total_seconds()) + 1} seconds.")
        row.misses, row.missed_at = row.misses + 1, now
        row.save(update_fields=["misses", "missed_at"])
        return row.password


def _waits(misses: int) -> timedelta:
    """For how long after the last of so many."""
    over = misses - FREE_MISSES
    return timedelta() if over < 0 else min(FIRST_WAIT * 2 ** min(over, 10), LONGEST_WAIT)
