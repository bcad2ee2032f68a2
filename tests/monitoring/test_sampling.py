"""The history: a sample a minute, condensed when it is older, forgotten when it is old."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from monitoring import ledger, measures, sampler, sampling
from monitoring.ledger import ledger_of
from monitoring.measurement import Measurement, merged
from monitoring.models import Baseline, Sample
from monitoring.sampler import Sampler
from monitoring.sampling import RESOLUTIONS, Scales, condense, take_sample
from tests.builders import a_video, videos
from tests.environment import Site, make_site
from tests.serving import kill, serving, until

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def metrics_dir(tmp_path: Path, settings: Any) -> None:
    settings.METRICS_DIR = tmp_path / "metrics"


def a_sample(at: datetime, width: int = 60, **rows: dict[int, int]) -> Sample:
    """One in the database, as of rows by the names of routes."""
    named = {measures.ROUTE + name: row for name, row in rows.items()}
    sample = Sample.of(Measurement(width, named, {"database": at.minute, "waiting": at.minute % 7}), width, at)
    sample.save()
    return sample


@pytest.mark.django_db(transaction=True)
def test_a_sample_holds_what_came_since_the_one_before(client: Client) -> None:
    videos(3)
    client.get("/")
    assert take_sample() is None
    for _ in range(4):
        client.get("/")
    client.get("/watch/none.mp4")
    sample = take_sample({"thumbnails": 7.0})
    assert sample
    assert (sample.requests, sample.refusals, sample.errors) == (5, 1, 0)
    assert sample.measurement.route("home").requests == 4
    assert sample.p50_ms
    assert sample.p99_ms
    assert 0 < sample.p50_ms <= sample.p99_ms
    assert sample.measurement.gauges["videos"] == 3
    assert sample.measurement.gauges["thumbnails"] == 7
    assert sample.measurement.gauges["database"] > 0
    assert sample.measurement.processes
    client.get("/")
    again = take_sample()
    assert again
    assert again.requests == 1
    assert Baseline.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_taking_a_sample_asks_the_query_cache_for_nothing(client: Client) -> None:
    take_sample()
    sample = take_sample()
    assert sample
    assert (sample.hits, sample.misses) == (0, 0)


@pytest.mark.django_db
def test_counts_that_were_lost_begin_anew(client: Client, settings: Any, tmp_path: Path) -> None:
    ledger_of(settings.METRICS_DIR).add(measures.ROUTE + "home", 0, 50)
    take_sample()
    settings.METRICS_DIR = tmp_path / "others"
    ledger_of(settings.METRICS_DIR).add(measures.ROUTE + "home", 0, 3)
    sample = take_sample()
    assert sample
    assert sample.requests == 3


@pytest.mark.django_db
def test_older_samples_are_condensed_and_the_oldest_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    for minute in range(1, 61):
        a_sample(START + timedelta(minutes=minute), home={1: 1, measures.TIMES + minute: 1})
    end = START + timedelta(hours=1)
    assert condense(60, 600, end) == 6
    assert condense(60, 600, end) == 0
    assert condense(600, 3600, end) == 1
    hour = Sample.objects.get(width=3600)
    assert (hour.at, hour.requests, hour.seconds) == (end, 60, 3600)
    assert hour.measurement.route("home").times == [
        0,
        *[1] * 60,
        *[0] * (len(hour.measurement.route("home").times) - 61),
    ]
    assert hour.measurement.gauges == {"database": 0, "waiting": 6}


@pytest.mark.django_db
def test_after_a_long_time_off_the_gap_is_skipped() -> None:
    a_sample(START + timedelta(minutes=1), home={1: 1})
    a_sample(START + timedelta(days=40, minutes=1), home={1: 2})
    assert condense(60, 600, START + timedelta(days=40, minutes=30)) == 2
    assert [sample.requests for sample in Sample.objects.of_width(600)] == [1, 2]


@pytest.mark.django_db
def test_what_is_too_old_is_forgotten() -> None:
    now = datetime.now(UTC)
    for width, keep in RESOLUTIONS:
        a_sample(now - keep - timedelta(minutes=1), width)
        a_sample(now - keep + timedelta(minutes=5), width)
    take_sample()
    kept = [Sample.objects.filter(width=width).order_by("at").first() for width, _ in RESOLUTIONS]
    assert all(sample and sample.at > now - keep for sample, (_, keep) in zip(kept, RESOLUTIONS, strict=True))


def test_spans_become_one() -> None:
    first = Measurement(60, {"route:home": {1: 2, 6: 3}}, {"memory": 5, "database": 1}, {"web 1": (10, 0.5)})
    second = Measurement(
        180, {"route:home": {1: 1}, "route:tag": {1: 1}}, {"memory": 4, "database": 2}, {"web 1": (8, 0.1)}
    )
    whole = merged([first, second])
    assert whole == Measurement(
        240, {"route:home": {1: 3, 6: 3}, "route:tag": {1: 1}}, {"memory": 5, "database": 2}, {"web 1": (10, 0.2)}
    )
    assert Measurement.unpack(whole.pack()) == whole


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_makes_the_next_sample_longer(settings: Any, caplog: pytest.LogCaptureFixture,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(sampler, "LOCK_MILLISECONDS", 10)
    take_sample()
    ledger_of(settings.METRICS_DIR).add(measures.ROUTE + "home", 0, 2)
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        Sampler().tick()
        other.execute("ROLLBACK")
    assert "the next one will hold it too" in caplog.text
    assert not Sample.objects.exists()
    Sampler().tick()
    assert Sample.objects.get().requests == 2
    connection.close()


@pytest.mark.django_db
def test_a_fault_in_measuring_is_logged_and_ends_nothing(monkeypatch: pytest.MonkeyPatch,
                                                         caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    monkeypatch.setattr(sampler, "take_sample", lambda sizes: 1 / 0)
    Sampler().tick()
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.django_db
def test_one_sample_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [START.timestamp()]
    taken: list[float] = []
    monkeypatch.setattr("monitoring.sampler.time.time", lambda: clock[0])
    monkeypatch.setattr(sampler, "take_sample", lambda sizes: taken.append(clock[0] - START.timestamp()))
    own = Sampler()
    for _ in range(300):
        own.tick()
        clock[0] += 0.7
    assert len(taken) == 4
    assert [int(moment // 60) for moment in taken] == [0, 1, 2, 3]


@pytest.mark.django_db
def test_a_clock_that_is_set_back_or_forward_by_a_day_stops_neither_samples_nor_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, done = [START.timestamp()], list[str]()
    monkeypatch.setattr("monitoring.sampler.time.time", lambda: clock[0])
    monkeypatch.setattr(sampler, "take_sample", lambda sizes: done.append("sample"))
    monkeypatch.setattr(sampler.health, "tell", lambda: done.append("look"))
    own = Sampler()
    day = 86_400
    for jump in (0, -day, day):
        clock[0] += jump
        done.clear()
        for _ in range(100):
            own.tick()
            clock[0] += 1
        assert done.count("sample") in (2, 3), jump
        assert done.count("look") in (4, 5), jump


def test_large_folders_are_measured_a_little_at_a_time(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / str(number)).write_bytes(bytes(100))
    scales = Scales({"films": tmp_path, "none": tmp_path / "none"})
    assert scales.weigh(seconds=-1) == {}
    for _ in range(30):
        sizes = scales.weigh(seconds=-1)
    assert sizes == {"films": 2000, "films files": 20, "none": 0, "none files": 0}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


def rows_in(site: Site, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(site.data / "db.sqlite3")) as database:
        return database.execute(query).fetchall()


def test_serve_takes_samples_and_goes_on_after_a_restart(site: Site) -> None:
    baseline = "SELECT at FROM monitoring_baseline"
    counted = "SELECT sum(requests) FROM monitoring_sample"
    with serving(site) as server:
        until(lambda: rows_in(site, baseline), what="the first look")
        for _ in range(3):
            server.get("/ping")
        web = [pid for pid in server.processes("gunicorn") if pid != server.master()]
        for pid in web:
            kill(pid)
        until(lambda: not set(web) & set(server.processes("gunicorn")), what="their end")
        assert server.get("/ping").status == 200
        server.stop()
    with serving(site):
        until(lambda: rows_in(site, counted) == [(4,)], what="a sample of all that was counted")
    assert "route:ping" in ledger.totals(site.data / "metrics")


@pytest.mark.django_db(transaction=True)
def test_a_sample_that_can_t_be_written_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    a_video("a.mp4")
    take_sample()
    before = Baseline.objects.get().at

    def fail(*_: object) -> None:
        raise DatabaseError("no")

    monkeypatch.setattr(sampling, "condense", fail)
    with pytest.raises(DatabaseError):
        take_sample()
    assert Baseline.objects.get().at == before
    assert not Sample.objects.exists()
