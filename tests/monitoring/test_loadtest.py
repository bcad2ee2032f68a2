"""`manage.py load_test`: visitors at a real server, and what they tell of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from monitoring import loadtest
from monitoring.loadreport import Notes, Timing
from monitoring.loadtest import LoadTestError
from monitoring.visiting import ACTIONS, Plan, route_of
from tests.environment import Site, collected_static_files, make_site
from tests.gunicorn_server import Gunicorn, running
from tests.media import make_video
from tests.serving import kill, until
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
def gunicorn(site: Site, **environment: str) -> Iterator[Gunicorn]:
    """A site that runs as long as the block lasts."""
    shutil.copytree(collected_static_files(), site.data / "static", dirs_exist_ok=True)
    with running(site, workers=2, threads=16, **environment) as server:
        yield server


@contextmanager
def served(site: Site, **environment: str) -> Iterator[str]:
    """Its address."""
    with gunicorn(site, **environment) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def url(site: Site) -> Iterator[str]:
    """Where that site is served."""
    with served(site) as url:
        yield url


def hasty(url: str, users: int, seconds: float) -> Plan:
    """Visitors who hardly think, and write more than most."""
    actions = dict.fromkeys(ACTIONS, 1) | {"change": 4}
    return Plan(url, users, seconds, thinking=(0.0, 0.02), actions=actions)


def exported(site: Site, folder: Path) -> dict[str, bytes]:
    site.run("export_json", str(folder))
    return {name: (folder / name).read_bytes() for name in (*KEPT, "views.json")}


def kept(site: Site, folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in exported(site, folder).items() if name in KEPT}


@contextmanager
def when_something_was_written(site: Site, *actions: Callable[[], object]) -> Iterator[None]:
    """Do that, one after the other, beside the block."""
    log, ended = site.data / "db.sqlite3-wal", threading.Event()

    def await_write() -> None:
        latest = log.stat().st_mtime_ns if log.exists() else 0
        until(lambda: (log.exists() and log.stat().st_mtime_ns != latest) or ended.is_set(), what="a write")

    def act() -> None:
        for _ in range(5):
            await_write()
        for action in actions:
            if not ended.is_set():
                action()

    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def visitors_of(parent: int) -> list[int]:
    """The living processes of visitors that a process started."""
    children = Path(f"/proc/{parent}/task").glob("*/children")
    pids = [int(pid) for listed in children for pid in listed.read_text().split()]
    return [pid for pid in pids if b"monitoring.visitors" in Path(f"/proc/{pid}/cmdline").read_bytes()]


WHAT_PEOPLE_ASK_FOR = {
    "GET /", "GET /favorites", "GET /best-of", "GET /tags", "GET /random", "GET /tag/…", "GET /watch/…",
    "GET /video/…", "GET /poster/…", "GET /storyboards", "GET /storyboards/…",
    "POST /rate", "POST /view", "POST /tag", "POST /delete_tag", "POST /favorite",
}  # fmt: skip


def test_visitors_do_all_that_people_do_and_put_back_what_they_changed(site: Site, url: str, tmp_path: Path) -> None:
    before = exported(site, tmp_path / "before")
    routes: set[str] = set()
    for _ in range(5):  # a slow machine gets round later
        outcome = loadtest.run(hasty(url, users=6, seconds=3))
        report = outcome.report
        routes |= {timing.route for timing in report.routes}
        assert report.faults == []
        assert outcome.not_put_back == []
        if routes >= WHAT_PEOPLE_ASK_FOR:
            break
    after = exported(site, tmp_path / "after")
    assert routes >= WHAT_PEOPLE_ASK_FOR
    assert report.total.requests == sum(timing.requests for timing in report.routes)
    assert {name: after[name] for name in KEPT} == {name: before[name] for name in KEPT}
    assert after["views.json"] != before["views.json"]


def test_an_interrupted_run_puts_back_and_tells_what_it_saw(site: Site, url: str, tmp_path: Path) -> None:
    before = kept(site, tmp_path / "before")
    with when_something_was_written(site, interrupt):
        report = loadtest.run(hasty(url, users=4, seconds=600)).report
    assert report.seconds < 600
    assert any(timing.route.startswith("POST") for timing in report.routes)
    assert kept(site, tmp_path / "after") == before


def test_what_a_killed_locust_had_changed_is_put_back(site: Site, url: str, tmp_path: Path) -> None:
    before = kept(site, tmp_path / "before")
    with (
        when_something_was_written(site, lambda: kill(*visitors_of(os.getpid()))),
        pytest.raises(
            LoadTestError, match=r"^Nothing was measured: the process of the visitors was ended by SIGKILL\.$"
        ),
    ):
        loadtest.run(hasty(url, users=4, seconds=600))
    assert kept(site, tmp_path / "after") == before


def test_visitors_end_and_put_back_when_the_command_is_killed(site: Site, url: str, tmp_path: Path) -> None:
    before = kept(site, tmp_path / "before")
    with site.start("load_test", "--url", url, "--users", "30", "--seconds", "600", "--warm-up", "0") as command:
        with when_something_was_written(site):
            until(lambda: visitors_of(command.pid), what="the visitors")
            (visitors,) = visitors_of(command.pid)
        command.kill()
    until(lambda: not Path(f"/proc/{visitors}").exists(), what="the end of the visitors")
    assert kept(site, tmp_path / "after") == before


def test_what_could_not_be_put_back_on_an_ended_server_is_told(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    fill(site)
    before = kept(site, tmp_path / "before")
    with (
        gunicorn(site) as server,
        when_something_was_written(site, server.process.terminate, server.process.wait, interrupt),
    ):
        outcome = loadtest.run(hasty(f"http://127.0.0.1:{server.port}", users=4, seconds=600))
    assert {fault for _, fault, _ in outcome.report.faults} >= {"ConnectionRefusedError"}
    with served(site) as url:
        assert all(loadtest.put_back(url, undo) for undo in outcome.not_put_back)
    assert kept(site, tmp_path / "after") == before


def test_what_comes_before_the_end_of_the_warm_up_is_not_counted(url: str) -> None:
    with pytest.raises(LoadTestError, match="No request was counted"):
        loadtest.run(Plan(url, users=2, seconds=1, warm_up=2, thinking=(600, 600)))


def test_without_locust_it_says_how_to_install_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "locust", None)
    with pytest.raises(CommandError, match="pip install -r requirements-dev.txt"):
        call_command("load_test", url=url)


def test_a_locust_that_fails_is_one_clear_line(site: Site, url: str, tmp_path: Path) -> None:
    (tmp_path / "locust.py").write_text("raise ImportError('gevent is broken')")
    ended = site.run("load_test", "--url", url, check=False, PYTHONPATH=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "CommandError: Nothing was measured: the process of the visitors failed: ImportError: gevent is broken\n"
    )


def test_the_command_ends_with_a_table_of_all_routes(site: Site, url: str) -> None:
    ended = site.run("load_test", "--url", f"{url}/", "--users", "3", "--seconds", "1", "--warm-up", "0")
    assert f"3 visitors for 1 s at {url}" in ended.stdout
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in ended.stdout.splitlines() if "│" in line]
    by_route = {row[0]: row[1:] for row in rows}
    requests, errors, *percentiles = by_route["GET /"]
    assert int(requests) >= 3
    assert errors == "0"
    assert sorted(map(float, percentiles)) == list(map(float, percentiles))
    stored = "print(*LoadRun.objects.values_list('users', 'requests', 'errors').get())"
    assert site.run("shell", "-v0", "-c", f"from monitoring.models import LoadRun; {stored}").stdout.split() == [
        "3",
        by_route["all"][0],
        "0",
    ]
    assert int(by_route["all"][0]) == sum(int(row[1]) for row in rows if row[0] != "all")


@pytest.mark.django_db
def test_what_fails_is_counted_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "monitoring.management.commands.load_test.Plan", lambda url, users, seconds, _: hasty(url, users, seconds)
    )
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
        loadtest.run(Plan(url, users=1, seconds=1))


def test_a_site_that_asks_for_an_account_is_refused(site: Site) -> None:
    with served(site, VIDEOSERVER_ACCESS="login") as url, pytest.raises(LoadTestError, match="asks for an account"):
        loadtest.run(Plan(url, users=1, seconds=1))


@pytest.mark.parametrize(("options", "message"), [
    (("--url", "here"), "is not the address of a server"),
    (("--url", "ftp://127.0.0.1"), "is not the address of a server"),
    (("--url", "http://127.0.0.1:99999"), "is not the address of a server"),
    (("--url", "http://127.0.0.1/watch/a.mp4"), "is not the address of a server"),
    (("--users", "0"), "is not a whole number"),
    (("--users", "2001"), "is not a whole number"),
    (("--seconds", "1.5"), "is not a whole number"),
    (("--seconds", "٣"), "is not a whole number"),
    (("--warm-up", "-1"), "is not a whole number"),
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
    notes = Notes()
    for milliseconds in range(100, 0, -1):
        notes.add("GET /", milliseconds, "500" if milliseconds == 7 else None)
    notes.add("GET /tags", 1.0, None)
    report = notes.report(2.0, at_its_limit=False)
    assert report
    assert report.routes == [Timing("GET /", 100, 1, 50, 95, 99), Timing("GET /tags", 1, 0, 1, 1, 1)]
    assert report.total == Timing("all", 101, 1, 50, 95, 99)
    assert report.faults == [("GET /", "500", 1)]


@pytest.mark.parametrize(("address", "route"), [
    ("/", "/"), ("/?sort=title&page=2", "/"), ("/tags", "/tags"), ("/watch/a/b.mp4", "/watch/…"),
    ("/tag/a%3Fb", "/tag/…"),
])  # fmt: skip
def test_addresses_of_one_kind_are_one_route(address: str, route: str) -> None:
    assert route_of(address) == route
