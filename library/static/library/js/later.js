// "Watch later": shown at once, taken back when the server refuses.

import { filename, post } from "./api.js";

const show = (button, later) => button.setAttribute("aria-pressed", String(later));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.later");
  if (!button) return;
  const before = button.getAttribute("aria-pressed") === "true";
  show(button, !before);
  const answer = await post("/watch_later", { filename: filename(), later: !before });
  show(button, answer ? answer.later : before);
});
