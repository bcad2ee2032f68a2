"""What people do on any page, and what is heard of it meanwhile."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, Request

PHONE_WIDTH = 390
PATIENCE = 10.0
"""Seconds that an answer may take after all is done."""


def is_phone(page: Page) -> bool:
    size = page.viewport_size
    return bool(size) and size["width"] == PHONE_WIDTH


def press(page: Page, target: Locator) -> None:
    """Touch it where there is touch, else click."""
    if is_phone(page):
        target.tap()
    else:
        target.click()


def write(page: Page, route: str, **payload: Any) -> Any:
    """What a JSON route answers to the page's visitor."""
    return page.evaluate(
        """async ([route, payload]) => {
            const token = /csrftoken=([^;]*)/.exec(document.cookie)[1];
            const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token};
            return (await fetch(route, {method: 'POST', headers, body: JSON.stringify(payload)})).json();
        }""",
        [route, payload],
    )


class Listener:
    """Hears what pages complain of: exceptions, errors in the console, or what else it is to hear of there, and that
    something was asked of another host.
    """

    def __init__(self, url: str, *kinds: str) -> None:
        self._url, self._kinds = url, kinds or ("error",)
        self._complaints: list[str] = []
        self._awaited: dict[Page, set[Request]] = {}

    def hear(self, page: Page) -> Page:
        """The page, which is heard from now on."""
        awaited = self._awaited.setdefault(page, set())
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        page.on("request", lambda request: self._asked(request, awaited))
        page.on("requestfinished", lambda request: awaited.discard(request))
        page.on("requestfailed", lambda request: awaited.discard(request))
        page.on("framenavigated", lambda _: awaited.clear())  # what a page had asked for is cut off by leaving it
        return page

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in self._kinds:
            self._complaints.append(f"{message.text} ({message.location['url']})")

    def _asked(self, request: Request, awaited: set[Request]) -> None:
        if request.url.startswith("http") and not request.url.startswith(self._url):
            self._complaints.append(request.url)
        if request.resource_type != "media":  # a film may be asked for as long as it is there
            awaited.add(request)

    def end(self) -> None:
        """Hear the last answers, for which pages must still be open; nobody may have complained."""
        deadline = time.monotonic() + PATIENCE
        for page, awaited in self._awaited.items():
            while awaited and not page.is_closed() and time.monotonic() < deadline:
                page.wait_for_timeout(20)
        assert self._complaints == []
