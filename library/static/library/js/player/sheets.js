// The sheets that hang on a button of the bar: above it, and within the player where that is large enough.

import { player } from "./parts.js";
import { wake } from "./showing.js";

const MARGIN = 8;

for (const sheet of player.querySelectorAll(".sheet")) {
  const button = player.querySelector(`[popovertarget="${sheet.id}"]`);
  sheet.addEventListener("toggle", ({ newState }) => {
    wake();
    if (newState !== "open") return;
    const { top, right } = button.getBoundingClientRect();
    const edge = player.getBoundingClientRect();
    sheet.style.setProperty("--right", `${Math.max(innerWidth - Math.min(right, edge.right - MARGIN), MARGIN)}px`);
    sheet.style.setProperty("--bottom", `${innerHeight - top + MARGIN}px`);
    sheet.style.setProperty("--most", `${Math.max(top - 2 * MARGIN, 160)}px`);
    (sheet.querySelector("input:checked") ?? sheet.querySelector("input, button"))?.focus({ preventScroll: true });
  });
}
addEventListener("scroll", () => player.querySelector(".sheet:popover-open")?.hidePopover(), { passive: true });
