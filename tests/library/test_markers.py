"""Moments that people mark, through the routes and pages by which they reach them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from library import marking, pruning
from library.exporting import export_folder
from library.models import Marker, Video
from tests.builders import Folder, a_video, dump
from tests.library.list_routes import post, send, signed_in

pytestmark = pytest.mark.django_db


def marked(client: Client, name: str = "a.mp4") -> list[tuple[float, str]]:
    found = client.get("/library/markers", {"filename": name}).json()["markers"]
    return [(marker["seconds"], marker["name"]) for marker in found]


def test_moments_are_kept_in_the_order_of_the_film_named_and_forgotten(client: Client) -> None:
    a_video("a.mp4", duration=60)
    late = post(client, "/add_marker", filename="a.mp4", seconds=40.12345)
    assert late == {"success": True, "id": late["id"], "seconds": 40.123, "name": ""}
    early = post(client, "/add_marker", filename="a.mp4", seconds=3, name="  The \n fox ")
    assert marked(client) == [(3, "The fox"), (40.123, "")]
    assert post(client, "/rename_marker", id=late["id"], name="The end") == {"success": True, "name": "The end"}
    page = client.get("/watch/a.mp4").content.decode()
    assert page.index('value="The fox"') < page.index('value="The end"')
    post(client, "/delete_marker", id=early["id"])
    assert marked(client) == [(40.123, "The end")]
    assert "The fox" not in client.get("/watch/a.mp4").content.decode()


def test_markers_are_each_accounts_own(client: Client) -> None:
    a_video("a.mp4", duration=60)
    ann, ben = signed_in("ann"), signed_in("ben")
    number = post(ann, "/add_marker", filename="a.mp4", seconds=1, name="Ann's")["id"]
    post(client, "/add_marker", filename="a.mp4", seconds=2, name="Everybody's")
    assert (marked(ann), marked(ben), marked(client)) == ([(1, "Ann's")], [], [(2, "Everybody's")])
    before = dump()
    for other in (ben, client):
        assert send(other, "/rename_marker", id=number, name="Mine").status_code == 404
        assert send(other, "/delete_marker", id=number).status_code == 404
        assert "Ann&#x27;s" not in other.get("/watch/a.mp4").content.decode()
    assert dump() == before


@pytest.mark.parametrize(
    ("route", "payload", "status"),
    [
        ("/add_marker", {"filename": "none.mp4", "seconds": 1}, 404),
        ("/add_marker", {"filename": "a.mp4"}, 400),
        ("/add_marker", {"filename": "a.mp4", "seconds": "1"}, 400),
        ("/add_marker", {"filename": "a.mp4", "seconds": True}, 400),
        ("/add_marker", {"filename": "a.mp4", "seconds": -1}, 400),
        ("/add_marker", {"filename": "a.mp4", "seconds": 62}, 400),
        ("/add_marker", {"filename": "a.mp4", "seconds": float("nan")}, 400),
        ("/add_marker", {"filename": "a.mp4", "seconds": 10**400}, 400),
        ("/add_marker", {"filename": "a.mp4", "seconds": 1, "name": "x" * 201}, 400),
        ("/add_marker", {"filename": "a.mp4", "seconds": 1, "name": "\ud800"}, 400),
        ("/add_marker", {"filename": "a.mp4", "seconds": 1, "name": 7}, 400),
        ("/rename_marker", {"id": 10**30, "name": "x"}, 404),
        ("/rename_marker", {"id": "1", "name": "x"}, 400),
        ("/delete_marker", {}, 400),
    ],
)
def test_what_can_not_be_is_refused_and_changes_nothing(
    client: Client, route: str, payload: dict[str, Any], status: int
) -> None:
    a_video("a.mp4", duration=60)
    before = dump()
    response = send(client, route, **payload)
    assert (response.status_code, set(response.json())) == (status, {"error"})
    assert dump() == before


def test_a_video_has_so_many_markers_and_no_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    a_video("a.mp4", duration=60)
    monkeypatch.setattr(marking, "MOST_MARKERS", 2)
    for second in (1, 2):
        post(client, "/add_marker", filename="a.mp4", seconds=second)
    assert send(client, "/add_marker", filename="a.mp4", seconds=3).status_code == 400
    assert Marker.objects.count() == 2


def test_markers_stay_with_a_file_that_moves(client: Client, folder: Folder) -> None:
    path = folder.put("a.mp4", b"a film")
    folder.scan()
    post(client, "/add_marker", filename="a.mp4", seconds=5, name="The fox")
    (folder.path / "sub").mkdir()
    path.rename(folder.path / "sub/b.mp4")
    folder.scan()
    assert marked(client, "sub/b.mp4") == [(5, "The fox")]


def test_markers_are_exported_and_told_of_what_is_forgotten(client: Client, folder: Folder, tmp_path: Path) -> None:
    folder.put("another.mp4")
    video = a_video("a.mp4", duration=60, missing=True)
    post(client, "/add_marker", filename="a.mp4", seconds=5, name="The fox")
    post(signed_in("ann"), "/add_marker", filename="a.mp4", seconds=2)
    export_folder(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "markers.json").read_text()) == {
        "a.mp4": [
            {"account": "ann", "name": "", "seconds": 2.0},
            {"account": None, "name": "The fox", "seconds": 5.0},
        ]
    }
    report = pruning.forget(pruning.find_among([video.pk]))
    assert report.export is not None
    (record,) = json.loads((report.export / "forgotten.json").read_text())
    assert {"account": None, "marker": 5.0, "name": "The fox"} in record["accounts"]
    assert not Video.objects.exists()
    assert not Marker.objects.exists()


def test_what_stands_for_a_marker_says_so() -> None:
    video = a_video("a.mp4")
    assert str(marking.mark(None, video, 5, "The fox")) == f"The fox in {video.pk}"
