"""What people do and see in a grid."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.serving import until
from tests.site.acts import PHONE_WIDTH

FILMS = 190
WIDE, PHONE = {"width": 1400, "height": 800}, {"width": PHONE_WIDTH, "height": 800}
COLUMNS = "getComputedStyle(document.querySelector('.grid')).gridTemplateColumns.split(' ').length"


def card(page: Page, title: str) -> Locator:
    return page.locator(".grid .card", has=page.get_by_text(title, exact=True))


def cell(page: Page, title: str) -> Locator:
    return page.locator(".grid .cell", has=page.get_by_text(title, exact=True))


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.querySelector('.title')?.textContent"))


def titles(page: Page) -> list[str]:
    return page.locator(".grid .title").all_inner_texts()


def scroll_to(page: Page, title: str) -> None:
    """Scroll on until a card is there, as people do, and let it stand at the top."""

    def come() -> bool:
        page.mouse.wheel(0, 700)
        return card(page, title).count() > 0

    until(come, what=title)
    card(page, title).evaluate("card => card.scrollIntoView({ block: 'center', behavior: 'instant' })")


def top_of(page: Page, title: str) -> float:
    box = card(page, title).bounding_box()
    assert box
    return box["y"]


def page_in_address(page: Page) -> str:
    return str(page.evaluate("new URL(location.href).searchParams.get('page') ?? '1'"))
