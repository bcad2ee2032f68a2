"""The session's cookie."""

from typing import Any

from django.conf import settings
from django.contrib.sessions import middleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class SessionMiddleware(middleware.SessionMiddleware):
    """Marks the cookie of who comes through a proxy's TLS as one for TLS alone.

    No header of a proxy is believed, but a browser itself says from which page a form came. In the home network, where
    there is plain HTTP alone, the cookie stays usable.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        answer = super().process_response(request, response)  # type: ignore[arg-type]
        cookie = answer.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and came_by_tls(request):
            cookie["secure"] = True
        return answer


def came_by_tls(request: HttpRequest) -> bool:
    """Whether a page of our own, loaded by https, sent this."""
    sender = request.META.get("HTTP_ORIGIN") or request.META.get("HTTP_REFERER", "")
    return f"{sender}/".startswith(f"https://{request.get_host()}/")
