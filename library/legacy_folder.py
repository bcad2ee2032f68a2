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
        documents = {name: (directory / name).read_bytes() for name in legacy.DOCUMENTS if (directory / name).exists()}
        collection = legacy.parse(documents)
        collection.update(sidecars.read(directory))
        if store.exists():
            collection.update(legacy_store.read(store))
    except (OSError, legacy.UnreadableDocumentError) as error:
        raise NothingToReadError(str(error)) from error
    if not (documents or store.exists() or collection.tags or collection.problems):
        known = ", ".join((*legacy.DOCUMENTS, legacy_store.NAME))
        raise NothingToReadError(f"{directory}: none of {known} is there, nor a sidecar")
    return collection


def prefix(directory: Path) -> str:
    """What stored paths of files in this folder begin with; "" for a folder outside of all roots."""
    target = directory.resolve()
    for root in roots.all_roots():
        top = root.directory.resolve()
        if target.is_relative_to(top):
            below = naming.to_stored(target.relative_to(top).as_posix()) or "."
            return root.stored("" if below == "." else f"{below}/")
    return ""
