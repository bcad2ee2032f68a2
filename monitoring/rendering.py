"""Django's templates, timed: what of a request went into rendering."""

from collections.abc import Callable
from time import monotonic_ns
from typing import Any

from django.http import HttpRequest
from django.template.backends.django import DjangoTemplates
from django.utils.safestring import SafeString

from monitoring.spending import RENDER_NS, USED, spent


class TimedTemplates(DjangoTemplates):
    """The template engine, whose templates add their time to that of the thread's request.

    What a template has fetched while it is rendered is rendering too, also where that is SQL.
    """

    def get_template(self, template_name: str) -> Any:
        return _timed(super().get_template(template_name))

    def from_string(self, template_code: str) -> Any:
        return _timed(super().from_string(template_code))


def _timed(template: Any) -> Any:
    render: Callable[..., SafeString] = template.render

    def timed(context: Any = None, request: HttpRequest | None = None) -> SafeString:
        began = monotonic_ns()
        try:
            return render(context, request)
        finally:
            spent.numbers[USED] = 1
            spent.numbers[RENDER_NS] += monotonic_ns() - began

    template.render = timed
    return template
