from typing import Any

from django.apps import AppConfig


class ThumbnailsConfig(AppConfig):
    name = "thumbnails"
    verbose_name = "Posters"

    def ready(self) -> None:
        from library.signals import files_changed

        files_changed.connect(enqueue_missing, dispatch_uid="thumbnails")


def enqueue_missing(video_ids: list[int], **_kwargs: Any) -> None:
    """At the end of each scan: its new and changed files, and whatever is missing still."""
    from thumbnails import tasks

    tasks.enqueue_missing(video_ids)
