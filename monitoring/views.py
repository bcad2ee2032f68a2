"""What the monitoring tells, and whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from monitoring import callers, dashboard, health, loadruns, query_cache, sources
from monitoring.dashboard import SPANS, Dashboard
from monitoring.models import LoadRun
from monitoring.routes import ROUTE_COLUMNS

View = Callable[..., HttpResponse]


def _staff_alone(view: View) -> View:
    """For scripts: others get a bare 403, and no way to the sign-in."""

    @login_not_required
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not callers.is_staff(request):
            return JsonResponse({"error": "For staff."}, status=403)
        return view(request, *args, **kwargs)

    return guarded


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All counts for Prometheus: to programs of this machine, and to staff."""
    from monitoring import metrics as exposition  # the library comes into memory where it is needed

    if not (callers.is_this_machine(request) or callers.is_staff(request)):
        return HttpResponse("For this machine's own programs, and for staff.\n", status=403, content_type="text/plain")
    content_type = "text/plain; version=0.0.4; charset=utf-8"
    return HttpResponse(exposition.text(settings.METRICS_DIR), content_type=content_type)


@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Whether the process answers at all."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Whether the site can do its work; to staff also why it can't."""
    checks = health.check_all()
    ok = all(check.ok or not check.hinders for check in checks)
    answer: dict[str, Any] = {"status": "ok" if ok else "not ready"}
    if callers.is_staff(request):
        answer["checks"] = {check.name: check.reason or "ok" for check in checks}
    return JsonResponse(answer, status=200 if ok else 503)


@require_safe
def performance(request: HttpRequest) -> HttpResponse:
    """The dashboard, or with `?part=content` that of it which changes."""
    span = SPANS.get(request.GET.get("span", ""), SPANS["15m"])
    sort = request.GET.get("sort", "")
    if sort not in {key for key, _, _ in ROUTE_COLUMNS}:
        sort = "p95"
    shown = Dashboard(span, sort, descending=request.GET.get("order", "desc") != "asc")
    context = {"dashboard": shown, "may_retry": _may_retry(request)}
    if request.GET.get("part") == "content":
        return render(request, "monitoring/performance_content.html", context)
    context |= admin.site.each_context(request) | {"title": "Performance"}
    return render(request, "monitoring/performance.html", context)


@require_safe
def load_runs(request: HttpRequest) -> HttpResponse:
    """Past load tests; with `?run=…&run=…` two of them side by side, the older first."""
    runs = LoadRun.objects.latest_first(loadruns.MOST_RUNS)
    asked = request.GET.getlist("run")
    chosen = sorted((run for run in runs if str(run.pk) in asked), key=lambda run: (run.at, run.pk))
    context = {
        "title": "Load tests", "runs": runs, "chosen": chosen, "chart": loadruns.chart(runs) if runs else None,
        "differences": loadruns.compared(*chosen) if len(chosen) == 2 else [],
    }  # fmt: skip
    return render(request, "monitoring/load_runs.html", admin.site.each_context(request) | context)


@require_POST
def retry(request: HttpRequest) -> HttpResponse:
    """Do what was given up once more: one piece of work, or all."""
    if not _may_retry(request):
        raise PermissionDenied
    key = request.POST.get("key", "")
    keys = [int(key)] if key.isascii() and key.isdigit() and len(key) < 19 else []
    messages.success(request, f"Enqueued once more: {sources.retry(keys)}.")
    return redirect("performance")


def _may_retry(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.has_perm(sources.retry_permission()))


@_staff_alone
@require_safe
def cache_status(request: HttpRequest) -> JsonResponse:
    """What the query cache did since it was last emptied."""
    counts = query_cache.counts()
    totals = sources.library_totals()
    backend = settings.CACHES["default"]["BACKEND"]
    ages = {table: round(age, 1) for table, age in dashboard.ages_of_invalidations().items()}
    return JsonResponse({
        "backend": backend,
        "videos": totals["videos"],
        "favorites": totals["favorites"],
        "timeout": settings.CACHALOT_TIMEOUT,
        **counts._asdict(),
        "hit_rate": counts.hit_rate,
        "last_invalidation_seconds": ages,
    })  # fmt: skip


@_staff_alone
@require_POST
def cache_refresh(request: HttpRequest) -> HttpResponse:
    """Empty the query cache: everything is asked of the database once more."""
    cache.clear()
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        messages.success(request, "The query cache is empty, and fills again.")
        return redirect("performance")
    return JsonResponse({"success": True})
