"""The addresses of the site: each app's own, the sign-in, and the admin."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path

from videoserver.account import account, sign_out_elsewhere


def favicon(request: HttpRequest) -> HttpResponse:
    """For whoever asks without having read a page."""
    return redirect(static("library/icon.svg"), permanent=False)


admin.site.site_header = admin.site.site_title = "Videoserver"
admin.site.index_title = "The library"

handler500 = "videoserver.unavailable.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("library.urls")),
    path("", include("thumbnails.urls")),
    path("", include("monitoring.urls")),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account", account, name="account"),
    path("account/sign-out-elsewhere", sign_out_elsewhere, name="sign_out_elsewhere"),
    path("admin/", admin.site.urls),
    path("favicon.ico", login_not_required(favicon), name="favicon"),
]

if settings.DEBUG:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
