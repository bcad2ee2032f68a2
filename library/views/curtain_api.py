"""The JSON routes of the curtain, in the manner of api.py. Whether it is drawn, each browser knows by itself."""

from collections.abc import Callable

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from library import curtain
from library.views.api import Payload, RefusedError, answered, payload_route
from library.views.lookup import owner_of

LONGEST = 100


@never_cache
@require_safe
def has_pin(request: HttpRequest) -> JsonResponse:
    """Whether the curtain of who asks opens to a PIN alone: {"pin": true}."""
    return answered(lambda: {"pin": curtain.has_pin(owner_of(request))})


@payload_route
def open_curtain(request: HttpRequest, payload: Payload) -> Payload:
    """Open it by the `pin`, if there is one."""
    _try(lambda: curtain.give(owner_of(request), text_in(payload, "pin")))
    return {}


@payload_route
def set_pin(request: HttpRequest, payload: Payload) -> Payload:
    """Have a `new` PIN instead of the present `pin`; an empty one is none."""
    new = text_in(payload, "new")
    _try(lambda: curtain.change(owner_of(request), text_in(payload, "pin"), new))
    return {"pin": bool(new)}


def text_in(payload: Payload, name: str) -> str:
    """A short text that a payload gives, or "". Raises RefusedError."""
    text = payload.get(name, "")
    if not isinstance(text, str) or len(text) > LONGEST:
        raise RefusedError(400, f"{name} is no PIN.")
    return text


def _try(act: Callable[[], None]) -> None:
    try:
        act()
    except curtain.TooManyAttemptsError as error:
        raise RefusedError(429, str(error)) from None
    except curtain.PinError as error:
        raise RefusedError(403, str(error)) from None
