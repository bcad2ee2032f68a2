"""What curators do to tags themselves: rename, merge, delete, and say which implies which."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from library import naming
from library.curating import clean_name, tags_made
from library.history import recorded
from library.implying import Parents
from library.locking import writing
from library.models import Entry, Tag, TagAlias, Video, Withdrawal

Action = Entry.Action


class TagRefusedError(ValueError):
    """The change can't be made; the message says why."""

    def __init__(self, message: str, other: Tag | None = None) -> None:
        super().__init__(message)
        self.other = other
        """The tag that has the name already."""


class MergePreview(NamedTuple):
    """What merging tags into one of them would change."""

    into: Tag
    own: int
    """How many videos bear it now."""
    gaining: int
    """How many would bear it that don't yet."""
    names: list[str]
    """All that would lead to it, its own too."""
    parents: list[str]
    """What it would imply."""
    children: list[str]
    """What would imply it."""


def make(name: str) -> Tag:
    """A new tag. Raises EmptyTagError, TagRefusedError where there is one of that name."""
    cleaned = clean_name(name)
    with writing():
        refuse_taken(cleaned, None)
        with tags_made(Action.NEW_TAG, f"New tag {cleaned}", [cleaned]) as (_, tags):
            return tags[0]


def rename(tag: Tag, name: str) -> Entry | None:
    """Give a tag another name; the old one still leads to it. Raises EmptyTagError, TagRefusedError."""
    cleaned = clean_name(name)
    key = naming.tag_key(cleaned)
    with writing():
        refuse_taken(cleaned, tag)
        old = Tag.objects.get(pk=tag.pk)
        mine = TagAlias.objects.at_any([key])
        touched = {tag.pk, *mine.values_list("tag_id", flat=True)}
        with recorded(Action.RENAME, f"{old} renamed to {cleaned}", tags=touched) as recording:
            mine.delete()
            if key != old.key:
                TagAlias.objects.create(name=old.name, tag=tag)
            tag.name = cleaned
            tag.save()
    return recording.entry


def refuse_taken(name: str, tag: Tag | None) -> None:
    """Refuse a name that leads to another tag, or with None to any. Raises TagRefusedError."""
    other = Tag.objects.named(name)
    if other and other != tag:
        known = f"“{other}” already" if other.key == naming.tag_key(name) else f"“{other}”, which “{name}” means too"
        raise TagRefusedError(f"There is a tag {known}.", other)


def previews(tags: Sequence[Tag]) -> list[MergePreview]:
    """What merging these would do, for each that might stay: the most used first."""
    ids = [tag.pk for tag in tags]
    counts = {pk: len(bearers) for pk, bearers in Video.objects.bearers_of_each(ids).items()}
    total = len(Video.objects.bearers(ids))
    names = sorted([*(tag.name for tag in tags), *TagAlias.objects.of_tags(ids).names()], key=naming.sort_key)
    kin = _kin(ids)
    found = [MergePreview(tag, counts[tag.pk], total - counts[tag.pk], names, *kin) for tag in tags]
    return sorted(found, key=lambda possible: (-possible.own, possible.into.key))


def _kin(ids: Collection[int]) -> tuple[list[str], list[str]]:
    """The names of what any of these tags implies, and of what implies it, but for themselves."""
    links, these = Tag.objects.links(), set(ids)
    above = {parent for tag, parent in links if tag in these} - these
    below = {tag for tag, parent in links if parent in these} - these
    return Tag.objects.among(above).all_names(), Tag.objects.among(below).all_names()


def merge(into: Tag, others: Sequence[Tag]) -> Entry | None:
    """Let one tag take the place of others, whose names lead to it from then on. Raises TagRefusedError."""
    if into in others or not others:
        raise TagRefusedError("Choose one tag that stays, and others that become it.")
    with writing():
        gone = {tag.pk for tag in others}
        links = Tag.objects.links()
        bearers = Video.objects.bearers(gone)
        kin = {child for child, parent in links if parent in gone}
        summary = f"{', '.join(tag.name for tag in others)} merged into {into} ({len(bearers)} videos)"
        declined = Withdrawal.objects.videos_without(gone)
        with recorded(
            Action.MERGE, summary, videos=bearers | declined, tags={into.pk} | gone | kin, groups=("tag", "withdrawn")
        ) as recording:
            Withdrawal.objects.note(declined - bearers - Video.objects.bearers([into.pk]), into.pk)
            Withdrawal.objects.forget(bearers, into.pk)
            Video.objects.hang(into, bearers)
            for tag in others:
                TagAlias.objects.of_tags([tag.pk]).update(tag=into)
                TagAlias.objects.create(name=tag.name, tag=into)
            _inherit(into, gone, links)
            Tag.objects.among(gone).delete()
    return recording.entry


def _inherit(into: Tag, gone: set[int], links: list[tuple[int, int]]) -> None:
    """The parents and children of the gone become the heir's, but for those that would close a circle."""
    parents = Parents(link for link in links if not gone & set(link))
    for child, parent in links:
        heirs = (into.pk if child in gone else child, into.pk if parent in gone else parent)
        if {child, parent} & gone and heirs[0] not in parents.ancestors(heirs[1]):
            parents.add(*heirs)
            Tag.objects.get(pk=heirs[0]).parents.add(heirs[1])


def delete(tags: Sequence[Tag]) -> Entry | None:
    """Delete tags, from their videos too. Their names are retired: an import leaves them alone."""
    with writing():
        gone = {tag.pk for tag in tags}
        bearers = Video.objects.bearers(gone)
        kin = {child for child, parent in Tag.objects.links() if parent in gone}
        summary = f"Deleted: {', '.join(tag.name for tag in tags)} ({len(bearers)} videos)"
        with recorded(
            Action.DELETE_TAG, summary, videos=bearers, tags=gone | kin, groups=("tag", "withdrawn")
        ) as recording:
            _retire(tags)
    return recording.entry


def _retire(tags: Sequence[Tag]) -> None:
    """Delete tags, and keep their names from imports."""
    for tag in tags:
        TagAlias.objects.create(name=tag.name, tag=tag)
    Tag.objects.among(tag.pk for tag in tags).delete()


def split(tag: Tag, parts: Mapping[str, Collection[int]]) -> Entry | None:
    """Let videos, by their ids, bear tags of other names in place of one; a tag that none bears then is gone.

    One of the names may be the tag's own: those videos keep it. Raises EmptyTagError, TagRefusedError.
    """
    of_key = {naming.tag_key(clean_name(name)): set(ids) for name, ids in parts.items()}
    if len(of_key) < max(2, len(parts)):
        raise TagRefusedError("A tag is split into two others at least.")
    touched = sorted(set().union(*of_key.values()))
    summary = f"{tag} split into {' and '.join(map(clean_name, parts))} ({len(touched)} videos)"
    with writing():
        kin = {child for child, parent in Tag.objects.links() if parent == tag.pk}
        with tags_made(Action.EDIT, summary, list(parts), touched, {tag.pk} | kin) as (recording, _):
            for key, part in Tag.objects.known(parts).items():
                Video.objects.hang(part, of_key[key])
                Withdrawal.objects.forget(of_key[key], part.pk)
                if part == tag:
                    touched = sorted(set(touched) - of_key[key])
            Video.objects.take_off(tag, touched)
            if Video.objects.bearers([tag.pk]):
                Withdrawal.objects.note(touched, tag.pk)
            else:
                _retire([tag])
    return recording.entry


def set_parents(tag: Tag, parents: Iterable[Tag]) -> Entry | None:
    """Say what a tag implies: its videos are found by these too. Raises TagRefusedError for a circle."""
    wanted = list(parents)
    with recorded(
        Action.PARENTS, f"{tag} implies {', '.join(parent.name for parent in wanted) or 'nothing'}", tags=[tag.pk]
    ) as recording:
        refuse_circles(tag, wanted)
        tag.parents.set(wanted)
    return recording.entry


def refuse_circles(tag: Tag, parents: Iterable[Tag]) -> None:
    """Refuse parents that imply the tag themselves. Raises TagRefusedError."""
    others = Parents(link for link in Tag.objects.links() if link[0] != tag.pk)
    for parent in parents:
        if parent == tag:
            raise TagRefusedError("A tag can't imply itself.")
        if tag.pk in others.ancestors(parent.pk):
            raise TagRefusedError(f"“{parent}” implies “{tag}” already.")


def forget_alias(alias: TagAlias) -> Entry | None:
    """Let a name mean nothing any more."""
    with recorded(Action.ALIASES, f"{alias} no longer means {alias.tag}", tags=[alias.tag_id]) as recording:
        alias.delete()
    return recording.entry


def add_alias(tag: Tag, name: str) -> Entry | None:
    """Let another name mean a tag too. Raises EmptyTagError, TagRefusedError."""
    cleaned = clean_name(name)
    with writing():
        refuse_taken(cleaned, None)
        retired = TagAlias.objects.at_any([naming.tag_key(cleaned)])
        touched = {tag.pk, *retired.values_list("tag_id", flat=True)}
        with recorded(Action.ALIASES, f"{cleaned} means {tag}", tags=touched) as recording:
            retired.delete()
            TagAlias.objects.create(name=cleaned, tag=tag)
    return recording.entry
