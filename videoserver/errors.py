"""The pages of refusals. Django's own views read the form once more, which fails where the form was what was wrong."""

from collections.abc import Callable

from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Of a request that nothing is known of."""
    return HttpResponse(render_to_string("400.html"), status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Of what needs another account."""
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Of what isn't there."""
    return render(request, "404.html", status=404)


class UnknownFieldMiddleware:
    """400 where an address of the admin names a field that there is not; Django takes that for an error of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called for what a view raised."""
        return bad_request(request, exception) if isinstance(exception, FieldDoesNotExist) else None
