"""Stars, views and favourites, as a curator sees them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from library import curating
from library.admin.base import WithPoster
from library.admin.history import TellsEntries, report_done
from library.models import Favorite, Rating, Video, ViewCount


class StandingAdmin(TellsEntries, WithPoster):
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
    ordering = ("-stars", "-pk")
    readonly_fields = ("video", "rated_at")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return self._rating(request, super().changelist_view, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._rating(request, super().changeform_view, object_id, form_url, extra_context)

    def _rating(self, request: HttpRequest, view: Callable[..., HttpResponse], *arguments: Any) -> HttpResponse:
        """The stars of all rows that are saved at once are one entry."""
        given: dict[Video, int | None] = {}
        request.stars_given = given  # type: ignore[attr-defined]
        answer = view(request, *arguments)
        if given:
            report_done(request, curating.rate_each(given))
        return answer

    def save_model(self, request: HttpRequest, obj: Rating, form: Any, change: bool) -> None:
        request.change_was_told = True  # type: ignore[attr-defined]
        if form.has_changed():
            request.stars_given[obj.video] = obj.stars  # type: ignore[attr-defined]


@admin.register(ViewCount)
class ViewCountAdmin(StandingAdmin):
    """View counts."""

    list_display = ("poster", "video", "count", "last_viewed_at")
    list_display_links = ("video",)
    ordering = ("-count", "-pk")
    readonly_fields = ("video", "last_viewed_at")

    def save_model(self, request: HttpRequest, obj: ViewCount, form: Any, change: bool) -> None:
        report_done(request, curating.set_views(obj.video, obj.count))


@admin.register(Favorite)
class FavoriteAdmin(TellsEntries):
    """Marks, in the order of adding."""

    list_display = ("video", "added_at")
    list_select_related = ("video",)
    search_fields = ("video__title", "video__path")
    autocomplete_fields = ("video",)
    ordering = ("-pk",)
    list_per_page = 50

    def has_change_permission(self, request: HttpRequest, obj: Favorite | None = None) -> bool:
        """A mark is set or taken off; there is nothing in it to change."""
        return False

    def save_model(self, request: HttpRequest, obj: Favorite, form: Any, change: bool) -> None:
        report_done(request, curating.favor_all([obj.video], marked=True))
        obj.pk = Favorite.objects.get(video=obj.video).pk

    def delete_model(self, request: HttpRequest, obj: Favorite) -> None:
        report_done(request, curating.favor_all([obj.video], marked=False))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Favorite]) -> None:
        videos = [mark.video for mark in queryset.select_related("video")]
        report_done(request, curating.favor_all(videos, marked=False))
