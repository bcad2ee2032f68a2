"""Histograms as lists of counts: where a value belongs, and what percentile the counts tell.

The bucket of a value is `bisect_right(BOUNDS, value)`. Times are told apart by an eighth of an octave: a percentile is
off by 6 % at most, mostly by less. Sizes and the durations of streams are told apart by powers of four.
"""

from collections.abc import Mapping

TIME_BOUNDS: tuple[int, ...] = tuple((8 + part) << (octave - 3) for octave in range(15, 36) for part in range(8))
"""Nanoseconds, from 33 µs to a minute. The first bucket is below the first bound, the last from the last bound on."""
TIMES = len(TIME_BOUNDS) + 1

SIZE_BOUNDS = tuple(256 * 4**power for power in range(12))
"""Bytes, from 256 to 1 GiB."""
SIZES = len(SIZE_BOUNDS) + 1

DURATION_BOUNDS = tuple(10**9 * 4**power // 16 for power in range(10))
"""Nanoseconds, from a sixteenth of a second to 4½ hours."""
DURATIONS = len(DURATION_BOUNDS) + 1


def percentile(times: Mapping[int, int], share: float) -> float | None:
    """The time, in seconds, that so many of the times did not exceed; None where there are none.

    The times are {bucket: how many}.
    """
    rank = share * sum(times.values())
    if not rank:
        return None
    below = 0
    for bucket, count in sorted(times.items()):
        if below + count >= rank:
            low = TIME_BOUNDS[bucket - 1] if bucket else 0
            high = TIME_BOUNDS[min(bucket, len(TIME_BOUNDS) - 1)]
            return (low + (high - low) * (rank - below) / count) / 1e9
        below += count
    raise AssertionError("a rank is at most the sum")
