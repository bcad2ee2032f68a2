"""The work on the files, for the staff to look at: a table that the machine writes."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from library.admin.base import WithPoster
from thumbnails import posters, tasks
from thumbnails.models import MediaWork, Storyboard


@admin.register(MediaWork)
class MediaWorkAdmin(WithPoster):
    """Read-only, save that the work can be done again by those who may change it."""

    list_display = ("poster", "video", "state", "attempts", "short_error", "updated_at")
    list_display_links = ("video",)
    list_filter = ("state", "video__storyboard__state")
    list_select_related = ("video",)
    list_per_page = 50
    search_fields = ("video__path", "video__title")
    actions = ("render_again",)
    fields = ("large_poster", "video", "state", "attempts", "error", "storyboard", "size", "updated_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: MediaWork | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MediaWork | None = None) -> bool:
        return False

    def has_render_permission(self, request: HttpRequest) -> bool:
        """Whether the user may have posters drawn: Django asks for the action's permission by this name."""
        return request.user.has_perm("thumbnails.change_mediawork")

    @admin.display(description="poster")
    def large_poster(self, work: MediaWork) -> SafeString | str:
        """The poster, as a way to the page where the video plays."""
        if not work.poster_digest:
            return "–"
        shown = posters.poster_of(work.poster_digest)
        return format_html(
            '<a href="{}"><img src="{}" class="large poster" alt="Watch"></a>',
            work.video.get_absolute_url(),
            shown.large_url,
        )

    @admin.display
    def storyboard(self, work: MediaWork) -> str:
        """What became of it, and why."""
        storyboard = Storyboard.objects.filter(pk=work.pk).first()
        if storyboard is None:
            return "–"
        state = storyboard.get_state_display()
        return f"{state}: {storyboard.error}" if storyboard.error else state

    @admin.display(description="error", ordering="error")
    def short_error(self, work: MediaWork) -> str:
        return Truncator(work.error).chars(80)

    @admin.action(description="Render again", permissions=["render"])
    def render_again(self, request: HttpRequest, works: QuerySet[MediaWork]) -> None:
        chosen = list(works.values_list("pk", flat=True))
        tasks.enqueue_again(chosen)
        self.message_user(request, f"{len(chosen)} will be rendered again.", messages.SUCCESS)
