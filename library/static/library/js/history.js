// What was played: paused, so that nothing new is kept of it, and cleared.

import { post } from "./api.js";

const dialog = () => document.querySelector("dialog.clear-history");

document.addEventListener("click", async (event) => {
  const pause = event.target.closest("[data-pause-history]");
  if (pause) {
    const paused = pause.dataset.pauseHistory === "true";
    if (await post("/pause_history", { paused })) location.reload();
  }
  if (event.target.closest("[data-clear-history]")) dialog().showModal();
});

document.addEventListener(
  "close",
  async (event) => {
    if (event.target !== dialog() || dialog().returnValue !== "clear") return;
    if (await post("/clear_history", {})) location.assign(location.pathname);
  },
  true,
);
