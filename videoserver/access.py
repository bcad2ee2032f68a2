"""Who may enter: one rule for every route, by the access mode of the settings."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from videoserver.env import Access


class AccessMiddleware(LoginRequiredMiddleware):
    """In login mode every view needs an account, save those marked `login_not_required`.

    A page sends an anonymous visitor to the sign-in page; a script, a player or an image gets a bare 401.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: Any,
        view_kwargs: Any,
    ) -> HttpResponseBase | None:
        if settings.ACCESS is Access.OPEN:
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("accept", ""):
            return super().handle_no_permission(request, view_func)
        return JsonResponse({"error": "Sign in first."}, status=401)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a write without a valid CSRF token: JSON to JSON, a page to a form."""
    if request.content_type == "application/json":
        return JsonResponse({"error": f"CSRF: {reason}"}, status=403)
    return render(request, "403_csrf.html", status=403)
