"""All that the old site left in one folder, read into one collection: documents, sidecars and the later store."""

from pathlib import Path

from library import legacy, legacy_store, naming, roots, sidecars


class NothingToReadError(Exception):
    """The folder holds nothing of the old site's, or something of it can't be read."""


def read(directory: Path) -> legacy.Collection:
    """The store's single values win over the documents'; tags and favourites are united.

    Raises NothingToReadError.
    """
    store = directory / legacy_store.NAME
    try:
        documents = {name: (directory / name).read_bytes() for name in legacy.DOCUMENTS if _is_there(directory / name)}
        collection = legacy.parse(documents)
        collection.update(sidecars.read(directory))
        if _is_there(store):
            collection.update(legacy_store.read(store))
    except (OSError, legacy.UnreadableDocumentError) as error:
        raise NothingToReadError(str(error)) from error
    if not (documents or store.is_file() or collection.tags or collection.problems):
        known = ", ".join((*legacy.DOCUMENTS, legacy_store.NAME))
        raise NothingToReadError(f"{directory}: none of {known} is there, nor a sidecar")
    return collection


def _is_there(path: Path) -> bool:
    """Whether there is a file to read. Raises NothingToReadError for something else of its name, such as a FIFO."""
    if path.exists() and not path.is_file():
        raise NothingToReadError(f"{path} is no regular file")
    return path.exists()


def prefix(directory: Path) -> str:
    """What stored paths of files in this folder begin with; "" for a folder outside of all roots."""
    target = directory.resolve()
    for root in roots.all_roots():
        top = root.directory.resolve()
        if target.is_relative_to(top):
            below = naming.to_stored(target.relative_to(top).as_posix()) or "."
            return root.stored("" if below == "." else f"{below}/")
    return ""
