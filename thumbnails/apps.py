from typing import Any

from django.apps import AppConfig


class ThumbnailsConfig(AppConfig):
    name = "thumbnails"
    verbose_name = "Posters"

    def ready(self) -> None:
        from library.signals import files_changed

        files_changed.connect(after_scan, dispatch_uid="thumbnails")


def after_scan(video_ids: list[int], **_kwargs: Any) -> None:
    """At the end of each scan."""
    from thumbnails import tasks

    tasks.after_scan(video_ids)
