"""What the admin's lists share."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from library import cards


class VideoChangeList(ChangeList):
    """A page of rows that finds all its posters by one query.

    Which rows are on it is found first, and what they hold then: a database that sorts 100,000 rows sorts them bare.
    """

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        pks = list(self.result_list.values_list("pk", flat=True))
        page = self.apply_select_related(self.root_queryset).filter(pk__in=pks)
        self.result_list = page.order_by(*self.queryset.query.order_by)
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
    """A view's answer, rendered at once, for it may query; the bare address where a number in it can't be one."""
    try:
        answer = view(request, *arguments)
        return answer.render() if isinstance(answer, TemplateResponse) else answer
    except (OverflowError, ValueError) as error:
        if isinstance(error, ValueError) and (request.method == "POST" or not request.GET):
            raise  # no address is to blame
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
