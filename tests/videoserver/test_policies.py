"""Every route, in each mode, as each kind of caller, by each method: held to tests/policies.py."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.builders import Folder, an_account, body, dump
from tests.policies import POLICIES, Policy, Who
from videoserver.env import Access

pytestmark = pytest.mark.django_db

PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
TOKEN = "t" * 32
CALLERS = ("anonymous", "account", "staff")
IN, SIGN_IN, NO_ACCOUNT, FORBIDDEN, NO_SUCH_METHOD = "in", "sign-in", "401", "403", "405"
REFUSED = {SIGN_IN, NO_ACCOUNT, FORBIDDEN, NO_SUCH_METHOD}
OF_STAFF = {Who.STAFF: {SIGN_IN}, Who.STAFF_SCRIPT: {NO_ACCOUNT, FORBIDDEN}, Who.MACHINE: {FORBIDDEN}}
"""What others are told."""


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """The whole pattern of every route."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern)


@pytest.fixture(autouse=True)
def a_film(folder: Folder) -> None:
    folder.put_and_scan("a.mp4", b"the film").tags.create(name="sea")


class Caller:
    """Someone who asks as a browser does whose cookies hold the CSRF token."""

    def __init__(self, kind: str) -> None:
        self.account = None if kind == "anonymous" else an_account(kind, staff=kind == "staff")
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def ask(self, method: str, address: str, *, token: bool = True) -> HttpResponseBase:
        """Send JSON that is no valid change."""
        if self.account and not getattr(self.client.cookies.get("sessionid"), "value", ""):
            self.client.force_login(self.account)  # at first, and whenever signing out was tried
        self.client.cookies["csrftoken"] = TOKEN
        headers = PAGE | ({"X-CSRFToken": TOKEN} if token else {})
        response = self.client.generic(method, address, "{}", "application/json", headers=headers)
        body(response)
        return response


def verdict(response: HttpResponseBase, caller: str) -> str:
    """What became of a request. Whoever is told that there is no such video got in."""
    sign_ins = {"/login/", "/admin/login/"} | ({"/admin/"} if caller != "staff" else set())
    if response.status_code == 302 and response["Location"].split("?")[0] in sign_ins:
        return SIGN_IN
    return str(response.status_code) if response.status_code in (401, 403, 405) else IN


def expected(policy: Policy, mode: Access, caller: str, method: str) -> set[str]:
    """The verdicts that the policy allows."""
    without_account = {SIGN_IN} if method == "GET" else {NO_ACCOUNT}
    if caller == "anonymous" and mode is Access.LOGIN and policy.who in (Who.VISITOR, Who.ACCOUNT, Who.STAFF):
        return without_account
    if method not in policy.methods:
        return {NO_SUCH_METHOD, FORBIDDEN} if caller == "staff" or policy.who not in OF_STAFF else REFUSED
    if caller != "staff" and policy.who in OF_STAFF:
        return OF_STAFF[policy.who] | (without_account if mode is Access.LOGIN else set())
    return {IN}


def test_every_route_has_a_policy_and_every_policy_a_route() -> None:
    routes = list(patterns(get_resolver()))
    assert set(routes) == set(POLICIES)
    assert len(routes) == len(set(routes))


@pytest.mark.parametrize("mode", [Access.OPEN, Access.LOGIN])
@pytest.mark.parametrize("kind", CALLERS)
def test_every_route_answers_each_caller_as_its_policy_says(settings: Any, mode: Access, kind: str) -> None:
    settings.ACCESS = mode
    caller = Caller(kind)
    wrong = []
    for pattern, policy in POLICIES.items():
        for method in ("GET", "POST"):
            found, right = verdict(caller.ask(method, policy.address), kind), expected(policy, mode, kind, method)
            if found not in right:
                wrong.append(f"{method} {pattern}: {found}, not {right}")
        if verdict(caller.ask("POST", policy.address, token=False), kind) != FORBIDDEN:
            wrong.append(f"POST {pattern}: taken without the token")
    assert not wrong, "\n".join(wrong)


def test_reading_changes_nothing(settings: Any) -> None:
    settings.ACCESS = Access.OPEN
    caller, before = Caller("staff"), dump()
    for policy in POLICIES.values():
        caller.ask("GET", policy.address)
    assert dump() == before
