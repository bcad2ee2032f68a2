"""The history in words: what an entry did to each video and tag, what an undoing left, and how one was at a date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format

from library import facts
from library.facts import TAG, VIDEO, Facts
from library.history import Kept
from library.models import Change, Tag, Video

Pair = Sequence[Any]
"""[before, after]."""


class Told(NamedTuple):
    """What happened to one video or tag."""

    kind: str
    subject: int
    name: str
    is_there: bool
    """Whether it is still in the library."""
    sentences: list[str]


class Names:
    """What videos and tags are called; what tags were called that are no more."""

    def __init__(self, subjects: Iterable[tuple[str, int]]) -> None:
        """Fetches those of `subjects`, (kind, id)."""
        ids: dict[str, set[int]] = defaultdict(set)
        for kind, pk in subjects:
            ids[kind].add(pk)
        self._there: dict[str, dict[int, str]] = {
            VIDEO: dict(Video.objects.among(ids[VIDEO]).order_by().values_list("pk", "title")),
            TAG: dict(Tag.objects.among(ids[TAG]).order_by().values_list("pk", "name")),
        }
        self._former = Change.objects.former_names(ids[TAG] - set(self._there[TAG]))

    def has(self, kind: str, pk: int) -> bool:
        """Whether that video or tag is there."""
        return pk in self._there[kind]

    def of(self, kind: str, pk: int) -> str:
        """Its name, or what stands for it."""
        known = self._there[kind].get(pk)
        return known or (self._former.get(pk, f"tag {pk}") if kind == TAG else f"a forgotten video ({pk})")


def tell(changes: Sequence[Change]) -> list[Told]:
    """What those changes did, in words."""
    names = Names(subject for change in changes for subject in _spoken_of(change.kind, change.subject, change.facts))
    return [
        Told(
            change.kind, change.subject, names.of(change.kind, change.subject), names.has(change.kind, change.subject),
            _sentences(change.facts, names),
        )
        for change in changes
    ]  # fmt: skip


def tell_kept(kept: Sequence[Kept]) -> list[Told]:
    """What an undoing left as it is, each with the reason."""
    names = Names(one for each in kept for one in _spoken_of(each.kind, each.subject, {each.fact: None}))
    return [
        Told(each.kind, each.subject, names.of(each.kind, each.subject), names.has(each.kind, each.subject),
             [f"{_fact(each.fact, names)}: {each.because}"])
        for each in kept
    ]  # fmt: skip


def tell_state(kind: str, state: Facts) -> list[tuple[str, str]]:
    """(what, how it was) of a video or a tag, as `history.state_at` gives it."""
    names = Names(_spoken_of(kind, 0, state))
    if kind == TAG:
        aliases = [value[1] for fact, value in state.items() if facts.group_of(fact) == "alias"]
        return [
            ("Name", state.get("name") or "There was no such tag"),
            ("Other names", _listed(aliases)),
            ("Implies", _listed(names.of(TAG, pk) for pk in _tags_in(state, "parent"))),
        ]
    return [
        ("Title", state.get("title") or "From the file's name"),
        ("Stars", _stars(state.get("stars"))),
        ("Tags", _listed(names.of(TAG, pk) for pk in _tags_in(state, "tag"))),
        ("Favourite", "Yes" if facts.FAVORITE in state else "No"),
        ("Views", str((state.get("views") or [0])[0])),
        ("Added", moment(state.get("added"))),
    ]


def moment(value: str | datetime | None) -> str:
    """A time for people; takes ISO 8601 too."""
    if not value:
        return "never"
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return date_format(timezone.localtime(at), "j M Y, H:i")


def _spoken_of(kind: str, subject: int, changed: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    """Whose names are needed to tell of it."""
    yield kind, subject
    for pk in _tags_in(changed, "tag", "withdrawn", "parent"):
        yield TAG, pk


def _tags_in(changed: Mapping[str, Any], *groups: str) -> list[int]:
    return [
        int(facts.about(fact))
        for fact in changed
        if facts.group_of(fact) in groups and facts.about(fact) != facts.FAVORITE
    ]


def _sentences(changed: Mapping[str, Pair], names: Names) -> list[str]:
    """A withdrawal goes without saying where the tag or mark itself is spoken of."""
    told = {f"withdrawn:{facts.about(fact) or facts.FAVORITE}" for fact in changed if facts.group_of(fact) in _MARKS}
    return [
        _SENTENCES[facts.group_of(fact)](_about(fact, names), before, after)
        for fact, (before, after) in changed.items()
        if fact not in told
    ]


_MARKS = ("tag", facts.FAVORITE)


def _about(fact: str, names: Names) -> str:
    group, about = facts.group_of(fact), facts.about(fact)
    if group == "alias":
        return about
    if not about.isdigit():
        return "the mark of a favourite"
    return f"“{names.of(TAG, int(about))}”"


def _fact(fact: str, names: Names) -> str:
    """A fact without its value."""
    group = facts.group_of(fact)
    if not facts.about(fact):
        return {facts.FAVORITE: "favourite"}.get(group, group)
    return {"withdrawn": "imports leave off", "alias": "other name", "parent": "implies"}.get(
        group, group
    ) + f" {_about(fact, names)}"


def _stars(value: Any) -> str:
    return str(value[0]) if value and value[0] else "none"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words, key=str.casefold)) or "None"


def _quoted(title: str | None) -> str:
    return f"“{title}”" if title else "from the file's name"


def _tell_stars(_: str, before: Any, after: Any) -> str:
    same = _stars(before) == _stars(after)
    return f"stars {_stars(after)}, given by hand" if same else f"stars {_stars(before)} → {_stars(after)}"


def _tell_views(_: str, before: Any, after: Any) -> str:
    return f"views {before[0] if before else 0} → {after[0] if after else 0}"


def _tell_withdrawal(name: str, before: Any, after: Any) -> str:
    return f"imports leave off {name}" if after else f"imports may bring back {name}"


def _tell_name(_: str, before: Any, after: Any) -> str:
    if before and after:
        return f"renamed “{before}” → “{after}”"
    return f"tag “{after}” made" if after else f"tag “{before}” deleted"


def _tell_alias(key: str, before: Any, after: Any) -> str:
    return f"“{(after or before or [0, key])[1]}” {'means it too' if after else 'no longer means it'}"


_SENTENCES: dict[str, Callable[[str, Any, Any], str]] = {
    "title": lambda _, before, after: f"title {_quoted(before)} → {_quoted(after)}",
    "added": lambda _, before, after: f"added {moment(before)} → {moment(after)}",
    "stars": _tell_stars,
    "views": _tell_views,
    facts.FAVORITE: lambda _, before, after: "made a favourite" if after else "no favourite any more",
    "tag": lambda name, before, after: f"tag {name} {'added' if after else 'removed'}",
    "withdrawn": _tell_withdrawal,
    "name": _tell_name,
    "alias": _tell_alias,
    "parent": lambda name, before, after: f"{'implies' if after else 'no longer implies'} {name}",
}
