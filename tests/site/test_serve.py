"""`manage.py serve`: starts everything, keeps it running, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from tests.environment import Site, collected_static_files, make_site
from tests.media import make_video
from tests.serving import Server, kill, run, serving, site_processes, until
from tests.site.conftest import LONG
from tests.system_packages import missing
from thumbnails import demo

SCENES = 24


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


def password_in(printed: str) -> str | None:
    found = re.search(r"password (\S+) ", printed)
    return found[1] if found else None


def test_the_first_start_prints_a_password_once_and_it_opens_the_admin(site: Site) -> None:
    """Also where an import made an account before, to which nobody can sign in."""
    (site.videos / "markers.json").write_text('{"film.mp4": [{"seconds": 1, "account": "admin"}]}')
    site.run("import_json")
    with serving(site) as server:
        password = password_in(server.printed)
        assert password
        opener = build_opener(HTTPCookieProcessor(CookieJar()))
        page = opener.open(f"{server.url}/admin/login/").read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        form = {"username": "admin", "password": password, "csrfmiddlewaretoken": token[1], "next": "/admin/"}
        signed_in = opener.open(Request(f"{server.url}/admin/login/", urlencode(form).encode()))
        assert b"Log out" in signed_in.read()
    with serving(site) as server:
        assert password_in(server.printed) is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_end_of_serve_is_the_end_of_all_its_processes(site: Site, number: signal.Signals) -> None:
    server = Server(site)
    until(lambda: len(server.processes("gunicorn")) >= 3 and server.processes("media_worker"), what="all processes")
    status = server.stop(number)
    assert status == (-9 if number == signal.SIGKILL else 0)
    until(lambda: not site_processes(site), what="the end of all processes")


def test_no_poster_is_lost_when_the_worker_is_killed(site: Site) -> None:
    for scene in range(SCENES):
        scene_source = f"color=c=0x{scene * 9:02x}8040:size={{size}}:rate={{rate}}:duration={{duration}},drawbox=t=20"
        make_video(site.videos / f"scene {scene}.mp4", duration=0.5, source=scene_source)
    with serving(site) as server:
        query = "&".join(f"video={number}" for number in range(1, SCENES + 1))

        def made() -> int:
            return len(server.json(f"/posters?{query}")["posters"])

        for least in (1, 6, 12):
            until(lambda least=least: made() >= least, what=f"{least} posters")  # type: ignore[misc]
            worker = server.worker()
            assert worker
            kill(worker)
            until(lambda dead=worker: server.worker() not in (None, dead), what="a new worker")  # type: ignore[misc]
        server.wait_for_posters(SCENES)


def test_as_many_workers_run_as_there_are_cores_and_storyboards_follow_posters(site: Site) -> None:
    make_video(site.videos / "film.mp4", duration=3)
    with serving(site) as server:
        until(lambda: len(server.workers()) == min(len(os.sched_getaffinity(0)), 4), what="all workers")
        server.wait_for_posters(1)
        pictures = site.data / "thumbnails"
        until(lambda: list(pictures.glob("*/*.vtt")), what="the storyboard")
        (index,) = pictures.glob("*/*.vtt")
        assert server.get(f"/storyboards/{index.name}").body == index.read_bytes()
        assert server.get(f"/storyboards/{index.stem}.webp").status == 200


def test_a_port_in_use_is_one_clear_line(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = site.run("serve", "--port", port, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"CommandError: Can't listen on 127.0.0.1, port {port}: Address already in use"
    ]


@pytest.mark.parametrize(
    "option", [("--port", "x"), ("--port", "65536"), ("--threads", "0"), ("--host", "no.such.host.invalid")]
)
def test_a_bad_option_is_refused_without_a_traceback(site: Site, option: tuple[str, str]) -> None:
    ended = site.run("serve", *option, check=False)
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    assert option[1] in ended.stderr


def test_debug_is_refused_on_an_address_that_others_reach(site: Site) -> None:
    ended = site.run("serve", "--host", "0.0.0.0", check=False, VIDEOSERVER_DEBUG="on")
    assert ended.returncode == 1
    assert "loopback" in ended.stderr


def test_debug_on_loopback_shows_the_toolbar(site: Site) -> None:
    with serving(site, VIDEOSERVER_DEBUG="on") as server:
        page = server.get("/")
        assert b"djDebug" in page.body
    with serving(site) as server:
        assert b"djDebug" not in server.get("/").body


def test_automatic_access_is_open_on_loopback_and_by_account_elsewhere(site: Site) -> None:
    with serving(site, VIDEOSERVER_ACCESS="auto") as server:
        assert server.get("/").status == 200
    with serving(site, "--host", "0.0.0.0", VIDEOSERVER_ACCESS="auto") as server:
        assert server.get("/", accept="text/html").status == 302
        assert server.get("/get_views").status == 401
        assert "VIDEOSERVER_HOSTS" in server.printed


def test_without_any_video_a_demo_collection_is_shown(tmp_path: Path) -> None:
    """Of its clips, which tests/thumbnails/test_demo.py draws, two are left to be drawn here."""
    site = Site(tmp_path)
    site.videos.mkdir()
    drawn = make_video(tmp_path / "drawn.mp4").read_bytes()
    for clip in demo.clips():
        path = site.data / "demo" / "videos" / clip.name
        if clip.name not in ("Test card.mp4", "Game of life.webm"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(drawn)
    shutil.copytree(collected_static_files(), site.data / "demo" / "data" / "static")
    with serving(site, VIDEOSERVER_VIDEO_DIRS="", VIDEOSERVER_DATA_DIR=str(site.data)) as server:
        assert "showing a small demo collection" in server.printed
        assert "6 files made, 11 were there" in server.printed
        page = server.get("/").body.decode()
        count = len(re.findall('class="card"', page))
        assert count >= 12
        assert 'class="given"' in page
        assert server.json("/get_views")
        assert b"#" not in server.get("/tags").body or b'class="cloud"' in server.get("/tags").body
        server.wait_for_posters(count)
    assert not list(site.data.glob("thumbnails/**/*.webp"))


def test_a_running_server_sends_hashed_static_files_that_browsers_keep(server: Server) -> None:
    page = server.get("/").body.decode()
    stylesheet = re.search(r'href="(/static/library/site\.[0-9a-f]+\.css)"', page)
    assert stylesheet
    answer = server.get(stylesheet[1], Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    module = server.get(re.search(r'src="(/static/library/js/site\.[0-9a-f]+\.js)"', page)[1])  # type: ignore[index]
    assert re.search(rb'from "\./posters\.[0-9a-f]+\.js"', module.body)


def test_the_web_processes_never_load_the_media_libraries(server: Server) -> None:
    server.get("/")
    server.get(f"/watch/{quote(LONG)}")
    for pid in server.processes("gunicorn"):
        maps = Path(f"/proc/{pid}/maps").read_text()
        assert "numpy" not in maps
        assert "imageio" not in maps
        assert "psycopg" not in maps


def test_ffmpeg_reads_from_the_middle_what_it_reads_from_the_file(server: Server) -> None:
    import imageio_ffmpeg

    def frame(source: str) -> bytes:
        ended = run(
            [
                imageio_ffmpeg.get_ffmpeg_exe(),
                "-v",
                "error",
                "-ss",
                "6",
                "-i",
                source,
                "-frames:v",
                "5",
                "-f",
                "md5",
                "-",
            ]
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    assert frame(f"{server.url}/video/{quote(LONG)}") == frame(str(server.site.videos / LONG))


@pytest.mark.skipif("curl" in missing(), reason="curl is missing")
def test_curl_gets_the_exact_bytes_of_a_range(server: Server) -> None:
    size = (server.site.videos / LONG).stat().st_size
    first, last = size // 2, size // 2 + 4999
    ended = run(["curl", "-sS", "-r", f"{first}-{last}", f"{server.url}/video/{quote(LONG)}"])
    assert ended.stdout == (server.site.videos / LONG).read_bytes()[first : last + 1]


@pytest.mark.parametrize(
    "path",
    ["/video/../manage.py", "/video/..%2fmanage.py", "/video/%2e%2e/manage.py", "/video/%2e%2e%2fmanage.py",
     "/video/%252e%252e%252fmanage.py", "/video/..%5cmanage.py", "/video//etc/passwd", "/video/%2fetc%2fpasswd",
     "/video/x/../../manage.py", "/video/%00", "/video/..%00/manage.py", "/video/%c0%ae%c0%ae/manage.py",
     "/video/../../../../../../etc/passwd"],
)  # fmt: skip
def test_nothing_outside_a_root_is_served_in_any_encoding(server: Server, path: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split(b" ", 2)[1] == b"404"
    assert b"execute_from_command_line" not in answer
    assert b"root:" not in answer
