"""Stars, views and favourites, as a curator sees them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from library import curating
from library.admin.base import NumbersInBounds, WithPoster
from library.models import Favorite, Rating, ViewCount


class StandingAdmin(WithPoster):
    """A row that each video has: it is changed here, never made or deleted."""

    list_select_related = ("video",)
    search_fields = ("video__title", "video__path")
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Rating)
class RatingAdmin(StandingAdmin):
    """Stars, changed in the list."""

    list_display = ("poster", "video", "stars", "rated_at")
    list_display_links = ("video",)
    list_editable = ("stars",)
    list_filter = ("stars",)
    ordering = ("-stars", "-video")
    readonly_fields = ("video", "rated_at")

    def save_model(self, request: HttpRequest, obj: Rating, form: Any, change: bool) -> None:
        curating.rate_all([obj.video], obj.stars)


@admin.register(ViewCount)
class ViewCountAdmin(StandingAdmin):
    """View counts."""

    list_display = ("poster", "video", "count", "last_viewed_at")
    list_display_links = ("video",)
    ordering = ("-count", "-video")
    readonly_fields = ("video", "last_viewed_at")


@admin.register(Favorite)
class FavoriteAdmin(NumbersInBounds):
    """Marks, in the order of adding."""

    list_display = ("video", "added_at")
    list_select_related = ("video",)
    search_fields = ("video__title", "video__path")
    autocomplete_fields = ("video",)
    ordering = ("-pk",)
