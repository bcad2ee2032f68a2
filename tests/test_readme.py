"""The README says what is true."""

import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands

HOUSE = Path(__file__).resolve().parent.parent
README = (HOUSE / "README.md").read_text(encoding="utf-8")
OUR_APPS = {"videoserver", "library", "thumbnails", "monitoring"}


def test_each_variable_that_the_code_reads_has_its_row() -> None:
    code = (HOUSE / "videoserver" / "env.py").read_text()
    read = set(re.findall(r'variables\.get\("(\w+)"', code))
    assert len(read) >= 8
    assert read == set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))


def test_each_command_has_its_row() -> None:
    ours = {name for name, app in get_commands().items() if app in OUR_APPS}
    assert {"serve", "import_json", "scan_videos"} <= ours
    assert ours == set(re.findall(r"^\| `([a-z_]+)[ `]", README, re.MULTILINE))


def test_each_dependency_has_its_reason() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[<>=;\[ ]", line)[0] for line in project["dependencies"]}
    table = README.split("### Dependencies")[1].split("\n## ")[0]
    explained = {name for row in re.findall(r"^\| ([a-z0-9, -]+) \|", table, re.MULTILINE) for name in row.split(", ")}
    assert needed == explained - {"package", "---"}


@pytest.mark.parametrize("app", ["videoserver", "library", "thumbnails", "monitoring"])
def test_each_room_that_the_map_names_is_there(app: str) -> None:
    house = README.split("## Map of the rooms")[1].split("```")[1]
    start = house.index(f"{app}/")
    description = re.split(r"\n(?=\w)", house[start:])[0]
    named = set(re.findall(r"\b(\w+\.py|views/|management/|static/library/)", description))
    assert named
    assert all((HOUSE / app / name).exists() for name in named)


def test_every_module_of_the_library_is_on_the_map() -> None:
    house = README.split("## Map of the rooms")[1].split("```")[1]
    modules = {path.name for path in (HOUSE / "library").glob("*.py")} - {"__init__.py", "apps.py"}
    assert {name for name in modules if name not in house} == set()


def test_what_the_readme_links_to_is_there() -> None:
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert targets
    assert all((HOUSE / target).exists() for target in targets)


def test_both_commands_are_make_targets() -> None:
    makefile = (HOUSE / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in re.findall(r"\bmake (\w+)\b +#", README))


def test_no_placeholder_is_left() -> None:
    prose = re.sub(r"`[^`]*`", "", README)
    assert re.findall(r"\b[A-Z]+_[A-Z_]+\b", prose) == []
