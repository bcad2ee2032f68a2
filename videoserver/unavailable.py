"""The answer while the database or the cache can't be reached, or stays locked: not now, rather than an error."""

import logging
import sys
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5
JSON = "application/json"
NOT_NOW = "Not now: the database is busy or away."


class UnavailableMiddleware:
    """Turns a failed connection or a lock that is held for too long into 503 with Retry-After."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page, or for a script JSON."""
        return unavailable(request, exception) if isinstance(exception, OperationalError) else None


def unavailable(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """503, as a page or as JSON. What was done all the same must not be asked for again."""
    logger.warning("%s can't be answered now: %s", request.path, error)
    made = getattr(error, "change_was_made", False)
    if JSON in (request.content_type, request.headers.get("Accept")):
        message = "The change was made; not all pages may show it yet." if made else NOT_NOW
        answer: HttpResponse = JsonResponse({"error": message}, status=503)
    else:
        answer = render(request, "503.html", {"made": made}, status=503)
    if not made:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to an exception that nobody caught: 503 where a middleware could not reach the database."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError):
        return unavailable(request, error)
    return HttpResponse(render_to_string("500.html"), status=500)
