"""Tags brought into order in a real browser, by clicks alone, and back again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.environment import Site, make_site
from tests.serving import Server, serving

pytestmark = pytest.mark.browser

LIBRARY = """
from django.contrib.auth import get_user_model
from library import curating, merging
from library.models import Tag, Video
get_user_model().objects.create_superuser("curator", password="secret")
films = Video.create_whole([Video(path=f"film {number}.mp4") for number in range(12)])
curating.tag_all(films[:8], ["sea"])
curating.tag_all(films[:4], ["beach"])
curating.tag_all(films[3:6], ["beaches"])
curating.tag_all(films[6:8], ["sandy shore"])
merging.rename(Tag.objects.named("sandy shore"), "strand")
merging.set_parents(Tag.objects.named("beaches"), [Tag.objects.named("sea")])
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = make_site(tmp_path_factory.mktemp("tags"))
    made.run("shell", "-v0", "-c", LIBRARY)
    return made


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[Server]:
    with serving(site) as server:
        yield server


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/admin/login/?next=/admin/library/tag/")
    page.get_by_label("Username").fill("curator")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Select tag to change")).to_be_visible()
    yield page
    context.close()


def tags(page: Page) -> list[str]:
    """The names in the list."""
    page.goto("/admin/library/tag/")
    return page.locator("#result_list tbody th").all_inner_texts()


def undo(page: Page) -> None:
    """Take the last change back: the message leads to its entry."""
    page.get_by_role("link", name="See what changed, or undo it").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_three_tags_are_merged_and_unmerged(site: Site, page: Page) -> None:
    before = site.rows()
    for name in ("beach", "beaches", "strand"):
        page.get_by_role("row", name=name, exact=False).get_by_role("checkbox").first.check()
    page.get_by_label("Action:").select_option(label="Merge selected tags into one")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merge 3 tags")
    expect(page.get_by_role("radio", name="beach", exact=True)).to_be_checked()
    expect(page.get_by_text("8 videos bear it.")).to_be_visible()
    expect(page.get_by_text("These names lead to it: beach, beaches, sandy shore, strand.")).to_be_visible()
    page.get_by_role("radio", name="strand").check()
    page.get_by_role("button", name="Merge").click()
    expect(page.locator(".messagelist")).to_contain_text("beaches merged into strand (6 videos)")
    assert page.locator("#result_list tbody th").all_inner_texts() == ["sea", "strand"]
    assert site.rows() != before
    undo(page)
    assert site.rows() == before
    assert tags(page) == ["beach", "beaches", "sea", "strand"]


def test_a_proposal_of_the_coach_is_accepted(site: Site, page: Page) -> None:
    page.get_by_role("link", name="Tag coach").click()
    proposal = page.locator(".proposal", has_text="Merge “beaches” into “beach”")
    expect(proposal).to_contain_text("Singular and plural")
    before = site.rows()
    proposal.get_by_role("button", name="Accept").click()
    expect(page.locator(".messagelist")).to_contain_text("eaches merged into beach")
    expect(page.get_by_text("Nothing to propose here.")).to_be_visible()
    undo(page)
    assert site.rows() == before
    page.goto("/admin/library/tag/coach/")
    page.locator(".proposal").get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("Nothing to propose here.")).to_be_visible()
    assert tags(page) == ["beach", "beaches", "sea", "strand"]
