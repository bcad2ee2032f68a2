// Chapters, and the markers that people set: both are lists of the page, by which they are known here.

import { clock } from "./clock.js";
import { frameLasts, place, seek } from "./seeking.js";
import { tell } from "./telling.js";

const JUST_PASSED = 1.5;

const rows = () => [...document.querySelectorAll(".chapters [data-seconds], .markers [data-seconds]")];

/** [{seconds, name, kind}] in the order of time. */
export function points() {
  const found = rows().map((row) => ({
    seconds: Number(row.dataset.seconds),
    name: row.dataset.name,
    kind: row.closest(".chapters") ? "chapter" : "marker",
  }));
  return found.sort((one, other) => one.seconds - other.seconds);
}

/** The chapter that a moment lies in. */
export const chapterAt = (seconds) => points().findLast(({ kind, seconds: start }) => kind === "chapter" && start <= seconds + 1e-3);

/** The marker that is nearest to a moment, and not further than some seconds. */
export function markerNear(seconds, within) {
  const distance = (point) => Math.abs(point.seconds - seconds);
  const markers = points().filter(({ kind }) => kind === "marker");
  const [nearest] = markers.sort((one, other) => distance(one) - distance(other));
  return nearest && distance(nearest) <= within ? nearest : undefined;
}

/** To the point before or after where the film is. */
export function toPoint(way) {
  const ahead = points().find(({ seconds }) => seconds > place() + frameLasts());
  const behind = points().findLast(({ seconds }) => seconds < place() - JUST_PASSED);
  const point = way > 0 ? ahead : behind;
  if (!point) return tell(way > 0 ? "No further marker" : "No marker before");
  seek(point.seconds);
  tell(point.name || clock(point.seconds));
}

document.addEventListener("click", ({ target }) => {
  const row = target.closest(".go")?.closest("[data-seconds]");
  if (row) seek(Number(row.dataset.seconds));
});
