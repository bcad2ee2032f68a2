"""Whole pages: made once for each state of the data, and never given out in another."""

from __future__ import annotations

import gzip
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from library import curating
from library.locking import reading_afresh
from library.models import Tag
from tests.builders import a_video, all_at_once, videos
from tests.environment import HOUSE
from videoserver import generation, page_cache

GZIP = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visitor() -> Client:
    """Somebody whose browser has the cookie that writing needs; no test before has left the connection in a read."""
    connection.close()
    client = Client()
    client.get("/")
    return client


def queries_of(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


@pytest.mark.parametrize("address", ["/", "/?sort=title", "/watch/a.mp4", "/tags", "/tag/sea", "/favorites", "/best-of",
                                     "/library/version", "/library/tags"])  # fmt: skip
def test_a_page_that_was_made_is_given_out_without_a_query(visitor: Client, address: str) -> None:
    a_video("a.mp4", tags=["sea"], stars=5, favorite=True)
    first = visitor.get(address)
    assert queries_of(lambda: visitor.get(address)) == 0
    again = visitor.get(address)
    assert (again.status_code, again.content) == (200, first.content)
    assert dict(again.headers) == dict(first.headers)


def test_after_a_write_the_next_page_shows_it(visitor: Client) -> None:
    video = a_video("a.mp4")
    assert b"4 of 5 stars" not in visitor.get("/").content
    curating.rate(video, 4)
    assert b"4 of 5 stars" in visitor.get("/").content


def test_a_write_of_another_process_is_seen_whoever_wrote_it(visitor: Client) -> None:
    """Even of one that knows nothing of Django, and is gone at once."""
    a_video("old.mp4")
    assert b"renamed" not in visitor.get("/").content
    database = connection.settings_dict["NAME"]
    write = "import sqlite3, sys, os, signal\nc = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)\n"
    write += "c.execute(\"UPDATE library_video SET title = 'renamed'\")\nos.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", write, database], check=False, cwd=HOUSE)
    assert b"renamed" in visitor.get("/").content


def test_a_page_made_between_a_commit_and_its_invalidation_does_not_outlive_it(visitor: Client) -> None:
    """The query cache may still answer from before the commit then; nobody was told yet that the write is done."""
    video = a_video("a.mp4", tags=["sea"])
    assert b"gulls" not in visitor.get("/tags").content
    committed, looked = threading.Event(), threading.Event()
    said: list[list[str]] = []

    def write() -> None:
        original = cache.set_many

        def late(*args: Any, **kwargs: Any) -> Any:
            committed.set()
            looked.wait(10)
            return original(*args, **kwargs)

        try:
            cache.set_many = late
            said.append(curating.add_tag(video, "gulls"))
        finally:
            committed.set()
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    assert committed.wait(10)
    visitor.get("/tags")
    looked.set()
    writer.join()
    assert said == [["gulls", "sea"]]
    with reading_afresh():
        assert Tag.objects.all_names() == ["gulls", "sea"]
    assert b"gulls" in visitor.get("/tags").content


def test_inside_a_transaction_nothing_is_kept() -> None:
    from django.db import transaction

    with transaction.atomic():
        assert generation.current() is None


@pytest.mark.parametrize("write", [
    lambda client: client.get("/favorites"),
    lambda client: client.post("/rate", {"filename": "a.mp4", "rating": 9}, content_type="application/json"),
], ids=["a page", "a refusal"])  # fmt: skip
def test_what_writes_nothing_leaves_the_pages(visitor: Client, write: Callable[[Client], Any]) -> None:
    a_video("a.mp4")
    visitor.get("/")
    before = generation.current()
    write(visitor)
    assert generation.current() == before is not None


def test_a_first_visitor_gets_the_cookie_that_writing_needs() -> None:
    a_video("a.mp4")
    Client().get("/")
    client = Client(enforce_csrf_checks=True)
    assert queries_of(lambda: client.get("/")) == 0
    token = client.cookies["csrftoken"]
    assert (token["samesite"], token["path"]) == ("Lax", "/")
    answer = client.post(
        "/rate",
        {"filename": "a.mp4", "rating": 4},
        content_type="application/json",
        headers={"X-CSRFToken": token.value},
    )
    assert answer.json() == {"success": True, "rating": 4}


def test_who_is_signed_in_gets_no_one_else_s_page(django_user_model: Any) -> None:
    clients = [Client(), Client(), Client()]
    for client, name in zip(clients, ["ann", "ben"], strict=False):
        client.force_login(django_user_model.objects.create_user(name))
    for _ in range(2):
        pages = [client.get("/").content for client in clients]
        assert [(b"Signed in as ann" in page, b"Signed in as ben" in page) for page in pages] == [
            (True, False), (False, True), (False, False),
        ]  # fmt: skip


def test_who_signs_out_gets_no_page_of_theirs_any_more(settings: Any, django_user_model: Any) -> None:
    settings.ACCESS = "login"
    client = Client()
    client.force_login(django_user_model.objects.create_user("ann"))
    session = client.cookies["sessionid"].value
    assert client.get("/").status_code == 200
    client.logout()
    client.cookies["sessionid"] = session
    assert client.get("/").status_code == 401


def test_an_unchanged_page_is_not_sent_again(visitor: Client) -> None:
    video = a_video("a.mp4")
    etag = visitor.get("/", **GZIP).headers["ETag"]
    again = visitor.get("/", headers={"If-None-Match": etag}, **GZIP)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    curating.rate(video, 2)
    assert visitor.get("/", headers={"If-None-Match": etag}, **GZIP).status_code == 200


def test_pages_are_packed_for_those_who_can_unpack_them(visitor: Client) -> None:
    videos(60)
    plain, packed = visitor.get("/"), visitor.get("/", **GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert int(packed.headers["Content-Length"]) == len(packed.content) < 40_000
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in visitor.get("/", headers={"Accept-Encoding": "gzip;q=0, br"}).headers


def test_a_host_that_is_none_of_ours_gets_no_kept_page_either(visitor: Client) -> None:
    assert visitor.get("/").status_code == 200
    assert visitor.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_a_head_tells_what_a_get_would_send(visitor: Client) -> None:
    a_video("a.mp4")
    got, told = visitor.get("/", **GZIP), visitor.head("/", **GZIP)
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["Content-Length"] == got.headers["Content-Length"]
    assert told.headers["ETag"] == got.headers["ETag"]


def test_errors_and_redirects_are_not_kept(visitor: Client) -> None:
    assert visitor.get("/watch/later.mp4").status_code == 404
    a_video("later.mp4")
    assert visitor.get("/watch/later.mp4").status_code == 200


def state(commits: int, last_invalidation: int) -> generation.Generation:
    return generation.Generation(generation.Commits(1, commits), last_invalidation)


def test_of_too_many_pages_the_longest_unused_go() -> None:
    def page(content: bytes) -> page_cache.Page:
        return page_cache.Page({}, content, "", now, ends=float("inf"), match=None)

    now = state(1, 1)
    pages = page_cache.Pages(max_bytes=30)
    for name in "abc":
        pages.put((name,), page(b"x" * 10))
    assert pages.get(("a",), now)
    pages.put(("d",), page(b"x" * 10))
    pages.put(("d",), page(b"y" * 10))
    assert [bool(pages.get((name,), now)) for name in "abcd"] == [True, False, True, True]
    assert pages.get(("a",), state(2, 1)) is None
    assert pages.get(("a",), state(1, 2)) is None


def test_many_who_ask_after_a_write_wait_for_one_who_makes_the_page(visitor: Client) -> None:
    video = videos(60)[0]
    visitor.get("/")
    curating.rate(video, 3)
    made: list[str] = []
    start = threading.Barrier(6)

    def ask() -> None:
        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            made.append(threading.current_thread().name)
            return execute(sql, params, many, context)

        client = Client()
        client.cookies = visitor.cookies
        start.wait(10)
        with connection.execute_wrapper(note):
            assert client.get("/").status_code == 200

    all_at_once(ask, 6)
    assert len(set(made)) == 1


def test_where_the_database_can_not_be_asked_pages_are_made_anew(tmp_path: Path) -> None:
    witness = generation._Witness()
    assert witness.commits(str(tmp_path / "none.sqlite3")) is None
    there = str(tmp_path / "there.sqlite3")
    writer = sqlite3.connect(there, isolation_level=None)
    writer.execute("CREATE TABLE t (x)")
    first = witness.commits(there)
    assert first is not None
    assert witness.commits(there) == first
    writer.execute("INSERT INTO t VALUES (1)")
    assert witness.commits(there) not in (None, first)


def test_a_connection_that_was_lost_and_made_again_does_not_repeat_what_it_said(tmp_path: Path) -> None:
    """SQLite counts anew for each connection: the same number may then mean another state."""
    database = str(tmp_path / "there.sqlite3")
    sqlite3.connect(database, isolation_level=None).execute("CREATE TABLE t (x)")
    witness = generation._Witness()
    said = {witness.commits(database)}
    for _ in range(3):
        assert witness.commits(str(tmp_path / "none.sqlite3")) is None
        now = witness.commits(database)
        assert now not in {*said, None}
        said.add(now)
