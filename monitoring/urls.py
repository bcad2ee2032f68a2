"""The addresses of the monitoring. Those below /admin/ come before the admin's own."""

from django.urls import path

from monitoring import views

urlpatterns = [
    path("metrics", views.metrics, name="metrics"),
]
