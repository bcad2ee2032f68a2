"""The old site's files, as a test wants them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from library.legacy import DOCUMENTS
from tests.environment import Site

IMPORT_AND_EXPORT = """
from django.core.management import call_command
call_command("import_json", {source!r})
call_command("export_json", {target!r})
"""


def write(folder: Path, **documents: Any) -> Path:
    """The named documents (`tags=…` is tags.json): bytes as they are, anything else as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in documents.items():
        content = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
        (folder / f"{name}.json").write_bytes(content)
    return folder


def collection(files: int = 333) -> dict[str, Any]:
    """Documents of the sizes that this was written for: 297 ratings, 265 counts, 167 tagged with 150 tags."""
    names = [f"film {number:03} – ünd 映画 #{number} 100%.mp4" for number in range(files)]
    words = [f"tag {n}" if n % 3 == 0 else f"tag{n}" for n in range(149)] + ["TAG1"]
    return {
        "ratings": {name: 1 + index % 5 for index, name in enumerate(names[:297])},
        "views": {name: index for index, name in enumerate(names[:265])},
        "tags": {
            name: [f"#{words[(index * 5 + step) % len(words)]}" for step in range(5)]
            for index, name in enumerate(names[:167])
        },
        "favorites": {"favorites": names[10:40][::-1]},
    }


def exported_anew(site: Site, source: Path, target: Path) -> dict[str, bytes]:
    """The four files that a data dir exports which began empty and imported a folder."""
    script = IMPORT_AND_EXPORT.format(source=str(source), target=str(target))
    site.run("shell", "-v0", "-c", script, VIDEOSERVER_DATA_DIR=str(target.with_suffix(".var")))
    return {name: (target / name).read_bytes() for name in DOCUMENTS}
