"""What the query cache did for each table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from library import curating
from library.models import Rating, Tag, Video
from monitoring import ledger, measures
from monitoring.measures import Table
from monitoring.query_cache import counts
from tests.builders import a_video

pytestmark = pytest.mark.django_db(transaction=True)
OF_TWO_TABLES = Video.objects.filter(rating__stars=3)


@pytest.fixture
def added(tmp_path: Path, settings: Any) -> Callable[[], dict[str, Table]]:
    """What was counted of each table since the test began, on a warm cache."""
    a_video("a.mp4", stars=3)
    cache.clear()
    for _ in range(2):  # the first gives the tables their stamps
        list(OF_TWO_TABLES.all())
    settings.METRICS_DIR = tmp_path / "metrics"
    return lambda: measures.tables(ledger.totals(settings.METRICS_DIR))


def test_a_query_counts_with_each_of_its_tables(added: Callable[[], dict[str, Table]]) -> None:
    list(OF_TWO_TABLES.all())
    list(OF_TWO_TABLES.values("pk"))
    list(Tag.objects.all())
    found = {name: (table.hits, table.misses, table.stores) for name, table in added().items()}
    assert found == {"library_video": (1, 1, 1), "library_rating": (1, 1, 1), "library_tag": (0, 1, 1)}
    assert added()["library_video"].hit_rate == 0.5


def test_a_write_invalidates_its_tables_and_no_others(added: Callable[[], dict[str, Table]]) -> None:
    curating.rate(Video.objects.get(path="a.mp4"), 5)
    written = {name for name, table in added().items() if table.invalidations}
    assert "library_rating" in written
    assert not written & {"library_video", "library_tag"}


def test_the_whole_cache_is_counted_as_the_cache_itself_counts(
    added: Callable[[], dict[str, Table]], settings: Any
) -> None:
    before = counts()
    for _ in range(3):
        list(OF_TWO_TABLES.values("path"))
        list(Rating.objects.values("stars"))
    curating.rate(Video.objects.get(path="a.mp4"), 5)
    whole = measures.cache(ledger.totals(settings.METRICS_DIR))
    grown = [now - then for now, then in zip(counts(), before, strict=True)]
    assert [whole.hits, whole.misses, whole.stores, whole.invalidations] == grown
    assert all(grown)
