"""The folders of the library, as people walk through them: what is inside each, and what shows it."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from django.urls import reverse

from library import cards, naming, remembering
from library.cards import Poster


class Below(NamedTuple):
    """A folder in another."""

    path: str
    number: int
    """Of the videos in it and in all below it."""
    newest: int
    """Its newest video's id."""


class FolderCard(NamedTuple):
    """What is shown of a folder."""

    name: str
    url: str
    number: int
    poster: Poster | None


def inside(place: str) -> tuple[int, list[Below]]:
    """How many videos are right in a folder, which is "" or ends with a slash; and the folders in it, by name."""
    right_in_it, _ = remembering.folders().get(place, (0, 0))
    return right_in_it, _below(place, remembering.folders())


def _below(place: str, known: Mapping[str, tuple[int, int]]) -> list[Below]:
    numbers: Counter[str] = Counter()
    newest: dict[str, int] = {}
    for folder, (number, latest) in known.items():
        if folder.startswith(place) and folder != place:
            name = folder[len(place) :].partition("/")[0]
            numbers[name] += number
            newest[name] = max(newest.get(name, 0), latest)
    found = [Below(f"{place}{name}", number, newest[name]) for name, number in numbers.items()]
    return sorted(found, key=lambda one: naming.sort_key(naming.base_name(one.path)))


def cards_for(below: list[Below]) -> list[FolderCard]:
    """A card of each, with the poster of its newest video."""
    posters = cards.posters_for([one.newest for one in below])
    return [
        FolderCard(_name(one.path), reverse("folder", args=[one.path]), one.number, posters.get(one.newest))
        for one in below
    ]


def _name(path: str) -> str:
    return naming.base_name(path).replace("_", " ")


def trail(path: str) -> list[tuple[str, str]]:
    """(name, address) of each folder on the way to one, that one left out."""
    parts = path.split("/") if path else []
    above = ["/".join(parts[:number]) for number in range(1, len(parts))]
    way = [("Folders", reverse("folders"))] if parts else []
    return [*way, *((_name(folder), reverse("folder", args=[folder])) for folder in above)]
