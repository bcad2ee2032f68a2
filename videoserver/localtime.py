"""The time zone of the machine, in which the household reads dates."""

from zoneinfo import ZoneInfoNotFoundError

from tzlocal import get_localzone_name


def local_time_zone() -> str:
    """Its name, by TZ or the system's setting; UTC where neither names one."""
    try:
        return get_localzone_name() or "UTC"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
