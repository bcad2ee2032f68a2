"""What the JSON routes refuse, and how they say it."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.builders import Folder, a_video, dump

pytestmark = pytest.mark.django_db

ROUTES = ("/rate", "/view", "/tag", "/delete_tag", "/title", "/favorite")
PAYLOADS: dict[str, dict[str, Any]] = {
    "/rate": {"rating": 3},
    "/view": {},
    "/tag": {"tag": "sun"},
    "/delete_tag": {"tag": "sea"},
    "/title": {"title": "A day at the sea"},
    "/favorite": {},
}


@pytest.fixture(autouse=True)
def nothing_changes() -> Any:
    """A known video; after each refusal every row is as it was."""
    a_video("a.mp4", stars=2, views=1, tags=["sea"])
    before = dump()
    yield
    assert dump() == before


def refused(client: Client, route: str, body: Any, status: int, content_type: str = "application/json") -> str:
    """The reason that a refusal gives."""
    sent = body if isinstance(body, bytes | str) else json.dumps(body)
    response = client.post(route, sent, content_type=content_type)
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    assert set(response.json()) == {"error"}
    return str(response.json()["error"])


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "name",
    ["unknown.mp4", "", "A.mp4 ", "../a.mp4", "/a.mp4", "./a.mp4", "a.mp4/", "nul\0.mp4", "\ud800.mp4", "x" * 70_000],
)
def test_a_file_that_the_library_does_not_know_is_404_and_no_row_is_made(client: Client, route: str, name: str) -> None:
    assert refused(client, route, {"filename": name, **PAYLOADS[route]}, 404) == "There is no such video."


@pytest.mark.parametrize("route", ROUTES)
def test_a_file_on_the_disk_that_was_never_scanned_is_404_too(client: Client, route: str, folder: Folder) -> None:
    folder.put("unscanned.mp4")
    refused(client, route, {"filename": "unscanned.mp4", **PAYLOADS[route]}, 404)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "body", [b" ", b"{", b"hello", b"\xff\xfe", b'{"filename": "a.mp4",}', b"[" * 200_000, b'{"a":' * 200_000]
)
def test_malformed_json_is_400(client: Client, route: str, body: bytes) -> None:
    assert refused(client, route, body, 400) == "The body is not JSON."


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("body", [[], ["a.mp4"], b'"a.mp4"', 3, None, True])
def test_json_that_is_no_object_is_400(client: Client, route: str, body: Any) -> None:
    assert refused(client, route, body, 400) == "The body is not a JSON object."


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("named", [{}, *({"filename": name} for name in (None, 3, True, ["a.mp4"], {"a": 1}))])
def test_a_missing_or_odd_filename_is_400(client: Client, route: str, named: dict[str, Any]) -> None:
    assert refused(client, route, {**PAYLOADS[route], **named}, 400) == "filename is missing."


@pytest.mark.parametrize("title", [None, 3, True, [], {}, "x" * 301, "nul\0", "\ud800"])
def test_a_title_that_is_no_text_or_too_long_is_400(client: Client, title: Any) -> None:
    refused(client, "/title", {"filename": "a.mp4", "title": title}, 400)


@pytest.mark.parametrize(
    "rating", [0, 6, -1, 10**30, 3.0, 3.5, True, False, None, "abc", "", "0", "6", "٣", " 3", "3.0", [], [3], {}]
)
def test_a_rating_that_is_not_1_to_5_is_400(client: Client, rating: Any) -> None:
    assert refused(client, "/rate", {"filename": "a.mp4", "rating": rating}, 400) == "The rating is 1 to 5."


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-1", "1e999", "9" * 4000, "9" * 6000])
def test_a_number_that_breaks_parsers_is_400(client: Client, text: str) -> None:
    refused(client, "/rate", f'{{"filename": "a.mp4", "rating": {text}}}', 400)


def test_no_rating_at_all_is_400(client: Client) -> None:
    assert refused(client, "/rate", {"filename": "a.mp4"}, 400) == "The rating is 1 to 5."


@pytest.mark.parametrize("route", ["/tag", "/delete_tag"])
@pytest.mark.parametrize("tag", ["", "#", "  ##  ", "\t"])
def test_an_empty_tag_is_400(client: Client, route: str, tag: str) -> None:
    refused(client, route, {"filename": "a.mp4", "tag": tag}, 400)


@pytest.mark.parametrize("route", ["/tag", "/delete_tag"])
@pytest.mark.parametrize("tag", [None, 3, True, ["sea"], {}])
def test_a_tag_that_is_no_text_is_400(client: Client, route: str, tag: Any) -> None:
    assert refused(client, route, {"filename": "a.mp4", "tag": tag}, 400) == "tag is missing."


@pytest.mark.parametrize("tag", ["x" * 201, "nul\0", "\ud800"])
def test_a_tag_that_the_database_would_not_take_is_400(client: Client, tag: str) -> None:
    assert refused(client, "/tag", {"filename": "a.mp4", "tag": tag}, 400).startswith("A tag needs 1 to 200")


@pytest.mark.parametrize("tag", ["x" * 5000, "nul\0", "\ud800"])
def test_taking_off_a_tag_that_can_not_exist_changes_nothing(client: Client, tag: str) -> None:
    response = client.post(
        "/delete_tag", json.dumps({"filename": "a.mp4", "tag": tag}), content_type="application/json"
    )
    assert response.json() == {"success": True, "tags": ["#sea"]}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", ""],
)
def test_another_content_type_is_415(client: Client, route: str, content_type: str) -> None:
    assert refused(client, route, {"filename": "a.mp4"}, 415, content_type) == "Send application/json."


def test_the_content_type_may_name_its_charset_and_be_in_capitals(client: Client) -> None:
    sent = json.dumps({"filename": "a.mp4", "rating": 2})
    for content_type in ("application/json; charset=utf-8", "Application/JSON"):
        response = client.post("/rate", sent.replace("2", "7"), content_type=content_type)
        assert response.status_code == 400


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_that_is_too_large_is_413(client: Client, route: str) -> None:
    refused(client, route, b'{"filename": "' + b"x" * 3_000_000 + b'"}', 413)


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("route", ROUTES)
def test_another_method_than_post_is_405(client: Client, route: str, method: str) -> None:
    response = getattr(client, method)(route)
    assert response.status_code == 405
    assert response["Allow"] == "POST"


@pytest.mark.parametrize("route", ["/get_views", "/ping"])
def test_posting_to_what_is_read_is_405(client: Client, route: str) -> None:
    assert client.post(route).status_code == 405


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("token", [None, "", "wrong", "x" * 64])
def test_a_write_without_a_valid_csrf_token_is_403_json(route: str, token: str | None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/watch/a.mp4")
    headers = {} if token is None else {"X-CSRFToken": token}
    sent = json.dumps({"filename": "a.mp4", **PAYLOADS[route]})
    response = client.post(route, sent, content_type="application/json", headers=headers)
    assert response.status_code == 403
    assert response.json()["error"].startswith("CSRF: ")


@pytest.mark.parametrize("route", ROUTES)
def test_a_form_of_another_site_is_403(route: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/watch/a.mp4")
    response = client.post(route, {"filename": "a.mp4", **PAYLOADS[route]}, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert b"<html" in response.content.lower()


@pytest.mark.parametrize("page", ["/", "/watch/a.mp4", "/favorites", "/best-of", "/tags", "/tag/sea"])
def test_the_cookie_of_every_page_is_the_token_that_writing_needs(page: str) -> None:
    client = Client(enforce_csrf_checks=True)
    token = client.get(page).cookies["csrftoken"].value
    response = client.post(
        "/rate",
        json.dumps({"filename": "a.mp4", "rating": 9}),
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert (response.status_code, response.json()) == (400, {"error": "The rating is 1 to 5."})
