"""The addresses of the site: each app's own, the sign-in, and the admin."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe

from videoserver.account import account, sign_out_elsewhere
from videoserver.guessing import own_name, slow_guessing, typed_name


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For whoever asks without having read a page."""
    return redirect(static("library/icon.svg"), permanent=False)


admin.site.site_header = admin.site.site_title = "Videoserver"
admin.site.index_title = "The library"
sign_in = slow_guessing(typed_name)
change_password = slow_guessing(own_name)
admin.site.login = sign_in(admin.site.login)  # type: ignore[method-assign,assignment]
admin.site.password_change = change_password(admin.site.password_change)  # type: ignore[method-assign,assignment]

handler404 = "videoserver.errors.page_not_found"
handler500 = "videoserver.unavailable.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("library.urls")),
    path("", include("thumbnails.urls")),
    path("", include("monitoring.urls")),
    path("login/", sign_in(LoginView.as_view(redirect_authenticated_user=True)), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account", change_password(account), name="account"),
    path("account/sign-out-elsewhere", sign_out_elsewhere, name="sign_out_elsewhere"),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon, name="favicon"),
]

if settings.DEBUG:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
