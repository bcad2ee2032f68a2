"""Tags, as a curator sees them. All changes go through the services, and can be taken back."""

import csv
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from library import merging, proposing, usage, wording
from library.admin.coach import coach_view
from library.admin.history import WithHistory, report_all_done, report_done, report_when_done
from library.admin.tag_list import TagChangeList, told
from library.curating import EmptyTagError, clean_name
from library.facts import TAG
from library.merging import TagRefusedError
from library.models import Tag, TagAlias, Video
from library.querysets import TagQuerySet

R = TypeVar("R")

EXPORTED = ("name", "videos", "average stars", "last used", "parents", "other names")


class ChoiceFilter(admin.SimpleListFilter):
    """A filter whose choices are methods of the queryset."""

    choices_of: dict[str, tuple[str, Callable[[TagQuerySet], TagQuerySet]]]
    """By their value in the address: the label, and what is left."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self.choices_of.items()]

    def queryset(self, request: HttpRequest, queryset: TagQuerySet) -> TagQuerySet:  # type: ignore[override]
        chosen = self.choices_of.get(self.value() or "")
        return chosen[1](queryset) if chosen else queryset


class UseFilter(ChoiceFilter):
    """How many videos bear it, where they are few."""

    title = "use"
    parameter_name = "use"
    choices_of = {"never": ("Unused", TagQuerySet.without_videos), "once": ("Used once", TagQuerySet.with_one_video)}


class LookAlikeFilter(ChoiceFilter):
    """Whether the coach takes it for another one's double."""

    title = "look-alikes"
    parameter_name = "alike"
    choices_of = {"yes": ("Looks like another", lambda tags: tags.among(proposing.look_alikes()))}


class ParentFilter(ChoiceFilter):
    """Whether it implies another."""

    title = "parents"
    parameter_name = "parents"
    choices_of = {"no": ("No parent", TagQuerySet.without_parent), "yes": ("With a parent", TagQuerySet.with_parent)}


def _or_invalid(check: Callable[[], R]) -> R:
    """What a service's check gives; its refusal as a form's. Raises ValidationError."""
    try:
        return check()
    except (EmptyTagError, TagRefusedError) as refusal:
        raise ValidationError(str(refusal)) from refusal


class TagForm(forms.ModelForm[Tag]):
    """A tag's name and parents."""

    def clean_name(self) -> str:
        """The name as it is stored; one that leads to another tag is refused, with the way to merge the two."""
        name: str = _or_invalid(lambda: clean_name(self.cleaned_data["name"]))
        try:
            merging.refuse_taken(name, self.instance if self.instance.pk else None)
        except TagRefusedError as refusal:
            raise ValidationError(self._way_out(refusal)) from refusal
        return name

    def clean_parents(self) -> list[Tag]:
        """No tag implies itself, by whatever way."""
        parents = list(self.cleaned_data["parents"])
        if self.instance.pk:
            _or_invalid(lambda: merging.refuse_circles(self.instance, parents))
        return parents

    def _way_out(self, refusal: TagRefusedError) -> str:
        if not (self.instance.pk and refusal.other):
            return str(refusal)
        return format_html(
            '{} <a href="{}">Merge them instead</a>.', refusal, merge_url([self.instance.pk, refusal.other.pk])
        )


class AliasForm(forms.ModelForm[TagAlias]):
    """Another name of a tag."""

    def clean_name(self) -> str:
        """The name as it is stored; one that leads to a tag already is refused."""
        name: str = _or_invalid(lambda: clean_name(self.cleaned_data["name"]))
        _or_invalid(lambda: merging.refuse_taken(name, None))
        return name


class AliasInline(admin.TabularInline[TagAlias, Tag]):
    """The names that lead to a tag beside its own: added, or forgotten."""

    model = TagAlias
    form = AliasForm
    fields = ("name",)
    extra = 1
    verbose_name = "other name"
    verbose_name_plural = "other names"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("library.change_tag")

    has_delete_permission = has_view_permission = has_add_permission


def merge_url(ids: Sequence[int]) -> str:
    """The page that shows what merging these tags would change."""
    return f"{reverse('admin:library_tag_merge')}?ids={','.join(map(str, ids))}"


@admin.register(Tag)
class TagAdmin(WithHistory):
    """Tags, with how they are used, what they imply and which names lead to them."""

    history_kind = TAG
    form = TagForm
    inlines = (AliasInline,)
    list_display = ("listed_name", "video_count", "stars", "last_used", "parent_names", "other_names")
    list_filter = (UseFilter, LookAlikeFilter, ParentFilter)
    search_fields = ("name",)
    search_help_text = "Searches the names, and those that tags had before."
    ordering = ("key",)
    list_per_page = 100
    show_facets = admin.ShowFacets.NEVER
    actions = ("merge_selected",)
    fields = ("name", "parents", "children_names", "video_count", "stars", "last_used")
    readonly_fields = ("children_names", "video_count", "stars", "last_used")
    autocomplete_fields = ("parents",)

    class Media:
        css = {"all": ("library/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        tags: QuerySet[Any] = Tag.objects.order_by("key")
        return tags

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TagChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found:
            found.usage = usage.of_tags([found.pk])[found.pk]
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return cast("TagQuerySet", queryset).matching(search_term), False

    def get_inlines(self, request: HttpRequest, obj: Tag | None = None) -> Any:
        return self.inlines if obj else ()

    def get_fields(self, request: HttpRequest, obj: Tag | None = None) -> Any:
        return self.fields if obj else ("name", "parents")

    @admin.display(description="name", ordering="key")
    def listed_name(self, tag: Tag) -> str:
        """As it is spelt; in order whatever the case."""
        return tag.name

    @admin.display(description="videos", ordering="video_count")
    def video_count(self, tag: Any) -> SafeString:
        """How many videos bear it, missing ones too, as a way to them."""
        address = f"{reverse('admin:library_video_changelist')}?all_tags={tag.pk}"
        return format_html('<a href="{}">{}</a>', address, tag.usage.videos)

    @admin.display(description="average stars", ordering="average_stars")
    def stars(self, tag: Any) -> str:
        """Of its videos that have some."""
        return f"★ {tag.usage.average_stars:.1f}" if tag.usage.average_stars else "–"

    @admin.display(description="last used", ordering="last_used")
    def last_used(self, tag: Any) -> str:
        """When the newest of its videos was added."""
        return date_format(tag.usage.last_used, "j M Y") if tag.usage.last_used else "–"

    @admin.display(description="parents")
    def parent_names(self, tag: Tag) -> str:
        """What it implies."""
        return ", ".join(parent.name for parent in tag.parents.all()) or "–"

    @admin.display(description="implied by")
    def children_names(self, tag: Tag) -> str:
        """What implies it."""
        return ", ".join(tag.children.all_names()) or "–"

    @admin.display(description="other names")
    def other_names(self, tag: Tag) -> str:
        """What leads to it beside its name."""
        return ", ".join(alias.name for alias in tag.aliases.all()) or "–"

    # --- Changes ---------------------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            response = super().changeform_view(request, object_id, form_url, extra_context)
        except (EmptyTagError, TagRefusedError) as refusal:  # someone else was quicker than the form's checks
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(request.path)
        report_all_done(request)
        return response

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        if not change:
            obj.pk = merging.make(obj.name).pk
        elif "name" in form.changed_data:
            report_when_done(request, merging.rename(obj, obj.name))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if "parents" in form.changed_data:
            tag = Tag.objects.get(pk=form.instance.pk)
            report_when_done(request, merging.set_parents(tag, form.cleaned_data["parents"]))
        for formset in formsets:
            self.save_formset(request, form, formset, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        added = formset.save(commit=False)
        for alias in formset.deleted_objects:
            report_when_done(request, merging.forget_alias(alias))
        for alias in added:
            report_when_done(request, merging.add_alias(form.instance, alias.name))

    def delete_model(self, request: HttpRequest, obj: Tag) -> None:
        report_done(request, merging.delete([obj]))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        report_done(request, merging.delete(list(queryset)))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """The tags with their numbers of videos, without a row for each tagging."""
        bearers = Video.objects.bearers(tag.pk for tag in objs)
        counts = Tag.objects.bearer_counts(tag.pk for tag in objs)
        told = [f"{tag}: {wording.counted(counts.get(tag.pk, 0), 'video')}" for tag in objs]
        return told, {"tags": len(told), "videos that lose a tag": len(bearers)}, set(), []

    # --- Merging ---------------------------------------------------------------------------------------------

    @admin.action(description="Merge selected tags into one", permissions=["change"])
    def merge_selected(self, request: HttpRequest, queryset: TagQuerySet) -> HttpResponse | None:
        """On to the page that shows what would change."""
        tags = list(Tag.objects.among(queryset.values_list("pk", flat=True)))
        if len(tags) < 2:
            self.message_user(request, "Select two tags or more to merge them.", messages.WARNING)
            return None
        return self._merge_page(request, tags)

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        """What merging would change; by POST with `into` it is done."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        asked = (request.POST if request.method == "POST" else request.GET).get("ids", "")
        tags = list(Tag.objects.among(int(pk) for pk in asked.split(",") if pk.isdecimal() and len(pk) < 19))
        into = next((tag for tag in tags if str(tag.pk) == request.POST.get("into")), None)
        if len(tags) < 2:
            self.message_user(request, "There are no two of these tags any more.", messages.WARNING)
        elif request.method == "POST" and into:
            report_done(request, merging.merge(into, [tag for tag in tags if tag != into]))
        else:
            return self._merge_page(request, tags)
        return redirect("admin:library_tag_changelist")

    def _merge_page(self, request: HttpRequest, tags: Sequence[Tag]) -> HttpResponse:
        previews = merging.previews(tags)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Merge {len(tags)} tags",
            "opts": self.opts,
            "previews": previews,
            "videos": previews[0].own + previews[0].gaining,
            "ids": ",".join(str(tag.pk) for tag in tags),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/library/tag/merge.html", context)

    # --- Pages of its own ------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        def staff(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            return self.admin_site.admin_view(view)

        return [
            path("merge/", staff(self.merge_view), name="library_tag_merge"),
            path("coach/", staff(lambda request: coach_view(self, request)), name="library_tag_coach"),
            path("export.csv", staff(self._or_to_the_list(self.export_csv)), name="library_tag_csv"),
            path("export.json", staff(self._or_to_the_list(self.export_json)), name="library_tag_json"),
            *super().get_urls(),
        ]

    def _exported(self, request: HttpRequest) -> list[tuple[Any, ...]]:
        """A row of EXPORTED for each tag of the list, as it is filtered and sorted."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return [
            (
                tag.name,
                tag.usage.videos,
                tag.usage.average_stars and round(tag.usage.average_stars, 2),
                tag.usage.last_used,
                [parent.name for parent in tag.parents.all()],
                [alias.name for alias in tag.aliases.all()],
            )
            for tag in told(cast("TagChangeList", self.get_changelist_instance(request)).ids())
        ]

    @staticmethod
    def _or_to_the_list(export: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
        """An export; the list, which says what is wrong, for an address that asks for what no list can show."""

        def exported(request: HttpRequest) -> HttpResponse:
            try:
                return export(request)
            except IncorrectLookupParameters:
                return redirect(f"{reverse('admin:library_tag_changelist')}?e=1")

        return exported

    def export_csv(self, request: HttpRequest) -> HttpResponse:
        """The list as a spreadsheet reads it; several names in one cell are parted by semicolons."""
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="tags.csv"'
        writer = csv.writer(response)
        writer.writerow(EXPORTED)
        for *figures, last_used, parents, aliases in self._exported(request):
            row = [*figures, last_used and last_used.isoformat(), "; ".join(parents), "; ".join(aliases)]
            writer.writerow(map(wording.cell, row))
        return response

    def export_json(self, request: HttpRequest) -> JsonResponse:
        """The list as programs read it."""
        keys = [name.replace(" ", "_") for name in EXPORTED]
        rows = [dict(zip(keys, row, strict=True)) for row in self._exported(request)]
        response = JsonResponse({"tags": rows}, json_dumps_params={"ensure_ascii": False, "indent": 2})
        response["Content-Disposition"] = 'attachment; filename="tags.json"'
        return response
