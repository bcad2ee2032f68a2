"""Videos, as a curator sees them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from library import cards, wording
from library.admin.base import WithPoster
from library.admin.suggestions import WithSuggestions
from library.models import Video
from library.querysets import VideoQuerySet


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
class VideoAdmin(WithSuggestions, WithPoster):
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
