"""Visitors, and where what they play is noted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.library.list_routes import signed_in


@pytest.fixture
def ann() -> Client:
    return signed_in("ann")


@pytest.fixture
def ben() -> Client:
    return signed_in("ben")


@pytest.fixture
def own_data_dir(tmp_path: Path, settings: Any) -> Path:
    """What is noted beside the database is this test's alone."""
    settings.DATA_DIR = tmp_path / "var"
    return tmp_path / "var"
