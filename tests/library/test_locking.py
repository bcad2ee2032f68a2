"""One at a time, and each on what is so now."""

import sqlite3
import threading
from contextlib import closing

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from library.locking import exclusive, reading_afresh, writing
from library.models import Tag
from tests.builders import Folder


def add_behind_the_cache(name: str) -> None:
    """Commit a tag as another process does whose invalidation hasn't come yet."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other, other:
        other.execute("INSERT INTO library_tag (name, key) VALUES (?, ?)", (name, name))


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_writes_sees_what_the_query_cache_has_not_heard_of() -> None:
    assert list(Tag.objects.all()) == []
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
    assert list(Tag.objects.all()) == []
    with CaptureQueriesContext(connection) as captured:
        assert list(Tag.objects.all()) == []
    assert len(captured) == 0


def test_who_comes_second_waits_until_the_first_has_done(folder: Folder) -> None:
    order: list[str] = []
    inside = threading.Event()

    def first() -> None:
        with exclusive("work"):
            inside.set()
            order.append("first begins")
            threading.Event().wait(0.1)
            order.append("first ends")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait()
    with exclusive("other work"):
        pass
    with exclusive("work"):
        order.append("second")
    thread.join()
    assert order == ["first begins", "first ends", "second"]
