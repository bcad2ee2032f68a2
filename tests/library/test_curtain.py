"""The PIN of the curtain: whose it is, how it is set and given, and how slowly it is guessed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from library import curtain
from library.models import Pin
from tests.builders import an_account

pytestmark = pytest.mark.django_db

PIN, OTHER = "2468", "13579"


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    """Guesses that cost a quarter of a second each have no place in a test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def send(client: Client, route: str, **payload: Any) -> tuple[int, Any]:
    response = client.post(route, json.dumps(payload), content_type="application/json")
    return response.status_code, response.json().get("error", "")


def opens(client: Client, pin: str = "") -> int:
    return send(client, "/open_curtain", pin=pin)[0]


def asks(client: Client) -> bool:
    return bool(client.get("/library/curtain").json()["pin"])


def let_time_pass(**delta: float) -> None:
    for row in Pin.objects.all():
        assert row.missed_at
        Pin.objects.filter(pk=row.pk).update(missed_at=row.missed_at - timedelta(**delta))


@pytest.fixture
def locked(client: Client) -> Client:
    """Somebody who has set a PIN."""
    assert send(client, "/set_pin", new=PIN)[0] == 200
    return client


def test_without_a_pin_it_opens_to_anyone(client: Client) -> None:
    assert not asks(client)
    assert opens(client) == 200
    assert opens(client, "1234") == 200


def test_with_a_pin_it_opens_to_that_alone(locked: Client) -> None:
    assert asks(locked)
    assert send(locked, "/open_curtain") == (403, "Give the PIN.")
    assert send(locked, "/open_curtain", pin="1111") == (403, "That is not the PIN.")
    assert opens(locked, PIN) == 200
    assert PIN not in Pin.objects.get().password


def test_it_is_changed_and_taken_off_by_who_knows_it(locked: Client) -> None:
    assert send(locked, "/set_pin", new=OTHER)[0] == 403
    assert send(locked, "/set_pin", pin="1111", new="")[0] == 403
    assert send(locked, "/set_pin", pin=PIN, new=OTHER)[0] == 200
    assert [opens(locked, pin) for pin in (PIN, OTHER)] == [403, 200]
    assert send(locked, "/set_pin", pin=OTHER, new="")[0] == 200
    assert not asks(locked)
    assert opens(locked) == 200


@pytest.mark.parametrize("new", ["123", "1" * 13, "12a4", "１２３４", " 1234", 1234, None])
def test_what_is_no_pin_is_refused(client: Client, new: Any) -> None:
    assert send(client, "/set_pin", new=new)[0] in (400, 403)
    assert not Pin.objects.exists()


def test_each_account_has_its_own_and_those_without_share_one(locked: Client) -> None:
    member = Client()
    member.force_login(an_account("member", staff=False))
    assert not asks(member)
    assert send(member, "/set_pin", new=OTHER)[0] == 200
    assert [opens(member, pin) for pin in (PIN, OTHER)] == [403, 200]
    assert [opens(Client(), pin) for pin in (PIN, OTHER)] == [200, 403]


def test_guessing_is_slowed_down_more_and_more(locked: Client) -> None:
    assert [opens(locked, "1111") for _ in range(curtain.FREE_MISSES + 1)] == [403] * curtain.FREE_MISSES + [429]
    assert send(locked, "/open_curtain", pin=PIN) == (429, "Too many attempts. Wait 30 seconds.")
    assert send(locked, "/set_pin", pin=PIN, new="")[0] == 429
    let_time_pass(seconds=31)
    assert [opens(locked, "1111"), opens(locked, PIN)] == [403, 429]
    let_time_pass(seconds=31)
    assert opens(locked, PIN) == 429
    let_time_pass(seconds=31)
    assert opens(locked, PIN) == 200
    assert opens(locked, "1111") == 403


def test_nobody_waits_longer_than_a_quarter_of_an_hour(locked: Client) -> None:
    opens(locked, "1111")
    Pin.objects.update(misses=1000)
    assert opens(locked, PIN) == 429
    let_time_pass(minutes=15, seconds=1)
    assert opens(locked, PIN) == 200


def test_nobody_waits_for_a_clock_that_was_set_back(locked: Client) -> None:
    opens(locked, "1111")
    Pin.objects.update(misses=1000)
    assert opens(locked, PIN) == 429
    let_time_pass(days=-1)
    assert opens(locked, PIN) == 200


def test_the_staff_take_a_forgotten_one_off(locked: Client, admin_client: Client) -> None:
    page = "/admin/library/pin/"
    assert "of those who are not signed in" in admin_client.get(page).content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [Pin.objects.get().pk], "post": "yes"}
    admin_client.post(page, chosen)
    assert opens(locked) == 200


def test_the_admin_has_the_curtain_too_and_no_sign_in_has(client: Client, admin_client: Client) -> None:
    assert '<dialog class="curtain"' in client.get("/").content.decode()
    for address in ("/admin/library/video/", "/admin/library/tag/add/?_popup=1"):
        assert '<dialog class="curtain"' in admin_client.get(address).content.decode()
    for address in ("/login/", "/admin/login/"):
        assert '<dialog class="curtain"' not in client.get(address).content.decode()
