"""Who guesses passwords waits, ever longer; the owner does not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.contrib.auth import get_user_model
from django.test import Client

from tests.builders import all_at_once, an_account
from videoserver import guessing

pytestmark = pytest.mark.django_db
THERE = "203.0.113.7"
WAYS_IN = ("/login/", "/admin/login/")


@pytest.fixture(autouse=True)
def accounts(own_data_dir: Any) -> None:
    own_data_dir.mkdir()
    for name in ("ann", "ben"):
        an_account(name)


class Clock:
    """A time that passes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_700_000_000.0
        monkeypatch.setattr(guessing.time, "time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def sign_in(name: str, password: str = "wrong", address: str = THERE, way: str = "/login/", client: Any = None) -> Any:
    form = {"username": name, "password": password}
    return (client or Client()).post(way, form, headers={"Accept": "text/html"}, REMOTE_ADDR=address)


def misses(count: int, name: str = "ann", **more: Any) -> list[int]:
    """The statuses of so many wrong attempts."""
    return [sign_in(name, **more).status_code for _ in range(count)]


@pytest.mark.parametrize("way", WAYS_IN)
def test_after_a_few_misses_even_the_right_password_has_to_wait(clock: Clock, way: str) -> None:
    assert misses(6, way=way) == [200] * 5 + [429]
    for both in WAYS_IN:
        refusal = sign_in("ann", "secret", way=both)
        assert (refusal.status_code, refusal["Retry-After"]) == (429, "10")
        assert "Wait 10 seconds, then try again." in refusal.content.decode()
    clock.now += 10
    assert sign_in("ann", "secret", way=way).status_code == 302
    assert misses(5) == [200] * 5


def test_the_wait_doubles_and_has_an_end_and_waiting_does_not_lengthen_it(clock: Clock) -> None:
    misses(5)
    waits = []
    for _ in range(8):
        refusal = sign_in("ann")
        waits.append(int(refusal["Retry-After"]))
        clock.now += waits[-1]
        assert sign_in("ann").status_code == 200
    assert waits == [10, 20, 40, 80, 160, 300, 300, 300]


def test_spelling_a_name_otherwise_gives_no_further_attempts() -> None:
    assert [sign_in(name).status_code for name in ("ann", "Ann", " ANN", "ａｎｎ", "ann ", "aNN")] == [200] * 5 + [429]


def test_one_account_or_address_does_not_hold_up_another() -> None:
    misses(6)
    assert sign_in("ben", "secret").status_code == 302
    assert sign_in("ann", "secret", "198.51.100.1").status_code == 429


@pytest.mark.parametrize(
    "address_of", [lambda number: THERE, lambda number: f"2001:db8::{number:x}"], ids=["IPv4", "a network of IPv6"]
)
def test_an_address_that_tries_many_names_waits_whatever_it_tries(address_of: Callable[[int], str]) -> None:
    assert [sign_in(f"nobody{number}", address=address_of(number)).status_code for number in range(31)][-2:] == [
        200,
        429,
    ]
    assert sign_in("ben", "secret", address_of(99)).status_code == 429
    assert sign_in("ben", "secret", "2001:db8:0:1::1").status_code == 302


def test_what_a_proxy_is_said_to_have_seen_makes_no_other_address() -> None:
    claims = [{"HTTP_X_FORWARDED_FOR": f"198.51.100.{number}"} for number in range(31)]
    form = {"password": "wrong"}
    found = [
        Client().post("/login/", {**form, "username": f"n{number}"}, REMOTE_ADDR=THERE, **claim).status_code
        for number, claim in enumerate(claims)
    ]
    assert found[-1] == 429


def test_nobody_who_guesses_elsewhere_keeps_the_owner_out() -> None:
    home = Client()
    assert sign_in("ann", "secret", client=home).status_code == 302
    home.post("/logout/")
    misses(6)
    assert sign_in("ann", "secret", client=home).status_code == 302
    home.post("/logout/")
    assert misses(6, client=home) == [200] * 5 + [429]  # who took that browser guesses no faster
    assert misses(6, "ben", client=home) == [200] * 5 + [429]  # for another's account it is a stranger's


def test_who_is_signed_in_can_not_pass_for_another() -> None:
    client = Client()
    sign_in("ben", "secret", client=client)
    assert sign_in("ann", "wrong", client=client)["Location"] == "/"  # as ben
    misses(6)
    assert sign_in("ann", "wrong", client=client).status_code == 429


def test_the_account_s_own_page_and_the_admin_s_form_guess_no_faster() -> None:
    for address in ("/account", "/admin/password_change/"):
        (site_settings.DATA_DIR / guessing.FILE).unlink(missing_ok=True)
        thief = Client()
        thief.force_login(get_user_model().objects.get(username="ann"))
        form = {"old_password": "wrong", "new_password1": "a walk on the dike", "new_password2": "a walk on the dike"}
        assert [thief.post(address, form).status_code for _ in range(6)] == [200] * 5 + [429]


def test_the_cookie_that_knows_a_browser_is_closed_to_scripts_and_other_sites() -> None:
    cookie = sign_in("ann", "secret").cookies["known"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.django_db(transaction=True)
def test_attempts_made_at_once_all_count() -> None:
    found: list[int] = []

    def attempt() -> None:
        found.append(sign_in("ann").status_code)

    all_at_once(attempt, 12)
    assert sorted(found) == [200] * 5 + [429] * 7


def test_what_is_kept_is_bounded_and_names_nobody(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(guessing, "MOST_KEYS", 20)
    for number in range(30):
        clock.now += 1
        sign_in(f"my password {number}", address=f"198.51.100.{number}")
    kept = (site_settings.DATA_DIR / guessing.FILE).read_bytes()
    assert b"my password" not in kept
    assert b"198.51.100" not in kept
    with guessing._attempts() as attempts:
        assert attempts.execute("SELECT count(*) FROM attempt").fetchone() == (20,)
    clock.now += guessing.FORGOTTEN_AFTER + 1
    sign_in("ann")
    with guessing._attempts() as attempts:
        assert attempts.execute("SELECT count(*) FROM attempt").fetchone() == (2,)


def test_a_damaged_file_is_a_clear_answer_once_and_then_made_anew() -> None:
    (site_settings.DATA_DIR / guessing.FILE).write_bytes(b"not a database" * 100)
    assert [sign_in("ann").status_code, sign_in("ann").status_code] == [503, 200]


def test_attempts_touch_no_page_that_is_kept(client: Client) -> None:
    from videoserver import generation

    before = generation.current()
    misses(3)
    assert generation.current() == before
