"""Playlist files for players outside the browser, such as VLC and Kodi: extended M3U, in UTF-8.

They have none of the browser's cookies. Where an account is needed, each address carries a signature instead, which
holds for LINK_DAYS, and no longer than its account is active and keeps its password.
"""

from array import array
from collections.abc import Callable, Iterator
from urllib.parse import quote

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from library import naming
from library.cards import SAFE_IN_PATHS
from library.locking import reading_afresh
from library.models import Video
from library.querysets import Ids, batches

LINK_SALT = "library.playlists.link"
LINK_DAYS = 30
AT_A_TIME = 1_000
COMMA = "\N{SINGLE LOW-9 QUOTATION MARK}"
"""What stands for a comma in a title: VLC takes what is before one for the artist."""

Address = Callable[[str], str]
"""The absolute address of a path's bytes."""


def begin() -> str:
    """The first line."""
    return "#EXTM3U\n"


def entry(title: str, seconds: float, address: str) -> str:
    """A video; whatever its title holds takes one line."""
    one_line = "".join(c if c.isprintable() else " " for c in title).replace(",", COMMA)
    return f"#EXTINF:{round(seconds) or -1},{one_line}\n{address}\n"


def export(ids: Ids | list[int], address: Address) -> Iterator[str]:
    """A playlist of those videos that are there, in parts of AT_A_TIME: no more than that and the ids are in memory."""
    with reading_afresh():
        pks = array("q", ids if isinstance(ids, list) else ids.iterator())
    yield begin()
    for part in batches(pks, AT_A_TIME):
        with reading_afresh():
            rows = Video.objects.to_play(part)
        yield "".join(entry(row.title, row.duration, address(row.path)) for row in rows)


def plain_addresses(root: str) -> Address:
    """Addresses for where anybody may watch; `root` is the site's, without a slash at the end."""
    start = root + reverse("video", args=["-"])[:-1]
    return lambda path: start + quote(path, safe=SAFE_IN_PATHS)


def signed_addresses(root: str, account: AbstractBaseUser) -> Address:
    """Addresses with which somebody watches in the name of an account."""
    start = root + reverse("stream", args=["-", "-"])[:-3]
    seal = _seal(account)
    return lambda path: f"{start}{sign(path, account.pk, seal)}/{quote(naming.base_name(path), safe=SAFE_IN_PATHS)}"


def sign(path: str, account_id: int, seal: str) -> str:
    """The token of one video for one account."""
    return signing.dumps([path, account_id, seal], salt=LINK_SALT)


def path_of_link(token: str) -> str | None:
    """The path that a token stands for; None for a false or an old one, or when its account may not watch any more."""
    try:
        path, account_id, seal = signing.loads(token, salt=LINK_SALT, max_age=LINK_DAYS * 86_400)
    except signing.BadSignature:
        return None
    account = get_user_model()._default_manager.filter(pk=account_id, is_active=True).first()
    return str(path) if account and constant_time_compare(seal, _seal(account)) else None


def _seal(account: AbstractBaseUser) -> str:
    """What is another one as soon as the account has another password."""
    return account.get_session_auth_hash()[:16]
