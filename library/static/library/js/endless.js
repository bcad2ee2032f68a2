// One page after another, without a click. Each keeps its address, which is that of the page in view; who comes back is
// where they were. Without this script the pager leads on.

import { announce, cells, columns, empty, fill, grid, keyOf, keysOf } from "./cells.js";
import { fillPendingPosters } from "./posters.js";

const AHEAD = 2; // heights of the window, before the end of what is there
const NEAR = 2; // heights of the window, beyond which a page is emptied when it is twice as far
const NOTE_AFTER = 100;
const TRY_AGAIN_AFTER = 5000;

const heading = () => document.querySelector(".heading[data-page]");
const lastPage = () => Number(heading().dataset.last);

let first; // the pages that are there
let last;
let busy = false;
let grids = 0; // how many there were before this one
let lastTop = scrollY;
let noteTimer;
let frame;

function address(number) {
  const url = new URL(location.href);
  if (number === 1) url.searchParams.delete("page");
  else url.searchParams.set("page", number);
  return url.href;
}

/** The cells of a page, and its pager; null where it isn't to be had now. */
async function fetchPage(number) {
  try {
    const response = await fetch(address(number), { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (Number(page.querySelector(".heading")?.dataset.page) !== number) return null;
    return { cells: [...page.querySelectorAll("#content .grid .cell")], pager: page.querySelector(".pager") };
  } catch {
    return null;
  }
}

const ahead = new Map();

/** A page, perhaps fetched before it was needed. */
function pageOf(number) {
  if (!ahead.has(number)) ahead.set(number, fetchPage(number));
  return ahead.get(number);
}

function mark(cell, number) {
  cell.dataset.page = number;
}

/** Cells of a page that the grid doesn't have yet: something may have come to the library meanwhile. */
function fresh(page, number) {
  const known = keysOf(cells());
  const some = page.cells.filter((cell) => !known.has(keyOf(cell)));
  if (some.length > 0) mark(some[0], number);
  return some;
}

function came(some) {
  announce(some);
  fillPendingPosters();
}

function skeletons(number) {
  const some = Array.from({ length: number }, () => document.createElement("div"));
  for (const cell of some) cell.className = "cell awaited";
  return some;
}

async function inTurn(work) {
  if (busy) return;
  const mine = grids;
  busy = true;
  await work();
  if (mine === grids) busy = false;
}

async function more() {
  const number = last + 1;
  const mine = grids;
  const awaited = skeletons(columns());
  grid().append(...awaited);
  const page = await pageOf(number);
  if (mine !== grids) return;
  ahead.delete(number);
  for (const cell of awaited) cell.remove();
  if (!page) return new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_AFTER));
  const some = fresh(page, number);
  grid().append(...some);
  document.querySelector(".pager")?.replaceWith(page.pager ?? "");
  last = number;
  came(some);
  if (last < lastPage()) pageOf(last + 1);
}

/** The page before the first that is there; what is in view stays where it is. */
async function earlier() {
  const number = first - 1;
  const mine = grids;
  const page = await pageOf(number);
  if (mine !== grids) return;
  ahead.delete(number);
  if (!page) return;
  const there = cells()[0];
  const top = there.getBoundingClientRect().top;
  const some = fresh(page, number);
  grid().prepend(...some);
  first = number;
  const link = document.querySelector(".earlier");
  if (first === 1) link?.remove();
  else if (link) link.firstElementChild.href = address(first - 1);
  scrollBy({ top: there.getBoundingClientRect().top - top, behavior: "instant" });
  came(some);
}

/** The parts of the grid, page by page: [number, first cell, its top, top of the next]. */
function parts() {
  const [front] = cells();
  if (!front) return [];
  if (!front.dataset.page) mark(front, first); // something came before it
  const marked = [...grid().querySelectorAll(".cell[data-page]")];
  const tops = marked.map((cell) => cell.getBoundingClientRect().top);
  const end = grid().getBoundingClientRect().bottom;
  return marked.map((cell, index) => [Number(cell.dataset.page), cell, tops[index], tops[index + 1] ?? end]);
}

function cellsOfPart(cell) {
  const some = [];
  for (let one = cell; one && (one === cell || !one.dataset.page); one = one.nextElementSibling) some.push(one);
  return some;
}

/** Keep the pages near the window whole, and those far away empty. */
function keepNear(all) {
  const near = NEAR * innerHeight;
  for (const [, cell, top, bottom] of all) {
    if (bottom > -near && top < innerHeight + near) {
      if (cell.dataset.emptied === undefined) continue;
      delete cell.dataset.emptied;
      came(cellsOfPart(cell).filter(fill));
    } else if (cell.dataset.emptied === undefined && (bottom < -2 * near || top > innerHeight + 2 * near)) {
      cell.dataset.emptied = "";
      cellsOfPart(cell).forEach(empty);
    }
  }
}

/** Which card has the focus, where somebody works by keys. */
function heldByKeys() {
  const cell = document.activeElement.closest("#content .grid .cell");
  return cell && document.activeElement.matches(":focus-visible") ? keyOf(cell) : null;
}

/** Keep in the history which card is the first in view, and the address of its page. */
function note() {
  clearTimeout(noteTimer);
  const bar = document.querySelector(".top").getBoundingClientRect().bottom;
  const part = parts().findLast(([, , top]) => top <= bar + 1) ?? parts()[0];
  if (!part) return;
  const seen = cellsOfPart(part[1]).find((cell) => cell.getBoundingClientRect().bottom > bar);
  const place = seen && scrollY > 0 ? { key: keyOf(seen), top: seen.getBoundingClientRect().top } : null;
  history.replaceState({ ...history.state, place, focus: heldByKeys() }, "", address(part[0]));
}

function look() {
  frame = undefined;
  if (!grid()) return;
  const { top, bottom } = grid().getBoundingClientRect();
  const upwards = scrollY < lastTop;
  lastTop = scrollY;
  if (!busy && last < lastPage() && bottom < (1 + AHEAD) * innerHeight) inTurn(more).then(lookSoon);
  else if (!busy && upwards && first > 1 && top > -AHEAD * innerHeight) inTurn(earlier).then(lookSoon);
  keepNear(parts());
}

function lookSoon() {
  frame ??= requestAnimationFrame(look);
}

function scrolled() {
  lookSoon();
  clearTimeout(noteTimer);
  noteTimer = setTimeout(note, NOTE_AFTER);
}

/** Where somebody was before they went on to a video, or loaded the page anew. */
async function comeBack({ key, top }) {
  const found = () => cells().find((cell) => keyOf(cell) === key);
  if (!found()) return;
  const far = () => (found()?.getBoundingClientRect().top ?? top) + scrollY - top;
  while (first > 1 && far() < 0) {
    const before = first;
    await earlier();
    if (first === before) break;
  }
  while (last < lastPage() && far() + innerHeight > document.documentElement.scrollHeight) {
    const before = last;
    await more();
    if (last === before) break;
  }
  scrollTo({ top: far(), behavior: "instant" });
}

/** Take up the grid that is there, where somebody left it. */
async function takeUp() {
  first = last = Number(heading().dataset.page);
  const { place, focus } = history.state ?? {};
  if (place) await inTurn(() => comeBack(place));
  if (focus && document.activeElement === document.body) {
    const cell = cells().find((one) => keyOf(one) === focus);
    cell?.querySelector(".card")?.focus({ preventScroll: true });
  }
  lookSoon();
}

/** A search put another grid in the place of the last one. */
function renewed() {
  grids += 1;
  busy = false;
  ahead.clear();
  takeUp();
}

/** Some left the grid: others took their places on the pages that are there. */
function moved() {
  if (lastPage() === 1) return;
  ahead.clear();
  last = Math.max(last - 1, first - 1);
  lookSoon();
}

async function begin() {
  history.scrollRestoration = "manual";
  await takeUp();
  document.addEventListener("searched", renewed);
  document.addEventListener("left", moved);
  addEventListener("scroll", scrolled, { passive: true });
  addEventListener("resize", lookSoon, { passive: true });
  document.addEventListener("click", note, { capture: true });
  document.addEventListener("focusin", lookSoon);
}

document.addEventListener("click", (event) => {
  if (!event.target.closest(".earlier a") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  inTurn(earlier);
});

begin();
