"""The search's index: made after every migration where any part of it is missing, and kept by triggers from then on."""

from typing import Any

from django.db import transaction

from library.finding import folding
from library.models import Video
from library.querysets import MANY_ROWS, texts


def ensure(**kwargs: Any) -> None:
    """Make what is missing of the index; listens to Django's `post_migrate`, as a later migration may lose a part."""
    if texts.is_indexed() and texts.missing_parts():
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
