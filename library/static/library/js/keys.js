// The grid by keyboard.

import { change } from "./bulk.js";
import { cells, columns, isMarked, starsOf } from "./cells.js";
import { takeWay } from "./notice.js";
import { isQueue } from "./queue.js";
import { clear, isSelecting, pick, subjects, typeTag } from "./selecting.js";

const dialog = document.querySelector("dialog.keys");

const focused = () => document.activeElement.closest?.("#content .grid .cell");

/** Move the focus by a number of cards; below the last row, to the last card. */
function move(by) {
  const all = cells();
  const from = all.indexOf(focused());
  if (from < 0) return enter(all);
  const wanted = from + by;
  const last = all.length - 1;
  const rows = columns();
  const below = wanted > last && Math.floor(from / rows) < Math.floor(last / rows) ? last : wanted;
  all[below]?.querySelector(".card")?.focus();
}

function enter(all) {
  const inSight = all.find((cell) => cell.firstElementChild && cell.getBoundingClientRect().top >= 0);
  inSight?.querySelector(".card").focus();
}

function favorite() {
  const cell = focused();
  change(subjects(cell), { action: "favorite", favorite: !(cell && isMarked(cell)) });
}

function queue() {
  change(subjects(focused()), { action: "later", later: !isQueue() });
}

function rate(stars) {
  const cell = focused();
  change(subjects(cell), { action: "rate", rating: cell && starsOf(cell) === stars ? 0 : stars });
}

const ANYWHERE = {
  ArrowRight: () => move(1),
  ArrowLeft: () => move(-1),
  "?": () => dialog.showModal(),
  u: takeWay,
};
const AT_A_CARD = {
  ArrowDown: () => move(columns()),
  ArrowUp: () => move(-columns()),
  x: () => pick(focused()),
  X: () => pick(focused(), true),
};

function actionOf({ key, target }) {
  const atACard = Boolean(focused());
  if (/^[0-5]$/.test(key)) return subjects(focused()).length > 0 && (() => rate(Number(key)));
  if (key === "f") return subjects(focused()).length > 0 && favorite;
  if (key === "w") return subjects(focused()).length > 0 && queue;
  if (key === "t") return isSelecting() && typeTag;
  if (atACard && key in AT_A_CARD) return AT_A_CARD[key];
  return (atACard || target === document.body || !key.startsWith("Arrow")) && ANYWHERE[key];
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape" && !dialog.open) return void (clear() && event.preventDefault());
  if (event.target.closest("input:not(.pick), select, textarea, dialog, video, [contenteditable]")) return;
  const act = actionOf(event);
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
  if (!event.target.closest("button.help")) return;
  event.target.closest("details.viewing")?.removeAttribute("open");
  dialog.showModal();
});
