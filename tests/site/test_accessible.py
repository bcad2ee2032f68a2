"""Whether everybody can use it: axe-core on every page, and all of it by keys alone, with the focus in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Browser, Page, expect

from tests.environment import Site
from tests.media import make_video
from tests.serving import Server, serving
from tests.site.conftest import LONG, OLD, SHORT, copied

pytestmark = pytest.mark.browser

WIDE, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
"""All that differs between light and dark."""

OF_DJANGO = [".breadcrumbs", "#toolbar", ".select2-search__field"]
"""What the admin's pages bring along: the way up, whose links differ from the text by colour alone; the search form, in
which that is so too and the field is named by an image; the field in the list of choices of a filter by tags. All else
of the admin's pages is checked; these are Django's to mend."""

EXAMPLES = {
    "path": LONG, "name": "outdoors", "pk": 1, "token": "none", "digest": "0" * 32, "width": "320", "ending": "vtt",
}  # fmt: skip
"""What stands in the addresses of the URL table."""

ACCOUNT = """
from django.contrib.auth import get_user_model
get_user_model().objects.create_superuser("grace", password="secret")
"""
SEED = """async ([videos]) => {
    const token = /csrftoken=([^;]*)/.exec(document.cookie)[1];
    const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
    const post = (route, payload) => fetch(route, {method: 'POST', headers, body: JSON.stringify(payload)});
    await post('/bulk', {filenames: videos, action: 'later', later: true});
    await post('/new_playlist', {name: 'Friday'});
    for (const filename of videos) await post('/add_to_playlist', {id: 1, filename});
    await post('/view', {filename: videos[0]});
    await post('/library/smart-lists/keep', {name: 'Out there', query: 'tag:outdoors'});
}"""


@pytest.fixture(scope="module")
def server(model_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A site with videos, one in a folder, and a staff account."""
    site = copied(model_site, tmp_path_factory.mktemp("accessible"))
    (site.videos / "shelf").mkdir()
    make_video(site.videos / "shelf/Below.mp4", duration=1)
    site.run("scan_videos")
    site.run("shell", "-v0", "-c", ACCOUNT)
    with serving(site) as server:
        server.wait_for_posters(4)
        yield server


@pytest.fixture(scope="module")
def stranger(browser: Browser, server: Server) -> Iterator[Page]:
    """Somebody who has no list of their own yet."""
    page = browser.new_page(base_url=server.url, viewport=WIDE)
    yield page
    page.close()


@pytest.fixture(scope="module")
def curator(browser: Browser, server: Server) -> Iterator[Page]:
    """Somebody who may do everything, and has something on each list."""
    page = browser.new_page(base_url=server.url, viewport=WIDE)
    page.goto("/admin/login/?next=/")
    page.fill("#id_username", "grace")
    page.fill("#id_password", "secret")
    page.click("[type=submit]")
    page.evaluate(SEED, [[LONG, SHORT, OLD]])
    yield page
    page.close()


# --- axe-core ---


def violations(page: Page) -> list[str]:
    """What axe-core finds on what is shown now, in light and dark."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)  # by the debugger: the site's policy, which is strict, stays as it is
    found = []
    for scheme, options in (("light", RULES), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished)).then(() => null)")
        result = page.evaluate("([context, options]) => axe.run(context, options)", [{"exclude": OF_DJANGO}, options])
        for violation in result["violations"]:
            for node in violation["nodes"]:
                found.append(f"{scheme}: {violation['id']} {node['html'][:120]} {node['failureSummary'][:200]}")
    return found


def check(page: Page, address: str, *ways: Callable[[Page], Any]) -> list[str]:
    """What is found on a page on a wide screen and on a phone, after something was done there."""
    found = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if ways or size is WIDE:
            page.goto(address)
        for way in ways:
            way(page)
        found += [f"{address} at {size['width']}: {one}" for one in violations(page)]
    return found


def addresses() -> list[str]:
    """All of the URL table that a browser may ask for, except what is the admin's own."""

    def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
        for one in resolver.url_patterns:
            if isinstance(one, URLPattern):
                yield one
            elif one.app_name != "admin":
                yield from patterns(one)

    def address(pattern: URLPattern) -> str:
        named = {name: EXAMPLES[name] for name in pattern.pattern.regex.groupindex}
        return reverse(pattern.name, kwargs=named | ({"path": "shelf"} if pattern.name == "folder" else {}))

    return [address(pattern) for pattern in patterns(get_resolver())]


def is_page(page: Page, address: str) -> bool:
    answer = page.request.get(address, max_redirects=0)
    return answer.status == 200 and answer.headers["content-type"].startswith("text/html")


def test_axe_finds_nothing_on_any_page(curator: Page) -> None:
    asked = addresses()
    pages = [address for address in asked if is_page(curator, address)]
    assert {"/", "/tags", "/watch-later", "/playlist/1", "/folder/shelf", "/account", "/admin/performance/"} <= set(
        pages
    )
    assert len(asked) > 2 * len(pages)
    assert [found for page in pages for found in check(curator, page)] == []


def test_axe_finds_nothing_where_there_is_nothing_yet(stranger: Page) -> None:
    for address in ("/watch-later", "/playlists", "/recent", "/?q=nothing+rating:9", "/none", "/login/"):
        assert check(stranger, address) == []


def test_axe_finds_nothing_on_the_admins_pages_of_ours(curator: Page) -> None:
    ours = ("index", "library_video_suggestions", "library_tag_changelist", "library_tag_coach")
    for name in (*ours, "library_video_changelist"):
        assert check(curator, reverse(f"admin:{name}")) == []


def press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name, exact=True).first.click()


def opened(selector: str) -> Callable[[Page], None]:
    """Open the menu that hangs on the first of these."""
    return lambda page: page.locator(selector).first.click()


def more(page: Page) -> None:
    if page.viewport_size == PHONE:
        press("More")(page)
        expect(page.get_by_role("link", name="Out there")).to_be_visible()


def offers(page: Page) -> None:
    page.get_by_role("combobox", name="Search").fill("o")
    page.get_by_role("option").first.wait_for()
    page.get_by_role("combobox", name="Search").press("ArrowDown")
    expect(page.locator("#offers [aria-selected=true]")).to_be_visible()


def filters(page: Page) -> None:
    page.locator(".choose").click()
    expect(page.locator("#filtering .chip").first).to_be_visible()


def selected(page: Page) -> None:
    opened(".viewing summary")(page)
    press("Select videos")(page)
    page.keyboard.press("Space")
    press("3 stars")(page)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def curtain(page: Page) -> None:
    """It is drawn for this page, and not for the next."""
    page.keyboard.press("h")
    page.evaluate("localStorage.removeItem('curtain')")
    page.get_by_text("Ask for a PIN").click()
    expect(page.get_by_label("New PIN")).to_be_visible()


def one_fewer(page: Page) -> None:
    page.locator(".take-off").first.click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def kept(page: Page) -> None:
    """A search's name is asked for."""
    press("Keep as a smart list")(page)
    expect(page.get_by_label("Its name")).to_be_focused()


WATCH = f"/watch/{quote(LONG)}"


@pytest.mark.parametrize(
    ("address", "ways"),
    [
        ("/", [offers]),
        ("/", [filters]),
        ("/", [opened(".viewing summary")]),
        ("/", [selected]),
        ("/", [keys]),
        ("/", [curtain]),
        ("/tags", [more]),
        ("/?q=seen", [kept]),
        ("/watch-later", [one_fewer]),
        ("/playlist/1", [opened(".item summary")]),
        ("/playlist/1", [press("Rename")]),
        ("/playlist/1", [press("Delete")]),
        (f"{WATCH}?list=all", [opened(".saving summary")]),
        (WATCH, [press("Change the title")]),
        ("/account", [opened(".account summary")]),
    ],
    ids=lambda value: value[0].__name__ if isinstance(value, list) else None,
)
def test_axe_finds_nothing_in_what_is_opened(curator: Page, address: str, ways: list[Callable[[Page], Any]]) -> None:
    assert check(curator, address, *ways) == []
