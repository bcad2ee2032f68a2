// Selecting cards, and what is done to all that are selected.

import { change } from "./bulk.js";
import { cells, filenameOf, grid, keyOf, keysOf, titleOf } from "./cells.js";
import { isQueue } from "./queue.js";
import { takenOff } from "./takingoff.js";

const LONG_PRESS = 500;
const LEAST_DRAG = 8;
const MOST = 1000;

const bar = document.querySelector(".bulk");
const picked = new Set();

let selecting = false;
let lastPicked;
let press;

export const isSelecting = () => selecting;

/** The file names of what is selected, in the order of the grid. */
const chosen = () => cells().map(keyOf).filter((key) => picked.has(key)).map(filenameOf);

/** Those that a key acts on: what is selected, or else the card with the focus. */
export const subjects = (cell) => (picked.size > 0 ? chosen() : cell ? [filenameOf(keyOf(cell))] : []);

function box(cell) {
  if (cell.querySelector(".pick") || !cell.firstElementChild) return;
  const input = Object.assign(document.createElement("input"), { type: "checkbox", className: "pick" });
  input.setAttribute("aria-label", `Select ${titleOf(cell)}`);
  input.autocomplete = "off";
  input.checked = picked.has(keyOf(cell));
  cell.append(input);
}

/** What left the grid is not selected any more. */
function forgetGone(all) {
  const there = keysOf(all);
  for (const key of picked) if (!there.has(key)) picked.delete(key);
}

function show() {
  const all = cells();
  forgetGone(all);
  for (const cell of all) {
    const on = picked.has(keyOf(cell));
    cell.classList.toggle("picked", on);
    if (selecting) box(cell);
    const input = cell.querySelector(".pick");
    if (input) input.checked = on;
  }
  grid()?.classList.toggle("selecting", selecting);
  document.body.classList.toggle("with-bulk", selecting);
  bar.hidden = !selecting;
  bar.querySelector("output").textContent = `${picked.size} selected`;
  for (const button of bar.querySelectorAll("button:not([data-clear], [data-all])")) button.disabled = picked.size === 0;
}

/** Begin a selection, if there is none; the bar that comes doesn't cover the card with the focus. */
function begin() {
  const begins = !selecting;
  selecting = true;
  show();
  if (begins) document.activeElement.closest(".cell")?.querySelector(".card").scrollIntoView({ block: "nearest" });
}

/** End the selection; says whether there was one. */
export function clear() {
  const was = selecting;
  selecting = false;
  if (bar.contains(document.activeElement)) (lastPicked ?? cells()[0])?.querySelector(".card")?.focus();
  lastPicked = undefined;
  picked.clear();
  if (was) show();
  return was;
}

/** Select a card, or not any more; with a range all from the last one to it. */
export function pick(cell, range = false) {
  const all = cells();
  const from = range && lastPicked ? all.indexOf(lastPicked) : -1;
  const to = all.indexOf(cell);
  const on = from >= 0 || !picked.has(keyOf(cell));
  const some = from >= 0 ? all.slice(Math.min(from, to), Math.max(from, to) + 1) : [cell];
  for (const each of some) {
    if (!on) picked.delete(keyOf(each));
    else if (picked.size < MOST) picked.add(keyOf(each));
  }
  lastPicked = cell;
  begin();
}

function pickAll() {
  for (const key of cells().map(keyOf)) if (picked.size < MOST) picked.add(key);
  begin();
}

/** Go where a tag is typed for all that are selected. */
export const typeTag = () => bar.querySelector("input").focus();

async function apply(action) {
  if (picked.size > 0) await change(chosen(), action);
}

const cellOf = (event) => event.target.closest?.("#content .grid .cell:not(.awaited)");

document.addEventListener(
  "click",
  (event) => {
    const cell = cellOf(event);
    const box = event.target.closest(".pick");
    if (press?.done && event.detail > 0) {
      press = undefined;
      event.preventDefault();
      event.stopPropagation();
    } else if (cell && (box || (selecting && !event.ctrlKey && !event.metaKey))) {
      if (!box) event.preventDefault();
      pick(cell, event.shiftKey);
    }
  },
  { capture: true },
);

bar.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  const { rating, favorite, later, all, clear: ends } = button.dataset;
  if (rating) apply({ action: "rate", rating: Number(rating) });
  else if (favorite) apply({ action: "favorite", favorite: favorite === "true" });
  else if (later) apply({ action: "later", later: later === "true" });
  else if (all !== undefined) pickAll();
  else if (ends !== undefined) clear();
});

document.addEventListener("click", (event) => {
  const cell = isQueue() && takenOff(event);
  if (cell) change([filenameOf(keyOf(cell))], { action: "later", later: false });
});

bar.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = event.target.elements.tag;
  const tag = field.value.trim();
  if (!tag) return;
  if (await change(chosen(), { action: event.submitter?.value || "tag", tag })) field.value = "";
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("button.select")) return;
  event.target.closest("details.viewing")?.removeAttribute("open");
  begin();
  cells()[0]?.querySelector(".pick")?.focus({ preventScroll: true });
});

// The box of a card is there when somebody is about to use it.
for (const type of ["pointerover", "focusin"]) {
  document.addEventListener(type, (event) => {
    if (type === "pointerover" && event.pointerType === "touch") return;
    const cell = cellOf(event);
    if (cell) box(cell);
  });
}

document.addEventListener("cells", show);
document.addEventListener("searched", clear);

// --- A long press of a finger ---

document.addEventListener("pointerdown", (event) => {
  clearTimeout(press?.timer);
  press = undefined;
  const cell = cellOf(event);
  if (event.pointerType !== "touch" || !cell || selecting) return;
  press = { x: event.clientX, y: event.clientY, done: false };
  const mine = press;
  mine.timer = setTimeout(() => {
    mine.done = true;
    pick(cell);
  }, LONG_PRESS);
});

const release = () => clearTimeout(press?.timer);

document.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (press && Math.hypot(clientX - press.x, clientY - press.y) >= LEAST_DRAG) release();
});
document.addEventListener("pointerup", release);
document.addEventListener("pointercancel", release);
document.addEventListener("contextmenu", (event) => {
  if (press) event.preventDefault();
});
