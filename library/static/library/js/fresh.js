// The first page of a grid stays true: what comes to the library, and what goes, is seen without a reload.

import { fillPendingPosters } from "./posters.js";

const INTERVAL = 2000;
const LONGEST_INTERVAL = 30_000;

const heading = (page = document) => page.querySelector(".heading[data-version]");
const keyOf = (card) => card.getAttribute("href");

/** Put what a card shows now into the card that is there, which keeps the focus and a picture that is the same. */
function renew(card, fresh) {
  if (card.innerHTML === fresh.innerHTML) return;
  const picture = card.querySelector("img");
  const freshPicture = fresh.querySelector("img");
  if (picture && picture.srcset === freshPicture?.srcset) {
    picture.classList.remove("fresh");
    freshPicture.replaceWith(picture);
  }
  card.replaceChildren(...fresh.childNodes);
}

/** Bring a grid in line with a fresh one. Cards that stay in their order are not touched, so that nothing flickers. */
function renewGrid(grid, fresh) {
  const focused = grid.contains(document.activeElement) ? document.activeElement : null;
  const wanted = new Set([...fresh.children].map(keyOf));
  const known = new Map([...grid.children].map((card) => [keyOf(card), card]));
  const after = focused && [focused, ...siblingsAfter(focused)].find((card) => wanted.has(keyOf(card)));
  for (const [key, card] of known) if (!wanted.has(key)) card.remove();
  let place = grid.firstElementChild;
  for (const card of [...fresh.children]) {
    const kept = known.get(keyOf(card));
    if (kept) renew(kept, card);
    if (kept && kept === place) place = place.nextElementSibling;
    else grid.insertBefore(kept ?? card, place);
  }
  if (after && document.activeElement !== after) after.focus({ preventScroll: true });
}

function siblingsAfter(card) {
  const cards = [...card.parentElement.children];
  return cards.slice(cards.indexOf(card) + 1);
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
  if (!old.querySelector(".sorts") !== !fresh.querySelector(".sorts")) return old.replaceWith(fresh);
  old.querySelector(".count").textContent = fresh.querySelector(".count").textContent;
  old.dataset.version = fresh.dataset.version;
}

async function refresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!response.ok || !heading(page)) throw new Error("This is not the page that it was.");
  swap(".heading", page, renewHeading);
  swap("#content .empty", page);
  swap("#content .grid", page, renewGrid);
  swap("#content .pager", page);
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
