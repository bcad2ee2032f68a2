"""The addresses of the monitoring. Those below /admin/ come before the admin's own."""

from django.contrib import admin
from django.urls import path

from monitoring import views

urlpatterns = [
    path("metrics", views.metrics, name="metrics"),
    path("health/live", views.live, name="health_live"),
    path("health/ready", views.ready, name="health_ready"),
    path("admin/performance/", admin.site.admin_view(views.performance), name="performance"),
    path("admin/performance/load/", admin.site.admin_view(views.load_runs), name="load_runs"),
    path("admin/performance/retry/", admin.site.admin_view(views.retry), name="performance_retry"),
    path("admin/cache/status/", views.cache_status, name="cache_status"),
    path("admin/cache/refresh/", views.cache_refresh, name="cache_refresh"),
]
