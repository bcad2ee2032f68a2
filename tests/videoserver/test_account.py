"""The page of an account: its password, and where else it is signed in."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.builders import a_video, an_account
from tests.library.list_routes import post, signed_in
from videoserver.env import Access

pytestmark = pytest.mark.django_db
OLD, NEW = "secret", "a walk along the lake"
ELSEWHERE = "/account/sign-out-elsewhere"


@pytest.fixture(autouse=True)
def login_mode(settings: Any) -> None:
    settings.ACCESS = Access.LOGIN


def browser_of(name: str, password: str = OLD) -> Client:
    """A browser in which somebody signs in, if they can."""
    client = Client()
    client.post("/login/", {"username": name, "password": password})
    return client


def change(client: Client, old: str = OLD, new: str = NEW, again: str = NEW) -> Any:
    return client.post("/account", {"old_password": old, "new_password1": new, "new_password2": again}, follow=True)


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def told(client: Client) -> str:
    """What the page says, without tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", client.get("/account").content.decode()).split())


def test_a_new_password_counts_from_now_on_and_signs_out_all_other_browsers() -> None:
    for name in ("ann", "ben"):
        an_account(name, staff=False)
    here, phone, ben = browser_of("ann"), browser_of("ann"), browser_of("ben")
    assert [is_in(one) for one in (here, phone, ben)] == [True, True, True]
    assert b"The password is changed" in change(here).content
    assert [is_in(one) for one in (here, phone, ben)] == [True, False, True]
    assert [is_in(browser_of("ann", password)) for password in (OLD, NEW)] == [False, True]
    assert is_in(browser_of("ben"))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"old": "wrong"}, "Your old password was entered incorrectly"),
        ({"again": "another one"}, "fields didn’t match"),
        ({"new": "short", "again": "short"}, "too short"),
        ({"new": "password1", "again": "password1"}, "too common"),
        ({"new": "annannann", "again": "annannann"}, "too similar"),
        ({"new": "", "again": ""}, "This field is required"),
    ],
)
def test_a_password_that_does_not_do_is_refused_with_the_reason_and_changes_nothing(
    given: dict[str, str], reason: str
) -> None:
    an_account("annannann", staff=False)
    here, phone = browser_of("annannann"), browser_of("annannann")
    assert reason in change(here, **given).content.decode()
    assert is_in(here)
    assert is_in(phone)
    assert is_in(browser_of("annannann"))


@pytest.mark.django_db(transaction=True)
def test_who_signs_out_everywhere_else_is_out_at_once_even_of_pages_that_are_kept() -> None:
    connection.close()
    account, another = an_account("ann", staff=False), an_account("ben", staff=False)
    another.password = account.password  # so that nothing but the account tells their sessions apart
    another.save()
    here, phone, tablet, ben = browser_of("ann"), browser_of("ann"), browser_of("ann"), browser_of("ben")
    for one in (here, phone, tablet, ben):
        assert is_in(one)
    assert "In this browser, and in 2 others." in told(here)
    assert "All other browsers are signed out." in here.post(ELSEWHERE, follow=True).content.decode()
    assert [is_in(one) for one in (here, phone, tablet, ben)] == [True, False, False, True]
    assert "In this browser alone." in told(here)
    assert is_in(browser_of("ann"))


def test_browsers_that_an_older_password_signed_in_are_not_counted() -> None:
    account = an_account("ann", staff=False)
    browser_of("ann")
    account.set_password(NEW)
    account.save()
    assert "In this browser alone." in told(browser_of("ann", NEW))


def test_the_page_tells_whether_the_history_of_this_account_is_paused() -> None:
    ann, ben = signed_in("ann"), signed_in("ben")
    post(ann, "/pause_history", paused=True)
    assert ["It is paused" in told(one) for one in (ann, ben)] == [True, False]
    for one, name in ((ann, "ann"), (ben, "ben")):
        assert f"Signed in as {name}" in told(one)


def test_nobody_keeps_the_page() -> None:
    assert "no-store" in signed_in("ann").get("/account")["Cache-Control"]


def test_who_is_signed_in_is_led_to_the_page_and_who_is_not_has_none(settings: Any, client: Client) -> None:
    a_video("a.mp4")
    settings.ACCESS = Access.OPEN
    ann = signed_in("ann")
    for page in ("/", "/watch/a.mp4", "/no/such/page"):
        assert 'href="/account"' in ann.get(page).content.decode()
        assert 'href="/account"' not in client.get(page).content.decode()
    for answer in (client.get("/account"), change(client), client.post(ELSEWHERE)):
        assert answer.status_code == 404


def test_both_changes_need_the_token_and_a_post() -> None:
    ann = signed_in("ann")
    assert ann.get(ELSEWHERE).status_code == 405
    assert ann.put("/account").status_code == 405
    phone = browser_of("ann")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ann.cookies
    assert strict.post(ELSEWHERE).status_code == 403
    assert change(strict).status_code == 403
    assert is_in(phone)
    assert is_in(browser_of("ann"))
