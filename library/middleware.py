"""What happens around each request."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from library.acting import Actor, acting

VISITOR = "a visitor"
"""Who changes something without an account."""


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
