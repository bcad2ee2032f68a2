"""Who asks."""

from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.request import split_domain_port

FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_VIA")
LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}
LOOPBACK_ADDRESSES = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def is_staff(request: HttpRequest) -> bool:
    """Whether it is somebody signed in who may use the admin; nobody is, while the database can't tell."""
    user: Any = request.user
    try:
        return bool(user.is_active and user.is_staff)
    except DatabaseError:
        return False


def is_this_machine(request: HttpRequest) -> bool:
    """Whether a program of this machine asks for itself. A proxy's visitors come from here too, but by another name."""
    name = split_domain_port(request.get_host())[0]
    is_direct = not any(header in request.META for header in FORWARDED)
    return is_direct and name in LOOPBACK_NAMES and request.META.get("REMOTE_ADDR") in LOOPBACK_ADDRESSES
