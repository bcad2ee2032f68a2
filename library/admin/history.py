"""The history in the admin: what was done, undoing it, and how one video or tag was at a date."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from library import history, telling
from library.admin.base import NumbersInBounds
from library.facts import TAG
from library.models import Change, Entry
from library.telling import Told

SHOWN = 100
"""Things that an entry's page tells of; the others are counted."""

ENTRIES_A_PAGE = 50


def entry_url(entry_id: int) -> str:
    """An entry's page."""
    return reverse("admin:library_entry_change", args=[entry_id])


def subject_url(told: Told) -> str:
    """The page of the video or tag that is told of; empty where it is no more."""
    return reverse(f"admin:library_{told.kind}_change", args=[told.subject]) if told.is_there else ""


def may_undo(request: HttpRequest) -> bool:
    """Whether this account may take changes back."""
    return bool(request.user.has_perm("library.change_entry"))


def report_done(request: HttpRequest, entry: Entry | None, more: str = "") -> None:
    """Say what was done, with the way to undo it; or that nothing had to be."""
    request.change_was_told = True  # type: ignore[attr-defined]
    if entry is None:
        messages.info(request, "Nothing had to be changed.")
    elif may_undo(request):
        messages.success(
            request,
            format_html('{}. {}<a href="{}">See what changed, or undo it</a>.', entry, more, entry_url(entry.pk)),
        )
    else:
        messages.success(request, f"{entry}. {more}")


def report_when_done(request: HttpRequest, entry: Entry | None) -> None:
    """Keep for `report_all_done` what is a part of a whole that may yet be refused."""
    request.change_was_told = True  # type: ignore[attr-defined]
    request.parts_done = [*getattr(request, "parts_done", ()), entry]  # type: ignore[attr-defined]


def report_all_done(request: HttpRequest) -> None:
    """Say what was kept: the whole was done."""
    for entry in getattr(request, "parts_done", ()):
        report_done(request, entry)


class EntryChangeList(ChangeList):
    """A page of entries that finds by one query each how much they changed, and what undid them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        pks = [row.pk for row in self.result_list]
        touched, undone = Change.objects.counts(pks), Entry.objects.undone_by(pks)
        for row in self.result_list:
            row.touched, row.undone_by = touched.get(row.pk, 0), undone.get(row.pk)


@admin.register(Entry)
class EntryAdmin(NumbersInBounds):
    """What was done, by whom and when. Nothing here is written by hand; what was done can be undone."""

    list_display = ("summary", "when", "actor", "action", "things", "undone")
    list_display_links = ("summary",)
    list_filter = ("action", "at", "actor")
    list_per_page = ENTRIES_A_PAGE
    search_fields = ("summary", "actor")
    ordering = ("-pk",)
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    actions = None

    class Media:
        css = {"all": ("library/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        """Nobody: who may change entries may undo them, which makes another."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return super().has_view_permission(request, obj) or may_undo(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EntryChangeList

    def get_urls(self) -> list[URLPattern]:
        undo = path("<path:object_id>/undo/", self.admin_site.admin_view(self.undo_view), name="library_entry_undo")
        return [undo, *super().get_urls()]

    @admin.display(description="when", ordering="pk")
    def when(self, entry: Entry) -> str:
        """The minute."""
        return telling.moment(entry.at)

    @admin.display(description="things")
    def things(self, entry: Any) -> int:
        """How many videos and tags it changed."""
        return int(entry.touched)

    @admin.display(description="undone")
    def undone(self, entry: Any) -> SafeString | str:
        """By what, where it was."""
        if not entry.undone_by:
            return "–"
        return format_html('<a href="{}">Undone</a>', entry_url(entry.undone_by))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What it did."""
        entry = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, entry):
            raise PermissionDenied
        if entry is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        return self._page_of(request, entry)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """An entry has no history but itself."""
        return redirect("admin:library_entry_change", object_id)

    def undo_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it back, and tell what was kept."""
        if not may_undo(request):
            raise PermissionDenied
        entry = self.get_object(request, unquote(object_id))
        if entry is None:
            raise Http404
        if request.method != "POST":
            return redirect(entry_url(entry.pk))
        done = history.undo(entry)
        return self._page_of(request, entry, done)

    def _page_of(self, request: HttpRequest, entry: Entry, done: history.Undone | None = None) -> TemplateResponse:
        total = entry.changes.count()
        undoing = Entry.objects.undone_by([entry.pk]).get(entry.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": entry.summary,
            "opts": self.opts,
            "media": self.media,
            "entry": entry,
            "told": _linked(telling.tell(list(entry.changes.order_by("pk")[:SHOWN]))),
            "more": max(total - SHOWN, 0),
            "total": total,
            "undoing": Entry.objects.get(pk=undoing) if undoing else None,
            "may_undo": may_undo(request),
            "done": done,
            "kept": _linked(telling.tell_kept(done.kept[:SHOWN])) if done else [],
            "kept_more": max(len(done.kept) - SHOWN, 0) if done else 0,
        }
        return TemplateResponse(request, "admin/library/entry/page.html", context)


def _linked(told: list[Told]) -> list[tuple[str, Told]]:
    return [(subject_url(each), each) for each in told]


class TellsEntries(NumbersInBounds):
    """Says once what was done: the message that leads to the entry takes the place of Django's own."""

    def message_user(
        self, request: HttpRequest, message: Any, level: int | str = messages.INFO, *args: Any, **kwargs: Any
    ) -> None:
        if not (level == messages.SUCCESS and getattr(request, "change_was_told", False)):
            super().message_user(request, message, level, *args, **kwargs)


class WithHistory(TellsEntries):
    """Pages of videos or tags, whose history button leads to what was done to them."""

    history_kind: str

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All that was done to one, the latest first; and how it was at a time that was asked for."""
        subject = self.get_object(request, unquote(object_id))
        if subject is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_view_or_change_permission(request, subject):
            raise PermissionDenied
        pages = Paginator(Change.objects.of(self.history_kind, subject.pk), ENTRIES_A_PAGE)
        page = pages.get_page(request.GET.get("p"))
        changes = list(page.object_list)
        undone = Entry.objects.undone_by(change.entry_id for change in changes)
        asked = request.GET.get("at", "")
        at = _moment_asked(asked)
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {subject}",
            "subtitle": None,
            "opts": self.opts,
            "media": self.media,
            "object": subject,
            "is_tag": self.history_kind == TAG,
            "page": page,
            "rows": [
                (change.entry, told.sentences, undone.get(change.entry_id))
                for change, told in zip(changes, telling.tell(changes), strict=True)
            ],
            "may_see_entries": request.user.has_perm("library.view_entry") or may_undo(request),
            "asked": asked,
            "at": at,
            "state": telling.tell_state(self.history_kind, history.state_at(self.history_kind, subject.pk, at))
            if at
            else None,
        }
        return TemplateResponse(request, "admin/library/object_history.html", context)


def _moment_asked(text: str) -> datetime | None:
    """A time of the household's; a mere day means its end. None for what is no time."""
    try:
        moment = parse_datetime(text)
        day = None if "T" in text or " " in text else parse_date(text)
    except ValueError:
        return None
    if day:
        moment = datetime.combine(day, time.max)
    if moment is None or not 1 < moment.year < 9999:
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
