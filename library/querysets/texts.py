"""Where words stand: the index of trigrams behind the search, on SQLite.

`library_video_text` holds the words of each video (finding/folding.py), and `library_word_text` each word that any
video has or had, once, to tell what a misspelt one was meant to be. Triggers keep both, whoever writes to the videos;
they need nothing but SQLite. Other databases look through the column `words` itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from cachalot.utils import UNCACHABLE_FUNCS
from django.apps import apps
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from library.finding import folding

VIDEOS, WORDS, WORD_TEXTS = "library_video_text", "library_word", "library_word_text"

_JSON_OF_WORDS = """'["' || replace(trim(new.words), '  ', '","') || '"]'"""
_PADDED = "'  ' || trim(value) || ' '"
_ADD = f"INSERT INTO {VIDEOS} (rowid, words) VALUES (new.id, new.words);"  # noqa: S608 - names of ours
_DROP = f"INSERT INTO {VIDEOS} ({VIDEOS}, rowid, words) VALUES ('delete', old.id, old.words);"  # noqa: S608
_LEARN = (
    f"INSERT INTO {WORDS} (word) SELECT DISTINCT {_PADDED} FROM json_each({_JSON_OF_WORDS}) "  # noqa: S608
    f"WHERE length(trim(value)) > 2 AND NOT EXISTS (SELECT 1 FROM {WORDS} WHERE word = {_PADDED});"
)
"""Not by OR IGNORE: within a trigger the conflict policy of the statement that fires it counts instead."""

PARTS: dict[str, str] = {
    VIDEOS: f"CREATE VIRTUAL TABLE {VIDEOS} USING fts5(words, content='library_video', content_rowid='id', "
    "tokenize='trigram case_sensitive 1')",
    WORDS: f"CREATE TABLE {WORDS} (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)",
    WORD_TEXTS: f"CREATE VIRTUAL TABLE {WORD_TEXTS} USING fts5(word, content='{WORDS}', content_rowid='id', "
    "tokenize='trigram case_sensitive 1')",
    "library_word_added": f"CREATE TRIGGER library_word_added AFTER INSERT ON {WORDS} BEGIN "  # noqa: S608
    f"INSERT INTO {WORD_TEXTS} (rowid, word) VALUES (new.id, new.word); END",
    "library_text_added": f"CREATE TRIGGER library_text_added AFTER INSERT ON library_video BEGIN {_ADD} {_LEARN} END",
    "library_text_changed": "CREATE TRIGGER library_text_changed AFTER UPDATE OF id, words ON library_video "
    f"WHEN old.words IS NOT new.words OR old.id IS NOT new.id BEGIN {_DROP} {_ADD} {_LEARN} END",
    "library_text_removed": f"CREATE TRIGGER library_text_removed AFTER DELETE ON library_video BEGIN {_DROP} END",
}
"""What the index consists of, by name; each stands on those before it."""

NEAR = 60
"""Words that share most trigrams with a misspelt one, of which the nearest are taken."""


class Held(RawSQL):
    """A look into the index. The query cache can't see which tables that reads, and leaves such queries alone."""


UNCACHABLE_FUNCS.add(Held)


def is_indexed() -> bool:
    """Whether this database is one that we keep an index in."""
    return connection.vendor == "sqlite"


def missing_parts() -> list[str]:
    """The parts of the index that are not there as they are made now: a migration that remakes a table loses the
    table's triggers.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master")
        there = dict(cursor.fetchall())
    return [part for part, statement in PARTS.items() if there.get(part) != statement]


def drop_index() -> None:
    """Take it away, and the triggers with it."""
    with connection.cursor() as cursor:
        for part, statement in reversed(PARTS.items()):
            kind = "TRIGGER" if "TRIGGER" in statement else "TABLE"
            cursor.execute(f"DROP {kind} IF EXISTS {part}")


def make_index() -> None:
    """Make the index anew, of all videos."""
    drop_index()
    with connection.cursor() as cursor:
        for statement in PARTS.values():
            cursor.execute(statement)
        cursor.execute(f"INSERT INTO {VIDEOS} ({VIDEOS}) VALUES ('rebuild')")  # noqa: S608
        cursor.execute(
            f"INSERT OR IGNORE INTO {WORDS} (word) SELECT {_PADDED} FROM library_video AS new, "  # noqa: S608
            f"json_each({_JSON_OF_WORDS}) WHERE length(trim(value)) > 2"
        )


def holding(groups: Sequence[Sequence[str]], tag_ids: Collection[int] = ()) -> Q:
    """The videos whose words hold any needle of each group, or that bear one of the tags.

    A needle has three characters at least.
    """
    if not is_indexed():
        held = reduce(and_, (reduce(or_, (Q(words__contains=needle) for needle in group)) for group in groups))
        return held | Q(pk__in=_bearers(tag_ids)) if tag_ids else held
    sources, values = [f"SELECT rowid FROM {VIDEOS} WHERE {VIDEOS} MATCH %s"], [_expression(groups)]  # noqa: S608
    if tag_ids:
        listed = ", ".join(str(int(pk)) for pk in sorted(tag_ids))
        sources.append(f"SELECT video_id FROM library_video_tags WHERE tag_id IN ({listed})")  # noqa: S608
    return Q(pk__in=Held(" UNION ALL ".join(sources), values))


def _bearers(tag_ids: Collection[int]) -> QuerySet[Any, Any]:
    taggings: QuerySet[Any, Any] = apps.get_model("library", "Video").tags.through.objects.filter(tag_id__in=tag_ids)
    return taggings.values("video_id")


def _expression(groups: Sequence[Sequence[str]]) -> str:
    """As FTS5 takes it: letters, digits and blanks are all that a needle holds."""
    return " AND ".join(f"({' OR '.join(map(_phrase, group))})" for group in groups)


def _phrase(needle: str) -> str:
    return f'"{needle}"'


def near_words(word: str) -> list[str]:
    """Words that any video has, and that share most trigrams with this one, NEAR at most; and those in which two
    letters changed places, for of a short one that leaves no trigram.
    """
    if not is_indexed():
        return []
    row = folding.in_a_row([word])
    trigrams = sorted({row[n : n + 3] for n in range(1, len(row) - 2)})  # its first letter alone tells too little
    swapped = [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)]
    places = ", ".join(["%s"] * len(swapped))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM (SELECT word FROM {WORD_TEXTS} WHERE {WORD_TEXTS} MATCH %s ORDER BY rank LIMIT {NEAR}) "  # noqa: S608
            f"UNION ALL SELECT word FROM {WORDS} WHERE word IN ({places})",
            [" OR ".join(map(_phrase, trigrams)), *(folding.in_a_row([other]) for other in swapped)],
        )
        return [found.strip() for (found,) in cursor.fetchall()]


def is_known(needle: str) -> bool:
    """Whether any video's words hold a needle."""
    if not is_indexed():
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {VIDEOS} WHERE {VIDEOS} MATCH %s LIMIT 1", [_phrase(needle)])  # noqa: S608
        return cursor.fetchone() is not None
