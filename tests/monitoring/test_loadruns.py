"""The load tests that were run, and two of them side by side."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from monitoring.dashboard import SPANS, Dashboard
from monitoring.models import LoadRun
from tests.builders import an_account

pytestmark = pytest.mark.django_db
PAGE = "/admin/performance/load/"


@pytest.fixture
def staff(client: Client, tmp_path: Path, settings: Any) -> Client:
    settings.METRICS_DIR = tmp_path
    client.force_login(an_account())
    return client


def a_run(p95: float, users: int = 50, errors: int = 0, **routes: float) -> LoadRun:
    """One, with the 95th percentile of all requests and of routes."""
    timings = [[route, 10, 0, time / 2, time, time * 2] for route, time in routes.items()]
    return LoadRun.objects.create(url="http://127.0.0.1:8000", users=users, seconds=10, requests=100, errors=errors,
                                  p50_ms=p95 / 2, p95_ms=p95, p99_ms=p95 * 2, routes=timings)  # fmt: skip


def test_without_any_run_the_page_says_how_to_make_one(staff: Client) -> None:
    assert "manage.py load_test" in staff.get(PAGE).content.decode()


def test_runs_are_listed_with_a_chart(staff: Client) -> None:
    a_run(40.0)
    a_run(60.0, users=200)
    page = staff.get(PAGE).content.decode()
    assert page.count('type="checkbox"') == 2
    assert page.count("<figure") == 1
    assert "60.0 ms" in page


def test_two_runs_are_compared_route_by_route(staff: Client) -> None:
    before, after = a_run(40.0, home=10.0, watch=20.0, gone=5.0), a_run(60.0, home=5.0, watch=20.5, new=5.0)
    page = staff.get(PAGE, {"run": [after.pk, before.pk]}).content.decode()
    rows = re.findall(r'<tr><th scope="row">([^<]*)</th>(.*?)</tr>', page, re.DOTALL)
    compared = {
        route: [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row)] for route, row in rows
    }
    assert compared["all"] == ["40 ms", "60 ms", "+50 %"]
    assert compared["home"] == ["10 ms", "5 ms", "-50 %"]
    assert compared["watch"] == ["20 ms", "20.5 ms", "+2 %"]
    assert compared["gone"] == ["5 ms", "–", "–"]
    assert compared["new"] == ["–", "5 ms", "–"]
    assert (page.count('class="fails"'), page.count('class="holds"')) == (1, 1)


def test_one_run_is_not_enough_to_compare(staff: Client) -> None:
    run = a_run(40.0)
    assert "Choose two runs" in staff.get(PAGE, {"run": run.pk}).content.decode()
    assert staff.get(PAGE, {"run": ["none", "9" * 30]}).status_code == 200


def test_a_guest_sees_none(client: Client) -> None:
    a_run(40.0)
    client.force_login(an_account("guest", staff=False))
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize(("users", "p95", "errors", "holds"), [
    (49, 10.0, 0, None), (50, 10.0, 0, True), (200, 101.0, 0, False), (50, 10.0, 1, False),
])  # fmt: skip
def test_the_latest_run_of_many_tells_whether_they_were_served(
    staff: Client, users: int, p95: float, errors: int, holds: bool | None
) -> None:
    a_run(p95, users, errors)
    targets = {target.what: target.holds for target in Dashboard(SPANS["15m"], "p95", descending=True).targets}
    assert targets["Visitors at once"] is holds
