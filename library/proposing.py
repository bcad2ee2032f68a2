"""What the tag coach proposes just now, and what becomes of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from library import coaching, merging
from library.coaching import Implication, Merge, Proposal, Split
from library.merging import TagRefusedError
from library.models import Dismissal, Entry, Tag, Video
from library.remembering import remembered_awhile, total_present
from library.weighing import Snapshot


class Advice(NamedTuple):
    """All that the coach proposes, by what it is about."""

    merges: Sequence[Merge]
    parents: Sequence[Implication]
    splits: Sequence[Split]


MANY_VIDEOS, SOME_SECONDS = 5_000, 60
"""In a library larger than that proposals take their time to be found, and serve for so long, whatever is written."""

TABLES = (Tag, Video.tags.through, Tag.parents.through, Dismissal)


def advice() -> Advice:
    """What is proposed just now; in a large library it may be as of a minute ago, less what was settled since."""
    patience = SOME_SECONDS if total_present() > MANY_VIDEOS else 0
    found = remembered_awhile("proposals", TABLES, _advice, patience)
    names, dismissed, links = Tag.objects.names_by_id(), Dismissal.objects.all_keys(), set(Tag.objects.links())
    return Advice(
        [left for merge in found.merges if (left := _open(merge, names, dismissed))],
        [
            proposal
            for proposal in found.parents
            if _is_open(proposal, names, dismissed) and proposal.tags[::-1] not in links
        ],
        [proposal for proposal in found.splits if _is_open(proposal, names, dismissed)],
    )


def _advice() -> Advice:
    names = Tag.objects.names_by_id()
    snapshot = Snapshot(names, Video.objects.bearers_of_each(names), Tag.objects.links())
    dismissed = Dismissal.objects.all_keys()
    merges = coaching.merges(snapshot, dismissed)
    alike = {frozenset((merge.tags[0], other)) for merge in merges for other in merge.tags[1:]}
    return Advice(merges, coaching.implications(snapshot, dismissed, alike), coaching.splits(snapshot, dismissed))


def _is_open(proposal: Proposal, names: Collection[int], dismissed: Collection[str]) -> bool:
    return all(tag in names for tag in proposal.tags) and not any(key in dismissed for key in proposal.keys)


def _open(merge: Merge, names: Collection[int], dismissed: Collection[str]) -> Merge | None:
    """What is left of a merge."""
    pairs = [
        (other, reason)
        for other, reason, key in zip(merge.tags[1:], merge.reasons, merge.keys, strict=True)
        if other in names and key not in dismissed
    ]
    if merge.tags[0] not in names or not pairs:
        return None
    others, reasons = zip(*pairs, strict=True)
    return replace(merge, tags=(merge.tags[0], *others), reasons=reasons)


def look_alikes() -> set[int]:
    """The ids of the tags that are proposed to be merged."""
    return {tag for merge in advice().merges for tag in merge.tags}


def accept_merge(merge: Merge, into: int, others: Collection[int]) -> Entry | None:
    """Merge some of a proposal's tags into one of them. Raises TagRefusedError."""
    tags = {tag.pk: tag for tag in Tag.objects.among(merge.tags)}
    gone = [tag for pk, tag in tags.items() if pk in others and pk != into]
    if into not in tags:
        raise TagRefusedError("Choose the tag that stays.")
    return merging.merge(tags[into], gone)


def accept_parent(proposal: Implication, name: str) -> Entry | None:
    """Let a tag imply the one that was proposed, or another, by its name. Raises TagRefusedError."""
    tag, parent = Tag.objects.among([proposal.tags[1]]).first(), Tag.objects.named(name)
    if not (tag and parent):
        raise TagRefusedError(f"There is no tag “{name}”." if tag else "The tag is not there any more.")
    return merging.set_parents(tag, [*tag.parents.all(), parent])


def accept_split(proposal: Split, names: Sequence[str]) -> Entry | None:
    """Split a tag as it was proposed, into these names. Raises EmptyTagError, TagRefusedError."""
    tag = Tag.objects.among(proposal.tags).first()
    if not tag or len(names) != len(proposal.parts):
        raise TagRefusedError("The tag is not there any more.")
    if len(set(names)) < len(names):
        raise TagRefusedError("Each part needs a name of its own.")
    bearers = Video.objects.bearers([tag.pk])
    parts: Mapping[str, set[int]] = {
        name: bearers & videos for name, (_, videos) in zip(names, proposal.parts, strict=True)
    }
    return merging.split(tag, parts)


def dismiss(proposal: Proposal) -> None:
    """Propose this no more."""
    Dismissal.objects.remember(proposal.keys)
