"""Tags, as a curator sees them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from library.admin.history import WithHistory
from library.facts import TAG
from library.models import Tag


@admin.register(Tag)
class TagAdmin(WithHistory):
    """Tags, with how many videos bear each."""

    history_kind = TAG
    list_display = ("name", "video_count")
    search_fields = ("name", "key")
    ordering = ("key",)
    list_per_page = 200

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        tags: QuerySet[Any] = super().get_queryset(request).annotate(video_count=Count("videos"))
        return tags

    @admin.display(description="videos", ordering="video_count")
    def video_count(self, tag: Any) -> int:
        """How many videos bear it, missing ones too."""
        return int(tag.video_count)
