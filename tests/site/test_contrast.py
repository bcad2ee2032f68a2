"""Whether all that is to be read can be read: contrast as a browser computes it, in both colour schemes."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.serving import Server
from tests.site.conftest import LONG, OLD

pytestmark = pytest.mark.browser

CONTRASTS = """() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const rgba = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a], below) => [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
    const light = colour => colour.map(value => value / 255)
        .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
    const ratio = (one, other) => {
        const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    // Below a poster's labels any picture may be: the worst is white or black.
    const grounds = element => {
        if (!element) return [[255, 255, 255]];
        if (element.matches('.poster, .player')) return [[255, 255, 255], [0, 0, 0]];
        const own = rgba(getComputedStyle(element).backgroundColor);
        return grounds(element.parentElement).map(below => over(own, below));
    };
    const opacity = element => element ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1;
    const contrast = element => {
        const [r, g, b, a] = rgba(getComputedStyle(element).color);
        const ink = [r, g, b, a * opacity(element)];
        return Math.min(...grounds(element).map(ground => ratio(over(ink, ground), ground)));
    };
    const seen = element => element.checkVisibility({visibilityProperty: true}) && !element.closest('.unseen, .skip');
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
        const element = node.parentElement;
        if (node.data.trim() && seen(element) && !element.closest('datalist, template, option'))
            found.push([`text ${node.data.trim()}`, contrast(element), 4.5]);
    }
    for (const icon of document.querySelectorAll('svg.icon'))
        if (seen(icon)) found.push([`icon in ${icon.parentElement.outerHTML.slice(0, 60)}`, contrast(icon), 3]);
    return found;
}"""
"""[what, its contrast by WCAG 2, the least that it must have] of each text and icon that is seen."""


def too_faint(page: Page) -> list[list[object]]:
    found = page.evaluate(CONTRASTS)
    assert len(found) > 12
    return [entry for entry in found if entry[1] < entry[2]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_is_readable_and_stars_are_seen(browser: Browser, server: Server, scheme: str) -> None:
    page = browser.new_page(
        base_url=server.url,
        viewport={"width": 1400, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    for path in ("/", "/favorites", "/tags", "/rediscover", f"/watch/{quote(LONG)}?list=all", f"/watch/{quote(OLD)}"):
        page.goto(path, wait_until="networkidle")
        assert too_faint(page) == [], path
        for one in _one_of_each(page):
            one.hover()
            assert too_faint(page) == [], f"{path}, with the mouse on {one}"
    page.close()


def _one_of_each(page: Page) -> list[Locator]:
    """The first that is seen of each kind of thing that answers to the mouse."""
    kinds = (
        *(".sections a", ".quiet", ".sorts a", ".sorts [aria-current]", ".card", ".cloud a"),
        *(".tags a", ".tags button", ".button", ".rating label", ".in-list > a"),
    )
    return [page.locator(f"{kind}:visible").first for kind in kinds if page.locator(f"{kind}:visible").count()]


def test_a_star_that_is_not_given_differs_by_more_than_its_colour(browser: Browser, server: Server) -> None:
    page = browser.new_page(base_url=server.url)
    page.goto(f"/watch/{quote(OLD)}")
    fills = [
        icon.evaluate("icon => getComputedStyle(icon.querySelector('use') ?? icon).fill !== 'none'")
        for icon in page.locator(".rating .icon").all()
    ]
    assert fills == [True, True, True, True, False]
    page.close()
