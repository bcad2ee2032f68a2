"""Posters over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from cachalot.api import cachalot_disabled
from django.test import Client

from tests.builders import Folder, a_video, an_account, body, videos
from thumbnails import posters, storyboards
from thumbnails.models import MediaWork, Storyboard
from thumbnails.storyboards import Layout, Sheet
from videoserver.env import Access

pytestmark = pytest.mark.django_db
PICTURES = {320: b"a small picture", 640: b"a large picture"}


@pytest.fixture
def digest(folder: Folder) -> str:
    return posters.store(PICTURES)


def test_a_poster_is_served_to_be_kept_for_good(client: Client, digest: str) -> None:
    for width in (320, 640):
        response = client.get(f"/poster/{digest}-{width}.webp")
        assert (response.status_code, body(response)) == (200, PICTURES[width])
        assert response.headers["Content-Type"] == "image/webp"
        assert response.headers["Content-Length"] == str(len(PICTURES[width]))
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["ETag"] == f'"{digest}-{width}"'
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_what_the_browser_has_is_not_sent_again(client: Client, digest: str) -> None:
    response = client.get(f"/poster/{digest}-640.webp", headers={"If-None-Match": f'"{digest}-640"'})
    assert (response.status_code, body(response)) == (304, b"")


def test_head_has_the_same_headers_and_no_body(client: Client, digest: str) -> None:
    response = client.head(f"/poster/{digest}-640.webp")
    assert (response.status_code, body(response)) == (200, b"")
    assert response.headers["Content-Length"] == str(len(PICTURES[640]))
    assert not response.streaming


@pytest.mark.parametrize(
    "path",
    [
        "/poster/00000000000000000000000000000000-640.webp",
        "/poster/{digest}-641.webp",
        "/poster/{digest}-640.png",
        "/poster/{digest}-640.webp/",
        "/poster/{digest}-640.webp%0A",
        "/poster/{upper}-640.webp",
        "/poster/../../manage.py-640.webp",
        "/poster/%2e%2e%2f%2e%2e%2fmanage.py-640.webp",
        "/poster/{digest}-٦٤٠.webp",
        "/poster/",
    ],
)
def test_anything_else_is_not_found(client: Client, digest: str, path: str) -> None:
    assert client.get(path.format(digest=digest, upper=digest.upper())).status_code == 404


def test_a_poster_that_is_gone_is_not_found_even_for_who_has_it(client: Client, digest: str) -> None:
    posters.path_of(digest, 640).unlink()
    response = client.get(f"/poster/{digest}-640.webp", headers={"If-None-Match": f'"{digest}-640"'})
    assert response.status_code == 404
    assert "immutable" not in response.headers.get("Cache-Control", "")


def test_a_poster_is_only_read(client: Client, digest: str) -> None:
    assert client.post(f"/poster/{digest}-640.webp").status_code == 405


def test_behind_a_login_no_shared_cache_keeps_it_and_no_stranger_sees_it(
    client: Client, digest: str, settings: Any
) -> None:
    settings.ACCESS = Access.LOGIN
    assert client.get(f"/poster/{digest}-640.webp").status_code == 401
    assert client.get("/posters?video=1").status_code == 401
    client.force_login(an_account(staff=False))
    response = client.get(f"/poster/{digest}-640.webp")
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    body(response)


@pytest.fixture
def storyboard(folder: Folder) -> str:
    return storyboards.store(Sheet(b"tiles", Layout(2, 2, 160, 90, 5.0), 9.5))


CONTENT_TYPES = {"webp": "image/webp", "vtt": "text/vtt; charset=utf-8"}


@pytest.mark.parametrize("ending", CONTENT_TYPES)
def test_a_storyboard_is_served_to_be_kept_for_good(client: Client, storyboard: str, ending: str) -> None:
    content = storyboards.path_of(storyboard, ending).read_bytes()
    response = client.get(f"/storyboards/{storyboard}.{ending}")
    assert (response.status_code, body(response)) == (200, content)
    expected = {
        "Content-Type": CONTENT_TYPES[ending],
        "Content-Length": str(len(content)),
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{storyboard}-{ending}"',
        "X-Content-Type-Options": "nosniff",
    }
    assert {name: response.headers[name] for name in expected} == expected
    head = client.head(f"/storyboards/{storyboard}.{ending}")
    assert (head.status_code, body(head), head.streaming) == (200, b"", False)
    assert {name: head.headers[name] for name in expected} == expected
    known = client.get(f"/storyboards/{storyboard}.{ending}", headers={"If-None-Match": expected["ETag"]})
    assert (known.status_code, body(known)) == (304, b"")


def test_an_index_names_pictures_at_the_address_where_they_are(client: Client, storyboard: str) -> None:
    index = body(client.get(f"/storyboards/{storyboard}.vtt")).decode()
    places = [line for line in index.splitlines() if "#xywh=" in line]
    assert len(places) == 2
    picture = urljoin(f"/storyboards/{storyboard}.vtt", places[0].partition("#")[0])
    assert body(client.get(picture)) == b"tiles"


@pytest.mark.parametrize(
    "path", ["0" * 32 + ".webp", "{0}.png", "{0}", "{0}.vtt/", "{0}-640.webp", "../../manage.py.vtt", "{1}.vtt"]
)
def test_any_other_storyboard_is_not_found(client: Client, storyboard: str, path: str) -> None:
    assert client.get(f"/storyboards/{path.format(storyboard, storyboard.upper())}").status_code == 404


def test_a_storyboard_that_is_gone_is_not_found_even_for_who_has_it(client: Client, storyboard: str) -> None:
    storyboards.path_of(storyboard, "webp").unlink()
    headers = {"If-None-Match": f'"{storyboard}-webp"'}
    assert client.get(f"/storyboards/{storyboard}.webp", headers=headers).status_code == 404


def test_behind_a_login_storyboards_are_for_those_who_may_enter(client: Client, storyboard: str, settings: Any) -> None:
    settings.ACCESS = Access.LOGIN
    for ending in CONTENT_TYPES:
        assert client.get(f"/storyboards/{storyboard}.{ending}").status_code == 401
        assert client.post(f"/storyboards/{storyboard}.{ending}").status_code in {401, 405}
    client.force_login(an_account(staff=False))
    response = client.get(f"/storyboards/{storyboard}.vtt")
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    body(response)


def test_a_page_learns_which_posters_are_there_and_which_are_to_come(client: Client) -> None:
    ready, pending, failed, untouched, missing, changed = (
        a_video(f"{name}.mp4", missing=name == "missing")
        for name in ("ready", "pending", "failed", "untouched", "missing", "changed")
    )
    MediaWork.objects.create(video=ready, state="ready", poster_digest="ab" * 16)
    MediaWork.objects.create(video=pending, state="pending")
    MediaWork.objects.create(video=failed, state="failed", error="bad")
    MediaWork.objects.create(video=changed, state="failed", size=7)
    asked = [ready.pk, pending.pk, failed.pk, untouched.pk, missing.pk, changed.pk, 999_999]
    response = client.get("/posters", {"video": asked})
    assert response.json() == {
        "posters": {
            str(ready.pk): {
                "small": f"/poster/{'ab' * 16}-320.webp",
                "large": f"/poster/{'ab' * 16}-640.webp",
            }
        },
        "pending": [pending.pk, untouched.pk, changed.pk],
    }
    assert "no-store" in response.headers["Cache-Control"]


def test_an_old_poster_counts_until_the_new_one_is_there(client: Client) -> None:
    work = MediaWork.objects.create(video=a_video("a.mp4"), state="pending", poster_digest="ab" * 16)
    answer = client.get("/posters", {"video": work.pk}).json()
    assert (list(answer["posters"]), answer["pending"]) == ([str(work.pk)], [])


def test_asking_for_nothing_gives_nothing(client: Client) -> None:
    assert client.get("/posters").json() == {"posters": {}, "pending": []}


def test_storyboards_are_told_with_how_their_tiles_lie_and_those_without_are_left_out(client: Client) -> None:
    drawn, bare = a_video("drawn.mp4"), a_video("bare.mp4")
    layout = {"tiles": 36, "columns": 10, "tile_width": 160, "tile_height": 90, "interval": 5.0}
    Storyboard.objects.create(video=drawn, state="ready", digest="ab" * 16, **layout)
    Storyboard.objects.create(video=bare, state="pending")
    response = client.get("/storyboards", {"video": [drawn.pk, bare.pk, 999_999]})
    picture = f"/storyboards/{'ab' * 16}.webp"
    told = {"picture": picture, "tiles": 36, "columns": 10, "width": 160, "height": 90}
    assert response.json() == {"storyboards": {str(drawn.pk): told}}
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("route", ["/posters", "/storyboards"])
@pytest.mark.parametrize("bad", ["x", "", "-1", "1.5", "٣", "1_0", "9" * 19, "9" * 5000, " 1"])
def test_an_id_that_is_no_number_is_refused(client: Client, route: str, bad: str) -> None:
    response = client.get(route, {"video": ["1", bad]})
    assert (response.status_code, list(response.json())) == (400, ["error"])


@pytest.mark.parametrize("route", ["/posters", "/storyboards"])
def test_a_page_asks_for_two_hundred_at_most(client: Client, route: str) -> None:
    assert client.get(route, {"video": range(200)}).status_code == 200
    assert client.get(route, {"video": range(201)}).status_code == 400


@pytest.mark.parametrize("route", ["/posters", "/storyboards"])
def test_states_are_only_read(client: Client, route: str) -> None:
    assert client.post(route).status_code == 405


def test_twice_the_videos_cost_no_more_queries(client: Client, django_assert_num_queries: Callable[[int], Any]) -> None:
    few = [video.pk for video in videos(5)]
    client.get("/posters", {"video": few})  # which puts them first in the queue
    with cachalot_disabled(), django_assert_num_queries(4):
        client.get("/posters", {"video": few})
    more = [*few, *(video.pk for video in videos(5, "more"))]
    client.get("/posters", {"video": more})
    with cachalot_disabled(), django_assert_num_queries(4):
        client.get("/posters", {"video": more})


def test_nothing_outside_the_thumbnails_is_named_by_an_address(tmp_path: Path, settings: Any) -> None:
    settings.THUMBNAILS_DIR = tmp_path
    assert posters.path_of("ab" * 16, 640) == tmp_path / "ab" / f"{'ab' * 16}-640.webp"
