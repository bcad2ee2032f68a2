"""One at a time, and each on what is so now."""

import fcntl
import sqlite3
import threading
from contextlib import closing
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from library.locking import exclusive, reading_afresh, writing
from library.models import Tag
from tests.builders import Folder


def fill_the_cache() -> None:
    """The first read gives the table its stamp, where it has none; what the second one finds is kept."""
    for _ in range(2):
        assert list(Tag.objects.all()) == []


def add_behind_the_cache(name: str) -> None:
    """Commit a tag as another process does whose invalidation hasn't come yet."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other, other:
        other.execute("INSERT INTO library_tag (name, key) VALUES (?, ?)", (name, name))


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_writes_sees_what_the_query_cache_has_not_heard_of() -> None:
    fill_the_cache()
    add_behind_the_cache("sea")
    assert list(Tag.objects.all()) == []
    with writing():
        assert [tag.name for tag in Tag.objects.all()] == ["sea"]
    with reading_afresh():
        assert [tag.name for tag in Tag.objects.all()] == ["sea"]


@pytest.mark.django_db(transaction=True)
def test_after_a_failed_transaction_nothing_is_written_and_reads_are_cached_again() -> None:
    with pytest.raises(ZeroDivisionError), writing():
        Tag.objects.create(name="sea")
        _ = 1 / 0
    fill_the_cache()
    with CaptureQueriesContext(connection) as captured:
        assert list(Tag.objects.all()) == []
    assert len(captured) == 0


def test_a_lock_is_held_by_one_and_another_name_is_another_lock(folder: Folder, settings: Any) -> None:
    def is_free(name: str) -> bool:
        with (settings.DATA_DIR / f"{name}.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

    with exclusive("work"):
        assert not is_free("work")
        assert is_free("other work")
        with exclusive("other work"):
            assert not is_free("other work")
    assert is_free("work")


def test_who_comes_second_waits_until_the_first_has_done(folder: Folder) -> None:
    order: list[str] = []

    def second() -> None:
        with exclusive("work"):
            order.append("second")

    thread = threading.Thread(target=second)
    with exclusive("work"):
        thread.start()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
