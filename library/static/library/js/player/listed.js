/* The list that one came from: the video before, the one after, and going on to it by itself. What plays on is noted for
the next page, which begins to play then. */

import { keep, kept } from "./kept.js";
import { looped } from "./loop.js";
import { part, video } from "./parts.js";
import { tell } from "./telling.js";

const NOTE = "play-on";
const SECONDS = 5;

/** The address of the page beside this one in the list: "prev" or "next". */
export const way = (rel) => document.querySelector(`.stage nav a[rel="${rel}"]`)?.href;

let timer;

function lead(rel, nothing) {
  const url = way(rel);
  if (!url) return tell(nothing);
  try {
    sessionStorage.setItem(NOTE, url);
  } catch {
    // The next one waits for its play button.
  }
  location.href = url;
}

export const next = () => lead("next", "Nothing comes next");
export const previous = () => lead("prev", "Nothing came before");

export function stay() {
  clearInterval(timer);
  if (!part("up-next")) return;
  part("up-next").hidden = true;
  part("coming").textContent = "";
}

function countDown() {
  if (!kept("goesOn", true) || video.loop || looped().from !== null || !part("up-next")) return;
  let left = SECONDS;
  part("seconds-left").textContent = left;
  part("up-next").hidden = false;
  part("coming").textContent = `Next in ${SECONDS} seconds: ${part("up-next").querySelector(".title").textContent}`;
  clearInterval(timer);
  timer = setInterval(() => {
    left -= 1;
    part("seconds-left").textContent = left;
    if (left > 0) return;
    clearInterval(timer);
    next();
  }, 1000);
}

function playOn() {
  try {
    const noted = sessionStorage.getItem(NOTE);
    sessionStorage.removeItem(NOTE);
    if (noted === location.href) video.play().catch(() => tell("Press play"));
  } catch {
    // Nothing was noted.
  }
}

video.addEventListener("ended", countDown);
for (const event of ["play", "seeking", "emptied"]) video.addEventListener(event, stay);
addEventListener("pagehide", stay);

const goesOn = part("goes-on");
if (goesOn) {
  goesOn.checked = kept("goesOn", true);
  goesOn.addEventListener("change", () => keep("goesOn", goesOn.checked));
}
playOn();
