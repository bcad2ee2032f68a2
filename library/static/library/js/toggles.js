// The heart, "Watch later" and "Watched": shown at once, taken back when the server refuses.

import { filename, post } from "./api.js";

/** What each sends, and what it is called in the answer; the server itself turns a favourite round. */
const TOGGLES = {
  favorite: { route: "/favorite", payload: () => ({}), answered: "is_favorite" },
  later: { route: "/watch_later", payload: (later) => ({ later }), answered: "later" },
  watched: { route: "/watched", payload: (watched) => ({ watched }), answered: "watched" },
};

const show = (button, pressed) => (button.ariaPressed = String(pressed));

/** Show a mark that came about in another way. */
export function showMark(name, pressed) {
  const button = document.querySelector(`button.${name}`);
  if (button) show(button, pressed);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest(Object.keys(TOGGLES).map((name) => `button.${name}`).join());
  if (!button) return;
  const { route, payload, answered } = TOGGLES[Object.keys(TOGGLES).find((name) => button.classList.contains(name))];
  const before = button.ariaPressed === "true";
  show(button, !before);
  const answer = await post(route, { filename: filename(), ...payload(!before) });
  show(button, answer ? answer[answered] : before);
});
