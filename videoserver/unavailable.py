"""The answer while the database or the cache can't be reached, or stays locked: not now, rather than an error."""

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5
JSON = "application/json"


class UnavailableMiddleware:
    """Turns a failed connection or a lock that is held for too long into 503 with Retry-After."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page, or for a script JSON."""
        if not isinstance(exception, OperationalError):
            return None
        logger.warning("%s can't be answered now: %s", request.path, exception)
        if JSON in (request.content_type, request.headers.get("Accept")):
            answer: HttpResponse = JsonResponse({"error": f"Not now: {exception}"}, status=503)
        else:
            answer = render(request, "503.html", status=503)
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        return answer
