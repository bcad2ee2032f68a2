"""What the monitoring tells, and whom."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from monitoring import callers


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All counts for Prometheus: to programs of this machine, and to staff."""
    from monitoring import metrics as exposition  # the library comes into memory where it is needed

    if not (callers.is_this_machine(request) or callers.is_staff(request)):
        return HttpResponse("For this machine's own programs, and for staff.\n", status=403, content_type="text/plain")
    content_type = "text/plain; version=0.0.4; charset=utf-8"
    return HttpResponse(exposition.text(settings.METRICS_DIR), content_type=content_type)
