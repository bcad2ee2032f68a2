"""A database that is locked for too long is a 503 that says so, and no error page."""

import json
import sqlite3
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from library.models import Video
from tests.builders import a_video


@pytest.fixture
def locked(transactional_db: None) -> Iterator[Video]:
    """Another program holds the database's lock, and we have no patience."""
    video = a_video("a.mp4")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, uri=True)
    other.execute("BEGIN EXCLUSIVE")
    yield video
    other.rollback()
    other.close()
    connection.close()


def test_a_change_is_refused_in_json_and_can_be_repeated(locked: Video, client: Client) -> None:
    body = json.dumps({"filename": "a.mp4", "rating": 3})
    answer = client.post("/rate", body, content_type="application/json")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["error"].startswith("Not now")


def test_a_form_is_refused_with_a_page(admin_client: Client, locked: Video) -> None:
    answer = admin_client.post(f"/admin/library/video/{locked.pk}/change/", {"custom_title": "x"})
    assert answer.status_code == 503
    assert "Not now" in answer.content.decode()
