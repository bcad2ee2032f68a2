"""/admin/performance/ and what else the staff may ask of the monitoring."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from library import curating
from library.models import Tag, Video
from monitoring import measures, query_cache
from monitoring.dashboard import SPANS, Dashboard
from monitoring.measurement import Measurement
from monitoring.models import Sample
from monitoring.sampling import take_sample
from tests.builders import a_video, an_account, videos
from thumbnails.models import MediaWork

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/admin/performance/"


@pytest.fixture(autouse=True)
def metrics_dir(tmp_path: Path, settings: Any) -> None:
    settings.METRICS_DIR = tmp_path / "metrics"
    settings.DATA_DIR = tmp_path


@pytest.fixture
def staff(client: Client) -> Client:
    """Someone who may see all."""
    client.force_login(an_account())
    return client


def row_of(page: str, name: str) -> list[str]:
    """The cells of the row that begins with a name."""
    found = re.search(rf'<tr><th scope="row"[^>]*>{re.escape(name)}</th>(.*?)</tr>', page, re.DOTALL)
    assert found, name
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", found[1], re.DOTALL)]


def a_failure(name: str, error: str) -> MediaWork:
    """A video whose poster was given up."""
    return MediaWork.objects.create(video=a_video(name), state=MediaWork.State.FAILED, attempts=3, error=error)


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}?part=content", "/admin/cache/status/"])
@pytest.mark.parametrize("guest", [False, True])
def test_who_is_no_staff_gets_nothing_of_it(client: Client, address: str, guest: bool) -> None:
    if guest:
        client.force_login(an_account("guest", staff=False))
    response = client.get(address)
    assert response.status_code in (302, 403)
    assert b"hit" not in response.content


@pytest.mark.parametrize("address", [f"{PAGE}retry/", "/admin/cache/refresh/"])
def test_who_is_no_staff_changes_nothing(client: Client, address: str) -> None:
    a_failure("a.mp4", "bad")
    client.force_login(an_account("guest", staff=False))
    assert client.post(address).status_code in (302, 403)
    assert MediaWork.objects.get().state == "failed"


def test_it_counts_what_was_asked_for_before_and_after_the_latest_sample(staff: Client) -> None:
    videos(2)
    staff.get("/watch/film001.mp4")
    take_sample()
    for _ in range(3):
        staff.get("/watch/film001.mp4")
    take_sample()
    staff.get("/watch/film002.mp4")
    staff.get("/watch/none.mp4")
    page = staff.get(PAGE).content.decode()
    cells = row_of(page, "watch")
    assert cells[0] == "5"
    assert cells[5:7] == ["0", "1"]
    assert "5 requests, 0 errors" in page


@pytest.mark.parametrize("span", [*SPANS, "", "none"])
def test_every_span_can_be_shown_with_and_without_a_history(staff: Client, span: str) -> None:
    assert staff.get(PAGE, {"span": span}).status_code == 200
    now = datetime.now(UTC)
    for width in (60, 600, 3600, 43200):
        for number in range(1, 4):
            at = now - timedelta(seconds=width * number)
            Sample.of(Measurement(width, {"route:home": {1: 2}, "query cache": {0: 3}}), width, at).save()
    page = staff.get(PAGE, {"span": span}).content.decode()
    assert row_of(page, "home")[0] not in ("0", "2")


def test_a_span_counts_each_request_once_whatever_the_resolution() -> None:
    now = datetime.now(UTC)
    take_sample()
    for width in (60, 600, 3600, 43200):
        last = datetime.fromtimestamp(now.timestamp() // width * width, UTC)
        for number in range(3):
            rows = {measures.ROUTE + "home": {1: width // 60}}
            Sample.of(Measurement(width, rows), width, last - timedelta(seconds=width * number)).save()
    minutes = {key: Dashboard(span, "p95", descending=True).requests for key, span in SPANS.items()}
    assert minutes["15m"] == 3
    assert 30 <= minutes["24h"] <= 33
    assert 180 <= minutes["7d"] <= 180 + 33
    assert minutes["90d"] >= 3 * 720


def test_its_queries_do_not_grow_with_the_history(
    staff: Client, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    staff.get(PAGE)
    now = datetime.now(UTC)
    for number in range(1, 15):
        Sample.of(Measurement(60, {"route:home": {1: 2}}), 60, now - timedelta(minutes=number)).save()
    with django_assert_max_num_queries(40):
        staff.get(PAGE)


def test_routes_are_sorted_by_any_column(staff: Client) -> None:
    take_sample()
    for count, address in ((1, "/tags"), (3, "/ping"), (2, "/best-of")):
        for _ in range(count):
            staff.get(address)
    for query, expected in (
        ("sort=requests&order=desc", ["ping", "best_of", "tags"]),
        ("sort=requests&order=asc", ["tags", "best_of", "ping"]),
        ("sort=route&order=asc", ["best_of", "ping", "tags"]),
    ):
        page = staff.get(f"{PAGE}?{query}").content.decode()
        routes = re.search(r'id="routes".*?</table>', page, re.DOTALL)
        assert routes
        shown = re.findall(r'<th scope="row">(\w+)</th>', routes[0])
        assert [name for name in shown if name in expected] == expected
        assert page.count('aria-sort="ascending"') + page.count('aria-sort="descending"') == 1
    assert staff.get(f"{PAGE}?sort=none&order=none").status_code == 200


def test_targets_tell_whether_they_hold() -> None:
    rows = {
        "route:home": {1: 100, measures.TIMES + 20: 90, measures.TIMES + 140: 10},
        measures.CACHE: {measures.HITS: 95, measures.MISSES: 5},
    }
    Sample.of(Measurement(60, rows), 60, datetime.now(UTC) - timedelta(seconds=30)).save()
    targets = {target.what: target for target in Dashboard(SPANS["15m"], "p95", descending=True).targets}
    assert targets["Response, p95"].holds is False
    assert targets["Query cache, hit rate"].holds is True
    assert targets["Query cache, hit rate"].value == "95 %"


def test_every_chart_has_its_table_and_nothing_inline(staff: Client) -> None:
    take_sample()
    staff.get("/")
    page = staff.get(PAGE).content.decode()
    charts = page.count("<figure")
    assert charts == page.count("<summary>Table</summary>") == 12
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    assert not re.search(r"(src|href|action)=\"(https?:)?//", page)


def test_the_cache_is_shown_by_table(staff: Client) -> None:
    take_sample()
    for _ in range(3):
        list(Tag.objects.all())
    curating.add_tag(a_video("a.mp4"), "sea")
    cells = row_of(staff.get(PAGE).content.decode(), "library_tag")
    assert float(cells[0]) > 0
    assert float(cells[4]) > 0
    assert cells[5].endswith(" s")


def test_what_was_given_up_is_listed_and_can_be_done_again(staff: Client) -> None:
    a_failure("bad <b>.mp4", "<i>no picture</i>")
    a_failure("worse.mp4", "none")
    page = staff.get(PAGE).content.decode()
    assert "&lt;i&gt;no picture&lt;/i&gt;" in page
    bad = Video.objects.get(path="bad <b>.mp4").pk
    assert staff.post(f"{PAGE}retry/", {"key": str(bad)}).status_code == 302
    assert {work.pk: work.state for work in MediaWork.objects.all()}[bad] == "pending"
    assert MediaWork.objects.filter(state="failed").count() == 1
    page = staff.post(f"{PAGE}retry/", follow=True).content.decode()
    assert "Enqueued once more: 1." in page
    assert not MediaWork.objects.filter(state="failed").exists()


def test_staff_without_the_permission_may_not_have_work_done_again(client: Client) -> None:
    a_failure("a.mp4", "bad")
    looker = an_account("looker", staff=False)
    looker.is_staff = True
    looker.save()
    client.force_login(looker)
    assert "Retry" not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}retry/").status_code == 403
    assert client.get(f"{PAGE}retry/").status_code == 405


def test_the_cache_s_status_is_json(staff: Client, settings: Any) -> None:
    videos(3)
    a_video("b.mp4", favorite=True)
    cache.clear()
    for _ in range(3):
        list(Tag.objects.all())
    status = staff.get("/admin/cache/status/").json()
    assert (status["videos"], status["favorites"], status["timeout"]) == (4, 1, settings.CACHALOT_TIMEOUT)
    assert status["backend"] == settings.CACHES["default"]["BACKEND"]
    assert (status["hits"], status["misses"]) == query_cache.counts()[:2]
    assert 0 < status["hit_rate"] < 1
    assert 0 <= status["last_invalidation_seconds"]["library_favorite"] < 60


def test_the_cache_can_be_emptied_by_scripts_and_by_the_button(staff: Client) -> None:
    list(Tag.objects.all())
    assert staff.get("/admin/cache/refresh/").status_code == 405
    assert staff.post("/admin/cache/refresh/", headers={"accept": "*/*"}).json() == {"success": True}
    assert query_cache.counts().stores == 0
    response = staff.post("/admin/cache/refresh/", headers={"accept": "text/html,*/*;q=0.8"})
    assert (response.status_code, response["Location"]) == (302, PAGE)
