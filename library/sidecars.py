"""The old site's sidecar files: `<file>.<ext>.json` or `<stem>.json` beside a video, holding `{"tags": […]}`."""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from library import naming
from library.legacy import DOCUMENTS, Collection, EntryReader, Problem, UnreadableDocumentError

MOST_BYTES = 1_048_576
"""A list of tags is never larger; another program's file may be."""


def read(directory: Path) -> Collection:
    """The tags of all sidecars below a folder, by the video's path below it.

    A sidecar that can't be read is a problem of its own, not of the import. A JSON file that stands beside no video, or
    says nothing of tags, is somebody else's.
    """
    collection = Collection()
    for sidecar, videos in find(directory):
        name = sidecar.relative_to(directory).as_posix()
        reader = EntryReader(name, collection)
        try:
            value = reader.load(_content(sidecar))
        except UnreadableDocumentError as error:
            collection.problems.append(Problem(name, "the file", str(error).removeprefix(f"{name}: ")))
            continue
        if not isinstance(value, dict) or "tags" not in value:
            continue
        for video in videos:
            tags = reader.tags(video, value["tags"]) if reader.is_file_name(video) else None
            if tags:
                collection.update(Collection(tags={video: tags}))
    return collection


def find(directory: Path) -> Iterator[tuple[Path, list[str]]]:
    """Each JSON file that may be a sidecar, with the paths of its videos below the folder."""
    for folder, folders, names in os.walk(directory):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = "" if folder == str(directory) else f"{Path(folder).relative_to(directory).as_posix()}/"
        by_stem = defaultdict(list)
        for name in filter(naming.is_video, names):
            by_stem[PurePosixPath(name).stem].append(name)
        for name in sorted(names):
            if not name.lower().endswith(".json") or (not below and name in DOCUMENTS):
                continue
            stem = name[: -len(".json")]
            videos = [stem] if naming.is_video(stem) else sorted(by_stem.get(stem, []))
            if videos:
                yield Path(folder, name), [naming.to_stored(below + video) or video for video in videos]


def _content(path: Path) -> bytes:
    """Raises UnreadableDocumentError."""
    try:
        if path.stat().st_size > MOST_BYTES or not path.is_file():
            raise UnreadableDocumentError(f"{path.name}: no file of a sidecar's size")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableDocumentError(f"{path.name}: {error.strerror}") from error
