"""What `serve` runs: where it may be called from, how it ends, and that there is one for each data dir."""

from __future__ import annotations

import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.environment import HOUSE, Site, make_site
from tests.serving import Server, kill, serving, until

NOT_THE_CODE = shutil.ignore_patterns(".*", "var", "videos", "__pycache__", "tests", "docs", "benchmarks")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


def test_serve_works_from_any_folder(site: Site) -> None:
    with serving(Site(site.folder, cwd=Path("/"))) as server:
        assert server.get("/").status == 200


def test_serve_works_in_folders_with_spaces_and_by_relative_paths(tmp_path: Path) -> None:
    house, venv, here = tmp_path / "My house", tmp_path / "My tools", tmp_path / "100% mine #1?"
    shutil.copytree(HOUSE, house, ignore=NOT_THE_CODE)
    venv.symlink_to(Path(sys.prefix))
    (here / "my videos").mkdir(parents=True)
    site = Site(here, house=house, python=venv / "bin/python", cwd=here)
    relative = {"VIDEOSERVER_VIDEO_DIRS": "my videos", "VIDEOSERVER_DATA_DIR": "var", "DATABASE_URL": "sqlite:///my.db"}
    site.run("migrate", "--verbosity", "0", **relative)
    (here / "gunicorn.conf.py").write_text("raise SystemExit('a configuration that is not ours')")
    with serving(site, **relative) as server:
        assert server.get("/").status == 200
        until(lambda: server.processes("media_worker"), what="the worker")
    assert {path.name for path in here.iterdir()} >= {"my.db", "var"}
    assert not (house / "var").exists()
    assert not (house / "my.db").exists()


def test_one_data_dir_has_one_server(site: Site) -> None:
    with serving(site) as first:
        second = site.run("serve", "--port", "0", check=False)
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == f"CommandError: Another server runs on {site.data}: stop that one first.\n"
        assert first.get("/").status == 200
    with serving(site) as third:
        assert third.get("/").status == 200


def test_a_killed_server_leaves_its_data_dir_free_at_once(site: Site) -> None:
    killed = Server(site)
    killed.stop(signal.SIGKILL)
    with serving(site) as after:
        assert after.get("/ping").status == 200


def test_a_killed_web_server_leaves_no_workers_behind_though_clients_stall_and_is_started_again(site: Site) -> None:
    with (site.videos / "big.mp4").open("wb") as file:
        file.truncate(1 << 30)
    site.run("scan_videos")
    server = Server(site)
    clients = [stalled_client(server.port, "/video/big.mp4") for _ in range(6)]
    try:
        before = server.processes("gunicorn")
        kill(server.master())
        until(lambda: not set(before) & set(server.processes("gunicorn")), what="the end of its workers", seconds=5)
        assert server.get("/ping").status == 200
    finally:
        for client in clients:
            client.close()
        server.stop()


def stalled_client(port: int, path: str) -> socket.socket:
    """Someone who has asked for a file and reads no more than its beginning."""
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


@pytest.mark.parametrize("moment", ["secret_key", "db.sqlite3", "static/.collected"])
def test_an_interrupted_start_ends_quietly(tmp_path: Path, moment: str) -> None:
    site = Site(tmp_path)
    (site.videos).mkdir()
    with site.start("serve", "--port", "0") as starting:
        until(lambda: (site.data / moment).exists(), what=moment)
        starting.send_signal(signal.SIGINT)
        output, errors = starting.communicate(timeout=30)
    assert (starting.returncode, output, errors) == (130, "", "")
