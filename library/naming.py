"""Names: of files, of titles made from them, of tags, and how a legacy key is matched to a file. Pure."""

import re
import unicodedata
from pathlib import PurePosixPath

VIDEO_EXTENSIONS = frozenset(
    ["mp4", "m4v", "webm", "ogg", "ogv", "mkv", "mov", "avi", "wmv", "flv", "mpg", "mpeg", "ts", "m2ts", "3gp"],
)
SUBTITLE_EXTENSIONS = frozenset(["srt", "vtt", "ass", "ssa"])
MAX_PATH_LENGTH = 1000
MAX_NAME_BYTES = 255
MAX_TAG_LENGTH = 200
MAX_TITLE_LENGTH = 300
MAX_LIST_NAME_LENGTH = 200
MAX_ACCOUNT_LENGTH = 150
MAX_COUNT = 10**15
"""Views; more than anyone watches, and far from where the database's integers end."""

_FIRST_RAW_BYTE, _LAST_RAW_BYTE = 0xF780, 0xF7FF  # in Unicode's private use area
_STANDS_FOR_A_BYTE = re.compile("[\uf780-\uf7ff]")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_SURROGATE_TO_PRIVATE = {0xDC80 + n: _FIRST_RAW_BYTE + n for n in range(128)}
_PRIVATE_TO_SURROGATE = {private: surrogate for surrogate, private in _SURROGATE_TO_PRIVATE.items()}


def is_video(name: str) -> bool:
    """Whether a file's name has one of the extensions that the library takes, whatever its case."""
    _, dot, extension = name.rpartition(".")
    return extension.lower() in VIDEO_EXTENSIONS and bool(dot)


def is_subtitle(name: str) -> bool:
    """The same for files of subtitles."""
    _, dot, extension = name.rpartition(".")
    return extension.lower() in SUBTITLE_EXTENSIONS and bool(dot)


def to_stored(fs_name: str) -> str | None:
    """Text that any database takes, for a name as `os.fsdecode` gives it.

    A byte that is not UTF-8 arrives as a lone surrogate (PEP 383), which databases reject: it becomes a character
    of the private use area. None for a name that has such a private character itself, or a lone surrogate that
    stands for no byte.
    """
    if fs_name.isascii():
        return None if "\0" in fs_name else fs_name
    if _STANDS_FOR_A_BYTE.search(fs_name):
        return None
    stored = fs_name.translate(_SURROGATE_TO_PRIVATE)
    return stored if is_storable(stored) else None


def to_fs(stored: str) -> str:
    """The reverse of `to_stored`: the name to open."""
    return stored.translate(_PRIVATE_TO_SURROGATE)


def is_storable(text: str) -> bool:
    """Whether every database takes the text: no NUL, no lone surrogate."""
    return not _UNSTORABLE.search(text)


def is_safe_path(path: str) -> bool:
    """Whether a path from outside can name a file below a root: relative, normal, storable, not too long."""
    return (
        len(path) <= MAX_PATH_LENGTH
        and is_storable(path)
        and all(part not in ("", ".", "..") and _bytes_on_disk(part) <= MAX_NAME_BYTES for part in path.split("/"))
    )


def can_be_kept(fs_name: str, path: str) -> bool:
    """Whether the library can keep the stored path of what was found on the disk, in a folder that it can keep."""
    if fs_name.isascii():
        return len(path) <= MAX_PATH_LENGTH and len(fs_name) <= MAX_NAME_BYTES
    return to_stored(fs_name) is not None and is_safe_path(path)


def _bytes_on_disk(stored: str) -> int:
    return len(to_fs(stored).encode(errors="surrogateescape"))


def base_name(path: str) -> str:
    """The path's last part."""
    return path.rpartition("/")[2]


def title_from(path: str) -> str:
    """The title that a file name gives: extension off, underscores to spaces."""
    name = base_name(path)
    stem = PurePosixPath(name).stem if is_video(name) else name
    title = " ".join(stem.replace("_", " ").split())
    return (title or name)[:MAX_TITLE_LENGTH]


def sort_key(title: str) -> str:
    """A key in whose plain order titles stand as people expect: without case or accents, part 2 before part 10."""
    decomposed = unicodedata.normalize("NFKD", title)
    folded = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    return re.sub(r"[0-9]+", _number_key, folded)[:MAX_TITLE_LENGTH]


def _number_key(match: re.Match[str]) -> str:
    digits = match[0].lstrip("0")
    return f"{len(digits):02}{digits}"


def clean_tag(raw: str) -> str:
    """A tag as it is stored: without its leading `#`s, trimmed, composed; "" where nothing is left."""
    return re.sub(r"\A[\s#]+", "", unicodedata.normalize("NFC", raw)).strip()


def tag_key(name: str) -> str:
    """What two spellings of one tag share: tags that differ only in case are one."""
    return unicodedata.normalize("NFC", clean_tag(name).casefold())


def clean_list_name(raw: str) -> str:
    """A playlist's name as it is stored: composed, on one line, trimmed; "" where nothing is left."""
    return " ".join(unicodedata.normalize("NFC", raw).split())


def case_key(name: str) -> str:
    """What two names share that differ only in case, or in how accents are composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def sanitised_key(name: str) -> str:
    """What a name became under the old site's sanitiser, ignoring case.

    Every character of the stem outside [A-Za-z0-9_.-] became "_"; the extension stayed.
    """
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    return f"{re.sub(r'[^A-Za-z0-9_.-]', '_', stem)}{dot}{extension}".casefold()
