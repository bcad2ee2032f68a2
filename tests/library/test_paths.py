"""Nothing outside a library root is ever served, whatever an address says."""

import os
import socket
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client

from library.models import Video
from library.roots import FileUnavailableError, locate, open_file
from tests.audit import just_before
from tests.builders import AWKWARD_NAMES, Folder, a_video, body

pytestmark = pytest.mark.django_db

SECRET = b"nobody may read this"

CLIMBING = (
    "../secret.mp4",
    "../../secret.mp4",
    "../videos/../secret.mp4",
    "sub/../../secret.mp4",
    "./../secret.mp4",
    "..\\secret.mp4",
    "..\\..\\secret.mp4",
    "/secret.mp4",
    "//secret.mp4",
    "....//secret.mp4",
    ".../secret.mp4",
    "a.mp4/../../secret.mp4",
    "a.mp4\0.txt",
    "../secret.mp4\0a.mp4",
    "\0",
    ".",
    "..",
    "~/secret.mp4",
    "file:../secret.mp4",
    "file:///etc/passwd",
    "C:\\secret.mp4",
    "..;/secret.mp4",
    "\uff0e\uff0e/secret.mp4",
    "..\u2215secret.mp4",
    "x" * 300 + ".mp4",
    "x/" * 2000 + "a.mp4",
    "é" * 200 + ".mp4",
)


def encodings(path: str) -> list[str]:
    """A path as an address may spell it: raw where that is possible, encoded, every byte encoded, encoded twice."""
    every_byte = "".join(f"%{byte:02x}" for byte in path.encode())
    spelt = [quote(path, safe=""), quote(path), every_byte, quote(quote(path, safe=""), safe=""), quote(every_byte)]
    return [path, *spelt] if path.isprintable() and path.isascii() else spelt


@pytest.fixture
def guarded(folder: Folder) -> Folder:
    """A root with a film, and a secret beside and above it."""
    folder.put("a.mp4", b"a film")
    folder.scan()
    for place in (folder.path.parent, folder.path.parent.parent):
        (place / "secret.mp4").write_bytes(SECRET)
    return folder


@pytest.mark.parametrize("path", CLIMBING, ids=lambda path: ascii(path[:40]))
def test_an_address_that_climbs_is_404_in_every_encoding(guarded: Folder, client: Client, path: str) -> None:
    for spelt in encodings(path):
        for route in ("/video/", "/watch/", "/playlist/"):
            response = client.get(f"{route}{spelt}{'.m3u8' if route == '/playlist/' else ''}")
            assert response.status_code == 404, spelt
            assert SECRET not in body(response)


@pytest.mark.parametrize("path", [path for path in CLIMBING if "\0" not in path], ids=lambda path: ascii(path[:40]))
def test_not_even_a_row_in_the_database_opens_a_file_outside(guarded: Folder, client: Client, path: str) -> None:
    a_video(path[:1000])
    with pytest.raises(FileUnavailableError):
        open_file(path[:1000])
    assert client.get(f"/video/{quote(path[:1000])}").status_code == 404


def test_an_absolute_path_is_not_opened(guarded: Folder) -> None:
    with pytest.raises(FileUnavailableError):
        open_file(str(guarded.path / "a.mp4"))


@pytest.mark.parametrize(
    "target", ["../secret.mp4", "{parent}/secret.mp4", "/etc/hostname", "/dev/zero", "/proc/self/mem"]
)
def test_a_link_that_came_to_lead_outside_is_not_opened(guarded: Folder, client: Client, target: str) -> None:
    (guarded.path / "a.mp4").unlink()
    (guarded.path / "a.mp4").symlink_to(target.format(parent=guarded.path.parent))
    response = client.get("/video/a.mp4")
    assert response.status_code == 404
    assert SECRET not in body(response)


def test_a_folder_that_became_a_link_to_the_outside_is_not_entered(guarded: Folder, client: Client) -> None:
    guarded.put_and_scan("sub/secret.mp4", b"harmless")
    (guarded.path / "sub/secret.mp4").unlink()
    (guarded.path / "sub").rmdir()
    (guarded.path / "sub").symlink_to("..")
    assert client.get("/video/sub/secret.mp4").status_code == 404


def test_a_link_to_itself_is_404(guarded: Folder, client: Client) -> None:
    (guarded.path / "a.mp4").unlink()
    (guarded.path / "a.mp4").symlink_to("a.mp4")
    assert client.get("/video/a.mp4").status_code == 404


def test_a_link_inside_the_root_is_followed(guarded: Folder, client: Client) -> None:
    (guarded.path / "link.mp4").symlink_to("a.mp4")
    guarded.scan()
    assert body(client.get("/video/link.mp4")) == b"a film"


@pytest.mark.parametrize("swap", ["link", "fifo", "folder", "nothing"])
def test_a_file_that_is_swapped_while_it_is_opened_is_404(guarded: Folder, client: Client, swap: str) -> None:
    film = guarded.path / "a.mp4"

    def exchange() -> None:
        film.unlink()
        if swap == "link":
            film.symlink_to("../secret.mp4")
        elif swap == "fifo":
            os.mkfifo(film)
        elif swap == "folder":
            film.mkdir()

    with just_before("open", lambda arguments: arguments[0] == str(film), exchange):
        response = client.get("/video/a.mp4")
    assert response.status_code == 404
    assert SECRET not in body(response)


def test_a_fifo_in_the_place_of_a_file_is_404_at_once(guarded: Folder, client: Client) -> None:
    (guarded.path / "a.mp4").unlink()
    os.mkfifo(guarded.path / "a.mp4")
    assert client.get("/video/a.mp4").status_code == 404


def test_a_socket_in_the_place_of_a_file_is_404(
    guarded: Folder, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    (guarded.path / "a.mp4").unlink()
    monkeypatch.chdir(guarded.path)  # a socket's address is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a.mp4")
        assert client.get("/video/a.mp4").status_code == 404


def test_a_folder_in_the_place_of_a_file_is_404(guarded: Folder, client: Client) -> None:
    (guarded.path / "a.mp4").unlink()
    (guarded.path / "a.mp4").mkdir()
    assert client.get("/video/a.mp4").status_code == 404


def test_a_file_is_not_a_folder(guarded: Folder, client: Client) -> None:
    a_video("a.mp4/b.mp4")
    assert client.get("/video/a.mp4/b.mp4").status_code == 404


def test_a_root_whose_name_begins_like_ours_is_outside(guarded: Folder, client: Client) -> None:
    twin = Path(f"{guarded.path}-private")
    twin.mkdir()
    (twin / "secret.mp4").write_bytes(SECRET)
    a_video("link.mp4")
    (guarded.path / "link.mp4").symlink_to(twin / "secret.mp4")
    assert client.get("/video/link.mp4").status_code == 404
    assert client.get(f"/video/../{twin.name}/secret.mp4").status_code == 404


def test_each_root_keeps_to_itself(guarded: Folder, client: Client) -> None:
    films = guarded.beside("films")
    films.put("b.mp4", b"another film")
    (films.path / "link.mp4").symlink_to(guarded.path / "a.mp4")
    films.scan()
    a_video("films/link.mp4")
    assert body(client.get("/video/films/b.mp4")) == b"another film"
    for path in ("films/link.mp4", "films/../a.mp4", "films/../videos/a.mp4", "films/", "films", "films//b.mp4"):
        assert client.get(f"/video/{path}").status_code == 404


def test_when_the_root_is_gone_its_files_are_404_and_known_still(guarded: Folder, client: Client) -> None:
    guarded.path.rename(guarded.path.parent / "away")
    assert client.get("/video/a.mp4").status_code == 404
    assert client.get("/watch/a.mp4").status_code == 200


@pytest.mark.parametrize("name", AWKWARD_NAMES, ids=lambda name: repr(name[:30]))
def test_a_file_of_any_name_has_its_place_and_its_page(folder: Folder, client: Client, name: bytes) -> None:
    video = folder.put_and_scan(name)
    assert locate(video.path) == folder.path.resolve() / os.fsdecode(name)
    assert client.get(video.get_absolute_url()).status_code == 200
    assert client.get(f"/playlist/{quote(video.path)}.m3u8").status_code == 200


def test_names_that_differ_only_in_case_or_composition_are_files_of_their_own(folder: Folder, client: Client) -> None:
    for name in AWKWARD_NAMES:
        folder.put(name, b"only " + name)
    folder.scan()
    served = {body(client.get(video.file_url)) for video in Video.objects.all()}
    assert served == {b"only " + name for name in AWKWARD_NAMES}
