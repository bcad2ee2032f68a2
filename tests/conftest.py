"""What every test may ask for."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.cache import cache
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadFileScheduling

from library import cards, remembering
from tests import environment
from tests.builders import Folder
from tests.environment import HOUSE
from videoserver import guessing

hypothesis_settings.register_profile("here", deadline=None, database=None)
hypothesis_settings.load_profile("here")


class ServerScheduling(LoadFileScheduling):
    """Those that share a server run in one process: the tests of a folder that has one, else those of a file."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.split("::", 1)[0])
        shares_a_server = file.parent.parent.name == "site" and (HOUSE / file.parent / "conftest.py").exists()
        return str(file.parent if shares_a_server else file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """For `--dist loadfile`."""
    return ServerScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """What one process of this run makes is there for all."""
    own = tmp_path_factory.getbasetemp()
    environment.shared = own if worker_id == "master" else own.parent


@pytest.fixture(scope="session", autouse=True)
def static_root() -> None:
    """The folder that `serve` fills with static files; the middleware warns where there is none."""
    Path(site_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Folder:
    """The library's only root, with a data dir beside it."""
    settings.VIDEO_ROOTS = [("", tmp_path / "videos")]
    settings.DATA_DIR = tmp_path / "var"
    settings.THUMBNAILS_DIR = settings.DATA_DIR / "thumbnails"
    return Folder(tmp_path / "videos", settings)


@pytest.fixture(autouse=True)
def cold() -> None:
    """Nothing is cached: neither queries nor rendered cards, nor what is remembered for a while; nobody has guessed."""
    cache.clear()
    Path(site_settings.DATA_DIR, guessing.FILE).unlink(missing_ok=True)
    remembering._awhile.clear()
    cards.render_card.cache_clear()


@pytest.fixture
def own_data_dir(tmp_path: Path, settings: Any) -> Path:
    """What is noted beside the database is this test's alone."""
    settings.DATA_DIR = tmp_path / "var"
    return tmp_path / "var"
