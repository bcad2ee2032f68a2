"""The curator's view of the library."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from library import cards, wording
from library.models import Favorite, Rating, Tag, Video, ViewCount
from library.querysets import VideoQuerySet


class VideoChangeList(ChangeList):
    """A page of rows that finds all its posters by one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        posters = cards.posters_for([row.pk for row in self.result_list])
        for row in self.result_list:
            row.shown_poster = posters.get(row.pk)


class NumbersInBounds(admin.ModelAdmin[Any]):
    """An address or a form with a number that no database holds leads nowhere, instead of to an error page."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        try:
            return super().get_object(request, object_id, from_field)
        except OverflowError:
            return None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return _or_back(request, super().changelist_view, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return _or_back(request, super().changeform_view, object_id, form_url, extra_context)


def _or_back(request: HttpRequest, view: Callable[..., HttpResponse], *arguments: Any) -> HttpResponse:
    """A view's answer, rendered at once, for it may query; the bare address where a number is out of bounds."""
    try:
        answer = view(request, *arguments)
        return answer.render() if isinstance(answer, TemplateResponse) else answer
    except OverflowError:
        return redirect(request.path)


class WithPoster(NumbersInBounds):
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

    def queryset(self, request: HttpRequest, queryset: VideoQuerySet) -> VideoQuerySet:  # type: ignore[override]
        if self.value() == "there":
            return queryset.present()
        if self.value() == "missing":
            return queryset.missing()
        return queryset


class TaggedFilter(admin.SimpleListFilter):
    """Whether anyone tagged it."""

    title = "tags"
    parameter_name = "tagged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return (("yes", "Tagged"), ("no", "Untagged"))

    def queryset(self, request: HttpRequest, queryset: VideoQuerySet) -> VideoQuerySet:  # type: ignore[override]
        if self.value() == "yes":
            return queryset.with_any_tag()
        if self.value() == "no":
            return queryset.untagged()
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        videos: QuerySet[Any] = super().get_queryset(request)
        return videos.prefetch_related("tags")

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
class TagAdmin(NumbersInBounds):
    """Tags, with how many videos bear each."""

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
class FavoriteAdmin(NumbersInBounds):
    """Marks, in the order of adding."""

    list_display = ("video", "added_at")
    list_select_related = ("video",)
    search_fields = ("video__title", "video__path")
    autocomplete_fields = ("video",)
    ordering = ("-pk",)
