"""The list of tags in the admin, each with how it is used."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from library import usage
from library.models import Tag


class TagChangeList(ChangeList):
    """A list of tags that can be sorted by how they are used, which no column says."""

    by_usage: Sequence[str] = ()

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        asked = [str(order) for order in super().get_ordering(request, queryset)]
        self.by_usage = [order for order in asked if order.removeprefix("-") in usage.ORDERS]
        return [order for order in asked if order not in self.by_usage]

    def ids(self) -> list[int]:
        """Of all pages, in order."""
        return usage.in_order(self.queryset.values_list("pk", flat=True), self.by_usage)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        pks = [tag.pk for tag in self.result_list]
        if self.by_usage:
            shows_all = self.show_all and self.can_show_all
            start = 0 if shows_all else (self.page_num - 1) * self.list_per_page
            pks = self.ids()[start : start + len(pks)]
        self.result_list = told(pks)


def told(pks: Sequence[int]) -> list[Any]:
    """Tags with their kin, each with how it is used; those that are gone are left out."""
    found, used = Tag.objects.among(pks).with_kin().in_bulk(), usage.of_tags(pks)
    tags: list[Any] = [found[pk] for pk in pks if pk in found]
    for tag in tags:
        tag.usage = used[tag.pk]
    return tags
