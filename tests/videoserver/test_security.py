"""What protects the people in front of a page: headers, escaping, and whom a request is believed."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from library.models import Video
from tests.builders import Folder, a_video, an_account
from tests.environment import HOUSE, Site

pytestmark = pytest.mark.django_db

PAGES = ("/", "/favorites", "/best-of", "/tags", "/tag/sea", "/watch/a.mp4", "/login/", "/nowhere", "/admin/login/")
ADMIN_PAGES = ("/admin/", "/admin/library/video/", "/admin/library/tag/", "/admin/library/rating/")
SCRIPT = "<script>alert(1)</script>"
HANDLER = "\"><img src=x onerror='alert(2)'>"


@pytest.fixture(autouse=True)
def a_film() -> None:
    a_video("a.mp4", stars=5, views=3, tags=["sea"], favorite=True)


@pytest.mark.parametrize("page", [*PAGES, *ADMIN_PAGES, "/video/none.mp4", "/get_views", "/ping"])
def test_every_answer_carries_the_protecting_headers(admin_client: Client, client: Client, page: str) -> None:
    response = (admin_client if page in ADMIN_PAGES else client).get(page)
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    for kind in ("script-src", "style-src", "media-src", "connect-src", "manifest-src", "form-action"):
        assert policy[kind] == "'self'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("page", [*PAGES, *ADMIN_PAGES])
def test_no_page_has_inline_script_or_style_or_names_another_host(
    admin_client: Client, client: Client, page: str
) -> None:
    html = (admin_client if page in ADMIN_PAGES else client).get(page).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>\s*\S", html)
    assert not re.search(r"<[^>]+\son[a-z]+\s*=", html)
    assert not re.search(r"<[^>]+\b(src|href|action|srcset)=[\"']?(https?:)?//", html)
    if page not in ADMIN_PAGES and page != "/admin/login/":
        assert not re.search(r"<style|<[^>]+\sstyle=", html)


def scripted_film() -> Video:
    """A video all of whose words are markup."""
    return a_video(
        f"{SCRIPT}{HANDLER}.mp4".replace("/", "\u2215"),
        title=SCRIPT + HANDLER,
        tags=[SCRIPT, HANDLER],
        stars=5,
        favorite=True,
        views=1,
        video_codec=SCRIPT,
        audio_codec=HANDLER,
        container=SCRIPT,
    )


@pytest.mark.parametrize("missing", [False, True])
def test_markup_in_names_titles_and_tags_is_escaped_on_every_page(client: Client, missing: bool) -> None:
    video = scripted_film()
    other = a_video("b.mp4", tags=[SCRIPT])
    if missing:
        Video.objects.filter(pk=video.pk).update(missing_since=video.added_at)
    pages = ["/", "/favorites", "/best-of", "/tags", video.get_absolute_url(), other.get_absolute_url()]
    pages += [tag.get_absolute_url() for tag in video.tags.all()]
    for page in pages:
        html = client.get(page).content.decode()
        assert "<script>" not in html
        assert "<img src=x" not in html
    assert "&lt;script&gt;" in client.get(video.get_absolute_url()).content.decode()


def test_markup_in_names_titles_and_tags_is_escaped_in_the_admin(admin_client: Client) -> None:
    video = scripted_film()
    pages = [f"/admin/library/{model}/" for model in ("video", "tag", "rating", "viewcount", "favorite")]
    pages += [f"/admin/library/{model}/{video.pk}/change/" for model in ("video", "rating", "viewcount")]
    pages += [f"/admin/library/video/?q={SCRIPT}", f"/admin/library/video/{video.pk}/history/"]
    for page in pages:
        html = admin_client.get(page).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_markup_in_an_address_or_a_search_is_escaped(client: Client) -> None:
    for page in (
        f"/watch/{SCRIPT}",
        f"/tag/{SCRIPT}",
        f"/{SCRIPT}",
        f"/?sort={SCRIPT}&page={SCRIPT}",
        f"/login/?next={HANDLER}",
    ):
        html = client.get(page).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_json_with_markup_is_not_taken_for_a_page(client: Client) -> None:
    scripted_film()
    response = client.get("/get_views")
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/json", "nosniff")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", ""])
@pytest.mark.parametrize("page", ["/", "/ping", "/login/", "/admin/login/", "/playlist/a.mp4.m3u8"])
def test_a_host_that_is_not_ours_is_400(client: Client, settings: Any, host: str, page: str) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    response = client.get(page, headers={"Host": host})
    assert response.status_code == 400
    assert b"evil" not in response.content


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000"])
def test_our_hosts_are_answered_by_default(client: Client, settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = list(settings.ENVIRONMENT.hosts)
    assert client.get("/ping", headers={"Host": host}).status_code == 200


def test_forwarded_headers_are_not_believed(client: Client) -> None:
    claims = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Port": "444",
        "X-Forwarded-Prefix": "/evil",
        "X-Real-IP": "127.0.0.1",
        "Forwarded": "for=127.0.0.1;host=evil.example;proto=https",
        "X-HTTP-Method-Override": "POST",
    }
    plain = client.get("/playlist/a.mp4.m3u8").content
    assert client.get("/playlist/a.mp4.m3u8", headers=claims).content == plain
    assert plain.endswith(b"http://testserver/video/a.mp4\n")


def test_a_token_of_another_session_or_site_writes_nothing() -> None:
    attacker, victim = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    victim.get("/")
    token = attacker.get("/").cookies["csrftoken"].value
    sent = json.dumps({"filename": "a.mp4", "rating": 1})
    for headers in ({"X-CSRFToken": token}, {"X-CSRFToken": token, "Origin": "https://evil.example"}):
        response = victim.post("/rate", sent, content_type="application/json", headers=headers)
        assert response.status_code == 403
    assert Video.objects.with_standing().get().rating.stars == 5


def test_the_cookies_are_closed_to_other_sites_and_the_session_to_scripts(client: Client) -> None:
    an_account("guest", staff=False)
    client.get("/")
    client.post("/login/", {"username": "guest", "password": "secret"})
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == client.cookies["csrftoken"]["samesite"] == "Lax"


def test_the_session_of_who_comes_by_tls_is_for_tls_alone_and_at_home_it_works_without(settings: Any) -> None:
    an_account("guest", staff=False)
    settings.ALLOWED_HOSTS = ["films.example", "evil.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://films.example"]
    for sent, secure in (
        ({"Origin": "https://films.example"}, True),
        ({"Referer": "https://films.example/login/"}, True),
        ({"Origin": "http://films.example"}, ""),
        ({"Origin": "https://evil.example"}, ""),
        ({"Referer": "https://evil.example/https://films.example/"}, ""),
        ({"X-Forwarded-Proto": "https"}, ""),
        ({}, ""),
    ):
        client = Client(headers={"Host": "films.example"})
        response = client.post("/login/", {"username": "guest", "password": "secret"}, headers=sent)
        assert (response.status_code, response.cookies["sessionid"]["secure"]) == (302, secure)


@pytest.mark.parametrize("address", ["/login/", "/rate", "/admin/login/", "/account", "/nowhere"])
def test_no_form_s_file_reaches_the_disk(client: Client, address: str, tmp_path: Path, settings: Any) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    tmp_path.chmod(0o500)
    sent = {"a": SimpleUploadedFile("a.bin", b"x" * 4_000_000), "username": "guest", "password": "secret"}
    response = client.post(address, sent)
    assert response.status_code in (200, 404, 415)
    assert not response.wsgi_request.FILES
    assert list(tmp_path.iterdir()) == []


def test_the_debug_toolbar_is_absent_without_debug(client: Client) -> None:
    assert client.get("/__debug__/").status_code == 404
    assert b"djDebug" not in client.get("/").content


def test_no_migration_is_wanting() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("debug", ["", "on"])
def test_the_checks_find_nothing(tmp_path: Path, debug: str) -> None:
    (tmp_path / "videos").mkdir()
    arguments = ["check"] if debug else ["check", "--deploy", "--fail-level", "WARNING"]
    environment = Site(tmp_path).env(VIDEOSERVER_DEBUG=debug)
    command = [sys.executable, "-W", "error", "manage.py", *arguments]
    done = subprocess.run(command, cwd=HOUSE, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split("(")[0]) == (0, "System check identified no issues "), done.stderr


def test_a_folder_that_others_may_write_stops_the_start(folder: Folder) -> None:
    site = Site(folder.path.parent / "site")
    queries = site.data / "cache/queries"
    queries.mkdir(parents=True)
    queries.chmod(0o777)
    done = site.run("migrate", check=False)
    shutil.rmtree(site.data)
    assert done.returncode != 0
    assert "can be written by others" in done.stderr
