"""The search's index: made after every migration where any part of it is missing, and kept by triggers from then on."""

from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.db import transaction
from django.db.migrations import Migration

from library.finding import folding
from library.models import Video
from library.querysets import MANY_ROWS, texts


def set_aside(*, plan: list[tuple[Migration, bool]], **kwargs: Any) -> None:
    """Drop the index before the library is migrated: its triggers keep SQLite from taking their columns away.

    Listens to Django's `pre_migrate`.
    """
    if texts.is_indexed() and any(migration.app_label == "library" for migration, _ in plan):
        texts.drop_index()


def ensure(*, apps: Apps = apps, **kwargs: Any) -> None:
    """Make what is missing of the index; listens to Django's `post_migrate`.

    Before the library has words, as after a migration back, there is nothing to make.
    """
    if not texts.is_indexed() or not texts.missing_parts():
        return
    videos = apps.all_models["library"].get("video")
    if videos and any(field.name == "words" for field in videos._meta.get_fields()):
        rebuild()


def rebuild() -> None:
    """Tell the words of all videos, and make the index anew."""
    with transaction.atomic():
        _tell_words()
        if texts.is_indexed():
            texts.make_index()


def _tell_words() -> None:
    last = 0
    while rows := Video.objects.words_after(last)[:MANY_ROWS]:
        told = [(pk, folding.text_of(title, path)) for pk, title, path, words in rows]
        Video.objects.tell_words([(pk, text) for (pk, text), row in zip(told, rows, strict=True) if row[3] != text])
        last = rows[len(rows) - 1][0]
