"""A database that is locked for too long is a 503 that says so, and no error page."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from library import curating
from library.models import Video
from monitoring.redis_cache import QueryCacheUnreachableError
from tests.builders import a_video
from videoserver.env import Access


@pytest.fixture
def video(transactional_db: None) -> Video:
    return a_video("a.mp4")


@pytest.fixture
def lock(video: Video) -> Iterator[sqlite3.Connection]:
    """Another program holds the database's lock, and we have no patience."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, uri=True)
    other.execute("BEGIN EXCLUSIVE")
    yield other
    other.rollback()
    other.close()
    connection.close()


@pytest.fixture
def locked(video: Video, lock: sqlite3.Connection) -> Video:
    return video


def rate(client: Client) -> Any:
    return client.post("/rate", json.dumps({"filename": "a.mp4", "rating": 3}), content_type="application/json")


def test_a_change_is_refused_in_json_and_can_be_repeated(locked: Video, client: Client) -> None:
    answer = rate(client)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["error"].startswith("Not now")


def test_pages_go_on_while_it_is_locked_and_so_do_changes_afterwards(lock: sqlite3.Connection, client: Client) -> None:
    pages = ("/", "/watch/a.mp4", "/best-of", "/get_views")
    assert rate(client).status_code == 503
    assert [client.get(path).status_code for path in pages] == [200] * len(pages)
    lock.rollback()
    assert rate(client).status_code == 200
    assert "a.mp4" in client.get("/?sort=rating").content.decode()


def test_a_database_that_can_only_be_read_shows_pages_and_refuses_changes(video: Video, client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    assert client.get("/watch/a.mp4").status_code == 200
    answer = rate(client)
    connection.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_form_is_refused_with_a_page(admin_client: Client, locked: Video) -> None:
    answer = admin_client.post(f"/admin/library/video/{locked.pk}/change/", {"custom_title": "x"})
    assert answer.status_code == 503
    assert "Not now" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("mode", [Access.OPEN, Access.LOGIN])
def test_whoever_asks_the_database_first_a_page_says_that_it_is_away(
    settings: Any, client: Client, monkeypatch: pytest.MonkeyPatch, mode: Access
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("no connection")

    settings.ACCESS = mode
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    client.raise_request_exception = False
    monkeypatch.setattr(connection, "cursor", away)
    for path in ("/favorites", "/admin/", "/watch/a.mp4"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), path


@pytest.mark.django_db
def test_nobody_is_asked_to_repeat_what_was_done(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: Any) -> None:
        raise QueryCacheUnreachableError("Redis does not answer")

    a_video("a.mp4")
    monkeypatch.setattr(curating, "rate", made)
    answer = client.post("/rate", json.dumps({"filename": "a.mp4", "rating": 3}), content_type="application/json")
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, False)
    assert answer.json()["error"].startswith("The change was made")
