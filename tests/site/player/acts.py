"""What somebody does before the player, and sees of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from playwright.sync_api import CDPSession, FloatRect, Locator, Page, expect

from tests.serving import until


class Viewer:
    """A person at a page of the player."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._touching: CDPSession | None = None

    def open(self, name: str, query: str = "") -> None:
        """Come to a video's page, at the film's beginning, and wait until its player is there."""
        address = f"/watch/{quote(name)}{query}#t=0"
        if self.page.url.endswith(address):
            self.page.reload()  # going to the same fragment would load nothing
        else:
            self.page.goto(address)
        self.settle()

    def settle(self) -> None:
        """Until the player is there, and knows its film."""
        expect(self.page.locator(".player .bar")).to_be_attached()
        self.comes("document.querySelector('.player video').readyState >= 2", "the film")

    def of(self, name: str) -> Any:
        """A property of the video."""
        return self.page.evaluate(f"document.querySelector('.player video').{name}")

    def set(self, name: str, value: str) -> None:
        """Give the video's property another value, as a script of the page would."""
        self.page.evaluate(f"document.querySelector('.player video').{name} = {value}")

    @property
    def time(self) -> float:
        return float(self.of("currentTime"))

    @property
    def paused(self) -> bool:
        return bool(self.of("paused"))

    def comes(self, expression: str, what: str = "") -> None:
        """Wait for an expression in the page; Playwright's own way needs `eval`, which the policy forbids."""
        until(lambda: self.page.evaluate(expression), what=what or expression, seconds=20)

    def arrives(self, seconds: float, within: float = 0.05) -> None:
        """The film comes to that place."""
        until(
            lambda: not self.of("seeking") and abs(self.time - seconds) <= within,
            what=f"{seconds} s, instead of {self.time}",
            seconds=10,
        )

    def plays(self) -> None:
        """The film runs, and is seen to run on."""
        until(lambda: not self.paused, what="playing", seconds=10)
        before = self.time
        until(lambda: self.time > before, what="the film running on", seconds=10)

    def rests(self) -> None:
        until(lambda: self.paused, what="a pause", seconds=10)

    def play(self) -> None:
        self.page.evaluate("document.querySelector('.player video').play()")
        self.plays()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def button(self, act: str) -> Locator:
        """The button in sight that does something."""
        return self.page.locator(f'.player [data-act="{act}"]:visible').first

    def use(self, locator: Locator) -> None:
        """Click, or tap on a phone."""
        if self.touches:
            locator.tap()
        else:
            locator.click()

    @property
    def touches(self) -> bool:
        return bool(self.page.evaluate("navigator.maxTouchPoints > 0"))

    def box(self, selector: str) -> FloatRect:
        box = self.page.locator(selector).bounding_box()
        assert box, selector
        return box

    def place_on_bar(self, share: float) -> tuple[float, float]:
        """Where on the screen a share of the seek bar is."""
        box = self.box(".player .track")
        return box["x"] + share * box["width"], box["y"] + box["height"] / 2

    def share_at(self, x: float) -> float:
        """The share of the seek bar that a place on the screen stands for."""
        box = self.box(".player .track")
        return (x - box["x"]) / box["width"]

    # --- A finger ---

    def touch(self, kind: str, x: float = 0, y: float = 0) -> None:
        """Start, Move or End a touch."""
        self._touching = self._touching or self.page.context.new_cdp_session(self.page)
        points = [] if kind == "End" else [{"x": x, "y": y}]
        self._touching.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    def draw(self, start: tuple[float, float], end: tuple[float, float], steps: int = 8, *, lift: bool = True) -> None:
        """Draw a finger across the screen."""
        self.touch("Start", *start)
        for step in range(1, steps + 1):
            share = step / steps
            self.touch("Move", start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        if lift:
            self.touch("End")

    def tap_twice(self, share: float, times: int = 2) -> None:
        """Tap the picture several times, quickly, at a share of its width."""
        box = self.box(".player > video")
        for _ in range(times):
            self.touch("Start", box["x"] + share * box["width"], box["y"] + box["height"] * 0.3)
            self.touch("End")
