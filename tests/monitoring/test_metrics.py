"""GET /metrics: what it tells, and whom."""

from __future__ import annotations

import http.client
import itertools
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from library import curating
from tests.builders import a_video, an_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def metrics_dir(tmp_path: Path, settings: Any) -> None:
    settings.METRICS_DIR = tmp_path / "metrics"
    settings.ALLOWED_HOSTS = ["*"]


def scrape(client: Client) -> dict[tuple[str, ...], float]:
    """{(name, values of labels in their names' order): value}, as the client library's own parser reads it."""
    text = client.get("/metrics", headers={"host": "localhost"}).content.decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert len({(sample.name, str(sample.labels)) for sample in samples}) == len(samples)
    return {(sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value for sample in samples}


def test_the_scrape_tells_what_happened(client: Client, cold: None) -> None:
    video = a_video("a.mp4", tags=["sea"])
    before = scrape(client)
    for _ in range(3):
        client.get("/")
    curating.rate(video, 5)
    client.get("/watch/none.mp4")
    after = scrape(client)

    def added(*key: str) -> float:
        return after[key] - before.get(key, 0)

    assert added("videoserver_http_requests_total", "home", "2xx") == 3
    assert added("videoserver_http_requests_total", "watch", "4xx") == 1
    assert added("videoserver_http_first_byte_seconds_bucket", "+Inf", "home") == 3
    assert added("videoserver_http_first_byte_seconds_count", "home") == 3
    assert added("videoserver_http_first_byte_seconds_sum", "home") > 0
    assert added("videoserver_http_response_bytes_count", "home") == 3
    assert added("videoserver_sql_statements_total", "home") > 0
    assert added("videoserver_query_cache_table_total", "invalidation", "library_rating") == 1
    assert added("videoserver_query_cache_total", "miss") > 0
    assert after["videoserver_processes", "web"] == 1
    assert after["videoserver_open_streams",] == 0


def test_buckets_grow_and_end_with_all(client: Client) -> None:
    client.get("/")
    found = scrape(client)
    name = "videoserver_http_first_byte_seconds"
    bounds = {key[1]: value for key, value in found.items() if key[::2] == (f"{name}_bucket", "home")}
    counts = [bounds[bound] for bound in sorted(bounds, key=float)]
    assert counts == sorted(counts)
    assert counts[-1] == found[f"{name}_count", "home"]
    assert 15 < len(bounds) < 30


METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "FROB", "get", "X" * 200)
ENDLESS = (
    "/?page={0}", "/nowhere{0}", "/nowhere/{0}/é", "/watch/{0}.mp4", "/tag/{0}", "/static/{0}.css", "/admin/{0}",
    "/admin/library/video/{0}/change/", "/poster/{0}", "/video/{0}", "/stream/{0}/a.mp4", "/playlist/{0}.m3u8",
    "/tags?{0}", "/rate?{0}", "/ping?{0}", "/get_views?{0}", "/health/ready?{0}", "/metrics?{0}", "//{0}",
)  # fmt: skip
"""Addresses of which nobody knows the end."""


def test_the_scrape_has_as_many_lines_after_many_hostile_requests(client: Client) -> None:
    a_video("a.mp4")
    client.raise_request_exception = False

    def ask_everything(number: int) -> int:
        """Every method for every kind of address, none of which was asked for before; the scrape's lines."""
        for place, (method, address) in enumerate(itertools.product(METHODS, ENDLESS)):
            client.generic(method, address.format(f"{number}-{place}"), headers={"host": f"host{number}"})
        return client.get("/metrics", headers={"host": "localhost"}).content.count(b"\n")

    first = ask_everything(1)
    assert [ask_everything(2), ask_everything(3)] == [first, first]


@pytest.mark.parametrize(("sent", "status"), [
    ({"host": "localhost"}, 200),
    ({"host": "127.0.0.1:8000"}, 200),
    ({"host": "[::1]:8000"}, 200),
    ({"host": "nas.local"}, 403),
    ({"host": "localhost", "x-forwarded-for": "192.0.2.1"}, 403),
])  # fmt: skip
@pytest.mark.parametrize("access", ["open", "login"])
def test_programs_of_this_machine_may_read_it_and_a_proxy_s_visitors_may_not(
    client: Client, settings: Any, access: str, sent: dict[str, str], status: int
) -> None:
    settings.ACCESS = access
    assert client.get("/metrics", headers=sent).status_code == status


@pytest.mark.parametrize(("staff", "status"), [(None, 403), (False, 403), (True, 200)])
def test_from_elsewhere_staff_alone_may_read_it(client: Client, staff: bool | None, status: int) -> None:
    if staff is not None:
        client.force_login(an_account(staff=staff))
    response = client.get("/metrics", REMOTE_ADDR="192.0.2.7", headers={"host": "localhost"})
    assert response.status_code == status
    assert (b"videoserver_" in response.content) == (status == http.client.OK)
