// The first page of a grid stays true: what comes to the library, and what goes, is seen without a reload.

import { announce, cells, fill, keyOf, keysOf } from "./cells.js";
import { fillPendingPosters } from "./posters.js";

const INTERVAL = 2000;
const LONGEST_INTERVAL = 30_000;

const heading = (page = document) => page.querySelector(".heading[data-version]");
const cardOf = (cell) => cell.querySelector(".card");

/** Put what a card shows now into the card that is there, which keeps the focus and a picture that is the same. */
function renew(cell, freshCell) {
  fill(cell);
  const [card, fresh] = [cell, freshCell].map(cardOf);
  if (card.innerHTML === fresh.innerHTML) return;
  const picture = card.querySelector("img");
  const freshPicture = fresh.querySelector("img");
  if (picture && picture.srcset === freshPicture?.srcset) {
    picture.classList.remove("fresh");
    freshPicture.replaceWith(picture);
  }
  card.replaceChildren(...fresh.childNodes);
}

/** Those of a grid that are no more: of further pages below the first nothing is known, so that they stay. */
function goneOf(there, wanted) {
  const last = Number(heading().dataset.last) > 1 ? there.findLastIndex((cell) => wanted.has(keyOf(cell))) : there.length;
  return there.slice(0, last).filter((cell) => !wanted.has(keyOf(cell)));
}

/** Bring a grid in line with a fresh one. Cards that stay in their order are not touched, so that nothing flickers. */
function renewGrid(grid, fresh) {
  const there = cells();
  const wanted = keysOf([...fresh.children]);
  const focused = grid.contains(document.activeElement) ? document.activeElement : null;
  const from = there.indexOf(focused?.closest(".cell"));
  const known = new Map(there.map((cell) => [keyOf(cell), cell]));
  const gone = new Set(goneOf(there, wanted));
  const after = focused && there.slice(from).find((cell) => !gone.has(cell));
  for (const cell of gone) cell.remove();
  let place = grid.firstElementChild;
  for (const cell of [...fresh.children]) {
    const kept = known.get(keyOf(cell));
    if (kept) renew(kept, cell);
    if (kept && kept === place) place = place.nextElementSibling;
    else grid.insertBefore(kept ?? cell, place);
  }
  if (after && !after.contains(document.activeElement)) cardOf(after).focus({ preventScroll: true });
  announce(cells());
}

/** Let a part of the page be as in a fresh page: there, gone, or another. */
function swap(selector, page, renewPart = (old, fresh) => old.isEqualNode(fresh) || old.replaceWith(fresh)) {
  const old = document.querySelector(selector);
  const fresh = page.querySelector(selector);
  if (old && fresh) renewPart(old, fresh);
  else if (old) old.remove();
  else if (fresh) document.querySelector("#content").append(fresh);
}

function renewHeading(old, fresh) {
  if (!old.querySelector(".tools") !== !fresh.querySelector(".tools")) return old.replaceWith(fresh);
  old.querySelector(".count").textContent = fresh.querySelector(".count").textContent;
  Object.assign(old.dataset, fresh.dataset);
}

/** Its address: that of the window is of the page in view. */
function firstPage() {
  const url = new URL(location.href);
  url.searchParams.delete("page");
  return url.href;
}

async function refresh() {
  const response = await fetch(firstPage(), { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!response.ok || !heading(page)) throw new Error("This is not the page that it was.");
  swap(".heading", page, renewHeading);
  swap("#content .empty", page);
  swap("#content .grid", page, renewGrid);
  if (cells().length === page.querySelectorAll(".cell").length) swap("#content .pager", page);
  fillPendingPosters();
}

async function look() {
  const response = await fetch("/library/version");
  if (!response.ok) throw new Error(response.statusText);
  const { version } = await response.json();
  if (version !== heading().dataset.version) await refresh();
}

/** Some time in which the page is looked at; a page that is looked at again has waited enough. */
function pause(milliseconds) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = () => {
      over.abort();
      resolve();
    };
    const timer = document.hidden ? undefined : setTimeout(end, milliseconds);
    const turn = () => (document.hidden ? clearTimeout(timer) : end());
    document.addEventListener("visibilitychange", turn, { signal: over.signal });
  });
}

async function watch() {
  for (let wait = INTERVAL; ; ) {
    await pause(wait);
    wait = await look().then(
      () => INTERVAL,
      () => Math.min(2 * wait, LONGEST_INTERVAL),
    );
  }
}

if (heading()) watch();
