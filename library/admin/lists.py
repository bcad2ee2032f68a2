"""Everybody's playlists, to be looked at: they are changed where they are shown, by whom they belong to."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from library.admin.base import NumbersInBounds
from library.models import Pin, Playlist, PlaylistItem

MOST_TOLD = 200


@admin.register(Playlist)
class PlaylistAdmin(NumbersInBounds):
    """Playlists, the last changed first."""

    list_display = ("name", "whose", "number", "changed_at")
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("name", "owner__username")
    fields = ("name", "whose", "number", "made_at", "changed_at", "videos")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Playlist | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Playlist]:
        return super().get_queryset(request).with_numbers()  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="owner", ordering="owner__username")
    def whose(self, playlist: Playlist) -> str:
        """The account, or who shares it."""
        return playlist.owner.get_username() if playlist.owner else "those who are not signed in"

    @admin.display(description="videos", ordering="number")
    def number(self, playlist: Any) -> int:
        """How many it holds."""
        return int(playlist.number)

    @admin.display(description="which")
    def videos(self, playlist: Playlist) -> str:
        """The first of them, a line for each."""
        items = PlaylistItem.objects.in_list(playlist)
        return "\n".join(items.titles(MOST_TOLD)) or "–"


@admin.register(Pin)
class PinAdmin(NumbersInBounds):
    """PINs of the curtain, to be taken off where somebody has forgotten theirs."""

    list_display = ("__str__", "misses", "missed_at")
    list_select_related = ("owner",)
    fields = ("owner", "misses", "missed_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Pin | None = None) -> bool:
        return False
