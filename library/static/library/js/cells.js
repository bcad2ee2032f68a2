// The cells of the grid. One that is far away is empty, and filled again when it comes near.

export const grid = () => document.querySelector("#content .grid");
export const cells = () => [...(grid()?.querySelectorAll(".cell:not(.awaited)") ?? [])];
export const columns = () => getComputedStyle(grid()).gridTemplateColumns.split(" ").length;

const emptied = new WeakMap();

/** What the cell is of: the address of the watch page. */
export const keyOf = (cell) => cell.querySelector(".card")?.getAttribute("href") ?? emptied.get(cell)?.key;

export const keysOf = (some) => new Set(some.map(keyOf));

/** The name that the JSON routes know a video by. */
export const filenameOf = (key) => decodeURIComponent(key.replace(/^.*?\/watch\//, "").replace(/\?.*$/, ""));

export const titleOf = (cell) => cell.querySelector(".title").textContent;

export function empty(cell) {
  if (!cell.firstElementChild || cell.contains(document.activeElement)) return;
  cell.querySelector(".pick")?.remove();
  emptied.set(cell, { key: keyOf(cell), html: cell.innerHTML });
  cell.replaceChildren();
}

export function fill(cell) {
  if (cell.firstElementChild || !emptied.has(cell)) return false;
  cell.innerHTML = emptied.get(cell).html;
  emptied.delete(cell);
  return true;
}

/** Say that cells came to the grid, or were filled again. */
export const announce = (some) => document.dispatchEvent(new CustomEvent("cells", { detail: some }));

/** Show stars and the mark of a favourite as they are now: `{filename: [stars, favourite]}`. */
export function showStanding(standing) {
  for (const cell of cells()) {
    const now = standing[filenameOf(keyOf(cell))];
    if (!now) continue;
    fill(cell);
    showStars(cell, now[0]);
    showMark(cell, now[1]);
  }
}

export const starsOf = (cell) => Number(cell.querySelector(".given")?.textContent.replace(/\D/g, "") ?? 0);
export const isMarked = (cell) => Boolean(cell.querySelector(".mark"));

function sign(className, label, text) {
  const span = Object.assign(document.createElement("span"), { className, textContent: text });
  span.setAttribute("role", "img");
  span.setAttribute("aria-label", label);
  return span;
}

function showStars(cell, stars) {
  cell.querySelector(".given")?.remove();
  if (stars) cell.querySelector(".facts").prepend(sign("given", `${stars} of 5 stars`, `★ ${stars}`));
}

function showMark(cell, marked) {
  cell.querySelector(".mark")?.remove();
  if (marked) cell.querySelector(".poster").append(sign("mark", "Favourite", "♥"));
}
