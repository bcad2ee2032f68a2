"""Who sees what in the admin: each page, walked by each kind of account."""

from __future__ import annotations

import re
from html import unescape
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from library import curating
from library.models import Entry, Favorite, Rating, Tag, TagAlias, Video
from tests.builders import a_staff_member, a_video, an_account
from thumbnails.models import MediaWork

pytestmark = pytest.mark.django_db

NOT_PAGES = re.compile(r"logout|password_change|jsi18n|/admin/r/|autocomplete|[?]o=")
BUTTONS = re.compile(r'<(?:input|button)[^>]*type="submit"[^>]*>')


@pytest.fixture(autouse=True)
def library() -> None:
    """Some of everything."""
    video = a_video("a.mp4", tags=["sea"], stars=3, favorite=True, views=2)
    a_video("b.mp4", missing=True)
    MediaWork.objects.create(video=video, state="failed", error="broken")
    curating.favor_all([Video.objects.get(path="b.mp4")], marked=True)
    an_account("owner")


@pytest.fixture
def curators() -> Group:
    """The group as its migrations make it."""
    for app, migration in (("library", "0007_curators"), ("thumbnails", "0003_curators")):
        module = import_module(f"{app}.migrations.{migration}")
        (module.make_group if app == "library" else module.permit)(apps, None)
    return Group.objects.get(name="Curators")


@pytest.fixture
def curator(client: Client, curators: Group) -> Client:
    member = a_staff_member("curator")
    member.groups.add(curators)
    client.force_login(member)
    return client


@pytest.fixture
def reader(client: Client) -> Client:
    """Staff who may see all of the library, and change nothing."""
    views = Permission.objects.filter(
        content_type__app_label__in=("library", "thumbnails"), codename__startswith="view"
    )
    client.force_login(a_staff_member("reader", *views.values_list("codename", flat=True)))
    return client


def walk(client: Client) -> dict[str, str]:
    """{address: html} of every page that a link leads to, from the index on; one of each kind of address, with one
    filter at a time.
    """
    found: dict[str, str] = {}
    kinds: set[str] = set()
    waiting = ["/admin/"]
    while waiting:
        address = waiting.pop()
        response = client.get(address, follow=True)
        assert response.status_code == 200, f"{address}: {response.status_code}"
        found[address] = html = response.content.decode()
        for link in re.findall(r'<a [^>]*href="([^"]+)"', html):
            target = unescape(link)
            target = address.partition("?")[0] + target if target.startswith("?") else target
            kind = re.sub(r"\d+", "1", re.sub(r"=[^&]*", "=", target))
            if (
                target.startswith("/admin/")
                and "&" not in target
                and not NOT_PAGES.search(target)
                and kind not in kinds
            ):
                kinds.add(kind)
                waiting.append(target)
    return found


def posting_forms(html: str) -> list[str]:
    """The forms that change something, but for the sign-out."""
    forms = re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL)
    return [form for form in forms if "/admin/logout/" not in form and BUTTONS.search(form)]


def paths(pages: dict[str, str]) -> set[str]:
    return {re.sub(r"\d+", "1", address.partition("?")[0]) for address in pages}


EVERYONES_LISTS = {f"/admin/library/{name}/" for name in ("video", "tag", "rating", "viewcount", "favorite", "entry")}


def test_a_superuser_may_follow_every_link(client: Client) -> None:
    client.force_login(an_account("chief"))
    seen = paths(walk(client))
    assert {*EVERYONES_LISTS, "/admin/auth/user/", "/admin/auth/group/", "/admin/thumbnails/mediawork/"} <= seen
    assert {
        "/admin/library/video/1/change/",
        "/admin/library/video/1/history/",
        "/admin/library/entry/1/change/",
    } <= seen


def test_a_curator_may_follow_every_link_and_meets_no_accounts(curator: Client) -> None:
    seen = paths(walk(curator))
    assert {*EVERYONES_LISTS, "/admin/thumbnails/mediawork/"} <= seen
    assert "/admin/library/tag/add/" in seen
    assert not [path for path in seen if path.startswith("/admin/auth/")]


def test_a_curator_curates_and_undoes(curator: Client) -> None:
    video = Video.objects.get(path="a.mp4")
    chosen = {"action": "set_stars", "_selected_action": [video.pk], "apply": "1", "stars": "5"}
    curator.post("/admin/library/video/", chosen)
    assert Rating.objects.get(pk=video.pk).stars == 5
    curator.post(f"/admin/library/entry/{Entry.objects.latest('pk').pk}/undo/")
    assert Rating.objects.get(pk=video.pk).stars == 3
    curator.post("/admin/library/tag/add/", {"name": "new"})
    assert Tag.objects.filter(name="new").exists()
    curator.post(f"/admin/library/tag/{Tag.objects.get(name='new').pk}/delete/", {"post": "yes"})
    assert not Tag.objects.filter(name="new").exists()
    mark = Favorite.objects.get(video=video)
    curator.post(f"/admin/library/favorite/{mark.pk}/delete/", {"post": "yes"})
    assert not Favorite.objects.filter(video=video).exists()
    curator.post("/admin/library/video/", {"action": "render_again", "_selected_action": [video.pk], "index": "0"})
    assert MediaWork.objects.get().state == "pending"


def test_a_curator_is_refused_accounts_groups_and_forgetting(curator: Client) -> None:
    for address in ("auth/user/", "auth/user/add/", "auth/group/", f"auth/user/{an_account('x').pk}/change/"):
        assert curator.get(f"/admin/{address}").status_code == 403, address
    chosen = {"action": "forget", "_selected_action": [Video.objects.get(path="b.mp4").pk], "apply": "1"}
    curator.post("/admin/library/video/", chosen)
    assert Video.objects.filter(path="b.mp4").exists()


def test_who_may_only_see_may_follow_every_link_and_meets_no_button_that_would_be_refused(reader: Client) -> None:
    pages = walk(reader)
    assert paths(pages) >= EVERYONES_LISTS | {"/admin/library/video/1/change/", "/admin/library/entry/1/change/"}
    for address, html in pages.items():
        assert not posting_forms(html), address
        assert not re.search(r'href="[^"]*/(?:add|delete)/', html), address
        assert 'name="action"' not in html, address


def test_who_may_only_see_changes_nothing(reader: Client) -> None:
    video = Video.objects.get(path="a.mp4")
    entry = Entry.objects.latest("pk")
    for address, form in (
        (f"library/video/{video.pk}/change/", {"custom_title": "x"}),
        (f"library/rating/{video.pk}/change/", {"stars": "5"}),
        (f"library/viewcount/{video.pk}/change/", {"count": "5"}),
        ("library/favorite/add/", {"video": str(video.pk)}),
        (f"library/tag/{Tag.objects.get().pk}/delete/", {"post": "yes"}),
        (f"library/entry/{entry.pk}/undo/", {}),
        ("library/video/", {"form-TOTAL_FORMS": "0", "form-INITIAL_FORMS": "0", "_save": "Save"}),
    ):
        assert reader.post(f"/admin/{address}", form).status_code == 403, address
    reader.post("/admin/library/video/", {"action": "favor", "_selected_action": [video.pk], "index": "0"})
    assert Entry.objects.latest("pk") == entry


def all_pages() -> list[str]:
    """Each registered model's list, and the page of its first row."""
    addresses = ["/admin/library/tag/add/"]
    for model in admin.site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        first = model._default_manager.first()
        addresses += [base, *([f"{base}{first.pk}/change/", f"{base}{first.pk}/history/"] if first else [])]
    return addresses


def test_staff_without_permissions_see_nothing_of_the_library(client: Client) -> None:
    client.force_login(a_staff_member("newcomer"))
    pages = paths(walk(client))
    assert not [page for page in pages if page.startswith(("/admin/library/", "/admin/auth/", "/admin/thumbnails/"))]
    html = client.get("/admin/").content.decode()
    assert "What needs attention" not in html
    for address in all_pages():
        status = client.get(address).status_code
        assert status == 403 or (status == 302 and "/entry/" in address), address


def test_a_visitor_is_led_to_the_sign_in(client: Client) -> None:
    for address in ("/admin/", *all_pages()):
        response = client.get(address)
        assert response.status_code == 302, address
        assert "/login/" in response.headers["Location"], address
    entry = Entry.objects.latest("pk")
    assert client.post(f"/admin/library/entry/{entry.pk}/undo/").status_code == 302
    assert Entry.objects.latest("pk") == entry


def test_the_group_is_made_by_migrations_and_goes_with_them() -> None:
    plan = MigrationExecutor(connection).loader.graph
    names = {key for key in plan.nodes if "curators" in key[1]}
    assert names == {("library", "0007_curators"), ("thumbnails", "0003_curators")}
    library, thumbnails = (import_module(f"{app}.migrations.{name}") for app, name in sorted(names))
    library.remove_group(apps, None)
    library.make_group(apps, None)
    thumbnails.permit(apps, None)
    thumbnails.permit(apps, None)
    may = set(Group.objects.get(name="Curators").permissions.values_list("content_type__app_label", "codename"))
    assert ("thumbnails", "change_mediawork") in may
    assert ("library", "change_entry") in may
    assert ("library", "delete_video") not in may
    assert {app for app, _ in may} == {"library", "thumbnails"}
    thumbnails.forbid(apps, None)
    assert not Group.objects.get(name="Curators").permissions.filter(content_type__app_label="thumbnails").exists()
    library.remove_group(apps, None)
    assert not Group.objects.filter(name="Curators").exists()
    assert TagAlias.objects.count() == 0


def test_every_model_of_the_admin_is_walked() -> None:
    registered: set[Any] = {model._meta.label for model in admin.site._registry}
    assert {"library.Video", "library.Tag", "library.Entry", "auth.User"} <= registered
