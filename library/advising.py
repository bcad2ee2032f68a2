"""What speaks for which tags, found in the library, and what curators say to it.

What is dear to find is remembered by each process. All else is asked by indexes: so many rows for a video, no more.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from library import naming, suggesting, words
from library.implying import Parents
from library.locking import reading_afresh
from library.models import Acceptance, Rejection, Tag, TagAlias, Video, Withdrawal
from library.remembering import remembered_awhile, total_present
from library.suggesting import Clue, Kind, Suggestion, Trust
from library.words import Said, TagWords

SMALL = 5_000
"""Videos in a library whose tables are found anew after each write."""

AWHILE = 300
"""Seconds for which those of a larger one may be older than the last write."""

NEAR = 60
"""Videos before and after one in its folder, and in its series."""

SAMPLE = 120
"""Videos that share a word, of which the tags are looked at."""

RARE_WORDS = 6
"""Words of a name by which its likes are found: the rarest."""

BORNE = 8
"""Tags of a video whose company is looked at."""

COMPANY = 300
"""Of those that bear a tag, the newest so many."""

SELDOM = 10
"""A tag that fewer than one in so many bear is no clue."""


class Likes(NamedTuple):
    """Videos that are like one in some way."""

    kind: Kind
    about: str
    ids: Sequence[int]
    said: Said | None = None
    """The tag that their names say too: of the likes by name."""


class Shares:
    """Which part of the tagged videos bears each tag."""

    def __init__(self) -> None:
        self._bearers = Video.likeness.bearer_counts()
        self._tagged = Video.likeness.count_tagged()

    def __call__(self, tag: int) -> float:
        return self._bearers.get(tag, 0) / max(self._tagged, 1)


Index = dict[str, "array[int]"]
"""The ids of the videos whose names have a word, by its stem; only of words that several have."""


def _index() -> Index:
    seen: dict[str, int | array[int]] = {}
    for pk, title, path in Video.likeness.names():
        for stem in words.stems(" ".join(_names(title, path))):
            before = seen.get(stem)
            if before is None:
                seen[stem] = pk
            elif isinstance(before, int):
                seen[stem] = array("q", (before, pk))
            else:
                before.append(pk)
    return {stem: ids for stem, ids in seen.items() if not isinstance(ids, int)}


FOLDERS = 2
"""Where the folders begin among the names of a video."""


def _names(title: str, path: str) -> list[str]:
    """All that is said of a video: by its title, its file's name, and from FOLDERS on by its folders."""
    *folders, file = path.split("/")
    return [title, naming.title_from(file), *folders]


def _tag_words() -> TagWords:
    return TagWords([*Tag.objects.values_list("pk", "name"), *TagAlias.objects.living().values_list("tag_id", "name")])


def _trust() -> Trust:
    return Trust(Acceptance.objects.standing().lately(), Rejection.objects.lately())


def _parents() -> Parents:
    return Parents(Tag.objects.links())


class Adviser:
    """Finds suggestions, for one video or one after another, by the library as it is when it begins."""

    def __init__(self) -> None:
        awhile = 0 if total_present() <= SMALL else AWHILE
        self._index: Index = remembered_awhile("words", (Video,), _index, awhile)
        self._share = remembered_awhile("shares", (Video.tags.through,), Shares, awhile)
        self._tag_words = remembered_awhile("tag words", (Tag, TagAlias), _tag_words, 0)
        self._trust = remembered_awhile("trust", (Acceptance, Rejection), _trust, 0)
        self._parents = remembered_awhile("parents", (Tag.parents.through,), _parents, 0)
        self._tags: dict[int, list[int]] = {}
        self._company: dict[int, dict[int, int]] = {}

    def suggest(self, video: Video, most: int = suggesting.MOST) -> list[Suggestion]:
        """The tags that may fit a video, the best founded first."""
        with reading_afresh():
            (borne,) = self._tags_of([video.pk])
            known = {tag for one in borne for tag in self._parents.ancestors(one)}
            declined = Rejection.objects.of_video(video).tag_ids() | Withdrawal.objects.tags_of(video)
            clues = [*self._of_likes(list(self._likes(video))), *self._of_company(video, borne)]
        return suggesting.suggest(clues, self._share, self._trust, known | declined, most)

    def _likes(self, video: Video) -> Iterator[Likes]:
        names = _names(video.custom_title, video.path)
        for said in self._tag_words.said(*names):
            yield Likes(Kind.NAME, said.shown, self._sample_of_all(said.stems, video), said)
        for start, shown in zip(words.series(video.sort_key), words.series(video.title), strict=False):
            yield Likes(Kind.SERIES, shown.rstrip(" -#(["), Video.likeness.near_by_title(video, start, NEAR))
        folder = video.path.rpartition("/")[0]
        if folder:
            yield Likes(Kind.FOLDER, naming.base_name(folder), Video.likeness.near_by_path(video, folder, NEAR))
        for word in self._rare_words(names):
            yield Likes(Kind.WORD, word, self._sample_of_all((words.stem(word),), video))

    def _rare_words(self, names: Sequence[str]) -> list[str]:
        spelt = {words.stem(word): word for name in names for word in words.split(name) if words.links(word)}
        shared = sorted((len(ids), stem) for stem in spelt if (ids := self._index.get(stem)))
        return [spelt[stem] for _, stem in shared[:RARE_WORDS]]

    def _sample_of_all(self, stems: Iterable[str], video: Video) -> list[int]:
        """Some of those whose names have all the words, evenly spread over the library's age."""
        found = sorted((self._index.get(stem, array("q")) for stem in stems if words.tells(stem)), key=len)
        ids: Sequence[int] = found[0] if found else []
        if len(found) > 1:
            ids = sorted(set(ids).intersection(*found[1:]))
        step = max(1, len(ids) // SAMPLE)
        return [pk for pk in ids[-1::-step] if pk != video.pk][:SAMPLE]

    def _of_likes(self, found: list[Likes]) -> Iterator[Clue]:
        self._tags_of({pk for likes in found for pk in likes.ids})
        told = {(said.tag, stem) for likes in found if (said := likes.said) for stem in said.stems}
        for likes in found:
            tagged = [tags for pk in likes.ids if (tags := self._tags[pk])]
            counts = Counter(tag for tags in tagged for tag in tags)
            if likes.said:
                tag = likes.said.tag
                where = "folder" if likes.said.name >= FOLDERS else "name"
                yield Clue(likes.kind, likes.about, tag, counts[tag], len(tagged), _prior(likes.said), where=where)
                continue
            for tag, count in _common(counts, len(tagged)):
                if likes.kind is not Kind.WORD or (tag, words.stem(likes.about)) not in told:
                    yield Clue(likes.kind, likes.about, tag, count, len(tagged))

    def _of_company(self, video: Video, borne: Sequence[int]) -> Iterator[Clue]:
        rarest = sorted(borne, key=self._share)[:BORNE]
        names = dict(Tag.objects.among(rarest).values_list("pk", "name"))
        for one in rarest:
            if one not in self._company:
                self._company[one] = Video.likeness.company_of(one, COMPANY)
            counts = self._company[one]
            partial = counts[one] == COMPANY
            sample = counts[one] - (not partial)  # less this one, which is among them where all are
            for tag, count in _common(counts, sample):
                if tag not in borne:
                    yield Clue(Kind.COMPANY, names[one], tag, count, sample, partial=partial)

    def _tags_of(self, ids: Iterable[int]) -> list[list[int]]:
        wanted = list(ids)
        new: dict[int, list[int]] = {pk: [] for pk in wanted if pk not in self._tags}
        for pk, tag in Video.likeness.tags_of(new):
            new[pk].append(tag)
        self._tags |= new
        return [self._tags[pk] for pk in wanted]


def _common(counts: Mapping[int, int], sample: int) -> Iterator[tuple[int, int]]:
    """What so many of a sample bear that it may be suggested."""
    return ((tag, count) for tag, count in counts.items() if count * SELDOM >= sample)


def _prior(said: Said) -> float:
    if said.inside or said.shown.isdigit() or (len(said.shown) < 3 and said.shown.isascii()):
        return suggesting.VAGUE
    return suggesting.PLAIN if said.exact else suggesting.JOINED
