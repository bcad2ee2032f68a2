"""What curation and undoing should end as.

The model knows facts as a dictionary and an entry as the facts' values before and after; it shares no code with the
history. A value is new each time that it is set, so that what was taken off and hung up again counts as changed.
"""

from __future__ import annotations

from itertools import count
from typing import Any

VIDEOS = 3

Fact = tuple[Any, ...]
"""("tag", video, tag), ("stars", video), ("favorite", video), ("title", video), ("withdrawn", video, tag or None),
("name", tag), ("alias", tag, key), ("parent", tag, parent)."""


class Model:
    """What should be so."""

    def __init__(self) -> None:
        self.facts: dict[Fact, Any] = {}
        self.entries: list[dict[Fact, tuple[Any, Any]]] = []
        self.fresh = count(1)
        self.tag_ids = count(1)

    def keys(self) -> dict[str, int]:
        """The tags there are, by key."""
        return {value.casefold(): fact[1] for fact, value in self.facts.items() if fact[0] == "name"}

    def aliases(self) -> dict[str, int]:
        """Every alias's tag, there or gone."""
        return {fact[2]: fact[1] for fact in self.facts if fact[0] == "alias"}

    def known(self, name: str) -> int | None:
        there = self.keys()
        alias = self.aliases().get(name.casefold())
        return there.get(name.casefold()) or (alias if alias in there.values() else None)

    def of(self, group: str) -> list[tuple[Any, ...]]:
        return [fact[1:] for fact in self.facts if fact[0] == group]

    def put(self, fact: Fact, value: Any = None) -> None:
        self.facts[fact] = next(self.fresh) if value is None else value

    def put_once(self, fact: Fact, value: Any = None) -> None:
        if fact not in self.facts:
            self.put(fact, value)

    def lose(self, *lost: Fact) -> None:
        for fact in lost:
            self.facts.pop(fact, None)

    def do(self, step: tuple[Any, ...]) -> bool:
        """Whether it was taken and changed anything; it is an entry then."""
        before = dict(self.facts)
        taken = getattr(self, step[0])(*step[1:])
        changed = {
            fact: (before.get(fact), self.facts.get(fact))
            for fact in {**before, **self.facts}
            if before.get(fact) != self.facts.get(fact)
        }
        if taken is False:
            assert not changed
        if changed:
            self.entries.append(changed)
        return bool(changed)

    def rate(self, on: list[int], stars: int | None) -> None:
        for video in on:
            self.put(("stars", video), (stars, next(self.fresh)))

    def favor(self, on: list[int], marked: bool) -> None:
        for video in on:
            if marked:
                self.put_once(("favorite", video))
                self.lose(("withdrawn", video, None))
            elif ("favorite", video) in self.facts:
                self.lose(("favorite", video))
                self.put_once(("withdrawn", video, None))

    def title(self, video: int, title: str) -> None:
        self.lose(("title", video))
        if title:
            self.put(("title", video), title)

    def tag(self, on: list[int], name: str) -> None:
        tag = self.known(name)
        if not tag:
            retired = self.aliases().get(name.casefold())
            if retired:
                self.lose(("alias", retired, name.casefold()))
            tag = next(self.tag_ids)
            self.put(("name", tag), name)
        for video in on:
            self.put_once(("tag", video, tag))
            self.lose(("withdrawn", video, tag))

    def untag(self, on: list[int], name: str) -> None:
        tag = self.known(name)
        for video in on:
            if tag and ("tag", video, tag) in self.facts:
                self.lose(("tag", video, tag))
                self.put_once(("withdrawn", video, tag))

    def rename(self, old: str, new: str) -> bool | None:
        tag, other, key = self.keys().get(old.casefold()), self.known(new), new.casefold()
        if not tag or (other and other != tag):
            return False
        if key in self.aliases():
            self.lose(("alias", self.aliases()[key], key))
        if key != old.casefold():
            self.put(("alias", tag, old.casefold()))
        self.put(("name", tag), new)
        return None

    def merge(self, into_name: str, other_names: list[str]) -> bool | None:
        there = self.keys()
        into = there.get(into_name.casefold())
        gone = [there[name.casefold()] for name in other_names if name.casefold() in there]
        if not into or not gone or into in gone:
            return False
        links = self.of("parent")
        bearers = {video for video, tag in self.of("tag") if tag in gone}
        declined = {video for video, tag in self.of("withdrawn") if tag in gone}
        for video in declined - bearers - {video for video, tag in self.of("tag") if tag == into}:
            self.put_once(("withdrawn", video, into))
        for video in bearers:
            self.put_once(("tag", video, into))
            self.lose(("withdrawn", video, into))
        for tag, key in self.of("alias"):
            if tag in gone:
                value = self.facts.pop(("alias", tag, key))
                self.put(("alias", into, key), value)
        for tag in gone:
            self.put(("alias", into, self.facts[("name", tag)].casefold()))
            self.lose(("name", tag), *(("tag", video, tag) for video in range(VIDEOS)))
        self.lose(*(("parent", *link) for link in links if set(link) & set(gone)))
        for child, parent in sorted(links):
            if {child, parent} & set(gone):
                heir = (into if child in gone else child, into if parent in gone else parent)
                if heir[0] not in self.above(heir[1]):
                    self.put_once(("parent", *heir))
        return None

    def delete(self, name: str) -> bool | None:
        tag = self.keys().get(name.casefold())
        if not tag:
            return False
        self.put(("alias", tag, self.facts[("name", tag)].casefold()))
        self.lose(("name", tag), *(("tag", video, tag) for video in range(VIDEOS)))
        self.lose(*(("parent", *link) for link in self.of("parent") if tag in link))
        return None

    def parents(self, name: str, parent_names: list[str]) -> bool | None:
        there = self.keys()
        tag = there.get(name.casefold())
        wanted = [there[parent.casefold()] for parent in parent_names if parent.casefold() in there]
        if not tag:
            return False
        before = {
            parent: self.facts.pop(("parent", tag, parent)) for child, parent in self.of("parent") if child == tag
        }
        circle = any(tag in self.above(parent) for parent in wanted)
        for parent in before if circle else wanted:
            self.put(("parent", tag, parent), before.get(parent))
        return not circle

    def above(self, tag: int) -> set[int]:
        found = {tag}
        while more := {parent for child, parent in self.of("parent") if child in found} - found:
            found |= more
        return found

    def undo(self, number: int) -> bool | None:
        if not self.entries:
            return False
        entry = self.entries[number % len(self.entries)]
        back = {fact: before for fact, (before, after) in entry.items() if self.facts.get(fact) == after}
        self._keep_used_tags(back)
        self._keep_ways_to_renamed(entry, back)
        self._keep_taken_names(back)
        self._keep_what_needs_a_tag(back)
        self._link(back)
        for fact, value in back.items():
            if fact[0] != "parent":
                self.lose(fact)
                if value is not None:
                    self.facts[fact] = value
        return None

    def _keep_used_tags(self, back: dict[Fact, Any]) -> None:
        stay = {fact: value for fact, value in self.facts.items() if fact not in back or back[fact] is not None}
        for fact in [fact for fact, value in back.items() if fact[0] == "name" and not value]:
            tag = fact[1]
            named = any(kind == "alias" and of[0] == tag and (kind, *of) not in back for kind, *of in stay)
            borne = any(kind == "tag" and of[1] == tag for kind, *of in stay)
            if named or borne or any(kind == "parent" and tag in of for kind, *of in stay):
                del back[fact]

    def _keep_ways_to_renamed(self, entry: dict[Fact, tuple[Any, Any]], back: dict[Fact, Any]) -> None:
        for fact, (old, _) in entry.items():
            if fact[0] == "name" and old and fact not in back:
                alias = ("alias", fact[1], old.casefold())
                if alias in back and back[alias] is None:
                    del back[alias]

    def _keep_taken_names(self, back: dict[Fact, Any]) -> None:
        freed = {fact[2] for fact, value in back.items() if fact[0] == "alias" and value is None}
        renamed = {fact[1] for fact in back if fact[0] == "name"}
        taken = {key for key in self.aliases() if key not in freed}
        taken |= {key for key, tag in self.keys().items() if tag not in renamed}
        for fact, value in list(back.items()):
            if fact[0] == "name" and value and value.casefold() in taken:
                del back[fact]
        taken |= {value.casefold() for fact, value in back.items() if fact[0] == "name" and value}
        for fact, value in list(back.items()):
            if fact[0] == "alias" and value is not None and fact[2] in taken:
                del back[fact]

    def _keep_what_needs_a_tag(self, back: dict[Fact, Any]) -> None:
        there = {fact[1] for fact in self.facts if fact[0] == "name"}
        there |= {fact[1] for fact, value in back.items() if fact[0] == "name" and value}
        there -= {fact[1] for fact, value in back.items() if fact[0] == "name" and not value}
        for fact, value in list(back.items()):
            needed = {"tag": {fact[-1]}, "parent": set(fact[1:])}.get(fact[0], set())
            if value is not None and not needed <= there:
                del back[fact]

    def _link(self, back: dict[Fact, Any]) -> None:
        links = {fact: value for fact, value in back.items() if fact[0] == "parent"}
        self.lose(*(fact for fact, value in links.items() if value is None))
        for fact, value in sorted(links.items()):
            if value is not None and fact[1] not in self.above(fact[2]):
                self.facts[fact] = value
