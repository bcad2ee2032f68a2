"""Which tags imply which. Pure."""

from collections.abc import Iterable


class Parents:
    """Which tags imply which."""

    def __init__(self, links: Iterable[tuple[int, int]]) -> None:
        self._of: dict[int, set[int]] = {}
        for tag, parent in links:
            self.add(tag, parent)

    def add(self, tag: int, parent: int) -> None:
        """Let a tag imply another."""
        self._of.setdefault(tag, set()).add(parent)

    def ancestors(self, tag: int) -> set[int]:
        """A tag, and all that it implies."""
        found, new = {tag}, [tag]
        while new:
            more = self._of.get(new.pop(), set()) - found
            found |= more
            new.extend(more)
        return found
