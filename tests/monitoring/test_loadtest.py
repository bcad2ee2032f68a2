"""`manage.py load_test`: visitors at a real server, and what they tell of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from monitoring import loadtest
from monitoring.loadtest import LoadTestError, Timing
from monitoring.visiting import Claims, Request, route_of
from tests.environment import Site, collected_static_files, make_site
from tests.gunicorn_server import running
from tests.media import make_video
from tests.serving import until
from tests.site.conftest import LONG, OLD, SHORT, fill

KEPT = ("tags.json", "ratings.json", "favorites.json")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Three videos with posters and stars, tags and a favourite."""
    site = make_site(tmp_path_factory.mktemp("load"))
    fill(site)
    (site.videos / "ratings.json").write_text(json.dumps({LONG: 2, SHORT: 5, OLD: 4}))
    site.run("import_json")
    site.run("make_thumbnails")
    return site


@contextmanager
def served(site: Site, **environment: str) -> Iterator[str]:
    """The address of a running site, as long as the block lasts."""
    shutil.copytree(collected_static_files(), site.data / "static", dirs_exist_ok=True)
    with running(site, workers=2, threads=16, **environment) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def url(site: Site) -> Iterator[str]:
    """Where that site is served."""
    with served(site) as url:
        yield url


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Visitors who hardly think, and write more than most."""
    monkeypatch.setattr("monitoring.visiting.THINKING_SECONDS", (0.0, 0.02))
    monkeypatch.setattr("monitoring.visiting.ACTIONS", {"browse": 30, "watch": 20, "seek": 10, "write": 40})


def exported(site: Site, folder: Path) -> dict[str, bytes]:
    site.run("export_json", str(folder))
    return {name: (folder / name).read_bytes() for name in (*KEPT, "views.json")}


@pytest.mark.usefixtures("hasty")
def test_visitors_do_all_that_people_do_and_put_back_what_they_changed(site: Site, url: str, tmp_path: Path) -> None:
    before = exported(site, tmp_path / "before")
    routes: set[str] = set()
    for _ in range(5):  # a slow machine gets round later
        report = loadtest.run(url, users=6, seconds=3)
        routes |= {timing.route for timing in report.routes}
        assert report.faults == {}
        assert report.not_put_back == []
        if len(routes) >= 14:
            break
    after = exported(site, tmp_path / "after")
    assert routes >= {
        "GET /", "GET /favorites", "GET /best-of", "GET /tags", "GET /random", "GET /tag/…", "GET /watch/…",
        "GET /video/…", "GET /poster/…", "POST /rate", "POST /view", "POST /tag", "POST /delete_tag", "POST /favorite",
    }  # fmt: skip
    assert report.total.requests == sum(timing.requests for timing in report.routes)
    assert {name: after[name] for name in KEPT} == {name: before[name] for name in KEPT}
    assert after["views.json"] != before["views.json"]


@pytest.mark.usefixtures("hasty")
def test_an_interrupted_run_puts_back_and_tells_what_it_saw(site: Site, url: str, tmp_path: Path) -> None:
    before = exported(site, tmp_path / "before")
    ends = threading.Thread(target=interrupt_when_something_was_written, args=(site,))
    ends.start()
    report = loadtest.run(url, users=4, seconds=600)
    ends.join()
    assert report.seconds < 600
    assert any(timing.route.startswith("POST") for timing in report.routes)
    after = exported(site, tmp_path / "after")
    assert {name: after[name] for name in KEPT} == {name: before[name] for name in KEPT}


def interrupt_when_something_was_written(site: Site) -> None:
    log = site.data / "db.sqlite3-wal"
    size = log.stat().st_size
    until(lambda: log.stat().st_size != size, what="a write")
    os.kill(os.getpid(), signal.SIGINT)


def test_the_command_ends_with_a_table_of_all_routes(site: Site, url: str) -> None:
    ended = site.run("load_test", "--url", f"{url}/", "--users", "3", "--seconds", "1")
    assert f"3 visitors for 1 s at {url}" in ended.stdout
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in ended.stdout.splitlines() if "│" in line]
    by_route = {row[0]: row[1:] for row in rows}
    requests, errors, *percentiles = by_route["GET /"]
    assert (int(requests), errors) == (3, "0")
    assert sorted(map(float, percentiles)) == list(map(float, percentiles))
    kept = "print(*LoadRun.objects.values_list('users', 'requests', 'errors').get())"
    assert site.run("shell", "-v0", "-c", f"from monitoring.models import LoadRun; {kept}").stdout.split() == [
        "3",
        by_route["all"][0],
        "0",
    ]
    assert int(by_route["all"][0]) == sum(int(row[1]) for row in rows if row[0] != "all")


@pytest.mark.django_db
@pytest.mark.usefixtures("hasty")
def test_what_fails_is_counted_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = make_site(tmp_path)
    make_video(site.videos / OLD, duration=1)
    site.run("scan_videos")
    site.videos.rename(tmp_path / "away")
    with served(site) as url, pytest.raises(SystemExit) as ended:
        call_command("load_test", url=url, users=2, seconds=1)
    assert ended.value.code == 1
    assert "GET /video/… failed with 404" in capsys.readouterr().out


def test_a_server_that_is_away_is_one_clear_line(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ended = site.run("load_test", "--url", f"http://127.0.0.1:{port}", check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"CommandError: No server answers at http://127.0.0.1:{port}: Connection refused.\n"


def test_a_library_without_videos_is_refused(tmp_path: Path) -> None:
    with served(make_site(tmp_path)) as url, pytest.raises(LoadTestError, match="has no videos"):
        loadtest.run(url, users=1, seconds=1)


def test_a_site_that_asks_for_an_account_is_refused(site: Site) -> None:
    with served(site, VIDEOSERVER_ACCESS="login") as url, pytest.raises(LoadTestError, match="asks for an account"):
        loadtest.run(url, users=1, seconds=1)


@pytest.mark.parametrize(("options", "message"), [
    (("--url", "here"), "is not the address of a server"),
    (("--url", "ftp://127.0.0.1"), "is not the address of a server"),
    (("--url", "http://127.0.0.1:99999"), "is not the address of a server"),
    (("--url", "http://127.0.0.1/watch/a.mp4"), "is not the address of a server"),
    (("--users", "0"), "is not a whole number"),
    (("--users", "2001"), "is not a whole number"),
    (("--seconds", "1.5"), "is not a whole number"),
    (("--seconds", "٣"), "is not a whole number"),
    (("--url", "http://192.0.2.1:8000"), "is not on this machine"),
    (("--url", "http://nas.local"), "is not on this machine"),
])  # fmt: skip
def test_bad_arguments_are_refused(options: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("load_test", *options)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1", "http://127.1.2.3:80", "http://[::1]:8000"]
)
def test_this_machine_s_addresses_are_known(url: str) -> None:
    assert loadtest.is_here(url)


def test_percentiles_are_times_that_were_seen() -> None:
    requests = [Request("GET /", seconds / 1000, "500" if seconds == 7 else None) for seconds in range(1, 101)]
    assert Timing.of("GET /", reversed(requests)) == Timing("GET /", 100, 1, 50, 95, 99)
    assert Timing.of("GET /", requests[:1]) == Timing("GET /", 1, 0, 1, 1, 1)


@pytest.mark.parametrize(("address", "route"), [
    ("/", "/"), ("/?sort=title&page=2", "/"), ("/tags", "/tags"), ("/watch/a/b.mp4", "/watch/…"),
    ("/tag/a%3Fb", "/tag/…"),
])  # fmt: skip
def test_addresses_of_one_kind_are_one_route(address: str, route: str) -> None:
    assert route_of(address) == route


def test_one_visitor_at_a_time_changes_a_film() -> None:
    claims = Claims()
    assert claims.take("a.mp4")
    assert not claims.take("a.mp4")
    claims.release("a.mp4")
    assert claims.take("a.mp4")
