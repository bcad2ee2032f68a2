"""What happens around each request."""

from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from library.acting import Actor, acting

VISITOR = "a visitor"
"""Who changes something without an account."""

FORGOTTEN = "This is not there any more."


class ActorMiddleware:
    """Lets the history say who made a request's changes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        def who() -> Actor:
            user = request.user
            return Actor(user.get_username(), user.pk) if user.is_authenticated else Actor(VISITOR)

        with acting(who):
            return self.get_response(request)


class ForgottenMiddleware:
    """404 where what a change is about, a video as a rule, was forgotten while it was made; nothing was changed.

    What is looked up before a transaction begins may be gone in it: the database then refuses what would hang on it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page, or for a script JSON."""
        if request.method != "POST" or not _is_about_what_is_gone(exception):
            return None
        if request.content_type == "application/json":
            return JsonResponse({"error": FORGOTTEN}, status=404)
        return render(request, "404.html", status=404)


def _is_about_what_is_gone(error: Exception) -> bool:
    if isinstance(error, IntegrityError):
        return "foreign key" in str(error).lower()
    return isinstance(error, ObjectDoesNotExist)
