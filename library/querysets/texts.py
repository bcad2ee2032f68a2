"""Where words stand: the index of trigrams behind the search, on SQLite.

`library_video_text` holds the words of each video (finding/folding.py), and `library_word_text` each word that any
video has or had, once, to tell what a misspelt one was meant to be. Triggers keep both, whoever writes to the videos;
they need nothing but SQLite. Other databases look through the column `words` itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cachalot.utils import UNCACHABLE_FUNCS
from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from library.finding import folding

VIDEOS, WORDS, WORD_TEXTS = "library_video_text", "library_word", "library_word_text"

_JSON_OF_WORDS = """'["' || replace(trim(new.words), '  ', '","') || '"]'"""
_PADDED = "'  ' || trim(value) || ' '"
_ADD = f"INSERT INTO {VIDEOS} (rowid, words) VALUES (new.id, new.words);"  # noqa: S608 - names of ours
_DROP = f"INSERT INTO {VIDEOS} ({VIDEOS}, rowid, words) VALUES ('delete', old.id, old.words);"  # noqa: S608
_LEARN = (
    f"INSERT OR IGNORE INTO {WORDS} (word) SELECT {_PADDED} FROM json_each({_JSON_OF_WORDS}) "  # noqa: S608
    "WHERE length(trim(value)) > 2;"
)

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
    """The parts of the index that are not there: a migration that remakes a table loses the table's triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master")
        there = {name for (name,) in cursor.fetchall()}
    return [part for part in PARTS if part not in there]


def make_index() -> None:
    """Make the index anew, of all videos."""
    with connection.cursor() as cursor:
        for part, statement in reversed(PARTS.items()):
            kind = "TRIGGER" if "TRIGGER" in statement else "TABLE"
            cursor.execute(f"DROP {kind} IF EXISTS {part}")
        for statement in PARTS.values():
            cursor.execute(statement)
        cursor.execute(f"INSERT INTO {VIDEOS} ({VIDEOS}) VALUES ('rebuild')")  # noqa: S608
        cursor.execute(
            f"INSERT OR IGNORE INTO {WORDS} (word) SELECT {_PADDED} FROM library_video AS new, "  # noqa: S608
            f"json_each({_JSON_OF_WORDS}) WHERE length(trim(value)) > 2"
        )


def holding(needle: str, tag_ids: Collection[int] = ()) -> Q:
    """The videos whose words hold a needle (of three characters at least), or that bear one of the tags."""
    if not is_indexed():
        return Q(words__contains=needle) | (Q(tags__in=list(tag_ids)) if tag_ids else Q())
    sources, values = [f"SELECT rowid FROM {VIDEOS} WHERE {VIDEOS} MATCH %s"], [_phrase(needle)]  # noqa: S608
    if tag_ids:
        listed = ", ".join(str(int(pk)) for pk in sorted(tag_ids))
        sources.append(f"SELECT video_id FROM library_video_tags WHERE tag_id IN ({listed})")  # noqa: S608
    return Q(pk__in=Held(" UNION ALL ".join(sources), values))


def _phrase(needle: str) -> str:
    """As FTS5 takes a string: letters, digits and blanks are all that it holds."""
    return f'"{needle}"'


def near_words(word: str) -> list[str]:
    """Words that any video has, and that share most trigrams with this one: NEAR at most."""
    if not is_indexed():
        return []
    row = folding.in_a_row([word])
    trigrams = sorted({row[n : n + 3] for n in range(len(row) - 2)})
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT word FROM {WORD_TEXTS} WHERE {WORD_TEXTS} MATCH %s ORDER BY rank LIMIT {NEAR}",  # noqa: S608
            [" OR ".join(map(_phrase, trigrams))],
        )
        return [found.strip() for (found,) in cursor.fetchall()]


def newest_holding(needles: Sequence[str], most: int) -> list[int]:
    """The ids of the videos whose words hold all of these, the latest found first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid FROM {VIDEOS} WHERE {VIDEOS} MATCH %s ORDER BY rowid DESC LIMIT %s",  # noqa: S608
            [" AND ".join(map(_phrase, needles)), most],
        )
        return [pk for (pk,) in cursor.fetchall()]
