"""What curators do to many videos at once: each is one change, with one entry in the history."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from library import curating, naming, titling
from library.admin.filters import TagsField
from library.admin.history import report_done
from library.models import Entry, Rating, Video
from library.querysets import VideoQuerySet
from library.titling import Named
from library.wording import counted

if TYPE_CHECKING:
    from library.pruning import PruneReport

PREVIEWED = 10
LISTED = 100


class AddTagsForm(forms.Form):
    """Tags that there are, or a new one."""

    tags = TagsField(required=False)
    new = forms.CharField(
        label="New tag", required=False, max_length=naming.MAX_TAG_LENGTH, help_text="One that is not there yet."
    )

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        if new:
            try:
                return curating.clean_name(new)
            except curating.EmptyTagError as error:
                raise forms.ValidationError(str(error)) from error
        return ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.names():
            raise forms.ValidationError("Choose a tag.")
        return cleaned

    def names(self) -> list[str]:
        """What was chosen."""
        new = [self.cleaned_data["new"]] if self.cleaned_data.get("new") else []
        return [tag.name for tag in self.cleaned_data.get("tags") or ()] + new


class RemoveTagsForm(forms.Form):
    """Tags that there are."""

    tags = TagsField()

    def names(self) -> list[str]:
        """What was chosen."""
        return [tag.name for tag in self.cleaned_data["tags"]]


class StarsForm(forms.Form):
    """1 to 5, or none."""

    stars = forms.TypedChoiceField(
        choices=[*Rating._meta.get_field("stars").flatchoices[::-1], ("0", "None")],
        coerce=lambda text: int(text) or None, empty_value=None, widget=forms.RadioSelect,
    )  # fmt: skip


class TitleForm(forms.Form):
    """A pattern, and where its numbers begin."""

    pattern = forms.CharField(
        required=False, max_length=naming.MAX_TITLE_LENGTH, strip=False, initial="{title}",
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="{title}: as it is. {name}: from the file's name. {folder}: the folder's name. {number}: in the "
        "order of the list. Empty: the file's name speaks again.",
    )  # fmt: skip
    first = forms.IntegerField(label="First number", min_value=0, max_value=10**9, initial=1)

    def clean_pattern(self) -> str:
        pattern: str = self.cleaned_data["pattern"]
        try:
            titling.check(pattern)
        except titling.PatternError as error:
            raise forms.ValidationError(str(error)) from error
        return pattern

    def titles(self, videos: Sequence[Video]) -> list[str]:
        """What the pattern makes of them."""
        named = [Named(video.title, video.path) for video in videos]
        return list(titling.titles(self.cleaned_data["pattern"], named, self.cleaned_data["first"]))


class Question(NamedTuple):
    """What is asked before something is done to many videos."""

    title: str
    button: str
    form: forms.Form | None = None
    preview: Sequence[tuple[str, str]] = ()
    """(old, new) titles."""
    can_preview: bool = False
    warning: str = ""
    listed: Sequence[str] = ()
    more: int = 0


class BulkActions:
    """The actions of the list of videos."""

    actions = (
        "add_tags", "remove_tags", "set_stars", "favor", "unfavor", "set_titles", "render_again", "start_fast",
        "forget",
    )  # fmt: skip
    opts: Any
    media: forms.Media
    admin_site: admin.AdminSite

    @admin.action(description="Add tags", permissions=["change"])
    def add_tags(self, request: HttpRequest, queryset: VideoQuerySet) -> HttpResponse | None:
        form = AddTagsForm(request.POST if "apply" in request.POST else None)
        if form.is_valid():
            return _done(request, curating.tag_all(queryset.chosen(), form.names()))
        return self._ask(request, queryset, Question("Add tags", "Add tags", form))

    @admin.action(description="Remove tags", permissions=["change"])
    def remove_tags(self, request: HttpRequest, queryset: VideoQuerySet) -> HttpResponse | None:
        form = RemoveTagsForm(request.POST if "apply" in request.POST else None)
        if form.is_valid():
            return _done(request, curating.untag_all(queryset.chosen(), form.names()))
        return self._ask(request, queryset, Question("Remove tags", "Remove tags", form))

    @admin.action(description="Set stars", permissions=["change"])
    def set_stars(self, request: HttpRequest, queryset: VideoQuerySet) -> HttpResponse | None:
        form = StarsForm(request.POST if "apply" in request.POST else None)
        if form.is_valid():
            return _done(request, curating.rate_all(queryset.chosen(), form.cleaned_data["stars"]))
        return self._ask(request, queryset, Question("Set stars", "Set stars", form))

    @admin.action(description="Make favourites", permissions=["change"])
    def favor(self, request: HttpRequest, queryset: VideoQuerySet) -> HttpResponse:
        return _done(request, curating.favor_all(queryset.chosen(), marked=True))

    @admin.action(description="Make favourites no more", permissions=["change"])
    def unfavor(self, request: HttpRequest, queryset: VideoQuerySet) -> HttpResponse:
        return _done(request, curating.favor_all(queryset.chosen(), marked=False))

    @admin.action(description="Set titles by a pattern", permissions=["change"])
    def set_titles(self, request: HttpRequest, queryset: VideoQuerySet) -> HttpResponse | None:
        asked = "apply" in request.POST or "preview" in request.POST
        form = TitleForm(request.POST if asked else None)
        videos = queryset.chosen()
        preview: list[tuple[str, str]] = []
        if form.is_valid():
            titles = form.titles(videos)
            if "apply" in request.POST:
                return _done(request, curating.title_all(dict(zip(videos, titles, strict=True))))
            told = (title or naming.title_from(video.path) for video, title in zip(videos, titles, strict=True))
            preview = list(islice(zip((video.title for video in videos), told, strict=False), PREVIEWED))
        return self._ask(
            request, queryset, Question("Set titles by a pattern", "Set titles", form, preview, can_preview=True)
        )

    @admin.action(description="Draw posters and storyboards again", permissions=["mend"])
    def render_again(self, request: HttpRequest, queryset: VideoQuerySet) -> None:
        chosen = [video.pk for video in queryset.chosen()]
        import_module(settings.LIBRARY_MEDIA).again(chosen)
        messages.success(request, f"Posters and storyboards of {counted(len(chosen), 'video')} will be drawn again.")

    @admin.action(description="Start fast: play a copy with the index in front", permissions=["mend"])
    def start_fast(self, request: HttpRequest, queryset: VideoQuerySet) -> None:
        number = import_module(settings.LIBRARY_MEDIA).start_fast([video.pk for video in queryset.chosen()])
        if number:
            messages.success(request, f"Of {counted(number, 'video')} a copy that starts fast will be made.")
        else:
            messages.info(request, "None of the selected videos starts late.")

    @admin.action(description="Forget the missing", permissions=["forget"])
    def forget(self, request: HttpRequest, queryset: VideoQuerySet) -> HttpResponse | None:
        from library import pruning  # here: with it come the scanner and all that it reads folders with

        report = pruning.find_among(video.pk for video in queryset.chosen())
        if not report.lost:
            spared = f"; {counted(len(report.spared), 'video')} may only be away" if report.spared else ""
            messages.warning(request, f"None of the selected videos is known to be gone{spared}.")
            return None
        if "apply" in request.POST:
            _forget(request, report)
            return None
        told = [
            f"{lost.title} ({lost.path}): {counted(lost.stars or 0, 'star')}, {counted(lost.views, 'view')}, "
            f"{counted(lost.tags, 'tag')}"
            for lost in report.lost[:LISTED]
        ]
        warning = (
            f"{counted(len(report.lost), 'missing video')} will be forgotten, with stars, views and tags. This can't "
            "be undone. What they had is written to a folder in the data dir first."
        )
        more = len(report.lost) - len(told)
        return self._ask(
            request, queryset, Question("Forget the missing", "Forget them", warning=warning, listed=told, more=more)
        )

    def has_mend_permission(self, request: HttpRequest) -> bool:
        """Whether posters may be drawn again: Django asks for an action's permission by this name."""
        return bool(request.user.has_perm(import_module(settings.LIBRARY_MEDIA).MAY_MEND))

    def has_forget_permission(self, request: HttpRequest) -> bool:
        """Whether videos may be forgotten."""
        return bool(request.user.has_perm("library.delete_video"))

    def _ask(self, request: HttpRequest, queryset: VideoQuerySet, question: Question) -> TemplateResponse:
        """The page between choosing an action and having it done."""
        form_media = question.form.media if question.form else forms.Media()
        context = {
            **self.admin_site.each_context(request),
            "title": question.title,
            "opts": self.opts,
            "media": self.media + form_media,
            "question": question,
            "number": queryset.count(),
            "action": request.POST["action"],
            "across": request.POST.get("select_across", "0"),
            "chosen": _kept(request),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/library/video/bulk.html", context)


def _kept(request: HttpRequest) -> list[str]:
    """What the next page must send again: one box is enough where all pages are meant."""
    chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
    return chosen[:1] if request.POST.get("select_across") == "1" else chosen


def _done(request: HttpRequest, entry: Entry | None) -> HttpResponse:
    report_done(request, entry)
    return redirect(request.get_full_path())


def _forget(request: HttpRequest, report: PruneReport) -> None:
    from library import exporting, pruning

    try:
        done = pruning.forget(report)
    except exporting.ExportRefusedError as error:
        messages.error(request, f"Nothing was forgotten: the export failed. {error}")
    else:
        spared = f" {counted(len(done.spared), 'video')} may only be away and stayed." if done.spared else ""
        messages.success(
            request, f"{counted(done.forgotten, 'video')} forgotten. What they had is in {done.export}.{spared}"
        )
