"""Everybody's playlists in the admin."""

import pytest
from django.test import Client

from tests.builders import a_staff_member, a_video, an_account
from tests.library.list_routes import a_playlist, signed_in

pytestmark = pytest.mark.django_db

ADDRESS = "/admin/library/playlist/"


def test_staff_see_whose_playlists_there_are_and_what_is_on_them(client: Client) -> None:
    for name in ("a.mp4", "b.mp4"):
        a_video(name)
    shared = a_playlist(client, "For all", "b.mp4", "a.mp4")
    a_playlist(signed_in("ann"), "Ann's own", "a.mp4")
    client.force_login(a_staff_member("sam", "view_playlist"))
    listed = client.get(ADDRESS).content.decode()
    for words in ("For all", "those who are not signed in", "Ann&#x27;s own", ">ann<"):
        assert words in listed
    page = client.get(f"{ADDRESS}{shared}/change/").content.decode()
    assert page.index("b<br>a") > 0
    assert 'name="_save"' not in page
    assert client.get(f"{ADDRESS}add/").status_code == 403


def test_an_account_with_playlists_can_be_deleted_in_the_admin(admin_client: Client) -> None:
    a_video("a.mp4")
    a_playlist(signed_in("ann"), "Ann's own", "a.mp4")
    pk = an_account("other", staff=False).pk - 1
    answer = admin_client.post(f"/admin/auth/user/{pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert "Ann" not in admin_client.get(ADDRESS).content.decode()
