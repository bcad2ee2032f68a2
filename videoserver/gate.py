"""Whom a request is meant for, and which site's page it comes from: asked before all else, kept pages included.

A name that is not ours is how a foreign page reaches a server at home (DNS rebinding). What a foreign page may do with
our own name is link here. Browsers say where a request comes from (W3C, Fetch Metadata). Who says nothing is no
browser, or an old one, from which the CSRF token, the cookies' SameSite and the other headers protect.
"""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

OURS = frozenset({"same-origin", "none", None})
"""Our own pages, people themselves by address bar or bookmark, and programs. Another port of this host is not ours."""

PROTECTION = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
}
"""Beside Django's own headers: no other site shows our pictures and films, and our pages ask for no camera."""

REFUSAL = {
    **PROTECTION,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class GateMiddleware:
    """Refuses what is meant for another host, and what another site's page does beyond a link."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            request.get_host()
        except DisallowedHost:
            return refused(400, "This server does not answer to that name: VIDEOSERVER_HOSTS lists those it has.")
        if request.META.get("HTTP_SEC_FETCH_SITE") not in OURS and not is_link(request):
            return refused(403, "Pages of other sites may link here, and no more.")
        return self.get_response(request)


def is_link(request: HttpRequest) -> bool:
    """Whether a browser follows a link, to show what is there by itself and not in a frame."""
    sent = request.META
    of_a_page = sent.get("HTTP_SEC_FETCH_MODE") == "navigate" and sent.get("HTTP_SEC_FETCH_DEST") == "document"
    return of_a_page and request.method in ("GET", "HEAD")


def refused(status: int, reason: str) -> HttpResponse:
    """An answer without anything of the library."""
    return HttpResponse(f"{reason}\n", status=status, content_type="text/plain; charset=utf-8", headers=REFUSAL)


class ProtectionMiddleware:
    """Adds our headers to Django's. Comes after the kept pages, so that they are kept along."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in PROTECTION.items():
            response.headers[name] = value
        return response
