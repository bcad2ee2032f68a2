/* When the controls are in sight: always while the film rests, and while somebody moves, looks into a sheet or has the
focus on them. */

import { part, player, video } from "./parts.js";

const REST = 2500;
const hovers = matchMedia("(hover: hover)");

let timer;

const busy = () =>
  video.paused ||
  player.matches(".dragging, :has(.sheet:popover-open, dialog[open])") ||
  part("controls").querySelector(":focus-visible") ||
  (hovers.matches && part("bar").matches(":hover"));

export const isIdle = () => player.classList.contains("idle");

/** Show the controls, for a while. */
export function wake() {
  player.classList.remove("idle");
  clearTimeout(timer);
  timer = setTimeout(rest, REST);
}

/** Hide them, if nothing speaks against it. */
export function rest() {
  if (busy()) return wake();
  clearTimeout(timer);
  player.classList.add("idle");
}

player.addEventListener("pointermove", ({ pointerType }) => pointerType === "mouse" && wake());
player.addEventListener("pointerleave", ({ pointerType }) => {
  if (pointerType !== "mouse") return;
  clearTimeout(timer);
  timer = setTimeout(rest, REST / 4);
});
player.addEventListener("focusin", wake);
for (const event of ["play", "pause", "ended"]) video.addEventListener(event, wake);
