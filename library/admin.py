"""The curator's view of the library."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from library import cards, wording
from library.models import Favorite, Rating, Tag, Video, ViewCount


class VideoChangeList(ChangeList):
    """A page of rows that finds all its posters by one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        posters = cards.posters_for([row.pk for row in self.result_list])
        for row in self.result_list:
            row.shown_poster = posters.get(row.pk)


class WithPoster(admin.ModelAdmin[Any]):
    """Rows whose primary key is a video's, with its poster first."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return VideoChangeList

    @admin.display(description="poster")
    def poster(self, row: Any) -> SafeString | str:
        """The small poster, linked to nothing: the row's link is beside it."""
        shown = getattr(row, "shown_poster", None)
        if not shown:
            return "–"
        return format_html(
            '<img src="{}" width="128" height="72" class="poster" alt="" loading="lazy">', shown.small_url
        )

    class Media:
        css = {"all": ("library/admin.css",)}


class PresenceFilter(admin.SimpleListFilter):
    """Whether the file is there."""

    title = "file"
    parameter_name = "file"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return (("there", "There"), ("missing", "Missing"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Video]) -> QuerySet[Video]:
        if self.value() == "there":
            return queryset.filter(missing_since=None)
        if self.value() == "missing":
            return queryset.exclude(missing_since=None)
        return queryset


class TaggedFilter(admin.SimpleListFilter):
    """Whether anyone tagged it."""

    title = "tags"
    parameter_name = "tagged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return (("yes", "Tagged"), ("no", "Untagged"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Video]) -> QuerySet[Video]:
        if self.value() == "yes":
            return queryset.filter(tags__isnull=False).distinct()
        if self.value() == "no":
            return queryset.filter(tags=None)
        return queryset


@admin.register(Video)
class VideoAdmin(WithPoster):
    """Videos come from scans: here they are titled and tagged, and never made or lost."""

    list_display = ("poster", "title", "stars", "views", "tag_list", "length", "file_size", "added", "there")
    list_display_links = ("title",)
    list_filter = (PresenceFilter, TaggedFilter, "rating__stars", "added_at")
    list_per_page = 50
    list_select_related = ("rating", "view_count", "favorite")
    search_fields = ("title", "path", "tags__name")
    autocomplete_fields = ("tags",)
    ordering = ("-added_at", "-pk")
    show_facets = admin.ShowFacets.NEVER
    fields = (
        "large_poster", "custom_title", "tags", "added_at", "stars", "views", "path", "missing_since",
        "length", "picture", "codecs", "file_size",
    )  # fmt: skip
    readonly_fields = (
        "large_poster", "stars", "views", "path", "missing_since", "length", "picture", "codecs", "file_size",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Video]:
        return super().get_queryset(request).prefetch_related("tags")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Video | None = None) -> bool:
        return False

    @admin.display(description="poster")
    def large_poster(self, video: Video) -> SafeString | str:
        """The poster, as a way to the page where the video plays."""
        poster = cards.posters_for([video.pk]).get(video.pk)
        if not poster:
            return "–"
        return format_html('<a href="{}"><img src="{}" class="large poster" alt="Watch"></a>',
                           video.get_absolute_url(), poster.large_url)  # fmt: skip

    @admin.display(description="stars", ordering="rating__stars")
    def stars(self, video: Video) -> str:
        """As stars."""
        return "★" * (video.rating.stars or 0) or "–"

    @admin.display(description="views", ordering="view_count__count")
    def views(self, video: Video) -> int:
        """The count."""
        return video.view_count.count

    @admin.display(description="tags")
    def tag_list(self, video: Video) -> str:
        """All of them."""
        return ", ".join(tag.name for tag in video.tags.all()) or "–"

    @admin.display(description="length", ordering="duration")
    def length(self, video: Video) -> str:
        """As players write it."""
        return wording.clock(video.duration) or "–"

    @admin.display(description="picture")
    def picture(self, video: Video) -> str:
        """Pixels."""
        return f"{video.width}×{video.height}" if video.width else "–"

    @admin.display(description="codecs")
    def codecs(self, video: Video) -> str:
        """Container and codecs."""
        return " · ".join(filter(None, (video.container, video.video_codec, video.audio_codec))) or "–"

    @admin.display(description="size", ordering="size")
    def file_size(self, video: Video) -> str:
        """In a unit for people."""
        return filesizeformat(video.size) if video.size else "–"

    @admin.display(description="added", ordering="added_at")
    def added(self, video: Video) -> str:
        """The day."""
        return date_format(video.added_at, "j M Y")

    @admin.display(description="there", boolean=True, ordering="missing_since")
    def there(self, video: Video) -> bool:
        """Whether the file was there at the last scan."""
        return not video.is_missing


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin[Tag]):
    """Tags, with how many videos bear each."""

    list_display = ("name", "video_count")
    search_fields = ("name", "key")
    ordering = ("key",)
    list_per_page = 200

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).annotate(video_count=Count("videos"))

    @admin.display(description="videos", ordering="video_count")
    def video_count(self, tag: Any) -> int:
        """How many videos bear it, missing ones too."""
        return int(tag.video_count)


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
        obj.give(obj.stars, timezone.now())


@admin.register(ViewCount)
class ViewCountAdmin(StandingAdmin):
    """View counts."""

    list_display = ("poster", "video", "count", "last_viewed_at")
    list_display_links = ("video",)
    ordering = ("-count", "-video")
    readonly_fields = ("video", "last_viewed_at")


@admin.register(Favorite)
class FavoriteAdmin(admin.ModelAdmin[Favorite]):
    """Marks, in the order of adding."""

    list_display = ("video", "added_at")
    list_select_related = ("video",)
    search_fields = ("video__title", "video__path")
    autocomplete_fields = ("video",)
    ordering = ("-pk",)
