"""Videos, as a curator sees them."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from library import cards, curating, streaming, telling, wording
from library.admin.base import VideoChangeList, WithPoster
from library.admin.bulk import BulkActions
from library.admin.filters import (
    LengthFilter,
    MediaFilter,
    PresenceFilter,
    StarsFilter,
    StartFilter,
    TaggedFilter,
    TagsFilter,
    TagsForm,
    may_be_id,
)
from library.admin.history import WithHistory, report_done
from library.admin.suggestions import WithSuggestions
from library.curating import Edited
from library.facts import VIDEO
from library.models import Change, Rating, Tag, Video
from library.querysets import VideoQuerySet

LATEST = 5
"""Changes that a video's page tells of; its history has them all."""

LISTED_DUPLICATES = 20
MOST_WORDS = 12
"""Of what is searched for."""


class StarsField(forms.TypedChoiceField):
    """1 to 5, or none."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("", "–"), *Rating._meta.get_field("stars").flatchoices]
        super().__init__(choices=choices, coerce=int, empty_value=None, required=False, **kwargs)


class VideoRowForm(forms.ModelForm[Video]):
    """What can be changed in the list."""

    stars = StarsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["stars"] = self.instance.rating.stars
            self.fields["stars"].widget.attrs["aria-label"] = f"Stars of {self.instance.title}"


class VideoForm(VideoRowForm):
    """What can be changed on a video's own page."""

    is_favorite = forms.BooleanField(label="Favourite", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["is_favorite"] = self.instance.is_favorite
        for field in self.fields.values():
            field.show_hidden_initial = not self.is_bound or self._says_what_was_shown()

    def edited(self) -> Edited:
        """What differs from what the page showed, whatever others changed since."""
        changed, wanted = set(self.changed_data), self.cleaned_data
        chosen = {tag.pk: tag for tag in wanted["tags"]}
        shown = self._shown_tags()
        return Edited(
            title=wanted["custom_title"] if "custom_title" in changed else None,
            added_at=wanted["added_at"] if "added_at" in changed else None,
            stars=(wanted["stars"],) if "stars" in changed else None,
            is_favorite=wanted["is_favorite"] if "is_favorite" in changed else None,
            hung=[tag for pk, tag in chosen.items() if pk not in shown],
            taken_off=list(Tag.objects.among(shown - chosen.keys())),
        )

    def _says_what_was_shown(self) -> bool:
        return self.add_initial_prefix("custom_title") in self.data

    def _shown_tags(self) -> set[int]:
        """The ids of the tags that the page showed; of a form that doesn't say so, those that there are."""
        if not self._says_what_was_shown():
            return set(self.instance.tags.values_list("pk", flat=True))
        shown = cast("QueryDict", self.data).getlist(self.add_initial_prefix("tags"))
        return {int(pk) for pk in shown if may_be_id(pk)}


class StoryboardChangeList(VideoChangeList):
    """A page of videos whose stars can be given there, and whose storyboards are known."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        storyboards = cards.storyboards_for([row.pk for row in self.result_list])
        for row in self.result_list:
            row.shown_storyboard = storyboards.get(row.pk)


@admin.register(Video)
class VideoAdmin(BulkActions, WithSuggestions, WithHistory, WithPoster):  # type: ignore[misc]
    """Videos come from scans: here they are curated, and never made. Each save is one entry in the history."""

    history_kind = VIDEO
    form = VideoForm
    list_display = (
        "hover_poster", "title", "stars", "tag_list", "length", "resolution", "file_size", "added",
    )  # fmt: skip
    list_display_links = ("title",)
    list_filter = (
        TagsFilter, TaggedFilter, StarsFilter, PresenceFilter, MediaFilter, StartFilter, LengthFilter, "added_at",
    )  # fmt: skip
    list_per_page = 50
    list_max_show_all = 200
    list_select_related = ("rating", "view_count", "favorite")
    search_fields = ("title", "path", "tags__name")
    autocomplete_fields = ("tags",)
    ordering = ("-added_at", "-pk")
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("player", "custom_title", "tags", "stars", "is_favorite", "added_at")}),
        (
            "File",
            {"fields": ("path", "missing_since", "length", "picture", "codecs", "file_size", "start", "duplicates")},
        ),
        ("History", {"fields": ("views", "latest_changes")}),
    )
    readonly_fields = (
        "player", "views", "path", "missing_since", "length", "picture", "codecs", "file_size", "start",
        "duplicates", "latest_changes",
    )  # fmt: skip

    @property
    def media(self) -> forms.Media:  # type: ignore[override]
        own = forms.Media(
            css={"all": ["library/admin.css"]},
            js=[Script("library/js/hovering.js", type="module")],  # type: ignore[list-item]
        )
        return super().media + TagsForm().media + own

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        videos: VideoQuerySet = super().get_queryset(request)  # type: ignore[assignment]
        return videos.with_standing().with_tags()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Those that have all of the words."""
        found = cast("VideoQuerySet", queryset)
        for word in search_term.split()[:MOST_WORDS]:
            found = found.saying(word)
        return found, False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StoryboardChangeList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Stars are no column of a video: the list is told here that they can be edited."""
        changes = super().get_changelist_instance(request)
        changes.list_editable = ("stars",)
        return changes

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        return forms.modelformset_factory(Video, VideoRowForm, fields=("stars",), extra=0)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Video | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The stars of all rows that are saved at once are one entry."""
        given: dict[Video, int | None] = {}
        request.stars_given = given  # type: ignore[attr-defined]
        answer = super().changelist_view(request, extra_context)
        if given:
            report_done(request, curating.rate_each(given))
        return answer

    def save_model(self, request: HttpRequest, obj: Video, form: Any, change: bool) -> None:
        """From the list, remember the stars; a page is saved with its tags, by `save_related`."""
        if isinstance(form, VideoRowForm) and not isinstance(form, VideoForm):
            request.change_was_told = True  # type: ignore[attr-defined]
            request.stars_given[obj] = form.cleaned_data["stars"]  # type: ignore[attr-defined]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """All of a page, as one entry; what is left out of the page stays."""
        if not isinstance(form, VideoForm):
            return
        report_done(request, curating.edit(form.instance, form.edited()))

    @admin.display(description="poster")
    def hover_poster(self, video: Any) -> SafeString | str:
        """The small poster; the storyboard takes its place under the pointer."""
        if video.is_missing:
            return "missing"
        poster, storyboard = self.poster(video), video.shown_storyboard
        if not storyboard:
            return poster
        layout = storyboard.layout
        return format_html(
            '<span class="storyboard" data-storyboard="{}" data-tiles="{}" data-columns="{}" data-tile-width="{}" '
            'data-tile-height="{}">{}</span>',
            storyboard.picture_url, layout.tiles, layout.columns, layout.tile_width, layout.tile_height, poster,
        )  # fmt: skip

    @admin.display(description="film")
    def player(self, video: Video) -> SafeString | str:
        """The film itself."""
        if video.is_missing:
            return "The file is not there."
        poster = cards.posters_for([video.pk]).get(video.pk)
        played = Video.objects.with_fast_start().get(pk=video.pk)
        return format_html(
            '<video class="player" controls playsinline preload="metadata" src="{}"{}></video>'
            '<a href="{}">Watch it on the site</a>',
            streaming.address_played(played),
            format_html(' poster="{}"', poster.large_url) if poster else "",
            video.get_absolute_url(),
        )

    @admin.display(description="stars", ordering="rating__stars")
    def stars(self, video: Video) -> str:
        """As stars."""
        return "★" * (video.rating.stars or 0) or "–"

    @admin.display(description="favourite", boolean=True)
    def is_favorite(self, video: Video) -> bool:
        """Whether the household marked it."""
        return video.is_favorite

    @admin.display(description="views", ordering="view_count__count")
    def views(self, video: Video) -> str:
        """The count, and when the last one was."""
        count, last = video.view_count.count, video.view_count.last_viewed_at
        return f"{count}, the last on {date_format(last, 'j M Y')}" if last else str(count)

    @admin.display(description="tags")
    def tag_list(self, video: Video) -> str:
        """All of them."""
        return ", ".join(tag.name for tag in video.tags.all()) or "–"

    @admin.display(description="length", ordering="duration")
    def length(self, video: Video) -> str:
        """As players write it."""
        return wording.clock(video.duration) or "–"

    @admin.display(description="picture", ordering="height")
    def resolution(self, video: Video) -> str:
        """The name that people use, or pixels."""
        return wording.resolution(video.width, video.height) or self.picture(video)

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

    @admin.display(description="start")
    def start(self, video: Video) -> str:
        """How soon it plays, in words."""
        told: str = import_module(settings.LIBRARY_MEDIA).start_in_words(video)
        return told

    @admin.display(description="added", ordering="added_at")
    def added(self, video: Video) -> str:
        """The day."""
        return date_format(video.added_at, "j M Y")

    @admin.display(description="duplicates")
    def duplicates(self, video: Video) -> SafeString | str:
        """Others of the same content, each a way to its page."""
        others = Video.objects.duplicates_of(video)[:LISTED_DUPLICATES]
        rows = ((reverse("admin:library_video_change", args=[other.pk]), other.path) for other in others)
        return format_html_join(SafeString("<br>"), '<a href="{}">{}</a>', rows) or "None"

    @admin.display(description="latest changes")
    def latest_changes(self, video: Video) -> SafeString:
        """What was done to it last, and the way to all of it."""
        changes = list(Change.objects.of(VIDEO, video.pk)[:LATEST])
        rows = [
            (telling.moment(change.entry.at), change.entry.actor, "; ".join(told.sentences))
            for change, told in zip(changes, telling.tell(changes), strict=True)
        ]
        told = format_html_join("", "<li>{}, {}: {}</li>", rows)
        return format_html(
            '<ul class="latest">{}</ul><a href="{}">The whole history</a>',
            told, reverse("admin:library_video_history", args=[video.pk]),
        )  # fmt: skip
