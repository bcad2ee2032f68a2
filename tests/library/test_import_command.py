"""manage.py import_json, as it is run and as it is killed."""

import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from library.models import Rating
from tests import legacy_files
from tests.builders import Folder
from tests.environment import HOUSE, Site, make_site

Capture = pytest.CaptureFixture[str]


def squeezed(text: str) -> str:
    return " ".join(re.sub("[│┃]", " ", text).split())


@pytest.mark.django_db
def test_the_command_reads_the_first_root_and_ends_with_a_table(folder: Folder, capsys: Capture) -> None:
    folder.put("a.mp4")
    legacy_files.write(
        folder.path, ratings={"a.mp4": 4, "b.mp4": 9}, views={"away.mp4": 2}, tags={"a.mp4": ["sea", "sun"]}
    )
    call_command("import_json")
    output = squeezed(capsys.readouterr().out)
    assert "what entries written unchanged" in output
    for row in ("stars 1 1 0", "views 1 1 0", "tags 2 2 0", "favourites 0 0 0"):
        assert row in output
    assert "1 names found among the files, 1 wait for their file." in output
    assert "Waiting for their file (1) away.mp4" in output
    assert "Not taken as written (1) ratings.json: b.mp4: the rating 9 is not a whole number from 1 to 5" in output


@pytest.mark.django_db
def test_a_dry_run_says_so_and_writes_nothing(folder: Folder, capsys: Capture) -> None:
    folder.put("a.mp4")
    call_command("import_json", legacy_files.write(folder.path.parent / "old", ratings={"a.mp4": 4}), "--dry-run")
    assert "dry run: nothing was written" in capsys.readouterr().out
    assert not Rating.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("options", "content"), [(["--strict"], {"a.mp4": 6}), ([], b"{"), ([], b"[]")])
def test_a_refused_import_says_why_in_one_line_each(folder: Folder, options: list[str], content: Any) -> None:
    legacy_files.write(folder.path, ratings=content)
    with pytest.raises(CommandError, match=r"^Nothing was imported.\nratings.json: ") as refused:
        call_command("import_json", *options)
    assert str(refused.value).count("\n") == 1


@pytest.mark.django_db
def test_names_that_would_confuse_a_terminal_are_shown_escaped(folder: Folder, capsys: Capture) -> None:
    legacy_files.write(folder.path, ratings={"red \x1b[31m [bold]x[/bold]\n.mp4": 4, "\u202eb.mp4": 6})
    call_command("import_json")
    output = capsys.readouterr().out
    assert "red \\u001b[31m [bold]x[/bold]\\u000a.mp4" in output
    assert "\x1b" not in output
    assert "\u202e" not in output


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A scanned site with four films."""
    site = make_site(tmp_path_factory.mktemp("site"))
    for number in range(4):
        (site.videos / f"{number}.mp4").write_text(str(number))
    site.run("scan_videos")
    return site


def rows(site: Site) -> dict[str, list[Any]]:
    """Every row of the library."""
    with closing(sqlite3.connect(site.data / "db.sqlite3")) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'library_%'")
        return {name: database.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for (name,) in names.fetchall()}


def test_the_exit_status_is_1_for_an_unreadable_document_and_0_for_a_bad_entry(site: Site, tmp_path: Path) -> None:
    broken = site.run("import_json", str(legacy_files.write(tmp_path / "x", tags=b"{")), "--dry-run", check=False)
    assert (broken.returncode, broken.stdout) == (1, "")
    assert broken.stderr.splitlines()[-1].startswith("tags.json: not JSON at line 1")
    faulty = site.run("import_json", str(legacy_files.write(tmp_path / "y", views={"0.mp4": -1})), "--dry-run")
    assert "views.json: 0.mp4: the count -1" in faulty.stdout


HELD = """
import signal, sys
from pathlib import Path
import django
django.setup()
from django.db import connection
from library import importing

def hold(execute, sql, params, many, context):
    result = execute(sql, params, many, context)
    if sql.startswith('INSERT INTO "library_video_tags"'):
        print("half way", flush=True)
        signal.pause()
    return result

with connection.execute_wrapper(hold):
    importing.import_folder(Path(sys.argv[1]))
"""
"""An import that stops in the middle of its transaction, when stars and views are written and tags only begun."""


def test_an_import_that_is_killed_half_way_leaves_nothing_and_can_be_repeated(site: Site, tmp_path: Path) -> None:
    names = [f"{number}.mp4" for number in range(4)] + ["away.mp4"]
    old = legacy_files.write(
        tmp_path, ratings=dict.fromkeys(names, 4), views=dict.fromkeys(names, 9), tags=dict.fromkeys(names, ["sea"])
    )
    before = rows(site)
    command = [sys.executable, "-c", HELD, str(old)]
    environment = site.env(DJANGO_SETTINGS_MODULE="videoserver.settings")
    with subprocess.Popen(command, cwd=HOUSE, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "half way\n"
        process.send_signal(signal.SIGKILL)
    assert rows(site) == before
    output = squeezed(site.run("import_json", str(old)).stdout)
    for row in ("stars 5 5 0", "views 5 5 0", "tags 5 5 0"):
        assert row in output
