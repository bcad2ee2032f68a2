"""What was changed, by whom and when; taking it back; and what was so at a date.

An entry keeps each fact's value before and after. To undo it is to set back every fact that still has the value that
the entry gave it; what was changed again since is kept, and told. An undoing is an entry, which can be undone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from library import facts, naming
from library.acting import actor
from library.facts import TAG, VIDEO, Facts, States
from library.implying import Parents
from library.locking import writing
from library.models import Change, Entry, Tag, TagAlias, Video

MOST_SUMMARY = 300
MOST_REASONS = 100
"""Facts that an undoing keeps whose later change is named."""


@dataclass
class Recording:
    """A change under way."""

    summary: str
    tags: set[int] = field(default_factory=set)
    """Tags whose facts are compared; those that are made meanwhile are added here."""
    entry: Entry | None = None
    """What was recorded, in the end; None where nothing changed."""


@contextmanager
def recorded(
    action: Entry.Action,
    summary: str,
    *,
    videos: Iterable[int] = (),
    tags: Iterable[int] = (),
    groups: Collection[str] = (),
    undoes: Entry | None = None,
) -> Iterator[Recording]:
    """A transaction, all or nothing, whose changes to these videos and tags become one entry.

    `groups` of facts narrow what is compared. Nothing is recorded where nothing changed.
    """
    recording = Recording(summary, set(tags))
    with writing():
        of_videos = set(videos)
        before = {VIDEO: facts.read(VIDEO, of_videos, groups), TAG: facts.read(TAG, recording.tags)}
        yield recording
        after = {VIDEO: facts.read(VIDEO, of_videos, groups), TAG: facts.read(TAG, recording.tags)}
        changed = {kind: facts.differences(before[kind], after[kind]) for kind in (TAG, VIDEO)}
        if any(changed.values()):
            recording.entry = keep(action, recording.summary, changed, undoes)


def keep(
    action: Entry.Action,
    summary: str,
    changed: Mapping[Change.Kind, Mapping[int, dict[str, list[Any]]]],
    undoes: Entry | None = None,
) -> Entry:
    """Write an entry of `{kind: {id: {fact: [before, after]}}}`, in the transaction that made it so."""
    by = actor()
    entry = Entry.objects.create(
        at=timezone.now(), by_id=by.user_id, actor=by.name[:150], action=action, undoes=undoes,
        summary=summary if len(summary) <= MOST_SUMMARY else f"{summary[: MOST_SUMMARY - 1]}…",
    )  # fmt: skip
    Change.objects.keep(
        entry,
        ((kind, pk, differences) for kind, subjects in changed.items() for pk, differences in subjects.items()),
    )
    return entry


class Kept(NamedTuple):
    """A fact that an undoing leaves as it is."""

    kind: str
    subject: int
    fact: str
    because: str


@dataclass
class Undone:
    """What an undoing did."""

    entry: Entry | None
    """Its own entry; None where nothing was left to undo."""
    facts: int
    """How many facts were set back."""
    kept: list[Kept]


def undo(entry: Entry) -> Undone:
    """Take an entry back, but for what was changed again since.

    However much it is, in one transaction: else others would see half of it, and a kill would leave that.
    """
    with writing():
        undoing = _Undoing(entry)
        summary = f"Undone: {entry.summary}"
        ids = {kind: set(undoing.wanted[kind]) for kind in (VIDEO, TAG)}
        with recorded(
            Entry.Action.UNDO, summary, videos=ids[VIDEO], tags=ids[TAG], groups=undoing.groups(), undoes=entry
        ) as recording:
            undoing.write()
    number = sum(map(len, (*undoing.wanted[VIDEO].values(), *undoing.wanted[TAG].values())))
    return Undone(recording.entry, number, undoing.kept)


class _Undoing:
    """What is to be set back, and what is kept, of one entry."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.kept: list[Kept] = []
        self.wanted: dict[str, States] = {VIDEO: {}, TAG: {}}
        for changes in entry.changes.all().in_parts():
            for kind in (VIDEO, TAG):
                self._compare(kind, {change.subject: change.facts for change in changes if change.kind == kind})
        self._keep_tags_in_use()
        self._keep_names_that_are_taken()
        self._keep_what_hangs_on_nothing()
        self._keep_circles_out()

    def write(self) -> None:
        """Set back what is to be set back."""
        facts.write(self.wanted[VIDEO], self.wanted[TAG])

    def groups(self) -> set[str]:
        """The groups of facts that it may change: of very many videos all would take seconds to read."""
        groups = {facts.group_of(fact) for wanted in self.wanted[VIDEO].values() for fact in wanted}
        return groups | {"tag", "withdrawn"} if self.wanted[TAG] else groups  # a tag that goes takes those along

    def _compare(self, kind: str, changed: dict[int, dict[str, list[Any]]]) -> None:
        groups = {facts.group_of(fact) for differences in changed.values() for fact in differences}
        there = facts.read(kind, changed, groups)
        for pk, differences in changed.items():
            for fact, (before, after) in differences.items():
                if there[pk].get(fact) == after:
                    self.wanted[kind].setdefault(pk, {})[fact] = before
                else:
                    self.kept.append(Kept(kind, pk, fact, self._later(kind, pk, fact)))
            if kind == TAG:
                self._keep_way_to_renamed(pk, differences)

    def _keep_way_to_renamed(self, pk: int, differences: dict[str, list[Any]]) -> None:
        """The old name of a tag that has yet another by now still leads to it."""
        old = (differences.get("name") or [None])[0]
        alias = f"alias:{naming.tag_key(old or '')}"
        wanted = self.wanted[TAG].get(pk, {})
        if old and "name" not in wanted and alias in wanted and wanted[alias] is None:
            self._keep(TAG, pk, alias, "the tag has another name by now")

    def _later(self, kind: str, pk: int, fact: str) -> str:
        """What changed a fact since, in words; told of the first few alone, for it takes a query."""
        if len(self.kept) >= MOST_REASONS:
            return "changed since"
        for change in Change.objects.of(kind, pk).after(self.entry):
            if fact in change.facts:
                return f"changed since by {change.entry.actor}: {change.entry.summary}"
        return "changed since"

    def _keep(self, kind: str, pk: int, fact: str, because: str) -> None:
        del self.wanted[kind][pk][fact]
        if not self.wanted[kind][pk]:
            del self.wanted[kind][pk]
        self.kept.append(Kept(kind, pk, fact, because))

    def _to_set(self, kind: str, group: str) -> list[tuple[int, str, Any]]:
        return [
            (pk, fact, value)
            for pk, wanted in self.wanted[kind].items()
            for fact, value in wanted.items()
            if facts.group_of(fact) == group
        ]

    def _keep_tags_in_use(self) -> None:
        """A tag that the entry made stays, where something that the undoing leaves needs it."""
        made = {pk for pk, _, name in self._to_set(TAG, "name") if not name}
        freed = Counter(int(facts.about(fact)) for _, fact, value in self._to_set(VIDEO, "tag") if value is None)
        unlinked = {(pk, int(facts.about(fact))) for pk, fact, value in self._to_set(TAG, "parent") if value is None}
        linked = {tag for link in Tag.objects.links() if link not in unlinked for tag in link}
        going = {facts.about(fact) for _, fact, _ in self._to_set(TAG, "alias")}
        named = set(TagAlias.objects.of_tags(made).exclude(key__in=going).values_list("tag_id", flat=True))
        borne = Tag.objects.bearer_counts(made)
        for pk in made:
            if pk in linked or pk in named or borne.get(pk, 0) > freed[pk]:
                self._keep(TAG, pk, "name", "the tag is in use")

    def _keep_names_that_are_taken(self) -> None:
        """A name or an alias that something else bears by now stays there."""
        names = {pk: value for pk, _, value in self._to_set(TAG, "name")}
        aliases = [(pk, fact, facts.about(fact), value) for pk, fact, value in self._to_set(TAG, "alias")]
        keys = {naming.tag_key(name) for name in names.values() if name} | {key for _, _, key, _ in aliases}
        freed = {key for _, _, key, value in aliases if value is None}
        taken = {key for key in TagAlias.objects.at_any(keys).values_list("key", flat=True) if key not in freed}
        taken |= {tag.key for tag in Tag.objects.with_keys(keys) if tag.pk not in names}
        for pk, name in names.items():
            key = naming.tag_key(name or "")
            if key in taken:
                self._keep(TAG, pk, "name", f"the name “{name}” is another tag's by now")
            elif name:
                taken.add(key)
        for pk, fact, key, value in aliases:
            if value is not None and key in taken:
                self._keep(TAG, pk, fact, f"the name “{value[1]}” is another tag's by now")

    def _keep_what_hangs_on_nothing(self) -> None:
        """What would be of a video or a tag that is not there."""
        videos = set(Video.objects.among(self.wanted[VIDEO]).values_list("pk", flat=True))
        for pk in [pk for pk in self.wanted[VIDEO] if pk not in videos]:
            for fact in list(self.wanted[VIDEO][pk]):
                self._keep(VIDEO, pk, fact, "the video was forgotten since")
        taggings = [(VIDEO, *row) for row in self._to_set(VIDEO, "tag")]
        links = [(TAG, *row) for row in self._to_set(TAG, "parent")]
        wanted = [(kind, pk, fact) for kind, pk, fact, value in taggings + links if value is not None]
        there = self._tags_in_the_end({int(facts.about(fact)) for _, _, fact in wanted} | {pk for _, pk, _ in wanted})
        for kind, pk, fact in wanted:
            if int(facts.about(fact)) not in there or (kind == TAG and pk not in there):
                self._keep(kind, pk, fact, "the tag is not there any more")

    def _tags_in_the_end(self, asked: set[int]) -> set[int]:
        names = {pk: value for pk, _, value in self._to_set(TAG, "name")}
        there = set(Tag.objects.among(asked).values_list("pk", flat=True))
        return (there | {pk for pk, name in names.items() if name}) - {pk for pk, name in names.items() if not name}

    def _keep_circles_out(self) -> None:
        """No tag becomes its own ancestor."""
        links = self._to_set(TAG, "parent")
        lost = {(pk, int(facts.about(fact))) for pk, fact, value in links if value is None}
        parents = Parents(link for link in Tag.objects.links() if link not in lost)
        for pk, fact, value in links:
            if value is None:
                continue
            parent = int(facts.about(fact))
            if pk in parents.ancestors(parent):
                self._keep(TAG, pk, fact, "its parent is below it by now")
            else:
                parents.add(pk, parent)


def state_at(kind: str, subject: int, moment: datetime) -> Facts:
    """What was so of a video or a tag at a moment, as far back as there is history."""
    state = facts.read(kind, [subject])[subject]
    for change in Change.objects.of(kind, subject).since(moment):
        for fact, (before, _) in change.facts.items():
            if before is None:
                state.pop(fact, None)
            else:
                state[fact] = before
    return state
