"""The addresses of the site: each app's own, the sign-in, and the admin."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, include, path

admin.site.site_header = admin.site.site_title = "Videoserver"
admin.site.index_title = "The library"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("library.urls")),
    path("", include("thumbnails.urls")),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
