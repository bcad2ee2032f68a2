"""The site twice in one process: what the monitoring costs is held to it.

Whoever sends the header X-Unmonitored is answered without what times requests. One process, because two that are
equal but for their address spaces differ by more than what is measured.
"""

from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from videoserver.wsgi import application as monitored

settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("monitoring.")]
unmonitored = WSGIHandler()


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """For gunicorn."""
    return (unmonitored if "HTTP_X_UNMONITORED" in environ else monitored)(environ, start_response)
