"""Errors that are the sender's, and that Django would take for ours."""

from collections.abc import Callable

from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views import defaults


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of what isn't there. Django's own view reads the form that was sent, and fails where nobody can."""
    return render(request, "404.html", status=404)


class UnknownFieldMiddleware:
    """400 where an address of the admin names a field that there is not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Called for what a view raised."""
        return defaults.bad_request(request, exception) if isinstance(exception, FieldDoesNotExist) else None
