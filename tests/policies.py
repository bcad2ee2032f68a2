"""Who may do what, on every route there is. tests/videoserver/test_policies.py holds the site to it.

Whatever writes needs the CSRF token, without exception.
"""

from enum import Enum
from typing import NamedTuple


class Who(Enum):
    """Whom a route is for."""

    ANYONE = "in both modes, without an account too"
    VISITOR = "in open mode anyone, in login mode who has an account"
    ACCOUNT = "in both modes who is signed in; in open mode there is nothing for others"
    STAFF = "staff; others are led to a sign-in"
    STAFF_SCRIPT = "staff; others get 401 or 403 and are led nowhere"
    MACHINE = "staff, and programs of this machine itself"


class Policy(NamedTuple):
    """The rule of one route."""

    address: str
    """An example."""
    who: Who
    methods: tuple[str, ...]
    """GET stands for HEAD too."""


NOTHING: tuple[str, ...] = ()
READ, WRITE, FORM = ("GET",), ("POST",), ("GET", "POST")
HASH = "0" * 32
_DIGEST = r"(?P<digest>[0-9a-f]{32})"

SITE: dict[str, Policy] = {
    # pages
    "": Policy("/", Who.VISITOR, READ),
    "watch/<filepath:path>": Policy("/watch/a.mp4", Who.VISITOR, READ),
    "favorites": Policy("/favorites", Who.VISITOR, READ),
    "best-of": Policy("/best-of", Who.VISITOR, READ),
    "tags": Policy("/tags", Who.VISITOR, READ),
    "tag/<filepath:name>": Policy("/tag/sea", Who.VISITOR, READ),
    "folder/": Policy("/folder/", Who.VISITOR, READ),
    "folder/<filepath:path>": Policy("/folder/a", Who.VISITOR, READ),
    "random": Policy("/random", Who.VISITOR, READ),
    "watch-later": Policy("/watch-later", Who.VISITOR, READ),
    "playlists": Policy("/playlists", Who.VISITOR, READ),
    "playlist/<int:pk>": Policy("/playlist/1", Who.VISITOR, READ),
    "continue": Policy("/continue", Who.VISITOR, READ),
    "recent": Policy("/recent", Who.VISITOR, READ),
    "added": Policy("/added", Who.VISITOR, READ),
    "rediscover": Policy("/rediscover?seed=1", Who.VISITOR, READ),
    "play": Policy("/play?list=all", Who.VISITOR, READ),
    "filters": Policy("/filters", Who.VISITOR, READ),
    # bytes
    "video/<filepath:path>": Policy("/video/a.mp4", Who.VISITOR, READ),
    "stream/<str:token>/<str:name>": Policy("/stream/token/a.mp4", Who.ANYONE, READ),  # the token is what lets in
    "playlist/<filepath:path>.m3u8": Policy("/playlist/a.mp4.m3u8", Who.VISITOR, READ),
    "export.m3u8": Policy("/export.m3u8?list=all", Who.VISITOR, READ),
    rf"^poster/{_DIGEST}-(?P<width>320|640)\.webp\Z": Policy(f"/poster/{HASH}-320.webp", Who.VISITOR, READ),
    rf"^storyboards/{_DIGEST}\.(?P<ending>webp|vtt)\Z": Policy(f"/storyboards/{HASH}.vtt", Who.VISITOR, READ),
    rf"^subtitles/{_DIGEST}\.vtt\Z": Policy(f"/subtitles/{HASH}.vtt", Who.VISITOR, READ),
    # what scripts read
    "library/version": Policy("/library/version", Who.VISITOR, READ),
    "library/tags": Policy("/library/tags", Who.VISITOR, READ),
    "library/curtain": Policy("/library/curtain", Who.VISITOR, READ),
    "library/complete": Policy("/library/complete?q=a", Who.VISITOR, READ),
    "library/smart-lists": Policy("/library/smart-lists", Who.VISITOR, READ),
    "library/playlists": Policy("/library/playlists?filename=a.mp4", Who.VISITOR, READ),
    "library/markers": Policy("/library/markers?filename=a.mp4", Who.VISITOR, READ),
    "get_views": Policy("/get_views", Who.VISITOR, READ),
    "positions": Policy("/positions?video=1", Who.VISITOR, READ),
    "storyboards": Policy("/storyboards?video=1", Who.VISITOR, READ),
    "chapters": Policy("/chapters?video=1", Who.VISITOR, READ),
    "posters": Policy("/posters?video=1", Who.VISITOR, READ),
    # what scripts write
    "rate": Policy("/rate", Who.VISITOR, WRITE),
    "view": Policy("/view", Who.VISITOR, WRITE),
    "tag": Policy("/tag", Who.VISITOR, WRITE),
    "delete_tag": Policy("/delete_tag", Who.VISITOR, WRITE),
    "title": Policy("/title", Who.VISITOR, WRITE),
    "favorite": Policy("/favorite", Who.VISITOR, WRITE),
    "bulk": Policy("/bulk", Who.VISITOR, WRITE),
    "undo": Policy("/undo", Who.VISITOR, WRITE),
    "open_curtain": Policy("/open_curtain", Who.VISITOR, WRITE),
    "set_pin": Policy("/set_pin", Who.VISITOR, WRITE),
    "library/smart-lists/keep": Policy("/library/smart-lists/keep", Who.VISITOR, WRITE),
    "library/smart-lists/rename": Policy("/library/smart-lists/rename", Who.VISITOR, WRITE),
    "library/smart-lists/delete": Policy("/library/smart-lists/delete", Who.VISITOR, WRITE),
    "watch_later": Policy("/watch_later", Who.VISITOR, WRITE),
    "new_playlist": Policy("/new_playlist", Who.VISITOR, WRITE),
    "add_to_playlist": Policy("/add_to_playlist", Who.VISITOR, WRITE),
    "remove_from_playlist": Policy("/remove_from_playlist", Who.VISITOR, WRITE),
    "move_in_playlist": Policy("/move_in_playlist", Who.VISITOR, WRITE),
    "rename_playlist": Policy("/rename_playlist", Who.VISITOR, WRITE),
    "delete_playlist": Policy("/delete_playlist", Who.VISITOR, WRITE),
    "position": Policy("/position", Who.VISITOR, WRITE),
    "leave_position": Policy("/leave_position", Who.VISITOR, WRITE),
    "put_back_position": Policy("/put_back_position", Who.VISITOR, WRITE),
    "watched": Policy("/watched", Who.VISITOR, WRITE),
    "pause_history": Policy("/pause_history", Who.VISITOR, WRITE),
    "clear_history": Policy("/clear_history", Who.VISITOR, WRITE),
    "add_marker": Policy("/add_marker", Who.VISITOR, WRITE),
    "rename_marker": Policy("/rename_marker", Who.VISITOR, WRITE),
    "delete_marker": Policy("/delete_marker", Who.VISITOR, WRITE),
    # people
    "login/": Policy("/login/", Who.ANYONE, FORM),
    "logout/": Policy("/logout/", Who.VISITOR, WRITE),
    "account": Policy("/account", Who.ACCOUNT, FORM),
    "account/sign-out-elsewhere": Policy("/account/sign-out-elsewhere", Who.ACCOUNT, WRITE),
    # programs
    "ping": Policy("/ping", Who.ANYONE, READ),
    "health/live": Policy("/health/live", Who.ANYONE, READ),
    "health/ready": Policy("/health/ready", Who.ANYONE, READ),
    "metrics": Policy("/metrics", Who.MACHINE, READ),
    "favicon.ico": Policy("/favicon.ico", Who.ANYONE, READ),
    # the monitoring's, below the admin's address
    "admin/performance/": Policy("/admin/performance/", Who.STAFF, READ),
    "admin/performance/load/": Policy("/admin/performance/load/", Who.STAFF, READ),
    "admin/performance/retry/": Policy("/admin/performance/retry/", Who.STAFF, WRITE),
    "admin/cache/status/": Policy("/admin/cache/status/", Who.STAFF_SCRIPT, READ),
    "admin/cache/refresh/": Policy("/admin/cache/refresh/", Who.STAFF_SCRIPT, WRITE),
}
"""The routes outside the admin, by their patterns."""

_SUGGESTIONS = "admin/library/video/suggestions/"

ADMIN: dict[str, Policy] = {
    "admin/": Policy("/admin/", Who.STAFF, FORM),
    "admin/login/": Policy("/admin/login/", Who.ANYONE, FORM),
    "admin/logout/": Policy("/admin/logout/", Who.STAFF, WRITE),
    "admin/password_change/": Policy("/admin/password_change/", Who.STAFF, FORM),
    "admin/password_change/done/": Policy("/admin/password_change/done/", Who.STAFF, READ),
    "admin/autocomplete/": Policy(
        "/admin/autocomplete/?app_label=library&model_name=video&field_name=tags", Who.STAFF, READ
    ),
    "admin/jsi18n/": Policy("/admin/jsi18n/", Who.STAFF, READ),
    "admin/r/<path:content_type_id>/<path:object_id>/": Policy("/admin/r/1/1/", Who.STAFF, FORM),
    "admin/^(?P<app_label>library|thumbnails|auth|django_tasks_database)/$": Policy("/admin/library/", Who.STAFF, FORM),
    "admin/(?P<url>.*)$": Policy("/admin/no/such/page", Who.STAFF, FORM),
    "admin/library/entry/<path:object_id>/undo/": Policy("/admin/library/entry/1/undo/", Who.STAFF, FORM),
    "admin/library/tag/merge/": Policy("/admin/library/tag/merge/", Who.STAFF, FORM),
    "admin/library/tag/coach/": Policy("/admin/library/tag/coach/", Who.STAFF, FORM),
    "admin/library/tag/export.csv": Policy("/admin/library/tag/export.csv", Who.STAFF, FORM),
    "admin/library/tag/export.json": Policy("/admin/library/tag/export.json", Who.STAFF, FORM),
    _SUGGESTIONS: Policy(f"/{_SUGGESTIONS}", Who.STAFF, READ),
    f"{_SUGGESTIONS}queue/": Policy(f"/{_SUGGESTIONS}queue/", Who.STAFF_SCRIPT, READ),
    f"{_SUGGESTIONS}<int:pk>/": Policy(f"/{_SUGGESTIONS}1/", Who.STAFF_SCRIPT, READ),
    f"{_SUGGESTIONS}<int:pk>/accept/": Policy(f"/{_SUGGESTIONS}1/accept/", Who.STAFF_SCRIPT, WRITE),
    f"{_SUGGESTIONS}<int:pk>/reject/": Policy(f"/{_SUGGESTIONS}1/reject/", Who.STAFF_SCRIPT, WRITE),
    f"{_SUGGESTIONS}<int:pk>/undo/": Policy(f"/{_SUGGESTIONS}1/undo/", Who.STAFF_SCRIPT, WRITE),
    "admin/auth/user/<id>/password/": Policy("/admin/auth/user/1/password/", Who.STAFF, FORM),
}
"""The admin's own routes, but for those that each model has."""

MODELS = {
    "library/video": "c",
    "library/tag": "acd",
    "library/rating": "c",
    "library/viewcount": "c",
    "library/favorite": "ad",
    "library/playlist": "d",
    "library/pin": "d",
    "library/entry": "c",
    "thumbnails/mediawork": "",
    "django_tasks_database/dbtaskresult": "",
    "auth/group": "acd",
    "auth/user": "acd",
}
"""All that the admin shows, and whether it lets anybody add, change and delete it there."""


def _pages_of(model: str, may: str) -> dict[str, Policy]:
    of = f"admin/{model}/"
    return {
        of: Policy(f"/{of}", Who.STAFF, FORM),
        f"{of}add/": Policy(f"/{of}add/", Who.STAFF, FORM if "a" in may else NOTHING),
        f"{of}<path:object_id>/": Policy(f"/{of}1/", Who.STAFF, FORM),
        f"{of}<path:object_id>/change/": Policy(f"/{of}1/change/", Who.STAFF, FORM if "c" in may else READ),
        f"{of}<path:object_id>/delete/": Policy(f"/{of}1/delete/", Who.STAFF, FORM if "d" in may else NOTHING),
        f"{of}<path:object_id>/history/": Policy(f"/{of}1/history/", Who.STAFF, FORM),
    }


POLICIES = {
    **SITE,
    **ADMIN,
    **{pattern: policy for model, may in MODELS.items() for pattern, policy in _pages_of(model, may).items()},
}
