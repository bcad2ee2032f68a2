"""Django's settings: one file, read from the environment. The README's configuration table explains the variables."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF

from videoserver import sqlite
from videoserver.env import BASE_DIR, Access, Environment
from videoserver.localtime import local_time_zone
from videoserver.secret import secret_key

sqlite.prefer_bundled_sqlite()

ENVIRONMENT = Environment.read(os.environ)

# --- Where things lie --------------------------------------------------------------------------------------

VIDEO_ROOTS: list[tuple[str, Path]] = list(ENVIRONMENT.video_roots)
DATA_DIR = ENVIRONMENT.data_dir
THUMBNAILS_DIR = DATA_DIR / "thumbnails"
QUERY_CACHE_DIR = DATA_DIR / "cache" / "queries"
METRICS_DIR = DATA_DIR / "metrics"

# --- Core --------------------------------------------------------------------------------------------------

SECRET_KEY = secret_key(DATA_DIR)
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)
ROOT_URLCONF = "videoserver.urls"
WSGI_APPLICATION = "videoserver.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
USE_I18N = False  # all is in English; looking for translations takes pages a twentieth of their time
TIME_ZONE = local_time_zone()
LANGUAGE_CODE = "en"
APPEND_SLASH = True

INSTALLED_APPS = [
    "videoserver",
    "library",
    "thumbnails",
    "monitoring",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "cachalot",
    "csp",
]

MIDDLEWARE = [
    "monitoring.middleware.TimingMiddleware",
    "videoserver.heads.EmptyHeadMiddleware",
    "videoserver.gate.GateMiddleware",
    "videoserver.page_cache.PageCacheMiddleware",
    "videoserver.gate.ProtectionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "videoserver.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "library.middleware.ActorMiddleware",
    "monitoring.middleware.ServerTimingMiddleware",
    "videoserver.access.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "videoserver.unavailable.UnavailableMiddleware",
    "library.middleware.ForgottenMiddleware",
    "videoserver.errors.UnknownFieldMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "monitoring.rendering.TimedTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database ----------------------------------------------------------------------------------------------

SQLITE_INIT = sqlite.init_command()
"""What every connection to an SQLite file begins with."""

DATABASES = {"default": dj_database_url.parse(ENVIRONMENT.database_url, conn_max_age=None)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    sqlite.leave_psycopg_out()
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",  # a transaction that will write takes its turn at once
        "cached_statements": sqlite.CACHED_STATEMENTS,
        "init_command": SQLITE_INIT,
    }

# --- Query cache: shared by all processes, see monitoring/query_cache.py -----------------------------------

CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "monitoring.file_cache.StampedFileCache",
        "LOCATION": QUERY_CACHE_DIR,
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}
if ENVIRONMENT.redis_url:
    CACHES["default"] = {
        "BACKEND": "monitoring.redis_cache.StampedRedisCache",
        "LOCATION": ENVIRONMENT.redis_url,
        "KEY_PREFIX": "videoserver-queries",
        "OPTIONS": {"COUNTS": QUERY_CACHE_DIR},
    }
CACHALOT_TIMEOUT = ENVIRONMENT.query_cache_seconds
CACHALOT_ONLY_CACHABLE_APPS = ("library", "thumbnails")
CACHALOT_UNCACHABLE_TABLES = (
    "django_migrations",
    *("library_viewing", "library_watchlater", "library_playlist", "library_playlistitem"),  # one account's own
    *("library_position", "library_historypause", "library_marker", "library_pin"),
)

# --- Tasks -------------------------------------------------------------------------------------------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- How the rooms are wired -------------------------------------------------------------------------------

LIBRARY_POSTERS = "thumbnails.posters"
"""A module that knows the posters: `for_videos(ids)` -> {id: library.cards.Poster}, those without one left out. Queries
may fetch `COLUMN` along with their videos, and `of(its values)` gives a poster or None for each.
"""
LIBRARY_STORYBOARDS = "thumbnails.storyboards"
"""A module that knows the storyboards: `for_videos(ids)` -> {id: library.cards.Storyboard}."""
LIBRARY_SUBTITLES = "thumbnails.subtitles"
"""A module that knows the subtitles: queries may fetch `COLUMN` along with their videos, and `of(its value)` gives
library.stage.Subtitles.
"""
LIBRARY_FAST_STARTS = "thumbnails.faststart"
"""A module that knows copies that start fast: queries may fetch `COLUMN`, a copy's name, along with their videos, and
`open_copy(video, its name)` gives an open file, or None where it is not to be played any more.
"""
LIBRARY_MEDIA = "thumbnails.mending"
"""A module that knows what became of the work on the files: `failed(videos)` narrows a queryset to those whose work
failed, `count_failed()` counts them, `again(ids)` has it done once more by accounts with the permission MAY_MEND. It
also knows which films start late, as their index lies at the end, and can have them start fast.
"""

MONITORING_QUEUE = "thumbnails.reporting"
"""A module that knows the work in the background, with the functions that monitoring/sources.py calls."""

MONITORING_LIBRARY = "library.totals"
"""A module whose `totals()` tells how much the library holds: {what: how many}."""

# --- Static files ------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "videoserver.staticfiles.HashedStaticFiles"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
FILE_UPLOAD_PERMISSIONS = 0o600  # of the collected files, as of all in the data dir

# --- People ------------------------------------------------------------------------------------------------

ACCESS = ENVIRONMENT.access
"""AUTO is resolved by `serve` from the address that it binds to; anything else that runs us gets LOGIN."""
if ACCESS is Access.AUTO:
    ACCESS = Access.LOGIN
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- Security ----------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY: dict[str, dict[str, list[Any]]] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Django's admin draws its small icons from data: URLs
        "media-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.https_origins  # of a proxy that speaks TLS for us; its headers are not believed
CSRF_FAILURE_VIEW = "videoserver.access.csrf_failure"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
FILE_UPLOAD_HANDLERS = ["videoserver.uploads.NoUploads"]
# A household's server speaks plain HTTP in the home network, where these four would lock its people out:
# HSTS, redirect to HTTPS, and cookies for HTTPS alone. A TLS proxy in front can set the first two itself;
# the session's cookie of who comes through one is for HTTPS alone, see sessions.py.
SILENCED_SYSTEM_CHECKS = [
    "security.W004",
    "security.W008",
    "security.W010",
    "security.W016",
    "cachalot.W001",  # the backends are our own
]

# --- Logging -----------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django_tasks": {"level": "WARNING"},
        "django_tasks_db": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},  # who asks for what isn't there is no trouble of ours
        "django.security": {"level": "CRITICAL"},  # nor is who sends nonsense
        "django.security.csrf": {"level": "WARNING"},  # but it may be a proxy whose name we don't know
    },
}

# --- Debugging ---------------------------------------------------------------------------------------------

if DEBUG:
    INSTALLED_APPS.append("debug_toolbar")
    MIDDLEWARE.remove("videoserver.page_cache.PageCacheMiddleware")
    MIDDLEWARE.insert(3, "debug_toolbar.middleware.DebugToolbarMiddleware")
    INTERNAL_IPS = ["127.0.0.1", "::1"]
    CONTENT_SECURITY_POLICY["DIRECTIVES"] |= {"script-src": [SELF, NONCE], "style-src": [SELF, NONCE]}
