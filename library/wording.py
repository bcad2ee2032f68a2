"""How facts are put into words for people. Pure."""

from datetime import datetime
from typing import Any

FORMULA_BEGINS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
"""Signs, once more in full width, and what a spreadsheet skips before them."""


def clock(seconds: float) -> str:
    """A length as players write it: 1:02:03, 4:05; "" where it isn't known."""
    whole = round(seconds)
    if seconds <= 0:
        return ""
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def moment(seconds: float) -> str:
    """A place in a film as players write it: 0:00, 1:02:03."""
    return clock(max(int(seconds), 0)) or "0:00"


def resolution(width: int | None, height: int | None) -> str:
    """The name that people use for a picture's size, by its longer side: 4K, HD …; "" below HD."""
    longer = max(width or 0, height or 0)
    for least, name in ((7000, "8K"), (3400, "4K"), (1900, "Full HD"), (1200, "HD")):
        if longer >= least:
            return name
    return ""


def age(then: datetime, today: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    passed = span(then, today)
    return f"{passed} ago" if passed else "today"


def span(then: datetime, today: datetime) -> str:
    """How long it is since then, in the largest unit that fits; "" where it is less than a day."""
    days = (today - then).days
    for length, unit in ((365, "year"), (30, "month"), (7, "week"), (1, "day")):
        if days >= length:
            return counted(days // length, unit)
    return ""


def left(seconds: float) -> str:
    """How much of a video is still to come, in whole minutes."""
    hours, minutes = divmod(round(seconds / 60), 60)
    told = " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
    return f"{told or 'Less than a minute'} left"


def played(times: int, first: str, last: str) -> str:
    """How often something was played, and from which day to which."""
    often = "Once" if times == 1 else f"{times} times"
    return f"{often}, on {last}" if first == last else f"{often}, first on {first}, last on {last}"


def bitrate(bits_per_second: int | None) -> str:
    """A bitrate in Mbit/s or kbit/s; "" where it isn't known."""
    if not bits_per_second:
        return ""
    return f"{bits_per_second / 1e6:.1f} Mbit/s" if bits_per_second >= 1e6 else f"{bits_per_second / 1e3:.0f} kbit/s"


def codecs(video_codec: str, audio_codec: str) -> str:
    """Both codecs, or the one that there is."""
    return " and ".join(filter(None, (video_codec, audio_codec)))


def counted(count: int, noun: str) -> str:
    """A number of things whose plural ends in s."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def cell(value: Any) -> Any:
    """A value for a CSV file: text that a spreadsheet would compute stays text, behind an apostrophe; numbers stay
    numbers (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_BEGINS) else value
