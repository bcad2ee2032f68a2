// The list of what is to be watched later: what is taken off it leaves the grid, and comes back where it was.

import { announce, cells, filenameOf, keyOf } from "./cells.js";
import { count } from "./takingoff.js";

const heading = () => document.querySelector(".heading[data-queue]");
const nothing = () => document.querySelector("#content > .empty");

export const isQueue = () => heading() !== null;

const gone = []; // { cell, next } of each that was taken off, the last at the end

const nameOf = (cell) => filenameOf(keyOf(cell));

function take(cell) {
  const focused = cell.contains(document.activeElement);
  const neighbour = cell.nextElementSibling ?? cell.previousElementSibling;
  gone.push({ cell, next: cell.nextElementSibling });
  cell.remove();
  if (focused) (neighbour?.querySelector(".card") ?? document.querySelector("#q")).focus();
}

function putBack({ cell, next }) {
  document.querySelector("#content .grid").insertBefore(cell, next?.isConnected ? next : null);
}

function sayWhetherThereAreAny() {
  const none = cells().length === 0;
  for (const part of heading().querySelectorAll(".list-actions, .tools")) part.hidden = none;
  nothing().hidden = !none;
}

/** Show which videos are to be watched later now: `{filename: whether}`. */
export function showQueued(queued) {
  if (!isQueue()) return;
  const before = cells().length;
  for (const cell of cells()) if (queued[nameOf(cell)] === false) take(cell);
  for (const place of [...gone].reverse()) {
    if (!queued[nameOf(place.cell)]) continue;
    gone.splice(gone.indexOf(place), 1);
    putBack(place);
  }
  const now = cells();
  if (now.length === before) return;
  count(now.length - before);
  sayWhetherThereAreAny();
  announce(now);
  if (now.length < before) document.dispatchEvent(new Event("left"));
}
