"""The tag coach's page: what it proposes, each with its reason, to be accepted, changed or dismissed."""

from typing import Any, NamedTuple, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from library import cards, proposing
from library.admin.filters import may_be_id
from library.admin.history import TellsEntries, report_done
from library.coaching import Implication, Merge, Proposal, Split
from library.curating import EmptyTagError
from library.merging import TagRefusedError
from library.models import Entry, Tag, Video

KINDS = {"merges": "Merge", "parents": "Parents", "splits": "Split"}
A_PAGE = 20


class ShownTag(NamedTuple):
    """A tag of a proposal."""

    pk: int
    name: str
    videos: int
    reason: str


class ShownVideo(NamedTuple):
    """A video that a proposal touches."""

    title: str
    url: str
    poster: cards.Poster | None


class Shown(NamedTuple):
    """A proposal, as the page shows it."""

    key: str
    proposal: Proposal
    tags: list[ShownTag]
    videos: list[ShownVideo]


def coach_view(model_admin: TellsEntries, request: HttpRequest) -> HttpResponse:
    """One kind of proposals; by POST one is accepted or dismissed."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    advice = proposing.advice()
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else next((kind for kind in KINDS if getattr(advice, kind)), "merges")
    if request.method == "POST":
        return _decide(model_admin, request, advice, kind)
    page = Paginator(getattr(advice, kind), A_PAGE).get_page(request.GET.get("p"))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Tag coach",
        "opts": model_admin.opts,
        "media": model_admin.media,
        "kind": kind,
        "kinds": [(name, label, len(getattr(advice, name))) for name, label in KINDS.items()],
        "page": page,
        "shown": _shown(page.object_list),
        "may_change": model_admin.has_change_permission(request),
    }
    return TemplateResponse(request, "admin/library/tag/coach.html", context)


def _shown(proposals: Any) -> list[Shown]:
    tags = Tag.objects.names_by_id() if proposals else {}
    counts = Tag.objects.bearer_counts(pk for proposal in proposals for pk in proposal.tags)
    touched = {pk for proposal in proposals for pk in proposal.some}
    videos, posters = Video.objects.among(touched).in_bulk(), cards.posters_for(sorted(touched))
    return [
        Shown(
            proposal.keys[0],
            proposal,
            [
                ShownTag(pk, tags.get(pk, ""), counts.get(pk, 0), reason)
                for pk, reason in zip(proposal.tags, _reasons(proposal), strict=True)
            ],
            [
                ShownVideo(videos[pk].title, videos[pk].get_absolute_url(), posters.get(pk))
                for pk in proposal.some
                if pk in videos
            ],
        )
        for proposal in proposals
    ]


def _reasons(proposal: Proposal) -> tuple[str, ...]:
    """One for each tag; a split has one tag alone."""
    return proposal.reasons if isinstance(proposal, Split) else ("", *proposal.reasons)


def _decide(model_admin: TellsEntries, request: HttpRequest, advice: proposing.Advice, kind: str) -> HttpResponse:
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    key = request.POST.get("key")
    proposal = next((proposal for proposal in getattr(advice, kind) if proposal.keys[0] == key), None)
    if proposal is None:
        model_admin.message_user(request, "That is settled already.", messages.WARNING)
    elif request.POST.get("decision") == "Dismiss":
        proposing.dismiss(proposal)
        model_admin.message_user(request, "Dismissed: it will not be proposed again.", messages.SUCCESS)
    else:
        _accept(model_admin, request, proposal)
    return redirect(f"{reverse('admin:library_tag_coach')}?kind={kind}")


def _accept(model_admin: TellsEntries, request: HttpRequest, proposal: Proposal) -> None:
    try:
        entry = _accepted(proposal, request.POST)
    except (EmptyTagError, TagRefusedError) as refusal:
        model_admin.message_user(request, str(refusal), messages.ERROR)
    else:
        report_done(request, entry)


def _accepted(proposal: Proposal, form: QueryDict) -> Entry | None:
    """Do what was proposed, as the form changed it. Raises EmptyTagError, TagRefusedError."""
    if isinstance(proposal, Merge):
        chosen = {int(pk) for pk in form.getlist("tags") if may_be_id(pk)}
        into = form.get("into", "")
        return proposing.accept_merge(proposal, int(into) if may_be_id(into) else 0, chosen)
    if isinstance(proposal, Implication):
        return proposing.accept_parent(proposal, form.get("parent", ""))
    return proposing.accept_split(cast("Split", proposal), form.getlist("names"))
