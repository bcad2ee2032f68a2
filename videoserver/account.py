"""The page of an account: its password, and where else it is signed in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import PasswordChangeView
from django.contrib.sessions.models import Session
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST


class AccountPage(PasswordChangeView):
    """Of whoever is signed in. A password that is changed here signs out all other browsers of the account."""

    http_method_names = ["get", "head", "post"]
    template_name = "registration/account.html"
    success_url = reverse_lazy("account")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        account_of(request)
        return super().dispatch(request, *args, **kwargs)

    def get_form(self, form_class: Any = None) -> PasswordChangeForm:
        form = super().get_form(form_class)
        form.fields["old_password"].widget.attrs.pop("autofocus", None)  # there is more on the page than this form
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(section="account", others=len(sessions_elsewhere(self.request)), **kwargs)

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "The password is changed, and all other browsers are signed out.")
        return super().form_valid(form)


account = never_cache(AccountPage.as_view())


@never_cache
@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """End all sessions of the account but this one."""
    store = type(request.session)
    for key in sessions_elsewhere(request):
        store(key).delete()
    messages.success(request, "All other browsers are signed out.")
    return redirect("account")


def account_of(request: HttpRequest) -> AbstractBaseUser:
    """Who is signed in. Raises Http404 where nobody is."""
    if not request.user.is_authenticated:
        raise Http404("Nobody is signed in.")
    return request.user


def sessions_elsewhere(request: HttpRequest) -> list[str]:
    """The keys of all sessions but this one in which the account is signed in. A household has few to look through."""
    user = account_of(request)
    seal = user.get_session_auth_hash()
    living = Session.objects.filter(expire_date__gt=timezone.now()).exclude(pk=request.session.session_key)
    found = []
    for session in living.iterator():
        kept = session.get_decoded()
        if kept.get(SESSION_KEY) == str(user.pk) and constant_time_compare(kept.get(HASH_SESSION_KEY, ""), seal):
            found.append(session.session_key)
    return found
