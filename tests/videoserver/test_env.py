"""The environment variables: defaults, what each accepts, and the one line for what it doesn't."""

import os
import subprocess
import sys
from pathlib import Path

import dj_database_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.environment import HOUSE, Site
from videoserver.env import BASE_DIR, Access, BadEnvironmentError, Environment, is_loopback


def read(**variables: object) -> Environment:
    return Environment.read({name: str(value) for name, value in variables.items()})


def refusal(**variables: object) -> str:
    """The one line that says what is wrong."""
    with pytest.raises(BadEnvironmentError) as refused:
        read(**variables)
    line = str(refused.value)
    assert "\n" not in line
    return line


def test_an_empty_environment_has_the_documented_defaults() -> None:
    assert read() == Environment(
        video_roots=(("", BASE_DIR / "videos"),),
        video_dirs_configured=False,
        data_dir=BASE_DIR / "var",
        database_url=f"sqlite:///{BASE_DIR / 'var' / 'db.sqlite3'}",
        redis_url="",
        hosts=("localhost", "127.0.0.1", "[::1]"),
        access=Access.AUTO,
        query_cache_seconds=300,
        debug=False,
    )


def test_variables_that_are_empty_are_as_good_as_unset() -> None:
    names = ("VIDEO_DIRS", "DATA_DIR", "DEBUG", "HOSTS", "ACCESS", "QUERY_CACHE_SECONDS")
    empty = {f"VIDEOSERVER_{name}": "" for name in names} | {"DATABASE_URL": "", "REDIS_URL": ""}
    assert Environment.read(empty) == Environment.read({})


def test_the_first_root_is_bare_and_each_further_one_is_mounted_under_its_name(tmp_path: Path) -> None:
    roots = [tmp_path / name for name in ("one", "two", "deep/three")]
    found = read(VIDEOSERVER_VIDEO_DIRS=os.pathsep.join(map(str, roots)))
    assert found.video_roots == (("", roots[0]), ("two", roots[1]), ("three", roots[2]))
    assert found.video_dirs_configured


def test_empty_parts_of_the_list_of_roots_are_passed_over(tmp_path: Path) -> None:
    found = read(VIDEOSERVER_VIDEO_DIRS=f"{os.pathsep}{tmp_path / 'a'}{os.pathsep}{os.pathsep}")
    assert found.video_roots == (("", tmp_path / "a"),)


def test_paths_may_be_relative_or_begin_with_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    found = read(VIDEOSERVER_VIDEO_DIRS="~/films", VIDEOSERVER_DATA_DIR="data")
    assert (found.video_roots, found.data_dir) == ((("", tmp_path / "films"),), tmp_path / "data")


def test_roots_that_overlap_are_refused(tmp_path: Path) -> None:
    for first, second in [("a", "a/b"), ("a/b", "a"), ("a", "a"), ("a", "a/../a/b")]:
        dirs = f"{tmp_path / first}{os.pathsep}{tmp_path / second}"
        assert "overlap" in refusal(VIDEOSERVER_VIDEO_DIRS=dirs)


def test_roots_that_overlap_by_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    dirs = f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'link'}"
    assert refusal(VIDEOSERVER_VIDEO_DIRS=dirs).startswith("VIDEOSERVER_VIDEO_DIRS: ")


def test_two_roots_with_the_same_mount_are_refused(tmp_path: Path) -> None:
    dirs = os.pathsep.join(str(tmp_path / name) for name in ("first", "a/films", "b/films"))
    assert "under the name 'films'" in refusal(VIDEOSERVER_VIDEO_DIRS=dirs)


def test_the_first_root_may_be_named_like_a_mount(tmp_path: Path) -> None:
    dirs = os.pathsep.join(str(tmp_path / name) for name in ("a/films", "b/films"))
    assert [mount for mount, _ in read(VIDEOSERVER_VIDEO_DIRS=dirs).video_roots] == ["", "films"]


@pytest.mark.parametrize("below", ["", "var", "deep/var"])
def test_a_data_dir_in_a_root_is_refused(tmp_path: Path, below: str) -> None:
    line = refusal(VIDEOSERVER_VIDEO_DIRS=tmp_path, VIDEOSERVER_DATA_DIR=tmp_path / below)
    assert line.startswith("VIDEOSERVER_DATA_DIR: ")
    assert "inside the library root" in line


@pytest.mark.parametrize("below", ["static", "thumbnails/ab"])
def test_a_root_in_the_data_dir_is_refused_for_the_server_clears_what_lies_there(tmp_path: Path, below: str) -> None:
    line = refusal(VIDEOSERVER_VIDEO_DIRS=tmp_path / "var" / below, VIDEOSERVER_DATA_DIR=tmp_path / "var")
    assert line == f"VIDEOSERVER_VIDEO_DIRS: {tmp_path / 'var' / below} lies inside the data dir {tmp_path / 'var'}"


def test_a_root_in_the_data_dir_is_refused_wherever_in_the_list_it_is(tmp_path: Path) -> None:
    dirs = f"{tmp_path / 'films'}{os.pathsep}{tmp_path / 'var/films2'}"
    assert "inside the data dir" in refusal(VIDEOSERVER_VIDEO_DIRS=dirs, VIDEOSERVER_DATA_DIR=tmp_path / "var")


def test_a_root_may_lie_beside_the_data_dir(tmp_path: Path) -> None:
    found = read(VIDEOSERVER_VIDEO_DIRS=tmp_path / "var/demo/videos", VIDEOSERVER_DATA_DIR=tmp_path / "var/demo/data")
    assert found.video_roots == (("", tmp_path / "var/demo/videos"),)


@pytest.mark.parametrize("name", ["VIDEOSERVER_DATA_DIR", "VIDEOSERVER_VIDEO_DIRS"])
def test_a_file_is_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    assert refusal(**{name: tmp_path / "file"}) == f"{name}: {tmp_path / 'file'} is not a folder"


@pytest.mark.parametrize("name", ["VIDEOSERVER_DATA_DIR", "VIDEOSERVER_VIDEO_DIRS"])
def test_a_link_to_itself_is_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert refusal(**{name: tmp_path / "loop" / "deeper"}).startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIDEOSERVER_VIDEO_DIRS", os.pathsep),
        ("VIDEOSERVER_VIDEO_DIRS", "nul\0"),
        ("VIDEOSERVER_VIDEO_DIRS", f"/nowhere/a{os.pathsep}/"),
        ("VIDEOSERVER_DATA_DIR", "nul\0"),
        ("VIDEOSERVER_DATA_DIR", "not utf-8 \udcff"),
        ("VIDEOSERVER_DATA_DIR", "\ud800"),
        ("VIDEOSERVER_DATA_DIR", "~nobody-of-this-name/var"),
        ("VIDEOSERVER_VIDEO_DIRS", "x" * 5000),
        ("VIDEOSERVER_HOSTS", ","),
        ("VIDEOSERVER_HOSTS", "http://example.org"),
        ("VIDEOSERVER_HOSTS", "a b"),
        ("VIDEOSERVER_HOSTS", "example.org/path"),
        ("VIDEOSERVER_HOSTS", "me@example.org"),
        ("VIDEOSERVER_HOSTS", "nas.local:8000"),
        ("VIDEOSERVER_HOSTS", "[::1]:8000"),
        ("VIDEOSERVER_HOSTS", "fe80::1%eth0"),
        ("VIDEOSERVER_HOSTS", "*.example.org"),
        ("VIDEOSERVER_HOSTS", "."),
        ("VIDEOSERVER_ACCESS", "everyone"),
        ("VIDEOSERVER_ACCESS", "open,login"),
        ("VIDEOSERVER_QUERY_CACHE_SECONDS", "0"),
        ("VIDEOSERVER_QUERY_CACHE_SECONDS", "-5"),
        ("VIDEOSERVER_QUERY_CACHE_SECONDS", "1.5"),
        ("VIDEOSERVER_QUERY_CACHE_SECONDS", "5m"),
        ("VIDEOSERVER_QUERY_CACHE_SECONDS", "٣٠٠"),
        ("VIDEOSERVER_QUERY_CACHE_SECONDS", "9" * 5000),
        ("VIDEOSERVER_DEBUG", "maybe"),
        ("VIDEOSERVER_DEBUG", "2"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "http://localhost"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://localhost:notaport"),
        ("REDIS_URL", "redis://[::1"),
        ("REDIS_URL", "unix://relative"),
    ],
)
def test_a_bad_value_is_one_line_that_names_its_variable(name: str, value: str) -> None:
    assert refusal(**{name: value}).startswith(f"{name}: ")


@pytest.mark.parametrize(("value", "access"), [("open", Access.OPEN), (" LOGIN ", Access.LOGIN), ("auto", Access.AUTO)])
def test_the_access_mode_is_read_in_any_case(value: str, access: Access) -> None:
    assert read(VIDEOSERVER_ACCESS=value).access is access


@pytest.mark.parametrize(("value", "debug"), [("1", True), ("On", True), ("yes", True), ("False", False), ("0", False)])
def test_debug_takes_words_and_false_means_false(value: str, debug: bool) -> None:
    assert read(VIDEOSERVER_DEBUG=value).debug is debug


def test_hosts_are_a_list() -> None:
    assert read(VIDEOSERVER_HOSTS=" films.lan , 10.0.0.7,[::1],*").hosts == ("films.lan", "10.0.0.7", "[::1]", "*")


def test_a_port_in_a_host_name_is_named_as_what_is_wrong() -> None:
    for name in ("nas.local:8000", "127.0.0.1:80", "[::1]:8000"):
        assert refusal(VIDEOSERVER_HOSTS=name) == f"VIDEOSERVER_HOSTS: {name!r} has a port; give the name alone"


@pytest.mark.parametrize(
    ("given", "compared"),
    [("::1", "[::1]"), ("[0:0::1]", "[::1]"), ("2001:DB8::7", "[2001:db8::7]"), ("NAS.local.", "nas.local")],
)
def test_a_host_name_is_taken_as_django_compares_it(given: str, compared: str) -> None:
    assert read(VIDEOSERVER_HOSTS=given).hosts == (compared,)


def test_every_name_has_the_origin_of_its_tls_proxy() -> None:
    found = read(VIDEOSERVER_HOSTS="films.example,.example.org,::1,10.0.0.7,*")
    origins = ["https://films.example", "https://*.example.org", "https://[::1]", "https://10.0.0.7"]
    assert found.https_origins == origins


@pytest.mark.parametrize(
    "url",
    ["postgresql://h:abc/db", "postgresql://h:99999/db", "postgresql://[::1/db", "mysql://h/d", "sqlite://",
     "sqlite://:memory:", "sqlite:////no/such/folder/x.db", "sqlite:////dev/null/x.db", "sqlite:////tmp"],
)  # fmt: skip
def test_a_database_that_can_not_be_is_refused(url: str) -> None:
    assert refusal(DATABASE_URL=url).startswith("DATABASE_URL: ")


def test_what_holds_paths_can_be_handed_to_a_process_in_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dirs = os.pathsep.join(("a", "b c"))
    found = read(VIDEOSERVER_VIDEO_DIRS=dirs, VIDEOSERVER_DATA_DIR="my data", DATABASE_URL="sqlite:///x%20y.db?a=1")
    assert found.database_url == f"sqlite:///{tmp_path}/x%20y.db?a=1"
    monkeypatch.chdir("/")
    assert Environment.read(found.variables()) == found


def test_a_data_dir_of_any_name_holds_the_database(tmp_path: Path) -> None:
    odd = tmp_path / "100% #1? é %20"
    assert dj_database_url.parse(read(VIDEOSERVER_DATA_DIR=odd).database_url)["NAME"] == str(odd / "db.sqlite3")


@pytest.mark.parametrize("url", ["sqlite:////tmp/x.db", "postgres://u:p@h/d", "postgresql://h/d"])
def test_the_supported_databases_are_passed_on(url: str) -> None:
    assert read(DATABASE_URL=url).database_url == url


def test_the_cache_lives_as_long_as_is_asked() -> None:
    assert read(VIDEOSERVER_QUERY_CACHE_SECONDS="60").query_cache_seconds == 60


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_auto_access_is_open_on_the_loopback_address(host: str) -> None:
    assert is_loopback(host)
    assert Access.AUTO.on(host) is Access.OPEN


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "films.lan", "localhost.evil.example", ""])
def test_auto_access_asks_for_login_on_any_other(host: str) -> None:
    assert Access.AUTO.on(host) is Access.LOGIN


@pytest.mark.parametrize("name", ["films.example", "*", ".localhost", "10.0.0.7"])
def test_auto_access_asks_for_login_where_a_proxy_brings_others_to_the_loopback_address(name: str) -> None:
    assert Access.AUTO.on("127.0.0.1", ["localhost", "127.0.0.1", "[::1]"]) is Access.OPEN
    assert Access.AUTO.on("127.0.0.1", ["localhost", name]) is Access.LOGIN
    assert Access.OPEN.on("127.0.0.1", [name]) is Access.OPEN


@pytest.mark.parametrize("access", [Access.OPEN, Access.LOGIN])
def test_a_mode_that_was_chosen_holds_on_every_address(access: Access) -> None:
    assert {access.on("127.0.0.1"), access.on("0.0.0.0")} == {access}


@given(value=st.text(st.characters(exclude_characters=os.pathsep), max_size=40))
def test_no_value_raises_anything_but_the_one_line(value: str) -> None:
    ours = [f"VIDEOSERVER_{name}" for name in ("HOSTS", "ACCESS", "QUERY_CACHE_SECONDS", "DEBUG", "DATA_DIR")]
    settings = [(name, value) for name in ours]
    settings += [("DATABASE_URL", f"{start}{value}") for start in ("postgresql://", "postgresql://h:", "sqlite:///")]
    for name, text in settings:
        try:
            Environment.read({name: text})
        except BadEnvironmentError as error:
            assert str(error).startswith(("VIDEOSERVER_", "DATABASE_URL: "))
            assert "\n" not in str(error)


@pytest.mark.parametrize("command", ["check", "serve", "migrate", "help"])
def test_a_bad_value_stops_every_command_with_one_line(tmp_path: Path, command: str) -> None:
    environment = Site(tmp_path).env(VIDEOSERVER_ACCESS="everyone")
    done = subprocess.run(
        [sys.executable, "manage.py", command], cwd=HOUSE, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "videoserver: VIDEOSERVER_ACCESS: 'everyone' is none of open, login, auto\n"
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("place", ["/dev/null/x", "/proc/x", "/proc"])
@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_data_dir_that_can_not_be_made_is_one_line(tmp_path: Path, place: str, command: str) -> None:
    done = Site(tmp_path).run(command, check=False, VIDEOSERVER_DATA_DIR=place)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"videoserver: VIDEOSERVER_DATA_DIR: nothing can be written in {place}: ")
    assert done.stderr.count("\n") == 1


def test_a_database_url_without_sense_is_one_line(tmp_path: Path) -> None:
    done = Site(tmp_path).run("check", check=False, DATABASE_URL="postgresql://h:abc/db")
    assert done.returncode == 1
    assert done.stderr == "videoserver: DATABASE_URL: this is not scheme://user:password@host:port/name\n"
