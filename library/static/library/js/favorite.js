// The heart: shown at once, taken back when the server refuses.

import { filename, post } from "./api.js";

const show = (button, isFavorite) => button.setAttribute("aria-pressed", String(isFavorite));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.favorite");
  if (!button) return;
  const before = button.getAttribute("aria-pressed") === "true";
  show(button, !before);
  const answer = await post("/favorite", { filename: filename() });
  show(button, answer ? answer.is_favorite : before);
});
