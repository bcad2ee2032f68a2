"""The law of the house: who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
APPS = ("videoserver", "library", "thumbnails", "monitoring")
MAY_IMPORT = {
    "library": {"library"},
    "monitoring": {"monitoring"},
    "thumbnails": {"thumbnails", "library"},
    "videoserver": {"videoserver"},
}
FLOORS = {
    "library": (
        {
            *("ranges", "legacy", "matching", "identity", "naming", "media", "paging", "progress", "wording"),
            *("ignoring", "drives", "pairing", "rows", "titling", "words", "suggesting"),
            *("implying", "spelling", "weighing", "coaching", "shuffling", "companions"),
            "finding",
        },
        {"signals", "querysets"},
        {"models", "bookmarks"},
        {"facts"},
        {
            *("acting", "history", "merging", "telling", "attention", "advising", "judging", "proposing"),
            *("roots", "locking", "walking", "scanning", "importing", "exporting", "pruning"),
            *("legacy_folder", "legacy_store", "sidecars"),
            *("indexing", "searching", "pointing", "filtering", "smart_lists"),
            *("settling", "hearing", "watching"),
            *("curating", "remembering", "relating", "streaming", "cards", "stage", "tasks", "totals"),
            *("usage", "folders", "lists", "listing", "marking", "rediscovering", "playlists", "positions"),
            "curtain",
        },
        {"views", "admin", "urls", "templatetags", "management", "converters", "apps", "middleware"},
    ),
    "thumbnails": (
        {"ffmpeg", "sandbox", "confinement", "frames", "languages", "webvtt", "boxes"},
        {"querysets"},
        {"models"},
        {
            *("shelf", "claiming", "probing", "posters", "storyboards", "rendering", "tiling", "demo"),
            *("subtitles", "captioning", "faststart", "repairing"),
        },
        {"making"},
        {"tasks"},
        {"hastening", "mending", "reporting"},
        {"views", "admin", "urls", "management", "apps"},
    ),
    "monitoring": (
        {"counting", "visiting", "loadreport", "ledger", "buckets", "spending", "callers", "processes"},
        {"charts", "wording"},
        {"measures", "slow", "rendering"},
        {"measurement"},
        {"querysets"},
        {"models"},
        {"by_table", "counting_work", "metrics", "sources"},
        {"query_cache", "loadtest", "sampling"},
        {"file_cache", "redis_cache"},
        {"routes", "dashboard", "health", "loadruns"},
        {"sampler"},
        {"middleware", "visitors", "templatetags", "views", "urls", "management", "apps"},
    ),
}


def imports_of(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, wherever in it, save those for type checkers alone."""
    tree = ast.parse(path.read_text())
    hints = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in hints:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files_of(app: str) -> list[Path]:
    return [path for path in (HOUSE / app).rglob("*.py") if "migrations" not in path.parts]


@pytest.mark.parametrize("app", APPS)
def test_an_app_imports_only_the_apps_that_it_may(app: str) -> None:
    for path in files_of(app):
        foreign = {name.split(".")[0] for name in imports_of(path)} & set(APPS)
        assert foreign <= MAY_IMPORT[app], f"{path.relative_to(HOUSE)} imports {foreign - MAY_IMPORT[app]}"


def floor_of(app: str, room: str) -> int:
    """The floor on which a room stands: pure at the bottom, edges at the top."""
    for number, rooms in enumerate(FLOORS[app]):
        if room in rooms:
            return number
    raise AssertionError(f"{app}.{room} stands on no floor: give it one")


@pytest.mark.parametrize("app", FLOORS)
def test_imports_inside_an_app_never_lead_upstairs(app: str) -> None:
    for path in files_of(app):
        room = path.relative_to(HOUSE / app).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        for name in imports_of(path):
            parts = name.split(".")
            if (
                parts[0] != app
                or len(parts) < 2
                or not ((HOUSE / app / f"{parts[1]}.py").exists() or (HOUSE / app / parts[1]).is_dir())
            ):
                continue
            assert floor_of(app, parts[1]) <= floor_of(app, room), f"{path.relative_to(HOUSE)} imports {name}"


def test_only_the_rooms_of_ffmpeg_and_of_load_tests_start_programs() -> None:
    starters = {
        str(path.relative_to(HOUSE))
        for app in ("library", "thumbnails", "monitoring")
        for path in files_of(app)
        if any(name.split(".")[0] == "subprocess" for name in imports_of(path))
    }
    assert starters <= {"thumbnails/ffmpeg.py", "thumbnails/sandbox.py", "monitoring/loadtest.py"}
