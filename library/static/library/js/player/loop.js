// A part that is repeated, from A to B: its start is set, then its end, then it is let go.

import { clock } from "./clock.js";
import { part, player, video } from "./parts.js";
import { frameLasts, lasts, place, seek } from "./seeking.js";
import { tell } from "./telling.js";

const LEAST = 2;

let from = null;
let to = null;
let watching = false;

/** Seconds of the start and the end; null where they are not set. */
export const looped = () => ({ from, to });

export function loop() {
  if (from === null) from = place();
  else if (to === null && Math.abs(place() - from) >= LEAST * frameLasts()) [from, to] = [from, place()].sort((a, b) => a - b);
  else from = to = null;
  show();
  if (to !== null) {
    seek(from);
    watch();
  }
}

function show() {
  const stages = from === null ? ["Repeat from here", "Repeating ends"] : to === null ? ["Repeat until here", `From ${clock(from)} …`] : ["Repeat no more", `${clock(from)} – ${clock(to)}`];
  part("loop-says").textContent = stages[0];
  tell(stages[1]);
  player.querySelector('[data-act="loop"][aria-pressed]').ariaPressed = String(from !== null);
  const shown = part("loop");
  shown.hidden = from === null;
  shown.style.left = `${(100 * (from ?? 0)) / lasts()}%`;
  shown.style.width = to === null ? "2px" : `${(100 * (to - from)) / lasts()}%`;
}

function turnBack() {
  if (to !== null && !video.paused && place() >= to) seek(from);
}

function watch() {
  if (watching) return;
  watching = true;
  const look = () => {
    turnBack();
    if ((watching = to !== null && !video.paused)) requestAnimationFrame(look);
  };
  look();
}

video.addEventListener("timeupdate", turnBack);
video.addEventListener("play", () => to !== null && watch());
video.addEventListener("ended", () => {
  if (to === null) return;
  seek(from);
  video.play().catch(() => {});
});
