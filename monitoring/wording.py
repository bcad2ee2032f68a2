"""Numbers for people."""


def number(value: float) -> str:
    """Without a unit; three digits that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def milliseconds(value: float) -> str:
    """A time."""
    return f"{value / 1000:.3g} s" if value >= 1000 else f"{value:.3g} ms" if value < 100 else f"{value:.0f} ms"


def size(value: float) -> str:
    """Bytes, in the unit that fits."""
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:.3g} {unit}" if unit != "B" else f"{value:.0f} B"
        value /= 1024
    return f"{value:.3g} TB"


def a_second(value: float) -> str:
    """A rate."""
    return f"{number(value)}/s"


def bytes_a_second(value: float) -> str:
    """A rate of bytes."""
    return f"{size(value)}/s"


def percent(value: float) -> str:
    """A share, 0 to 1."""
    return f"{100 * value:.3g} %"


def ago(seconds: float) -> str:
    """How long something is past."""
    for unit, least in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * least:
            return f"{seconds / least:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
