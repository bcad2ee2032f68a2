"""Lines over time, and numbers for people."""

from datetime import UTC, datetime, timedelta

import pytest

from monitoring import wording
from monitoring.charts import HEIGHT, WIDTH, Chart, Line, bars, round_up

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_chart(*values: float | None, minutes: tuple[int, ...] = (), full: float | None = None) -> Chart:
    """One line over an hour; points more than 15 minutes apart are not joined."""
    moments = [START + timedelta(minutes=minute) for minute in minutes or range(0, 60, 10)[: len(values)]]
    return Chart("key", "Title", START, START + HOUR, moments, [Line("line", values)], str, HOUR / 4, full=full)


def path(chart: Chart) -> str:
    return chart.drawn[0][2]


def test_a_line_goes_from_left_to_right_and_from_nothing_to_the_top() -> None:
    chart = a_chart(0.0, 5.0, 10.0, minutes=(0, 10, 20))
    assert path(chart) == f"M0.0 {HEIGHT:.1f}h.1L{WIDTH / 6:.1f} {HEIGHT / 2:.1f}L{WIDTH / 3:.1f} 0.0"
    assert chart.scale == ["10.0", "5.0", "0.0"]
    assert chart.drawn[0][:2] == ("line", "10.0")


def test_a_gap_is_not_drawn_over() -> None:
    assert path(a_chart(1.0, 1.0, 1.0, minutes=(0, 10, 40))).count("M") == 2
    assert path(a_chart(1.0, None, 1.0, minutes=(0, 10, 20))).count("M") == 2
    assert a_chart(None, None).drawn[0][1:3] == ("–", "")


def test_a_scale_may_be_given() -> None:
    assert a_chart(0.2, full=1.0).scale == ["1.0", "0.5", "0.0"]
    assert "M0.0 0.0" in path(a_chart(7.0, full=1.0))


def test_the_table_is_short_and_ends_with_the_beginning() -> None:
    values = [float(number) for number in range(60)]
    rows = a_chart(*values, minutes=tuple(range(60))).rows
    assert len(rows) == 12
    assert rows[0] == (START + timedelta(minutes=59), ["57.0"])
    assert rows[-1] == (START + timedelta(minutes=4), ["2.0"])
    assert a_chart(None).rows == [(START, ["–"])]


@pytest.mark.parametrize(("value", "thousand", "rounded"), [
    (1, 1000, 1), (0.034, 1000, 0.05), (11, 1000, 20), (999, 1000, 1000), (3 * 2**20, 1024, 5 * 2**20),
    (60 * 2**20, 1024, 100 * 2**20),
])  # fmt: skip
def test_scales_end_with_round_numbers(value: float, thousand: int, rounded: float) -> None:
    assert round_up(value, thousand) == pytest.approx(rounded)


def test_a_small_histogram_has_a_bar_for_each_count() -> None:
    assert bars([0, 4, 0, 8]) == "M4 16v-8.0h3V16zM12 16v-16.0h3V16z"
    assert bars([]) == ""


@pytest.mark.parametrize(("written", "words"), [
    (wording.number(1234.0), "1,234"), (wording.number(0.1234), "0.123"), (wording.milliseconds(0.5), "0.5 ms"),
    (wording.milliseconds(123.4), "123 ms"), (wording.milliseconds(2500), "2.5 s"), (wording.size(512), "512 B"),
    (wording.size(1536), "1.5 KB"), (wording.size(2**41), "2 TB"), (wording.percent(0.934), "93.4 %"),
    (wording.a_second(2), "2/s"), (wording.bytes_a_second(2048), "2 KB/s"), (wording.ago(59), "59 s"),
    (wording.ago(600), "10 min"), (wording.ago(7300), "2 h"), (wording.ago(10**6), "12 d"), (wording.ago(-1), "0 s"),
])  # fmt: skip
def test_numbers_are_written_for_people(written: str, words: str) -> None:
    assert written == words
